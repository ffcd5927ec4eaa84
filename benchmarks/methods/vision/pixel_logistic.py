"""Logistic regression on image features, its regularisation chosen on validation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax
from threadpoolctl import threadpool_limits

from benchmarks.examples import Labels, Probabilities
from benchmarks.methods.vision.fine_tuning import several_classes, validation_score
from hub.console import Tick

Features = npt.NDArray[np.float32]
"""(rows, width)."""
_SURE = 50.0
"""The logit of what is always so."""


@dataclass(frozen=True)
class LogisticModel:
    """A linear layer and what follows it."""

    weight: npt.NDArray[np.float64]
    """(width, classes)."""
    bias: npt.NDArray[np.float64]
    several: bool
    """Whether an image may have several classes: sigmoids instead of a softmax."""

    @property
    def parameters(self) -> int:
        return int(self.weight.size + self.bias.size)

    def predict(self, features: Features) -> Probabilities:
        """Returns (rows, classes)."""
        logits = features @ self.weight + self.bias
        found: Probabilities = (expit(logits) if self.several else softmax(logits, axis=1)).astype(np.float32)
        return found

    def save(self, folder: Path) -> None:
        """Writes `logistic.safetensors`."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        save_file({"weight": self.weight, "bias": self.bias, "several": np.array([self.several])}, folder / "logistic.safetensors")

    @classmethod
    def load(cls, folder: Path) -> "LogisticModel":
        from safetensors.numpy import load_file

        kept = load_file(folder / "logistic.safetensors")
        return cls(kept["weight"], kept["bias"], bool(kept["several"][0]))


def fit_logistic(
    features: Features, labels: Labels, validation: tuple[Features, Labels], inverse_regularisations: Sequence[float], tick: Tick
) -> LogisticModel:
    """Fits one model for each of scikit-learn's C and returns that with the best validation score, the first of equals; the first without rows there.

    Features are brought to mean 0 and variance 1 on the training rows, and the model returned takes them as they came. One tick a C.
    """
    several = several_classes(labels)
    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    deviation[deviation < 1e-12] = 1.0
    scaled = (features - mean) / deviation
    best: tuple[float, LogisticModel] | None = None
    for inverse_regularisation in inverse_regularisations:
        # More threads would spend longer waiting for each other than computing.
        with threadpool_limits(1):
            weight, bias = _solve(scaled, labels, several, inverse_regularisation)
        weight = weight / deviation[:, None]
        model = LogisticModel(weight, bias - mean @ weight, several)
        score = validation_score(model.predict(validation[0]), validation[1], several)
        tick()
        if best is None or (score is not None and score > best[0]):
            best = -1.0 if score is None else score, model
    assert best is not None
    return best[1]


def _solve(scaled: npt.NDArray[np.float64], labels: Labels, several: bool, inverse_regularisation: float) -> tuple[Any, Any]:
    """Returns the weight (width, classes) and bias (classes,). A class that never occurs in training gets no probability."""
    from sklearn.linear_model import LogisticRegression

    weight, bias = np.zeros((scaled.shape[1], labels.shape[1])), np.full(labels.shape[1], -_SURE)
    bias[labels.all(axis=0)] = _SURE
    if several:
        for label in np.flatnonzero(labels.any(axis=0) & ~labels.all(axis=0)):
            model = LogisticRegression(C=inverse_regularisation, max_iter=500).fit(scaled, labels[:, label])
            weight[:, label], bias[label] = model.coef_[0], model.intercept_[0]
        return weight, bias
    truth = labels.argmax(axis=1)
    occurring = np.unique(truth)
    if len(occurring) == 1:
        return weight, bias
    model = LogisticRegression(C=inverse_regularisation, max_iter=500).fit(scaled, truth)
    if len(occurring) == 2:
        # With two classes scikit-learn gives one row, the logit of the second.
        weight[:, occurring[1]], bias[occurring] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        weight[:, occurring], bias[occurring] = model.coef_.T, model.intercept_
    return weight, bias
