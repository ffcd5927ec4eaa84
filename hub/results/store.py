"""Finds the run records: `results/runs/<profile>/<task>/<model>/<seed>.json`. A broken file is listed as broken and harms nobody else."""

from dataclasses import dataclass
from pathlib import Path

from hub.errors import EmohubError
from hub.files import write_text
from hub.paths import Project
from hub.results.record import RunRecord, read_record


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A file that is no run record. `place` is relative to the runs folder."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Results:
    """All records, by profile, task, model and seed; and what could not be read."""

    records: tuple[RunRecord, ...]
    broken: tuple[BrokenRecord, ...]


def record_path(runs: Path, record: RunRecord) -> Path:
    return runs / record.profile / record.task / record.model / f"{record.seed}.json"


def write_record(runs: Path, record: RunRecord) -> Path:
    """Writes a record to its place, atomically."""
    path = record_path(runs, record)
    write_text(path, record.model_dump_json(indent=2) + "\n")
    return path


def read_results(project: Project) -> Results:
    """Reads every record of a project."""
    records: list[RunRecord] = []
    broken: list[BrokenRecord] = []
    for path in sorted(project.runs.glob("*/*/*/*.json")):
        place = str(path.relative_to(project.runs))
        try:
            record = read_record(path)
        except EmohubError as error:
            broken.append(BrokenRecord(place, str(error)))
            continue
        if record_path(project.runs, record) != path:
            broken.append(BrokenRecord(place, "its content says another profile, task, model or seed than its place"))
            continue
        records.append(record)
    return Results(tuple(records), tuple(broken))
