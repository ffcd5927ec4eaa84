"""Whatever stands in a file, reading it gives a value or a DeclarationError, and never takes more memory than a small file deserves."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import DeclarationError
from hub.spec import ModelSpec, ParamsSpec, ProfileSpec, TextClassificationTask, TextDatasetSpec, load, read_yaml
from hub.spec.base import Declaration
from hub.taxonomy import TaxonomySpec

MODELS: list[type[Declaration]] = [TextDatasetSpec, TextClassificationTask, ModelSpec, ProfileSpec, ParamsSpec, TaxonomySpec]
KEYS = sorted({key for model in MODELS for key in model.model_fields} | {"kind", "train", "engine", "emo_pillars"})
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.binary(max_size=4) | st.text(max_size=8) | st.sampled_from(KEYS)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5))
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)
relaxed = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def outcome(path: Path, model: type[Declaration]) -> Declaration | str:
    try:
        return load(path, model)
    except DeclarationError as error:
        return str(error)


@relaxed
@given(value=st.dictionaries(st.sampled_from(KEYS), values, max_size=12) | values, model=st.sampled_from(MODELS))
def test_any_data_is_a_declaration_or_an_error_that_names_the_file(tmp_path: Path, value: Any, model: type[Declaration]) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(yaml.safe_dump(value, allow_unicode=True), encoding="utf-8")
    found = outcome(path, model)
    if isinstance(found, str):
        assert all(line.startswith(str(path)) for line in found.splitlines())
    else:
        assert isinstance(found, model)


@relaxed
@given(text=st.text(alphabet=st.sampled_from("ab1:-?*&!|>%@`'\"#{}[],~ \n\t.<=\0é")), model=st.sampled_from(MODELS))
def test_any_text_is_a_declaration_or_an_error(tmp_path: Path, text: str, model: type[Declaration]) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(text, encoding="utf-8")
    outcome(path, model)


@relaxed
@given(content=st.binary(max_size=60))
def test_any_bytes_are_a_declaration_or_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes(content)
    outcome(path, ProfileSpec)


@relaxed
@given(value=plain)
def test_json_reads_as_itself(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")
    assert json.dumps(read_yaml(path)) == json.dumps(value)


def _read(folder: Path, text: str) -> Any:
    path = folder / "bomb.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path)


LAUGHS = 'a0: &a0 ["lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol"]\n' + "".join(
    f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 12)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{number}: &a{number} {{<<: [{', '.join([f'*a{number - 1}'] * 9)}]}}\n" for number in range(1, 12))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LAUGHS, "more than 200,000 values"),
        (MERGES, "more than 200,000 values"),
        ("a: &a [*a]\n", "the alias 'a' stands inside what it stands for"),
        ("a: &a {b: {c: *a}}\n", "the alias 'a' stands inside what it stands for"),
        ("[" * 400_000 + "]" * 400_000, "nested deeper than 40 levels"),
        ("{a: " * 3_000 + "1" + "}" * 3_000, "nested deeper than 40 levels"),
        ("- " * 300_000 + "1", "nested deeper than 40 levels"),
        ("a0: &a0 [1]\n" + "".join(f"a{number}: &a{number} [*a{number - 1}]\n" for number in range(1, 5_000)), "nested deeper than 40 levels"),
        ("[" + "1," * 210_000 + "]", "more than 200,000 values"),
    ],
    ids=["billion laughs", "merged laughs", "recursive list", "recursive mapping", "brackets", "braces", "dashes", "chained aliases", "long list"],
)
def test_a_bomb_is_refused_before_it_takes_memory(tmp_path: Path, text: str, expected: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DeclarationError, match=expected):
            _read(tmp_path, text)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_anchors_and_merge_keys_work_and_a_merged_key_may_be_overridden(tmp_path: Path) -> None:
    text = "base: &base {a: 1, b: 2}\nmore: &more {<<: *base, b: 3}\nlast: {<<: *more, c: [*base, *base]}\n<<: *more\n"
    assert _read(tmp_path, text) == {
        "base": {"a": 1, "b": 2},
        "more": {"a": 1, "b": 3},
        "last": {"a": 1, "b": 3, "c": [{"a": 1, "b": 2}, {"a": 1, "b": 2}]},
        "a": 1,
        "b": 3,
    }


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes("\ufeffname: é\r\nlist:\r\n- 1\r\n".encode())
    assert read_yaml(path) == {"name": "é", "list": [1]}
