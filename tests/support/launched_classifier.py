"""A text method for several processes that learns one number, and can die, refuse or linger while it does."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from benchmarks.examples import Probabilities, TextExamples
from benchmarks.methods.base import MethodSettings, Setting, parse_settings
from benchmarks.processes import processes, wait
from hub.console import Tick
from hub.errors import EmohubError
from hub.files import write_json
from hub.results import CurvePoint

REFERENCE = "tests.support.launched_classifier:LaunchedClassifier"


class LaunchedSettings(MethodSettings):
    """What happens while it trains."""

    folder: Path
    """Every process writes a file there, named by its id, when it trains."""
    does: Literal["nothing", "die", "refuse", "linger"] = "nothing"
    """`die`: the second process is killed, once; `linger`: all train for ever."""


class LaunchedClassifier:
    """Says of every text the same."""

    checkpoints = True
    inference_settings: frozenset[str] = frozenset()
    launches = frozenset({"ddp"})
    parameters = 1

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        self._settings = parse_settings(LaunchedSettings, settings)
        self._setting = setting
        self._learnt = 0.0

    def rounds(self, examples: TextExamples) -> int:
        return 1

    def fit(self, train: TextExamples, validation: TextExamples, tick: Tick) -> Sequence[CurvePoint]:
        folder, rank = self._settings.folder, processes().rank
        folder.mkdir(parents=True, exist_ok=True)
        (folder / str(os.getpid())).write_text(str(self._setting.threads), encoding="utf-8")
        if self._settings.does == "refuse":
            raise EmohubError("settings.does: this cannot be learnt; let it do nothing")
        if self._settings.does == "die" and rank == 1 and not (folder / "died").exists():
            (folder / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        while self._settings.does == "linger":
            time.sleep(0.1)
        wait()
        self._learnt = processes().count / 4
        tick()
        return (CurvePoint(step=1, loss=0.5),)

    def predict(self, examples: TextExamples) -> Probabilities:
        return np.full((len(examples), self._setting.classes), self._learnt, dtype=np.float32)

    def save(self, folder: Path) -> None:
        write_json(folder / "learnt.json", self._learnt)

    def load(self, folder: Path) -> None:
        self._learnt = float((folder / "learnt.json").read_text(encoding="utf-8"))
