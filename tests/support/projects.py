"""Projects to run in: copies of the real declarations, with few story kits."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from hub.files import file_digest
from hub.paths import Project
from hub.spec import Registry, TextDatasetSpec, TextGenerationSpec
from hub.tables import read_table

REPOSITORY = Path(__file__).parents[2]
DATASET = "emo_pillars"


def copy_project(root: Path, kits: int) -> Project:
    """Copies what generating Emo Pillars needs, with the first `kits` story kits."""
    source, target = REPOSITORY / "builders" / DATASET, root / "builders" / DATASET
    (target / "kits").mkdir(parents=True)
    for name in ("dataset.yaml", "labels.yaml", "feelings.yaml"):
        shutil.copy(source / name, target / name)
    shutil.copytree(source / "prompts", target / "prompts")
    for path in sorted((source / "kits").glob("*.yaml"))[:kits]:
        shutil.copy(path, target / "kits")
    return Project(root)


def limit_answers(project: Project, max_tokens: int) -> None:
    """Lowers the longest answer of every step, for models that would only babble on."""
    path = project.root / "builders" / DATASET / "dataset.yaml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    for step in declared["steps"]:
        step["max_tokens"] = min(step["max_tokens"], max_tokens)
    path.write_text(yaml.safe_dump(declared, sort_keys=False), encoding="utf-8")


def dataset(project: Project) -> TextDatasetSpec:
    spec = Registry(project).dataset(DATASET)
    assert isinstance(spec, TextDatasetSpec)
    return spec


def generation(**changes: Any) -> TextGenerationSpec:
    """The local profile's way to generate Emo Pillars, but for `changes`."""
    declared: Mapping[str, Any] = {
        "kind": "text",
        "engine": {"kind": "authored"},
        "narratives": {"kind": "authored"},
        "options": {"parts": ["first", "second"], "context_share": 1.0},
    }
    return TextGenerationSpec.model_validate({**declared, **changes}, strict=False)


def raw_table(project: Project, name: str) -> pa.Table:
    return read_table(project.raw(DATASET) / f"{name}.parquet")


def raw_digests(project: Project) -> dict[str, str]:
    """The hash of every file that generating leaves behind, by name."""
    return {path.name: file_digest(path) for path in sorted(project.raw(DATASET).iterdir()) if not path.name.startswith(".")}
