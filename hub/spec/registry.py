"""Finds declarations by folder, and reads each only when it is asked for."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from hub.errors import DeclarationError, nearest
from hub.paths import Project
from hub.spec.claim import ClaimSpec
from hub.spec.dataset import DATASET_KINDS, DatasetSpec
from hub.spec.loader import Spec, load
from hub.spec.model import ModelSpec
from hub.spec.params import ParamsSpec
from hub.spec.profile import ProfileSpec
from hub.spec.strict_yaml import read_yaml
from hub.spec.task import TASK_TYPES, TaskSpec

Kind = Literal["dataset", "task", "model", "profile", "claim"]
Named = DatasetSpec | TaskSpec | ModelSpec | ProfileSpec | ClaimSpec
SPECS: dict[Kind, type[Named]] = {"dataset": DatasetSpec, "task": TaskSpec, "model": ModelSpec, "profile": ProfileSpec, "claim": ClaimSpec}


class Registry:
    """The declarations of one project. A new dataset, task, model, profile or claim is a new file and nothing else."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._read = lru_cache(maxsize=None)(self._read_uncached)

    def files(self, kind: Kind) -> dict[str, Path]:
        """The declaration files of one kind by the name that their place gives them, in alphabetical order."""
        root = self.project.root
        if kind == "dataset":
            return {path.parent.name: path for path in sorted(root.glob("builders/*/dataset.yaml"))}
        folder = {"task": "benchmarks/tasks", "model": "benchmarks/models", "profile": "profiles", "claim": "benchmarks/claims"}[kind]
        return {path.stem: path for path in sorted(root.glob(f"{folder}/*.yaml"))}

    def dataset(self, name: str) -> DatasetSpec:
        return self._get("dataset", name, DatasetSpec)

    def task(self, name: str) -> TaskSpec:
        return self._get("task", name, TaskSpec)

    def model(self, name: str) -> ModelSpec:
        return self._get("model", name, ModelSpec)

    def profile(self, name: str) -> ProfileSpec:
        return self._get("profile", name, ProfileSpec)

    def claim(self, name: str) -> ClaimSpec:
        return self._get("claim", name, ClaimSpec)

    def params(self) -> ParamsSpec:
        return load(self.project.params, ParamsSpec)

    def pairs(self, profile: str) -> list[tuple[TaskSpec, ModelSpec]]:
        """Every (task, model) that is run in a profile, by task and then model name."""
        return [(task, model) for task, model in self.all_pairs() if is_run_in(profile, task, model)]

    def all_pairs(self) -> list[tuple[TaskSpec, ModelSpec]]:
        """Every (task, model) that belongs together, whatever the profile, by task and then model name."""
        tasks = [self.task(name) for name in self.files("task")]
        models = [self.model(name) for name in self.files("model")]
        return [
            (task, model)
            for task in tasks
            for model in models
            if model.task_type == task.model_type and (task.name in model.tasks if model.tasks else _by_default(task, model))
        ]

    def _get(self, kind: Kind, name: str, model: type[Spec]) -> Spec:
        spec = self._read(kind, name)
        assert isinstance(spec, model)
        return spec

    def _read_uncached(self, kind: Kind, name: str) -> Named:
        files = self.files(kind)
        if name not in files:
            raise DeclarationError(f"there is no {kind} {name!r}: {nearest(name, files)}")
        spec = load(files[name], _variant(kind, files[name]))
        if spec.name != name:
            raise DeclarationError(f"{files[name]}: 'name' is {spec.name!r}, but its place says {name!r}; make them the same")
        return spec


def is_run_in(profile: str, task: TaskSpec, model: ModelSpec) -> bool:
    """Returns whether both the task and the model belong to a profile."""
    return all(not one.runs_in or profile in one.runs_in for one in (task, model))


def _by_default(task: TaskSpec, model: ModelSpec) -> bool:
    """Whether a model that names no tasks runs on this one. A first stage of its own belongs to plain classification of other data."""
    return model.pretrain_on is None or (model.pretrain_on != task.name and task.type == "text_classification")


def _variant(kind: Kind, path: Path) -> type[Named]:
    """The class of a declaration: tasks and datasets say in one of their keys which variant they are."""
    variants: dict[Kind, tuple[str, Mapping[str, type[Named]]]] = {"task": ("type", TASK_TYPES), "dataset": ("kind", DATASET_KINDS)}
    if kind not in variants:
        return SPECS[kind]
    key, types = variants[kind]
    declared = read_yaml(path)
    chosen = declared.get(key) if isinstance(declared, dict) else None
    if not isinstance(chosen, str):
        return SPECS[kind]
    if chosen not in types:
        raise DeclarationError(f"{path}: {key!r} is {chosen!r}, which is not one of the valid values: {nearest(chosen, types)}")
    return types[chosen]
