"""Finds declarations by folder, and reads each only when it is asked for."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from hub.errors import DeclarationError, nearest
from hub.paths import Project
from hub.spec.dataset import DatasetSpec
from hub.spec.loader import Spec, load
from hub.spec.model import ModelSpec
from hub.spec.params import ParamsSpec
from hub.spec.profile import ProfileSpec
from hub.spec.task import TaskSpec

Kind = Literal["dataset", "task", "model", "profile"]
Named = DatasetSpec | TaskSpec | ModelSpec | ProfileSpec
SPECS: dict[Kind, type[Named]] = {"dataset": DatasetSpec, "task": TaskSpec, "model": ModelSpec, "profile": ProfileSpec}


class Registry:
    """The declarations of one project. A new dataset, task, model or profile is a new file and nothing else."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._read = lru_cache(maxsize=None)(self._read_uncached)

    def files(self, kind: Kind) -> dict[str, Path]:
        """The declaration files of one kind by the name that their place gives them, in alphabetical order."""
        root = self.project.root
        if kind == "dataset":
            return {path.parent.name: path for path in sorted(root.glob("builders/*/dataset.yaml"))}
        folder = {"task": "benchmarks/tasks", "model": "benchmarks/models", "profile": "profiles"}[kind]
        return {path.stem: path for path in sorted(root.glob(f"{folder}/*.yaml"))}

    def dataset(self, name: str) -> DatasetSpec:
        return self._get("dataset", name, DatasetSpec)

    def task(self, name: str) -> TaskSpec:
        return self._get("task", name, TaskSpec)

    def model(self, name: str) -> ModelSpec:
        return self._get("model", name, ModelSpec)

    def profile(self, name: str) -> ProfileSpec:
        return self._get("profile", name, ProfileSpec)

    def params(self) -> ParamsSpec:
        return load(self.project.params, ParamsSpec)

    def pairs(self) -> list[tuple[TaskSpec, ModelSpec]]:
        """Every (task, model) that belongs together, by task and then model name."""
        tasks = [self.task(name) for name in self.files("task")]
        models = [self.model(name) for name in self.files("model")]
        return [
            (task, model)
            for task in tasks
            for model in models
            if model.task_type == task.type and (not model.tasks or task.name in model.tasks) and model.pretrain_on != task.name
        ]

    def _get(self, kind: Kind, name: str, model: type[Spec]) -> Spec:
        spec = self._read(kind, name)
        assert isinstance(spec, model)
        return spec

    def _read_uncached(self, kind: Kind, name: str) -> Named:
        files = self.files(kind)
        if name not in files:
            raise DeclarationError(f"there is no {kind} {name!r}: {nearest(name, files)}")
        spec = load(files[name], SPECS[kind])
        if spec.name != name:
            raise DeclarationError(f"{files[name]}: 'name' is {spec.name!r}, but its place says {name!r}; make them the same")
        return spec
