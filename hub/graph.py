"""The declared names as a file that dvc.yaml can loop over: `graph.yaml`.

DVC can loop over values of a file but cannot look into folders. So that a new dataset, task or model stays a new file and nothing else, this file is
written from the declarations and the chosen profile (`emohub graph`), and `emohub validate` says when it is out of date.
"""

from pathlib import Path
from typing import Any

import yaml

from hub.files import write_text
from hub.imports import source_closure
from hub.paths import Project
from hub.spec import LanguageModelingTask, ModelSpec, PortraitAnimationTask, Registry, TaskSpec
from hub.spec.task import ExternalSource, PublishedSource

_WAITED_FOR = ("animation", "base", "encoder", "weights")
"""Methods that dvc.yaml names for every bench stage."""
_HEAD = "# Written by `emohub graph` from the declarations in builders/ and benchmarks/. Do not edit.\n"


def graph_text(registry: Registry, profile: str) -> str:
    """Returns the content that graph.yaml should have for a profile."""
    bench = {f"{task.name}-{model.name}": _entry(registry, task, model) for task, model in registry.pairs(profile)}
    return _HEAD + yaml.safe_dump({"datasets": sorted(registry.files("dataset")), "bench": bench}, sort_keys=False, width=200)


def write_graph(project: Project, registry: Registry, profile: str) -> bool:
    """Brings graph.yaml up to date; returns whether it had to be changed."""
    path, text = project.root / "graph.yaml", graph_text(registry, profile)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    write_text(path, text)
    return True


def _entry(registry: Registry, task: TaskSpec, model: ModelSpec) -> dict[str, Any]:
    return {
        "task": task.name,
        "model": model.name,
        "method": model.method.partition(":")[0].replace(".", "/") + ".py",
        "library": _library(registry.project.root, model.method),
        "data": _data(registry, task, model),
        "parameter": "data" if isinstance(task.source, ExternalSource) else "profile",
    }


def _library(root: Path, method: str) -> str:
    """The folder of method code that a method imports beside what every stage waits for; its own file stands in where there is none, since DVC wants a path."""
    folder, own = "benchmarks/methods", method.partition(":")[0].replace(".", "/") + ".py"
    imported = {str(path.relative_to(root)) for path in source_closure(method, root)} - {own, *(f"{folder}/{name}.py" for name in _WAITED_FOR)}
    parts = {path.removeprefix(f"{folder}/").partition("/")[0] for path in imported if path.startswith(f"{folder}/") and path != f"{folder}/__init__.py"}
    if not parts:
        return own
    return f"{folder}/{parts.pop()}" if len(parts) == 1 else folder


def _data(registry: Registry, task: TaskSpec, model: ModelSpec) -> str:
    """The published folder that the pair needs; the task's own file stands in where it needs none, since DVC wants a path."""
    also = [model.pretrain_on] if model.pretrain_on else []
    if isinstance(task, LanguageModelingTask) and task.few_shot:
        also.append(task.few_shot.task)
    sources = [task.source, *(registry.task(other).source for other in also)]
    needed = sorted({(source.dataset, source.configuration) for source in sources if isinstance(source, PublishedSource)})
    match needed:
        case []:
            return f"benchmarks/tasks/{task.name}.yaml"
        case [(dataset, _)] if isinstance(task, PortraitAnimationTask):
            # Pairs name rows of the dataset's other configurations.
            return f"data/published/{dataset}"
        case [(dataset, configuration)]:
            return f"data/published/{dataset}/{configuration}"
        case [(dataset, _), *others] if all(other == dataset for other, _ in others):
            return f"data/published/{dataset}"
        case _:
            return "data/published"
