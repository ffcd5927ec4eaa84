"""A small project of its own for the text benchmark: real label file, a tiny published dataset, tasks, models and a profile."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from benchmarks.examples import TextExamples
from benchmarks.runners.run import Run
from hub.paths import Project
from hub.spec import Registry
from hub.tables import write_table
from tests.support.projects import REPOSITORY

LABELS_FILE = "builders/emo_pillars/labels.yaml"
CUE_LABELS = ("joy", "sadness", "anger")
"""The classes that the three kinds of toy texts stand for."""


def make_text_project(root: Path) -> Project:
    """Makes a project with the real label file and nothing else."""
    place = root / LABELS_FILE
    place.parent.mkdir(parents=True)
    shutil.copy(REPOSITORY / LABELS_FILE, place)
    write_yaml(root / "params.yaml", {"profile": "tiny", "data": {}})
    write_profile(root)
    return Project(root)


def write_yaml(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(value, sort_keys=False), encoding="utf-8")
    return path


def write_profile(root: Path, name: str = "tiny", **bench: Any) -> None:
    write_yaml(
        root / "profiles" / f"{name}.yaml",
        {"name": name, "title": "Tiny", "datasets": {}, "bench": {"seeds": [0, 1], "bootstrap_replicates": 200, "threads": 1, **bench}},
    )


def write_task(root: Path, name: str, source: dict[str, Any], **changes: Any) -> None:
    write_yaml(
        root / "benchmarks" / "tasks" / f"{name}.yaml",
        {
            "name": name,
            "title": f"Task {name}",
            "summary": "A task for tests.",
            "type": "text_classification",
            "source": source,
            "taxonomy": LABELS_FILE,
            "decision": {"kind": "global_threshold"},
            "main_metric": "macro_f1",
            **changes,
        },
    )


def write_model(root: Path, name: str, method: str, **changes: Any) -> None:
    write_yaml(
        root / "benchmarks" / "models" / f"{name}.yaml",
        {"name": name, "title": f"Model {name}", "summary": "A model for tests.", "method": method, "task_type": "text_classification", **changes},
    )


def write_published(project: Project, dataset: str, configuration: str, splits: dict[str, TextExamples]) -> Path:
    """Publishes toy texts in the columns of Emo Pillars: a strong label each, and a second one too weak to count."""
    labels = Registry(project).project.root / LABELS_FILE
    names = list(yaml.safe_load(labels.read_text(encoding="utf-8"))["classes"])
    folder = project.published(dataset) / configuration
    for split, examples in splits.items():
        write_table(folder / f"{split}-00000-of-00001.parquet", pa.Table.from_pylist(_published_rows(examples, names)))
    return folder


def _published_rows(examples: TextExamples, names: Sequence[str]) -> list[dict[str, Any]]:
    weak = {"label": names.index("neutral"), "expressiveness": 0.2}
    return [
        {
            "id": examples.ids[row],
            "utterance": examples.texts[row],
            "character": "Ada",
            "description": "a baker",
            "context": examples.contexts[row],
            "labels": [{"label": names.index(CUE_LABELS[int(examples.labels[row].argmax())]), "expressiveness": 0.3}, weak],
        }
        for row in range(len(examples))
    ]


def write_goemotions(folder: Path, splits: dict[str, TextExamples]) -> Path:
    """Writes toy texts in the format of the official GoEmotions files, with three label names."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "emotions.txt").write_text("\n".join(CUE_LABELS) + "\n", encoding="utf-8")
    for split, file in (("train", "train.tsv"), ("validation", "dev.tsv"), ("test", "test.tsv")):
        examples = splits[split]
        lines = [f"{examples.texts[row]}\t{int(examples.labels[row].argmax())}\t{examples.ids[row]}" for row in range(len(examples))]
        (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def make_run(project: Project, task: str, model: str, profile: str = "tiny", only_seed: int | None = None) -> Run[Any]:
    registry = Registry(project)
    return Run(project, registry, registry.params(), registry.profile(profile), registry.task(task), registry.model(model), only_seed)
