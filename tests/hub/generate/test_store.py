"""The store keeps every answer, by everything that decides it."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.engine.base import Completion, Message, Request
from hub.errors import EmohubError
from hub.generate.store import AnswerStore
from hub.spec.engine import Sampling

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
    with AnswerStore(tmp_path, FINGERPRINT) as one, AnswerStore(tmp_path, dict(reversed(FINGERPRINT.items()))) as two:
        assert one.path == two.path


def test_a_broken_file_is_one_clear_error(tmp_path: Path) -> None:
    with AnswerStore(tmp_path, FINGERPRINT) as store:
        path = store.path
    path.write_bytes(b"this is no database" * 100)

    with pytest.raises(EmohubError, match="the answer store cannot be used .* move it away"):
        AnswerStore(tmp_path, FINGERPRINT)
