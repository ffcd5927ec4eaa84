"""A file of answers never gives a wrong one: whatever bit is flipped, wherever it is cut, an answer is right, or it is gone and that is said."""

import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.console import listening
from hub.durable.sealed import condition, seal_of
from hub.engine.base import Completion
from hub.generate.answer_file import AnswerFile
from hub.generate.answer_mending import MENDED
from hub.generate.answer_rows import row_of
from tests.support.killed_work import kill_after

ANSWERS = {
    f"{number * 37 % 256:02x}{number:062x}": Completion(f"Grüße {number} " + "x" * (number * 7 % 90), "stop", number, None, number, 0.25)
    for number in range(120)
}


def fill(path: Path) -> None:
    file = AnswerFile(path)
    file.set_about("fingerprint", '{"step":"actors"}')
    for number, (key, answer) in enumerate(ANSWERS.items()):
        file.put(row_of(key, f"plot-{number}", answer))
    file.close()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was closed properly."""
    path = tmp_path_factory.mktemp("closed") / "a.sqlite"
    fill(path)
    return path


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store as a killed process leaves it: half of its answers in the log, and no seal."""
    folder = tmp_path_factory.mktemp("killed")
    file = AnswerFile(folder / "living" / "a.sqlite")
    for number, (key, answer) in enumerate(ANSWERS.items()):
        file.put(row_of(key, f"plot-{number}", answer))
        if number == len(ANSWERS) // 2:
            with sqlite3.connect(file.path) as other:
                other.execute("PRAGMA wal_checkpoint(RESTART)")
            other.close()
    for name in ("a.sqlite", "a.sqlite-wal"):
        shutil.copyfile(file.path.with_name(name), folder / name)
    file.close()
    return folder / "a.sqlite"


def copied(path: Path, folder: Path) -> Path:
    for one in path.parent.glob(f"{path.name}*"):
        shutil.copyfile(one, folder / one.name)
    return folder / path.name


def look(path: Path) -> tuple[int, list[str]]:
    """Asks for every answer; returns how many there are and what was said. A wrong one fails."""
    said: list[str] = []
    with listening(said.append):
        file = AnswerFile(path)
        found = [(file.get(key), answer) for key, answer in ANSWERS.items()]
        file.close()
    assert all(one in (None, answer) for one, answer in found)
    assert condition(path) == "whole"
    return sum(one is not None for one, _ in found), said


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def test_a_file_that_was_closed_is_sealed_and_read_without_a_word(closed: Path, tmp_path: Path) -> None:
    path = copied(closed, tmp_path)
    before = path.read_bytes()
    assert look(path) == (len(ANSWERS), [])
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.sqlite", "a.sqlite.sha256"]


def test_a_killed_processs_file_is_read_without_a_word(killed: Path, tmp_path: Path) -> None:
    path = copied(killed, tmp_path)
    assert path.with_name("a.sqlite-wal").stat().st_size > 0
    assert look(path) == (len(ANSWERS), [])


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_flipped_bit_of_a_closed_file_never_gives_a_wrong_answer(closed: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = copied(closed, tmp_path_factory.mktemp("flipped"))
    flip(path, data.draw(st.integers(0, path.stat().st_size * 8 - 1)))
    count, said = look(path)
    assert count == len(ANSWERS) or said
    assert look(path) == (count, [])


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_flipped_bit_of_a_killed_processs_file_or_log_never_gives_a_wrong_answer(
    killed: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = copied(killed, tmp_path_factory.mktemp("flipped"))
    victim = data.draw(st.sampled_from([path, path.with_name("a.sqlite-wal")]))
    flip(victim, data.draw(st.integers(0, victim.stat().st_size * 8 - 1)))
    count, said = look(path)
    assert count == len(ANSWERS) or said
    assert look(path) == (count, [])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_file_cut_anywhere_never_gives_a_wrong_answer(closed: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = copied(closed, tmp_path_factory.mktemp("cut"))
    path.write_bytes(path.read_bytes()[: data.draw(st.integers(0, path.stat().st_size - 1))])
    count, said = look(path)
    assert said
    assert count < len(ANSWERS)
    assert look(path) == (count, [])


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_killed_processs_file_or_log_cut_anywhere_never_gives_a_wrong_answer(
    killed: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = copied(killed, tmp_path_factory.mktemp("cut"))
    victim = data.draw(st.sampled_from([path, path.with_name("a.sqlite-wal")]))
    length = data.draw(st.integers(0, victim.stat().st_size - 1))
    victim.write_bytes(victim.read_bytes()[:length])
    count, said = look(path)
    # A log that ends between two pages looks as if the process had been killed a moment earlier.
    between_pages = victim != path and (length <= 32 or (length - 32) % (24 + 4096) == 0)
    assert count == len(ANSWERS) or said or between_pages
    assert look(path)[0] == count


def test_a_broken_page_loses_only_what_lies_on_it(closed: Path, tmp_path: Path) -> None:
    path = copied(closed, tmp_path)
    content = path.read_bytes()
    pages = len(content) // 4096
    for page in range(pages):
        path.write_bytes(content[: page * 4096] + bytes(4096) + content[(page + 1) * 4096 :])
        count, said = look(path)
        assert said
        # The first page names the tables, the second and third hold what is known about them and the way to the answers.
        assert count > len(ANSWERS) * (1 - 2 / pages) or page in (1, 2)


@pytest.mark.parametrize("damaged_is_gone", [False, True], ids=["before", "after"])
def test_mending_that_was_interrupted_after_the_saving_is_ended(closed: Path, tmp_path: Path, damaged_is_gone: bool) -> None:
    path = copied(closed, tmp_path)
    path.rename(path.with_name(path.name + MENDED))
    path.with_name("a.sqlite.sha256").unlink()
    if not damaged_is_gone:
        path.write_bytes(b"damaged")
    assert look(path)[0] == len(ANSWERS)
    assert [one.read_bytes() for one in tmp_path.glob("quarantine/*.sqlite")] == ([] if damaged_is_gone else [b"damaged"])


def test_mending_that_was_interrupted_before_is_begun_anew(closed: Path, tmp_path: Path) -> None:
    path = copied(closed, tmp_path)
    path.with_name("a.sqlite.mending").write_bytes(b"half")
    assert look(path) == (len(ANSWERS), [])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.sqlite", "a.sqlite.sha256"]


def test_mending_killed_at_any_moment_saves_all_that_is_whole(closed: Path, tmp_path: Path) -> None:
    chance = random.Random(20_260_819)
    path = copied(closed, tmp_path)
    for _ in range(15):
        content = bytearray(closed.read_bytes())
        content[content.index("Grüße 77 ".encode())] ^= 1
        path.write_bytes(content)
        shutil.copyfile(seal_of(closed), seal_of(path))
        for _ in range(3):
            kill_after(chance.uniform(0, 0.06), lambda: AnswerFile(path))
        assert look(path)[0] == len(ANSWERS) - 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.sqlite", "a.sqlite.sha256", "quarantine"]
