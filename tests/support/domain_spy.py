"""The spy classifier, which also writes down what it is asked to predict, and can be made dull."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.examples import Probabilities, TextExamples
from benchmarks.methods.base import Setting
from tests.support.spy_classifier import SpyClassifier

REFERENCE = "tests.support.domain_spy:DomainSpy"


class DomainSpy(SpyClassifier):
    """With `dull`, every row is given the same probabilities. `dull` changes predictions alone; `untaught` is dullness that another training makes."""

    inference_settings = frozenset({"dull"})

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        known = dict(settings)
        self._dull = bool(known.pop("dull", False)) | bool(known.pop("untaught", False))
        super().__init__(known, setting)

    def predict(self, examples: TextExamples) -> Probabilities:
        with self._settings.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps({"predict": examples.ids}) + "\n")
        if self._dull:
            return np.tile(np.linspace(0.9, 0.1, self._setting.classes, dtype=np.float32), (len(examples), 1))
        return super().predict(examples)


def events(log: Path) -> list[dict[str, Any]]:
    """Returns what happened, in order: trainings with their `train` and `validation` ids, and predictions with their ids."""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
