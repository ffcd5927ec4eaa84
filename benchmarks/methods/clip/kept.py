"""The frozen CLIP of a classifier, from the settings to the folder that the classifier is saved in."""

import json
from pathlib import Path
from typing import Any

import torch

from benchmarks.image_examples import ImageExamples
from benchmarks.methods.base import Setting
from benchmarks.methods.clip.settings import PretrainedTeacher, SmallTeacher
from benchmarks.methods.clip.teacher import ClipTeacher, pretrained_teacher, small_teacher
from benchmarks.methods.clip.training import make_teacher, teacher_rounds
from hub.console import Tick
from hub.errors import EmohubError
from hub.files import write_json


class FrozenClip:
    """Made in `make` or read by `load`; until then there is none. The weights of a small one are saved, those of a checkpoint are where they were."""

    def __init__(self, settings: PretrainedTeacher | SmallTeacher, setting: Setting) -> None:
        self._settings = settings
        self._setting = setting
        self._teacher: ClipTeacher | None = None

    @property
    def parameters(self) -> int:
        return 0 if self._teacher is None else self._teacher.parameters

    @property
    def teacher(self) -> ClipTeacher:
        if self._teacher is None:
            raise EmohubError("there is no CLIP yet: call fit or load first")
        return self._teacher

    def rounds(self, examples: ImageExamples) -> int:
        return teacher_rounds(self._settings, len(examples))

    def make(self, train: ImageExamples, tick: Tick) -> None:
        self._teacher = make_teacher(self._settings, train, self._setting, tick)

    def save(self, folder: Path, account: dict[str, Any]) -> None:
        """Writes the small CLIP's weights, and what else the classifier has to say, as JSON."""
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        if isinstance(self._settings, SmallTeacher):
            save_file({name: value.cpu().contiguous() for name, value in self.teacher.model.state_dict().items()}, folder / "clip.safetensors")
        write_json(folder / "model.json", account)

    def load(self, folder: Path) -> dict[str, Any]:
        """Reads what `save` wrote, and returns the JSON part."""
        from safetensors.torch import load_file

        torch.set_num_threads(self._setting.threads)
        if isinstance(self._settings, SmallTeacher):
            self._teacher = small_teacher(self._settings, load_file(folder / "clip.safetensors"))
        else:
            self._teacher = pretrained_teacher(self._settings, self._setting.network)
        account: dict[str, Any] = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        return account
