"""The floor: word counts and one logistic regression a class. No pretrained weights, deterministic, seconds to minutes on a CPU."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from benchmarks.examples import Probabilities, TextExamples
from benchmarks.methods.base import MethodSettings, Setting, parse_settings
from hub.console import Tick
from hub.errors import EmohubError
from hub.results import CurvePoint


class TfidfSettings(MethodSettings):
    """Word n-grams and regularisation."""

    longest_ngram: int = Field(2, ge=1)
    minimum_documents: int = Field(2, ge=1)
    inverse_regularisation: float = Field(3.0, gt=0)
    """scikit-learn's C. Set beforehand, not tuned."""


class TfidfLogisticRegression:
    """TF-IDF of the utterance, and of the context apart from it; then one-against-rest logistic regression."""

    checkpoints = False
    inference_settings: frozenset[str] = frozenset()

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        self._settings = parse_settings(TfidfSettings, settings)
        self._setting = setting
        self._fields: list[tuple[str, Any]] = []
        self._models: list[Any] = []
        self.parameters = 0

    def rounds(self, examples: TextExamples) -> int:
        return self._setting.classes

    def fit(self, train: TextExamples, validation: TextExamples, tick: Tick) -> Sequence[CurvePoint]:
        from joblib import Parallel, delayed
        from sklearn.feature_extraction.text import TfidfVectorizer

        used = ["texts", *(["contexts"] if any(train.contexts) else [])]
        ngrams = (1, self._settings.longest_ngram)
        minimum = min(self._settings.minimum_documents, max(1, len(train) // 100))
        self._fields = [
            (field, TfidfVectorizer(ngram_range=ngrams, min_df=minimum, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b|[!?]+").fit(getattr(train, field)))
            for field in used
        ]
        features = self._features(train)
        self._models = []
        jobs = (delayed(_fit_one)(features, train.labels[:, label], self._settings.inverse_regularisation) for label in range(self._setting.classes))
        # Threads, not processes: liblinear releases the interpreter lock, and the features need not be copied.
        for model in Parallel(n_jobs=self._setting.threads, prefer="threads", return_as="generator")(jobs):
            self._models.append(model)
            tick()
        self.parameters = sum(model.coef_.size + 1 for model in self._models if not isinstance(model, float))
        return ()

    def predict(self, examples: TextExamples) -> Probabilities:
        features = self._features(examples)
        columns = [np.full(len(examples), model) if isinstance(model, float) else model.predict_proba(features)[:, 1] for model in self._models]
        return np.stack(columns, axis=1).astype(np.float32)

    def save(self, folder: Path) -> None:
        raise EmohubError("tfidf_logreg cannot be a first stage: a second one would have other words")

    def load(self, folder: Path) -> None:
        self.save(folder)

    def _features(self, examples: TextExamples) -> Any:
        from scipy.sparse import hstack

        return hstack([vectoriser.transform(getattr(examples, field)) for field, vectoriser in self._fields]).tocsr()


def _fit_one(features: Any, truth: npt.NDArray[np.bool_], inverse_regularisation: float) -> Any:
    """One class against the rest; a plain 0 or 1 where the class never or always occurs, and there is nothing to learn."""
    from sklearn.linear_model import LogisticRegression

    if truth.all() or not truth.any():
        return float(truth.all())
    return LogisticRegression(C=inverse_regularisation, solver="liblinear", max_iter=200).fit(features, truth)
