"""One dataset's curation: from raw tables to clean ones, with gates and an account of what was taken out."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa

from hub.console import say
from hub.curate.gates import Gate, enforce
from hub.durable.checksums import check_sums, forget_sums, write_sums
from hub.durable.lock import locked
from hub.files import read_json, write_json
from hub.generate.job import REJECTS
from hub.generate.step import Reject
from hub.imports import load_object
from hub.paths import Project
from hub.spec import DatasetSpec
from hub.tables import Tables, read_table, table_of, write_tables

Dataset = TypeVar("Dataset", bound=DatasetSpec)


@dataclass
class CurationJob(Generic[Dataset]):
    """What a dataset's curation works with, and what it leaves behind."""

    spec: Dataset
    folder: Path
    raw: Callable[[str], pa.Table]
    """Reads a raw table by name."""
    images: Path
    """Where the shards of drawn pictures lie; a text dataset has none."""
    manifest: dict[str, Any]
    sizes_declared: bool
    """Whether the declared minimum sizes apply: only to a run over all the declared narratives."""
    rejects: list[Reject] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    statistics: dict[str, Any] = field(default_factory=dict)


def curate(project: Project, spec: DatasetSpec, profile: str, complete: bool) -> None:
    """Writes `data/clean/<dataset>` and the dataset's report, `results/datasets/<profile>/<dataset>.json`.

    The report is written before the gates are enforced, so that a failed run can be looked at.

    Raises:
        GateError: a gate does not hold.
        EmohubError: nothing is generated, or a file of it is damaged.
    """
    with locked(project.lock("curate", spec.name), f"curating {spec.name}"):
        _curate(project, spec, profile, complete)


def _curate(project: Project, spec: DatasetSpec, profile: str, complete: bool) -> None:
    raw, rebuild = project.raw(spec.name), f"run `emohub generate {spec.name}`"
    check_sums(raw, rebuild)
    manifest = read_json(raw / "manifest.json", rebuild)
    folder, images = project.root / "builders" / spec.name, raw / "images"
    job: CurationJob[DatasetSpec] = CurationJob(spec, folder, lambda name: read_table(raw / f"{name}.parquet"), images, manifest, complete)
    function = load_object(spec.curate, project.root)
    tables: Tables = function(job)
    rejects = pa.concat_tables([job.raw("rejects"), table_of(job.rejects, REJECTS)])
    report = _report(job, tables, rejects, profile)
    write_json(project.root / "results" / "datasets" / profile / f"{spec.name}.json", report)
    enforce(spec.name, job.gates)
    clean = project.clean(spec.name)
    forget_sums(clean)
    write_tables(clean, {**tables, "rejects": rejects})
    write_json(clean / "report.json", report)
    write_sums(clean)
    sizes = ", ".join(f"{name} {table.num_rows:,}" for name, table in tables.items())
    say(f"{spec.name}: {sizes} rows; {len(job.gates)} gates passed")


def _report(job: CurationJob[DatasetSpec], tables: Tables, rejects: pa.Table, profile: str) -> dict[str, Any]:
    return {
        "dataset": job.spec.name,
        "version": job.spec.version,
        "profile": profile,
        "engine": job.manifest["engine"],
        "rows": {name: _split_counts(table) for name, table in tables.items()},
        "statistics": job.statistics,
        "rejects": _count(rejects, ("step", "reason")),
        "rejects_by_label": _count(rejects, ("reason", "label")),
        "gates": [asdict(gate) for gate in job.gates],
        **{key: job.manifest[key] for key in ("narratives", "sampling", "attempts", "steps", "tables", "size", "batch_size", "batches") if key in job.manifest},
    }


def _split_counts(table: pa.Table) -> dict[str, int]:
    counts = table.group_by("split").aggregate([("split", "count")]).to_pylist()
    found = {row["split"]: row["split_count"] for row in counts}
    return {split: found.get(split, 0) for split in ("train", "validation", "test")}


def _count(rejects: pa.Table, keys: Sequence[str]) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for row in rejects.group_by(list(keys)).aggregate([("id", "count")]).to_pylist():
        counted.setdefault(row[keys[0]], {})[row[keys[1]] or "(none)"] = row["id_count"]
    return {outer: dict(sorted(inner.items(), key=lambda pair: (-pair[1], pair[0]))) for outer, inner in sorted(counted.items())}
