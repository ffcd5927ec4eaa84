"""Where two classifiers disagree, by hand-made rows."""

from typing import Any

import numpy as np
import pytest

from hub.errors import EmohubError
from hub.results.comparing.disagreements import disagreements, is_right, mistakenness, shared_classes, telling_labels
from hub.results.comparing.predictions import ClassPredictions
from tests.support.comparable import LABELS, labels_of

TRUTH = labels_of([0], [1], [2], [0, 1], [2])


def _found(probabilities: Any, threshold: float = 0.5, ids: tuple[str, ...] = ("a", "b", "c", "d", "e"), truth: Any = TRUTH) -> ClassPredictions:
    shares = np.array(probabilities, dtype=np.float32)
    return ClassPredictions(ids, LABELS, truth, shares >= threshold, shares, np.full(len(ids), threshold), ())


FIRST = _found([[0.9, 0, 0], [0.9, 0.1, 0], [0, 0, 0.8], [0.9, 0.2, 0], [0.9, 0, 0]])
SECOND = _found([[0.2, 0.6, 0], [0.1, 0.9, 0], [0, 0, 0.7], [0.1, 0.9, 0], [0.8, 0, 0]])


def test_every_row_is_counted_once() -> None:
    found = disagreements(FIRST, SECOND, "differ")
    assert found.counts == {"differ": 3, "first": 1, "second": 1, "wrong": 1}
    assert (found.both_right, found.both_wrong_alike) == (1, 1)


@pytest.mark.parametrize(("choice", "rows"), [("first", [0]), ("second", [1]), ("wrong", [3])])
def test_a_choice_gives_its_rows(choice: Any, rows: list[int]) -> None:
    assert disagreements(FIRST, SECOND, choice).rows.tolist() == rows


def test_the_surest_mistake_comes_first() -> None:
    # How far beyond the threshold: 0.8 (0.9 wrongly decided, 0.1 missed) before 0.6 (0.2 missed) and 0.8 of the other (0.1 missed).
    np.testing.assert_allclose(mistakenness(FIRST), [0, 0.8, 0, 0.6, 1.0], atol=1e-6)
    np.testing.assert_allclose(mistakenness(SECOND), [0.6, 0, 0, 0.8, 1.0], atol=1e-6)
    assert disagreements(FIRST, SECOND, "differ").rows.tolist() == [1, 3, 0]


def test_without_a_threshold_the_lead_over_the_truth_counts() -> None:
    shares = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]], dtype=np.float32)
    found = ClassPredictions(("a", "b"), LABELS, labels_of([1], [1]), labels_of([0], [1]), shares, np.full(2, np.nan), ())
    np.testing.assert_allclose(mistakenness(found), [0.5, 0], atol=1e-6)
    assert is_right(found).tolist() == [False, True]


def test_a_label_narrows_the_rows_and_their_counts() -> None:
    assert disagreements(FIRST, SECOND, "differ", "anger").rows.tolist() == [1, 3, 0]
    found = disagreements(FIRST, SECOND, "differ", "fear")
    assert not len(found.rows) and (found.both_right, found.both_wrong_alike) == (1, 1)


def test_models_are_laid_side_by_side_by_id() -> None:
    turned = _found(SECOND.probabilities[::-1], ids=("e", "d", "c", "b", "z"), truth=TRUTH[::-1])
    first, second = shared_classes([FIRST, turned])
    assert first.ids == second.ids == ("b", "c", "d", "e")
    np.testing.assert_array_equal(second.probabilities, SECOND.probabilities[1:])


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (_found(SECOND.probabilities, ids=("v", "w", "x", "y", "z")), "other rows"),
        (_found(SECOND.probabilities, truth=TRUTH[::-1]), "other truths"),
        (ClassPredictions(FIRST.ids, ("a", "b", "c"), TRUTH, TRUTH, FIRST.probabilities, FIRST.thresholds, ()), "other labels"),
    ],
)
def test_what_cannot_be_laid_side_by_side_says_why(other: ClassPredictions, sentence: str) -> None:
    with pytest.raises(EmohubError, match=sentence):
        shared_classes([FIRST, other])


def test_true_labels_are_told_first_and_likeliest_ones_always() -> None:
    assert telling_labels([FIRST, SECOND], 1) == (1, 0)
    assert telling_labels([FIRST, SECOND], 4) == (2, 0)
