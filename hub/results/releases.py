"""What was published where, in `results/releases`: the pipeline's draft of every dataset, and every version. Read as strictly as run records."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hub.errors import EmohubError
from hub.files import write_text
from hub.paths import Project
from hub.results.datasets import GateOutcome, row_count
from hub.results.record import Count, Name, Text
from hub.results.store import BrokenRecord
from hub.results.untrusted import read_untrusted


def _place(address: str) -> str:
    if address.startswith(("/", "~")) or ".." in address.split("/") or "\\" in address:
        raise ValueError("must be organisation/name or a folder without the way to it")
    return address


class ReleaseRecord(BaseModel):
    """One publication of a dataset in one profile."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: Name
    dataset: Name
    version: Annotated[str, Field(pattern=r"^\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9A-Za-z.-]{1,40})?$")]
    tag: Annotated[str, Field(pattern=r"^v\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9A-Za-z.-]{1,40})?$")] | None = None
    """None for a draft, which only `main` names."""
    repository: Annotated[str, Field(max_length=300), AfterValidator(_place)]
    """`organisation/name` on the Hub; a folder in the project relative to it; the last name of any other folder."""
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40,64}$")]
    """A commit of the Hub, or the digest that names a revision in a folder."""
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of the data; see the manifest."""
    code: Text | None = None
    forced: Text | None = None
    """Why it was published although a gate did not hold."""
    rows: dict[Name, dict[Name, Count]]
    """By configuration and split."""
    bytes: Count
    """Of all files."""
    gates: tuple[GateOutcome, ...] = ()

    @property
    def row_count(self) -> int:
        return row_count(self.rows)

    @property
    def place(self) -> str:
        """Where the record stands: `<profile>/<dataset>.json` for a draft, `<profile>/<dataset>.v1.2.0.json` for a version."""
        return f"{self.profile}/{self.dataset}{f'.{self.tag}' if self.tag else ''}.json"


@dataclass(frozen=True, slots=True)
class ReleaseRecords:
    """All records, by profile, dataset and version; and what could not be read."""

    records: tuple[ReleaseRecord, ...]
    broken: tuple[BrokenRecord, ...]


def write_release(project: Project, record: ReleaseRecord) -> Path:
    """Writes a record to its place, atomically."""
    path = _folder(project) / record.place
    write_text(path, record.model_dump_json(indent=2) + "\n")
    return path


def read_releases(project: Project) -> ReleaseRecords:
    """Reads every release record of a project."""
    folder = _folder(project)
    records: list[ReleaseRecord] = []
    broken: list[BrokenRecord] = []
    for path in sorted(folder.glob("*/*.json")):
        place = path.relative_to(folder).as_posix()
        try:
            record = read_untrusted(path, ReleaseRecord)
        except EmohubError as error:
            broken.append(BrokenRecord(place, str(error)))
            continue
        if record.place != place:
            broken.append(BrokenRecord(place, "its content says another profile, dataset or version than its place"))
            continue
        records.append(record)
    return ReleaseRecords(tuple(records), tuple(broken))


def _folder(project: Project) -> Path:
    return project.root / "results" / "releases"
