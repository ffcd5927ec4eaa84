"""Confusions and calibration against scikit-learn and SciPy, and what the charts draw of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix as oracle
from sklearn.metrics import recall_score

from benchmarks.metrics.scores import expected_calibration_error
from hub.results.comparing.calibration import BINS, calibration, wilson
from hub.results.comparing.confusion import confusion, largest_mixups
from leaderboard.charts.calibration import bin_counts, reliability
from leaderboard.charts.confusion import confusion_matrix
from leaderboard.charts.differences import Difference, differences, side_by_side
from leaderboard.charts.style import DARK
from tests.support.comparable import labels_of

NAMES = ("joy", "anger", "fear", "love")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_with_one_label_a_row_it_is_the_usual_confusion_matrix(seed: int, rows: int) -> None:
    true, decided = np.random.default_rng(seed).integers(4, size=(2, rows))
    found = confusion(NAMES, np.eye(4, dtype=bool)[true], np.eye(4, dtype=bool)[decided])
    np.testing.assert_array_equal(found.counts, oracle(true, decided, labels=range(4)))
    assert not found.nothing.any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_every_true_label_is_counted_once_and_the_diagonal_is_recall(seed: int, rows: int) -> None:
    truth, decided = np.random.default_rng(seed).random((2, rows, 4)) < 0.4
    found = confusion(NAMES, truth, decided)
    np.testing.assert_allclose(found.support, truth.sum(axis=0))
    np.testing.assert_allclose(np.diag(found.shares), recall_score(truth, decided, average=None, zero_division=0))


def test_a_missed_label_is_shared_among_what_was_decided_wrongly() -> None:
    found = confusion(NAMES, labels_of([0], [0], [0, 1], count=4), labels_of([1, 2], [], [1], count=4))
    assert found.counts[0].tolist() == [0, 0.5, 0.5, 0] and found.counts[1].tolist() == [0, 1, 0, 0]
    assert found.nothing.tolist() == [2, 0, 0, 0]
    assert [(one.true, one.decided, one.count) for one in largest_mixups(found, 5)] == [("joy", "anger", 0.5), ("joy", "fear", 0.5)]


def test_the_error_is_that_of_run_records_and_the_points_are_scikit_learns() -> None:
    generator = np.random.default_rng(3)
    probabilities = generator.random((300, 4)).astype(np.float32)
    truth = generator.random((300, 4)) < probabilities**2
    found = calibration(truth, probabilities)
    assert found.error == pytest.approx(expected_calibration_error(truth, probabilities), abs=1e-12)
    held, said = calibration_curve(truth.ravel(), probabilities.ravel(), n_bins=BINS)
    np.testing.assert_allclose([one.frequency for one in found.bins], held)
    np.testing.assert_allclose([one.probability for one in found.bins], said, rtol=1e-6)
    assert sum(one.count for one in found.bins) == 1200


@pytest.mark.parametrize(("held", "count"), [(0, 1), (1, 1), (3, 10), (990, 1000)])
def test_the_bounds_are_wilsons(held: int, count: int) -> None:
    expected = binomtest(held, count).proportion_ci(method="wilson")
    assert wilson(held / count, count) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_few_labels_have_their_numbers_written_and_many_do_not() -> None:
    few = confusion(NAMES, labels_of([0], [1], count=4), labels_of([0], [2], count=4))
    layers = confusion_matrix(few).to_dict()["layer"]
    assert [layer["mark"]["type"] for layer in layers] == ["rect", "rect", "text", "text"]
    many = tuple(f"label {number}" for number in range(28))
    drawn = confusion_matrix(confusion(many, np.eye(28, dtype=bool), np.eye(28, dtype=bool)), DARK).to_dict()["layer"]
    assert [layer["mark"]["type"] for layer in drawn] == ["rect", "rect"]


def test_what_was_missed_for_nothing_has_a_column_of_its_own() -> None:
    found = confusion(NAMES, labels_of([0], count=4), labels_of([], count=4))
    cells = next(iter(confusion_matrix(found).to_dict()["datasets"].values()))
    assert [cell["count"] for cell in cells if cell["true"] == "joy"] == [0, 0, 0, 0, 1]


def test_the_diagram_has_a_point_a_bin() -> None:
    found = calibration(labels_of([0], [1], count=2), np.array([[0.9, 0.1], [0.9, 0.4]], dtype=np.float32))
    drawn = [rows for rows in reliability(found).to_dict()["datasets"].values() if "held" in rows[0] and "count" in rows[0]]
    assert [(row["count"], row["held"]) for row in drawn[0]] == [(1, 0.0), (1, 1.0), (2, 0.5)]
    assert bin_counts(found).to_dict()["encoding"]["y"]["scale"]["type"] == "log"


def test_pairs_that_are_not_separable_say_so_in_words() -> None:
    chart = differences([Difference("a over b", 0.1, 0.05, 0.15, True), Difference("a over c", 0.01, -0.02, 0.04, False)]).to_dict()
    lines = [row["line"] for rows in chart["datasets"].values() for row in rows if "line" in row]
    assert lines == ["+0.100  ·  a over b", "+0.010  ·  a over c  ·  not separable"]


def test_models_are_told_apart_by_shape_as_well_as_colour() -> None:
    chart = side_by_side({"joy": {"A": 0.5, "B": 0.4}, "fear": {"A": 0.1, "B": None}}, ["A", "B"], "F1").to_dict()
    marks = chart["layer"][1]["encoding"]
    assert marks["shape"]["scale"]["range"] == ["circle", "square"] and len(marks["color"]["scale"]["range"]) == 2
    assert len(next(iter(chart["datasets"].values()))) == 3
