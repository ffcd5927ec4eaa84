"""Results that others sent in: `results/imported/<submitter>/<task>/<model>/<id>.json`. Nothing here was measured by this project, and nothing of it lies
among its runs."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hub.errors import EmohubError
from hub.files import digest
from hub.paths import Project
from hub.results.record import Count, Decision, Name, Number, Part, RunRecord, Score, Text
from hub.results.store import BrokenRecord
from hub.results.untrusted import read_untrusted

ImportFormat = Literal["run record", "Every Eval Ever 0.2.1"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ShortText = Annotated[str, Field(min_length=1, max_length=200)]
LARGEST = 3_000_000
"""Bytes of a kept file: more than of one that is sent in, because it is indented."""


class ForeignData(Part):
    """What the model was tested on, as far as the sender says."""

    name: Text
    repository: Text | None = None
    """On the Hugging Face Hub."""
    revision: Text | None = None
    fingerprint: Text | None = None
    split: Text | None = None
    test: Count | None = None
    """Test rows."""


class ForeignRecord(Part):
    """A result in a format that knows less than a run record."""

    task: Name
    model: Name
    """Made from `model_id`."""
    model_name: ShortText
    model_id: ShortText
    id: ShortText
    """What the format calls this evaluation."""
    profile: Name | None = None
    """Where the record began as one of a project like this one."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    main_metric: Name
    metrics: dict[Name, Score]
    interval_method: Text | None = None
    decision: Decision | None = None
    data: ForeignData
    parameters: Count | None = None
    train_seconds: Annotated[Number, Field(ge=0)] | None = None
    finished: datetime | None = None
    evaluator: Text
    """The organisation that is said to have run it."""
    code_revision: Text | None = None
    command: Text | None = None
    note: Text | None = None
    """What of the file could not be taken over."""


class ImportedResult(Part):
    """One result, who sent it and in which file."""

    schema_version: Literal[1] = 1
    format: ImportFormat
    submitter: Name
    submitted_by: ShortText
    """The sender's name as given; `submitter` is made from it."""
    origin: ShortText
    """The name of the file that it came in, without its folder."""
    origin_sha256: Sha256
    record: RunRecord | ForeignRecord

    @property
    def model_name(self) -> str:
        return self.record.model_name if isinstance(self.record, ForeignRecord) else self.record.model

    @property
    def fingerprint(self) -> str | None:
        return self.record.data.fingerprint

    @property
    def split(self) -> str | None:
        """The part of the data that was tested on; run records are always of test."""
        return self.record.data.split if isinstance(self.record, ForeignRecord) else "test"

    @property
    def id(self) -> str:
        """What tells this result from others of the same submitter, task and model."""
        if self.record.seed is None:
            return slug(self.record.id, 64) if isinstance(self.record, ForeignRecord) else "none"
        return f"{self.record.profile}-{self.record.seed}" if self.record.profile else str(self.record.seed)


@dataclass(frozen=True, slots=True)
class Imported:
    """All imported results, by place; and what could not be read."""

    results: tuple[ImportedResult, ...]
    broken: tuple[BrokenRecord, ...]


def slug(text: str, longest: int = 64) -> str:
    """Returns a name that is safe in paths and addresses: `a-z`, `0-9`, `-` and `_`. A text that is too long keeps its beginning and a digest.

    Raises:
        EmohubError: the text holds no Latin letter and no digit.
    """
    name = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-_")
    if not name:
        raise EmohubError(f"the name {text[:80]!r} holds no letter from a to z and no digit")
    return name if len(name) <= longest else f"{name[: longest - 9]}-{digest(text)[:8]}"


def imported_folder(project: Project) -> Path:
    return project.root / "results" / "imported"


def imported_path(project: Project, result: ImportedResult) -> Path:
    return imported_folder(project) / result.submitter / result.record.task / result.record.model / f"{result.id}.json"


def read_imported(project: Project) -> Imported:
    """Reads every imported result of a project. A broken file is listed as broken and harms nobody else."""
    folder = imported_folder(project)
    results: list[ImportedResult] = []
    broken: list[BrokenRecord] = []
    for path in sorted(folder.glob("*/*/*/*.json")):
        place = f"imported/{path.relative_to(folder)}"
        try:
            result = read_untrusted(path, ImportedResult, LARGEST)
        except EmohubError as error:
            broken.append(BrokenRecord(place, str(error)))
            continue
        if imported_path(project, result) != path:
            broken.append(BrokenRecord(place, "its content says another submitter, task, model or seed than its place"))
            continue
        results.append(result)
    return Imported(tuple(results), tuple(broken))
