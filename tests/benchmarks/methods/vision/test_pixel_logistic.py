"""The logistic layer agrees with scikit-learn's, whatever classes occur, and validation chooses its regularisation."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.methods.vision.pixel_logistic import LogisticModel, fit_logistic
from tests.benchmarks.methods.vision.captioned import no_tick

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(3.0, 2.0, (90, 5)).astype(np.float32)
TRUTH = (FEATURES[:, 0] > 3).astype(int) + (FEATURES[:, 1] > 3)
NONE = FEATURES[:0], np.zeros((0, 3), dtype=bool)


@pytest.mark.parametrize("occurring", [3, 2])
def test_it_predicts_what_scikit_learn_predicts(occurring: int) -> None:
    truth = np.minimum(TRUTH, occurring - 1)
    found = fit_logistic(FEATURES, np.eye(3, dtype=bool)[truth], NONE, [0.5], no_tick).predict(FEATURES)
    expected = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=500)).fit(FEATURES, truth).predict_proba(FEATURES)
    np.testing.assert_allclose(found[:, :occurring], expected, atol=1e-3)
    np.testing.assert_allclose(found[:, occurring:], 0, atol=1e-12)


def test_one_class_alone_is_always_right() -> None:
    labels = np.zeros((90, 3), dtype=bool)
    labels[:, 1] = True
    found = fit_logistic(FEATURES, labels, NONE, [1.0], no_tick).predict(FEATURES)
    np.testing.assert_allclose(found[:, 1], 1, atol=1e-6)


def test_several_classes_are_fitted_apart() -> None:
    labels = np.stack([FEATURES[:, 0] > 3, FEATURES[:, 1] > 3, np.zeros(90, dtype=bool), np.ones(90, dtype=bool)], axis=1)
    model = fit_logistic(FEATURES, labels, (FEATURES, labels), [1.0], no_tick)
    assert model.several
    assert ((model.predict(FEATURES) > 0.5) == labels).mean() > 0.95


def test_validation_chooses_and_the_first_of_equals_wins() -> None:
    labels = np.eye(3, dtype=bool)[TRUTH]
    strong, weak = (fit_logistic(FEATURES, labels, NONE, [value], no_tick) for value in (1e-6, 10.0))
    chosen = fit_logistic(FEATURES, labels, (FEATURES, labels), [1e-6, 10.0, 10.0], no_tick)
    assert np.array_equal(chosen.weight, weak.weight) and not np.array_equal(chosen.weight, strong.weight)
    assert np.array_equal(fit_logistic(FEATURES, labels, NONE, [1e-6, 10.0], no_tick).weight, strong.weight)


def test_it_is_kept(tmp_path: Path) -> None:
    model = fit_logistic(FEATURES, np.eye(3, dtype=bool)[TRUTH], NONE, [1.0], no_tick)
    model.save(tmp_path)
    assert np.array_equal(LogisticModel.load(tmp_path).predict(FEATURES), model.predict(FEATURES))
