"""The dataset reports that curation leaves: `results/datasets/<profile>/<dataset>.json`. Read as strictly as run records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hub.errors import EmohubError
from hub.paths import Project
from hub.results.record import Count, Name, Number, Text
from hub.results.store import BrokenRecord
from hub.results.untrusted import read_untrusted

Share = Annotated[Number, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class LabelMapping(_Part):
    """How the labels that an engine wrote became classes."""

    answered: Count = 0
    outside_taxonomy: Count = 0
    outside_share: Share = 0.0
    mapped_by_synonym: Count = 0
    mapped_by_derived: Count = 0
    mapped_by_nearest: Count = 0
    unmapped: Count = 0
    commonest_outside: dict[Text, Count] = {}


class CueResult(_Part):
    """What a linear model reaches by one cue alone, on test rows."""

    accuracy: Share


class Statistics(_Part):
    """What a dataset says about itself; each dataset may say less."""

    labels: dict[Name, dict[Text, Count]] = {}
    """Rows by configuration and label."""
    labels_per_row: dict[Name, Number] = {}
    words_per_utterance: dict[Name, Number] = {}
    distinct_bigrams: dict[Name, Number] = {}
    label_mapping: LabelMapping | None = None
    styles: dict[Name, Count] = {}
    """Images by style."""
    single_cue: dict[Name, CueResult] = {}
    """By the name of the cue."""


class GateOutcome(_Part):
    """One gate."""

    name: Text
    passed: bool
    measured: Text
    required: Text


class EngineFacts(_Part):
    """Who wrote it."""

    kind: Name


class NarrativeFacts(_Part):
    """From how many narratives."""

    kind: Name
    count: Count


class DatasetReport(_Part):
    """What a dataset holds, and what was taken out on the way."""

    dataset: Name
    version: Annotated[str, Field(pattern=r"^\d{1,6}\.\d{1,6}\.\d{1,6}$")]
    profile: Name
    engine: EngineFacts
    narratives: NarrativeFacts | None = None
    """None for images, which are derived from none."""
    rows: dict[Name, dict[Name, Count]]
    """By configuration and split."""
    statistics: Statistics = Statistics()
    rejects: dict[Text, dict[Text, Count]] = {}
    """By step and reason."""
    rejects_by_label: dict[Text, dict[Text, Count]] = {}
    gates: tuple[GateOutcome, ...] = ()

    @property
    def row_count(self) -> int:
        return row_count(self.rows)


def row_count(rows: Mapping[str, Mapping[str, int]]) -> int:
    """Returns all rows of all configurations and splits."""
    return sum(count for splits in rows.values() for count in splits.values())


@dataclass(frozen=True, slots=True)
class DatasetReports:
    """All reports, by profile and dataset; and what could not be read."""

    reports: tuple[DatasetReport, ...]
    broken: tuple[BrokenRecord, ...]


def read_dataset_reports(project: Project) -> DatasetReports:
    """Reads every dataset report of a project."""
    folder = project.root / "results" / "datasets"
    reports: list[DatasetReport] = []
    broken: list[BrokenRecord] = []
    for path in sorted(folder.glob("*/*.json")):
        place = str(path.relative_to(folder))
        try:
            report = read_untrusted(path, DatasetReport)
        except EmohubError as error:
            broken.append(BrokenRecord(place, str(error)))
            continue
        if f"{report.profile}/{report.dataset}.json" != path.relative_to(folder).as_posix():
            broken.append(BrokenRecord(place, "its content says another profile or dataset than its place"))
            continue
        reports.append(report)
    return DatasetReports(tuple(reports), tuple(broken))
