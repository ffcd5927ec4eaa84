"""Few-shot answers where the answer is known: a model that has read the filled template finds the planted label."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.examples import Splits, TextExamples
from benchmarks.methods.base import Setting
from benchmarks.methods.language.language_model import CausalLanguageModel
from benchmarks.runners.few_shot import Answers, answer_questions
from hub.errors import EmohubError
from hub.spec.task import FewShotSpec
from tests.support.tiny_gpt import SETTINGS
from tests.support.toy_texts import CUES, toy_texts

CLASSES = ("joy", "sadness", "anger")
SPEC = FewShotSpec(task="toy", template="{text} Emotion: {label}\n", labels=CLASSES, shots=2, questions=40)


CUE_WORDS = {word for words in CUES.values() for word in words}


def with_cue_last(examples: TextExamples) -> TextExamples:
    """The word that gives the class away stands right before the question: even a tiny network finds it there."""
    return replace(examples, texts=tuple(" ".join(sorted(text.split(), key=CUE_WORDS.__contains__)) for text in examples.texts))


def filled(examples: TextExamples) -> list[str]:
    return [SPEC.template.format(text=text, label=CLASSES[int(row.argmax())]) for text, row in zip(examples.texts, examples.labels, strict=True)]


@pytest.fixture(scope="module")
def splits() -> Splits:
    return Splits(*(with_cue_last(toy_texts(rows, seed)) for rows, seed in ((900, 1), (30, 2), (60, 3))), "local", None)


@pytest.fixture(scope="module")
def reader(splits: Splits) -> CausalLanguageModel:
    """A model that was trained on filled templates, one a text."""
    texts = filled(splits.train)
    model = CausalLanguageModel({**SETTINGS, "epochs": 6, "block_length": 48, "learning_rate": 0.005}, Setting(0, 0, 1, False), texts)
    model.fit(texts, filled(splits.validation), lambda count=1: None)
    return model


def test_the_planted_label_is_found(reader: CausalLanguageModel, splits: Splits) -> None:
    answers = answer_questions(replace_shots(0), reader, splits, CLASSES, network=False)
    scores = answers.scores(200)
    assert scores["few_shot_accuracy"].value > 0.8 > 0.5 > scores["few_shot_commonest_label"].value
    assert scores["few_shot_accuracy"].value == pytest.approx(np.mean(answers.truth == answers.answered))


def replace_shots(shots: int) -> FewShotSpec:
    return SPEC.model_copy(update={"shots": shots})


def test_every_answer_is_the_label_that_the_network_itself_finds_likeliest(reader: CausalLanguageModel, splits: Splits) -> None:
    """The labels are one token each and nothing follows them, so the whole text is least surprising with the likeliest label."""
    answers = answer_questions(replace_shots(0), reader, splits, CLASSES, network=False)
    texts = dict(zip(splits.test.ids, splits.test.texts, strict=True))
    labels = [ids[0] for ids in reader._tokens.encode(CLASSES)]
    for row, answered in zip(answers.ids, answers.answered, strict=True):
        ids = reader._tokens.encode([f"{texts[row]} Emotion:"])[0]
        with torch.no_grad():
            logits = reader._network(input_ids=torch.tensor([[reader._tokens.end, *ids]])).logits[0, -1]
        assert int(logits[labels].argmax()) == answered


def test_examples_that_do_not_fit_are_left_out_and_the_answer_stays_possible(reader: CausalLanguageModel, splits: Splits) -> None:
    answers = answer_questions(replace_shots(50), reader, splits, CLASSES, network=False)
    assert len(answers.answered) == 40


def test_rows_with_several_or_other_labels_take_no_part(reader: CausalLanguageModel, splits: Splits) -> None:
    labels = splits.test.labels.copy()
    labels[:10] = True
    changed = replace(splits, test=TextExamples(splits.test.ids, splits.test.texts, splits.test.contexts, labels))
    answers = answer_questions(SPEC, reader, changed, CLASSES, network=False)
    assert not set(answers.ids) & set(splits.test.ids[:10])


def test_scores_are_those_of_the_answers() -> None:
    answers = Answers(("a", "b", "c", "d"), ("x", "y"), np.array([0, 0, 0, 1]), np.array([0, 1, 0, 1]))
    scores = answers.scores(200)
    assert scores["few_shot_accuracy"].value == 0.75
    assert scores["few_shot_commonest_label"].value == 0.75
    assert scores["few_shot_macro_f1"].value == pytest.approx((0.8 + 2 / 3) / 2)


@pytest.mark.parametrize(("changes", "message"), [({"labels": ("joy", "glee")}, "is no label"), ({"template": "{text}"}, "must hold")])
def test_what_cannot_be_asked_is_said(reader: CausalLanguageModel, splits: Splits, changes: dict[str, object], message: str) -> None:
    with pytest.raises(EmohubError, match=message):
        answer_questions(SPEC.model_copy(update=changes), reader, splits, CLASSES, network=False)
