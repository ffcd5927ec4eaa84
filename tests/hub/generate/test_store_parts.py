"""Processes that share the work write a part each; merged, the parts are what one process would have written."""

import os
import random
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hub.engine.base import Completion, Message, Request
from hub.errors import EmohubError
from hub.generate.store import AnswerStore, merge_parts
from hub.spec.engine import Sampling
from tests.support.killed_work import kill_after

FINGERPRINT = {"step": "actors"}
ROOT = Path(__file__).parents[3]


def ask(number: int) -> Request:
    return Request(f"plot-{number}", "actors", (Message("user", "Who?"),), {}, {}, 10, Sampling(), number)


def answer(number: int) -> Completion:
    return Completion(f"answer {number}", "stop", number, None, number, 0.25)


def write(folder: Path, numbers: range, part: str | None = None) -> None:
    with AnswerStore(folder, FINGERPRINT, part) as store:
        for number in numbers:
            store.put(ask(number), answer(number))


def held(folder: Path, upto: int) -> list[int]:
    """Which answers the main file holds; a wrong one fails."""
    with AnswerStore(folder, FINGERPRINT) as store:
        found = {number: store.get(ask(number)) for number in range(upto)}
    assert all(one in (None, answer(number)) for number, one in found.items())
    return [number for number, one in found.items() if one is not None]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix not in (".lock", ".owner"))


def test_a_part_sees_the_main_files_answers_and_writes_its_own(tmp_path: Path) -> None:
    write(tmp_path, range(3))
    with AnswerStore(tmp_path, FINGERPRINT, part="00001") as store:
        before = store.path.parents[1] / f"{store.path.name.partition('.')[0]}.sqlite"
        content = before.read_bytes()
        assert store.path.parent == tmp_path / "parts"
        assert store.get(ask(2)) == answer(2)
        assert store.get(ask(3)) is None
        store.put(ask(3), answer(3))
        assert store.get(ask(3)) == answer(3)
        assert store.fingerprint == FINGERPRINT
        assert before.read_bytes() == content
        assert not list(tmp_path.rglob("*-shm"))


def test_parts_need_no_main_file_and_do_not_see_one_another(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT, part="0") as one, AnswerStore(tmp_path, FINGERPRINT, part="1") as two:
        one.put(ask(0), answer(0))
        assert two.get(ask(0)) is None


def test_merged_parts_are_in_the_main_file_once_and_gone(tmp_path: Path) -> None:
    write(tmp_path, range(5))
    for rank in range(3):
        write(tmp_path, range(4 + rank * 10, 16 + rank * 10), f"{rank:05d}")
    assert merge_parts(tmp_path) == 31
    assert held(tmp_path, 50) == list(range(36))
    stem = files(tmp_path)[0].partition(".")[0]
    assert files(tmp_path) == [f"{stem}.sqlite", f"{stem}.sqlite.sha256"]
    assert merge_parts(tmp_path) == 0


def test_without_parts_nothing_is_merged_or_made(tmp_path: Path) -> None:
    assert merge_parts(tmp_path / "none") == 0
    assert not (tmp_path / "none").exists()


def test_a_part_whose_owner_lives_is_not_merged_and_the_owner_is_named(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT, part="0") as store:
        store.put(ask(0), answer(0))
        with pytest.raises(EmohubError, match=f"process {os.getpid()} on {socket.gethostname()} is writing to this answer store"):
            merge_parts(tmp_path)
        store.put(ask(1), answer(1))
    assert merge_parts(tmp_path) == 2


def test_a_part_is_not_written_by_two(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT, part="0"), pytest.raises(EmohubError, match="is writing to this answer store"):
        AnswerStore(tmp_path, FINGERPRINT, part="0")


@pytest.mark.parametrize("part", ["", "a/b", "..", "a.b", "a*"])
def test_a_parts_name_is_a_plain_word(tmp_path: Path, part: str) -> None:
    with pytest.raises(ValueError, match="expected letters, digits, - and _ only"):
        AnswerStore(tmp_path, FINGERPRINT, part=part)


def test_a_damaged_part_gives_what_is_whole_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, range(300), "0")
    (part,) = (tmp_path / "parts").glob("*.sqlite")
    content = bytearray(part.read_bytes())
    position = content.index(b"answer 150")
    content[position] ^= 1
    part.write_bytes(content)
    assert merge_parts(tmp_path) == 299
    assert "1 answers with a wrong checksum): 299 answers are saved, 1 are lost" in capsys.readouterr().err
    assert held(tmp_path, 300) == [number for number in range(300) if number != 150]


def test_a_damaged_answer_of_the_main_file_is_asked_again_by_a_part_and_mended_by_the_merge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, range(300))
    (main,) = tmp_path.glob("*.sqlite")
    content = bytearray(main.read_bytes())
    content[content.index(b"answer 150")] ^= 1
    main.write_bytes(content)
    with AnswerStore(tmp_path, FINGERPRINT, part="0") as store:
        assert store.get(ask(149)) == answer(149)
        assert store.get(ask(150)) is None
        assert "the answer store is damaged (the checksum of the answer to 'plot-150' is wrong)" in capsys.readouterr().err
        store.put(ask(150), answer(150))
    assert merge_parts(tmp_path) == 1
    assert held(tmp_path, 300) == list(range(300))


def test_a_part_of_a_killed_process_is_merged_with_all_it_had(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.write_answers", str(tmp_path), "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        written = [int(process.stdout.readline()) for _ in range(200)][-1]
        process.send_signal(signal.SIGKILL)
        process.wait()
        written = int(([str(written), *process.stdout.read().split("\n")[:-1]])[-1])
    assert merge_parts(tmp_path) >= written + 1
    assert set(held(tmp_path, written + 1)) == set(range(written + 1))


def test_a_merge_killed_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(20_260_818)
    write(tmp_path, range(100))
    for rank in range(4):
        write(tmp_path, range(rank * 1000, (rank + 1) * 1000), str(rank))
    for _ in range(12):
        kill_after(chance.uniform(0, 0.08), lambda: merge_parts(tmp_path))
    merge_parts(tmp_path)
    assert held(tmp_path, 4000) == list(range(4000))
    stem = files(tmp_path)[0].partition(".")[0]
    assert files(tmp_path) == [f"{stem}.sqlite", f"{stem}.sqlite.sha256"]
