"""The floor: learns what words tell, always the same way."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.examples import Probabilities, TextExamples
from benchmarks.methods.base import Setting
from benchmarks.methods.tfidf_logreg import TfidfLogisticRegression
from hub.errors import DeclarationError, EmohubError
from tests.support.toy_texts import toy_texts

SETTING = Setting(classes=5, seed=0, threads=1, network=False)


def _fitted(train: TextExamples, **settings: Any) -> TfidfLogisticRegression:
    classifier = TfidfLogisticRegression(settings, SETTING)
    classifier.fit(train, train, lambda count=1: None)
    return classifier


def _accuracy(probabilities: Probabilities, examples: TextExamples) -> float:
    return float((probabilities.argmax(axis=1) == examples.labels.argmax(axis=1)).mean())


def test_it_learns_what_words_give_away() -> None:
    test = toy_texts(60, 1, classes=5)
    probabilities = _fitted(toy_texts(300, classes=5)).predict(test)
    assert probabilities.shape == (60, 5)
    assert _accuracy(probabilities, test) > 0.9


def test_a_class_that_never_occurs_has_probability_zero_and_one_that_always_does_one() -> None:
    train = toy_texts(60, classes=5)
    train.labels[:, 4] = True
    probabilities = _fitted(train).predict(toy_texts(30, 1, classes=5))
    assert (probabilities[:, 3] == 0).all()
    assert (probabilities[:, 4] == 1).all()
    assert ((probabilities[:, :3] > 0) & (probabilities[:, :3] < 1)).all()


def test_it_is_deterministic() -> None:
    test = toy_texts(30, 1, classes=5)
    first, second = (_fitted(toy_texts(90, classes=5)).predict(test) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_context_is_read_where_there_is_one_apart_from_the_utterance() -> None:
    test = toy_texts(60, 1, classes=5, in_context=True)
    learnt = _fitted(toy_texts(300, classes=5, in_context=True))
    assert _accuracy(learnt.predict(test), test) > 0.8
    # The same words said, and not in the context, mean nothing to it: they were never seen in an utterance.
    moved = TextExamples(test.ids, test.contexts, test.texts, test.labels)
    assert _accuracy(learnt.predict(moved), moved) < 0.5


def test_a_second_fit_replaces_the_first() -> None:
    train, test = toy_texts(90, classes=5), toy_texts(30, 1, classes=5)
    classifier = _fitted(toy_texts(30, 7, classes=5))
    classifier.fit(train, train, lambda count=1: None)
    np.testing.assert_array_equal(classifier.predict(test), _fitted(train).predict(test))


def test_every_tick_is_one_class_and_parameters_are_counted() -> None:
    classifier, ticks = TfidfLogisticRegression({}, SETTING), []
    train = toy_texts(60, classes=5)
    classifier.fit(train, train, lambda count=1: ticks.append(count))
    assert sum(ticks) == classifier.rounds(train) == 5
    assert classifier.parameters > 0


@pytest.mark.parametrize("settings", [{"longest": 2}, {"longest_ngram": 0}, {"inverse_regularisation": "much"}])
def test_wrong_settings_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match=rf"settings\.{next(iter(settings))}: .*valid: inverse_regularisation, longest_ngram, minimum_documents"):
        TfidfLogisticRegression(settings, SETTING)


def test_it_says_that_it_cannot_be_a_first_stage(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="cannot be a first stage"):
        TfidfLogisticRegression({}, SETTING).save(tmp_path)
