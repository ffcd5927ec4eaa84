"""The store keeps every answer, by everything that decides it."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.durable.sealed import condition
from hub.engine.base import Completion, Message, Request
from hub.errors import EmohubError
from hub.generate.store import AnswerStore, KeptAnswers
from hub.spec.engine import Sampling
from tests.support.old_store import OLD_SCHEMA

FINGERPRINT = {"step": "actors", "engine": {"kind": "kits"}}
ANSWER = Completion("Grüße 😀 \x00 end", "stop", 12, None, 7, 0.25)


def ask(id: str = "one", text: str = "Who?", seed: int = 7) -> Request:
    return Request(id, "actors", (Message("user", text),), {}, {}, 10, Sampling(), seed)


def test_what_was_put_is_there_after_opening_again(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        assert store.get(ask()) is None
        store.put(ask(), ANSWER)
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        assert store.get(ask()) == ANSWER
        assert len(store) == 1
        assert store.fingerprint == FINGERPRINT


@given(text=st.text(st.characters()), tokens=st.none() | st.integers(0, 2**31), seed=st.integers(0, 2**31 - 1))
def test_any_answer_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, text: str, tokens: int | None, seed: int) -> None:
    answer = Completion(text, "length", tokens, tokens, seed, 1.5)
    with AnswerStore(tmp_path_factory.mktemp("store"), FINGERPRINT) as store:
        store.put(ask(), answer)
        assert store.get(ask()) == answer


def test_an_answer_counts_the_moment_it_is_put(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        store.put(ask(), ANSWER)
        # Another reader sees it although the store was neither closed nor told to save.
        with sqlite3.connect(store.path) as other:
            assert other.execute("SELECT request_id FROM answers").fetchall() == [("one",)]


@pytest.mark.parametrize("other", [ask(id="two"), ask(text="Where?"), ask(seed=8)], ids=["id", "prompt", "seed"])
def test_another_question_has_another_answer(tmp_path: Path, other: Request) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        store.put(ask(), ANSWER)
        assert store.get(other) is None


def test_the_first_answer_stays(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        store.put(ask(), ANSWER)
        store.put(ask(), replace(ANSWER, text="another"))
        assert store.get(ask()) == ANSWER


def test_another_fingerprint_is_another_file(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as one, AnswerStore(tmp_path, {**FINGERPRINT, "prompt": "v2"}) as two:
        assert one.path != two.path


def test_the_order_of_a_fingerprint_does_not_matter(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as one:
        path = one.path
    with AnswerStore(tmp_path, dict(reversed(FINGERPRINT.items()))) as two:
        assert two.path == path


def test_a_file_that_is_no_store_is_put_aside_and_a_fresh_one_begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        path = store.path
    path.write_bytes(b"this is no database" * 100)

    with AnswerStore(tmp_path, FINGERPRINT) as store:
        assert len(store) == 0
        assert store.fingerprint == FINGERPRINT
    assert "the answer store was damaged (file is not a database): 0 answers are saved" in capsys.readouterr().err
    assert any(one.read_bytes() == b"this is no database" * 100 for one in (tmp_path / "quarantine").glob("*.sqlite"))


def test_two_at_once_on_one_store_is_one_clear_error(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        store.put(ask(), ANSWER)
        with pytest.raises(EmohubError, match="process .* is writing to this answer store since"):
            AnswerStore(tmp_path, FINGERPRINT)
        assert store.get(ask()) == ANSWER


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmohubError, match=r"no lock can be taken there .*; make its folder writable"):
        AnswerStore(tmp_path / "file" / "stores", FINGERPRINT)


def test_a_full_disk_is_one_clear_error_and_loses_nothing(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        store.put(ask(), ANSWER)
    store = AnswerStore(tmp_path, FINGERPRINT)
    # SQLite's own limit gives the very error of a full disk.
    store._file._connection.execute("PRAGMA max_page_count=1")
    with pytest.raises(EmohubError, match=r"cannot be used \(database or disk is full\); free space on its disk and run the command again"), store:
        store.put(ask("big"), replace(ANSWER, text="x" * 100_000))
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        assert store.get(ask()) == ANSWER
        assert store.get(ask("big")) is None


def test_a_store_of_an_earlier_version_goes_on_with_its_answers(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        path = store.path
    for file in tmp_path.glob(f"{path.name}*"):
        file.unlink()
    old = sqlite3.connect(path)
    old.executescript(OLD_SCHEMA)
    old.execute("INSERT INTO answers VALUES (?, 'one', ?, 'stop', 12, NULL, 7, 0.25)", (ask().key, ANSWER.text))
    old.execute("PRAGMA journal_mode=WAL")
    old.commit()
    old.close()
    with KeptAnswers(path) as kept:
        assert kept.of(ask()) == ANSWER

    with AnswerStore(tmp_path, FINGERPRINT) as store:
        assert store.get(ask()) == ANSWER
        store.put(ask("two"), ANSWER)
    with sqlite3.connect(path) as upgraded:
        assert all(len(checksum) == 16 for (checksum,) in upgraded.execute("SELECT checksum FROM answers"))
    assert condition(path) == "whole"


def test_a_wrong_checksum_is_found_when_an_answer_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        store.put(ask(), ANSWER)
        store.put(ask("two"), ANSWER)
        with sqlite3.connect(store.path) as other:
            other.execute("UPDATE answers SET text = 'forged' WHERE request_id = 'one'")
        other.close()
        with KeptAnswers(store.path) as kept, pytest.raises(ValueError, match="the checksum of the answer to 'one' is wrong"):
            kept.of_id("one")
        assert store.get(ask()) is None
        assert store.get(ask("two")) == ANSWER
        store.put(ask(), ANSWER)
        assert store.get(ask()) == ANSWER
    assert "(the checksum of the answer to 'one' is wrong): 1 answers are saved" in capsys.readouterr().err


@pytest.mark.parametrize(("longest", "text"), [(None, ANSWER.text), (1000, ANSWER.text), (3, "Grü")])
def test_one_who_only_looks_reads_no_more_than_it_wants(tmp_path: Path, longest: int | None, text: str) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        store.put(ask(), ANSWER)
    with KeptAnswers(store.path, longest) as kept:
        assert kept.of(ask()) == replace(ANSWER, text=text)
        assert kept.of_id("two") is None
        assert kept.step == "actors"
