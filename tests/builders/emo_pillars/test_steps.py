"""How the six steps read answers: what of a well-formed answer is used, and what is not."""

import json
from typing import Any

import pytest

from hub.engine.base import Completion
from hub.generate import Step
from hub.paths import Project
from tests.faults.test_malformed_answers import item, the_steps
from tests.support.projects import REPOSITORY

STEPS: dict[str, Step[Any, Any, Any]] = the_steps(Project(REPOSITORY).root)


def parse(step: str, answer: Any) -> tuple[list[Any], list[tuple[str, str]]]:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    rows, rejects = STEPS[step].parse(item(step, "x"), Completion(text, "stop", None, None, 0, 0.0), 0)
    return rows, [(reject.reason, reject.detail) for reject in rejects]


def utterances(*emotions: str) -> dict[str, Any]:
    return {"utterances": [{"emotion": emotion, "text": f"This is line {number}, my dear."} for number, emotion in enumerate(emotions)]}


def test_one_emotion_over_and_over_is_no_answer() -> None:
    rows, rejects = parse("utterances", utterances(*["joy"] * 4, "anger", "fear"))
    assert (rows, rejects) == ([], [("lopsided", "4 of 6 utterances")])


@pytest.mark.parametrize("emotions", [["joy"] * 5, ["joy"] * 3 + ["anger"] * 3, ["quixotry"] * 9 + ["joy"]])
def test_few_utterances_two_emotions_and_words_of_no_class_are_not_lopsided(emotions: list[str]) -> None:
    rows, rejects = parse("utterances", utterances(*emotions))
    assert len(rows) + len(rejects) == len(emotions)
    assert "lopsided" not in {reason for reason, _ in rejects}


@pytest.mark.parametrize(
    ("said", "reason"), [("Her son Bo takes the boat out at night, and it sinks before noon.", "echo"), ("Bo takes the boat out at night!", None)]
)
def test_an_utterance_may_not_copy_the_story(said: str, reason: str | None) -> None:
    _, rejects = parse("utterances", {"utterances": [{"emotion": "fear", "text": said}]})
    assert [found for found, _ in rejects] == ([reason] if reason else [])


def test_a_context_may_use_the_words_of_the_story() -> None:
    rows, _ = parse("context", {"context": "Her son Bo takes the boat out at night, and it sinks before noon."})
    assert len(rows) == 1


def test_the_words_of_the_prompt_are_no_context() -> None:
    echo = "Start from the story's beginning, stop at the moment of the utterance, tell only what concerns Ada."
    assert parse("context", {"context": echo}) == ([], [("echo", "the words of the prompt")])


def test_a_cleaned_context_is_a_part_of_the_context() -> None:
    assert len(parse("cleaning", {"context": "Ada found it."})[0]) == 1
    assert parse("cleaning", {"context": "A boat sank in the bay."})[1] == [("malformed", "another text instead of a part of the context")]


@pytest.mark.parametrize("value", [True, False, None, "high", 1.5, -0.1, [0.5]])
def test_an_expressiveness_is_a_number_from_0_to_1(value: Any) -> None:
    rows, rejects = parse("labels", {"labels": [{"label": "joy", "expressiveness": value}]})
    assert (rows, [reason for reason, _ in rejects]) == ([], ["malformed"])


@pytest.mark.parametrize(("label", "reason"), [("jo\u200by", "hidden"), ("joy {{ x }}", "injected")])
def test_a_label_is_checked_like_any_text(label: str, reason: str) -> None:
    rows, rejects = parse("labels", {"labels": [{"label": label, "expressiveness": 0.9}, {"label": "fear", "expressiveness": 0.8}]})
    assert [one.raw for one in rows[0].answered] == ["fear"]
    assert rejects == [(reason, "in a label")]


def test_a_name_without_a_letter_is_none() -> None:
    assert parse("actors", {"characters": [{"name": "...", "description": "a baker"}]}) == ([], [("empty", "")])
