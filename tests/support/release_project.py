"""Projects whose datasets are built, with the record that DVC would have kept of it."""

import json
from pathlib import Path
from typing import Any

import yaml

from hub.paths import Project
from hub.publish.lineage import folder_md5


def artifact(project: Project, path: str) -> dict[str, Any]:
    """A folder as `dvc.lock` records it."""
    files = [file for file in (project.root / path).rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    return {"path": path, "hash": "md5", "md5": folder_md5(project.root / path), "size": size, "nfiles": len(files)}


def write_lock(project: Project, dataset: str, parameters: dict[str, Any] | None = None) -> Path:
    """Writes the `dvc.lock` of a dataset that was generated, curated and built by DVC."""
    builder, raw, clean, published = (artifact(project, f"{path}/{dataset}") for path in ("builders", "data/raw", "data/clean", "data/published"))
    params = {"params.yaml": {"profile": "local"}, **(parameters or {})}
    stages = {
        f"generate@{dataset}": {"cmd": f"emohub generate {dataset}", "deps": [builder], "params": params, "outs": [raw]},
        f"curate@{dataset}": {"cmd": f"emohub curate {dataset}", "deps": [builder, raw], "params": params, "outs": [clean]},
        f"build@{dataset}": {"cmd": f"emohub build {dataset}", "deps": [builder, clean], "outs": [published]},
    }
    path = project.root / "dvc.lock"
    # Through JSON, so that YAML sees no object twice and writes no aliases, as DVC writes none.
    path.write_text(yaml.safe_dump(json.loads(json.dumps({"schema": "2.0", "stages": stages})), sort_keys=False), encoding="utf-8")
    return path
