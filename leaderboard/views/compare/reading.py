"""What the page Compare reads: the records, predictions and examples of the models chosen. Kept in memory until a file changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hub.errors import EmohubError
from hub.results.board.views import TaskBoard
from hub.results.comparing.disagreements import shared_classes
from hub.results.comparing.examples import OTHER_DATA, Examples, examples_file, read_examples
from hub.results.comparing.pictures import Animation
from hub.results.comparing.predictions import ClassPredictions, PairPredictions, Predictions, TextPredictions, read_predictions
from hub.results.record import RunRecord
from hub.results.table import Row
from leaderboard.kept import Stamp, kept_large, stamp
from leaderboard.project_data import Shown

Kind = TypeVar("Kind", ClassPredictions, TextPredictions, PairPredictions)


@dataclass(frozen=True)
class Compared:
    """The models chosen, in the order chosen."""

    shown: Shown
    board: TaskBoard
    rows: tuple[Row, ...]
    """Their lines on the board."""
    seed: int
    """The one chosen; a model that ran another seed alone is shown by that one."""

    @property
    def results(self) -> Path:
        return self.shown.project.root / "results"

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(row.model for row in self.rows)

    @property
    def titles(self) -> tuple[str, ...]:
        """What the models are called; told apart by name where two have one title."""
        found = [self.shown.model(model) for model in self.models]
        return tuple(title if found.count(title) == 1 else f"{title} ({model})" for title, model in zip(found, self.models, strict=True))

    @property
    def records(self) -> tuple[RunRecord, ...]:
        """One a model; raises EmohubError where one is broken or gone."""
        lines = {(line.model, line.seed): line for line in self.shown.runs() if (line.profile, line.task) == (self.board.profile, self.board.task)}
        return tuple(self.shown.record(_line(lines, row.model, self.seed_of(row))) for row in self.rows)

    def seed_of(self, row: Row) -> int:
        return self.seed if self.seed in row.seeds else row.seeds[0]


def _line(lines: Any, model: str, seed: int) -> Any:
    if (model, seed) not in lines:
        raise EmohubError(f"the board names a run of {model} with seed {seed} that is not there; write it again with `emohub board`")
    return lines[model, seed]


@dataclass(frozen=True)
class Unread:
    """A model whose predictions cannot be read here, and why."""

    title: str
    reason: str


def predictions(found: Compared, kind: type[Kind]) -> tuple[tuple[tuple[int, Kind], ...], tuple[Unread, ...]]:
    """Returns what each model predicted, with its place among those chosen, and which cannot be read."""
    read: list[tuple[int, Kind]] = []
    unread: list[Unread] = []
    for number, (record, title) in enumerate(zip(found.records, found.titles, strict=True)):
        try:
            one = _predictions(found.results, record)
            if not isinstance(one, kind):
                raise EmohubError("its predictions are of another kind than this task's")
            read.append((number, one))
        except EmohubError as error:
            unread.append(Unread(title, str(error)))
    return tuple(read), tuple(unread)


def _predictions(results: Path, record: RunRecord) -> Predictions:
    return kept_large(
        lambda: read_predictions(results, record),
        "predictions",
        record.model_dump_json(include={"predictions_sha256", "decision", "parts"}),
        *_file(results, record),
    )


def aligned(found: Compared, read: Sequence[tuple[int, ClassPredictions]]) -> tuple[ClassPredictions, ...]:
    """Returns the predictions on the rows that all have; raises EmohubError where they cannot be laid side by side."""
    stamps = [part for number, _ in read for part in _file(found.results, found.records[number])]
    thresholds = [str(record.decision) + str(record.parts) for record in found.records]
    return kept_large(lambda: shared_classes([one for _, one in read]), "aligned", *thresholds, *stamps)


def animations(found: Compared, record: RunRecord) -> dict[str, Animation]:
    """Returns the pictures that a run kept, by pair; raises EmohubError where they cannot be read."""
    return {animation.id: animation for animation in found.shown.animations(record)}


def examples(found: Compared, record: RunRecord) -> tuple[Examples | None, str]:
    """Returns the task's examples, where they are of the record's data; else why there are none."""
    path = examples_file(found.results, found.board.profile, found.board.task)
    try:
        read = kept_large(lambda: read_examples(path), "examples", *stamp(path))
    except EmohubError as error:
        return None, str(error)
    if record.data.fingerprint is None or read.fingerprint != record.data.fingerprint:
        return None, OTHER_DATA
    return read, ""


def _file(results: Path, record: RunRecord) -> Stamp:
    return stamp(results / record.predictions) if record.predictions else ()
