"""The fuzzing targets on their seeds and on what hypothesis makes of them; with EMOHUB_FUZZ_SECONDS set, with atheris for so long each."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import FOUND, REPOSITORY, SEEDS, TARGETS, clean_up

SECONDS = os.environ.get("EMOHUB_FUZZ_SECONDS", "")


@pytest.fixture(scope="module", autouse=True)
def no_files_are_left() -> Iterator[None]:
    yield
    clean_up()


@st.composite
def mutated(draw: st.DrawFn, name: str) -> bytes:
    """A seed with a few places cut out, doubled, or filled with something else."""
    data = draw(st.sampled_from(SEEDS[name]))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 20)))
        data = data[:start] + draw(st.one_of(st.binary(max_size=8), st.just(b""), st.just(data[start:end] * 2), st.sampled_from(ODD))) + data[end:]
    return data


ODD = (
    b"9" * 5_000,
    b"[" * 3_000,
    b'{"a":' * 300,
    b"1e999",
    b"NaN",
    b"null",
    b"\xff",
    b"\x00",
    b"\\ud800",
    "²³\u202e".encode(),
    b"0001-01-01T00:00:00",
    b"&a *a",
)


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_takes_its_seeds(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, found in FOUND.items() for data in found])
def test_what_once_crashed_a_parser_does_so_no_more(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_raises_nothing_but_what_it_documents(name: str) -> None:
    @settings(max_examples=100, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=300) | mutated(name))
    def check(data: bytes) -> None:
        TARGETS[name](data)

    check()


@pytest.mark.skipif(not SECONDS, reason="EMOHUB_FUZZ_SECONDS is not set: the seconds to fuzz each parser for")
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
@pytest.mark.parametrize("name", TARGETS)
def test_fuzzing_finds_nothing(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz.run", SECONDS, name]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}

    found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60 + 3 * int(SECONDS))

    assert found.returncode == 0, found.stdout[-3_000:]
