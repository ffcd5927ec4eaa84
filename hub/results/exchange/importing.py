"""Takes in results that others send: run records of a project like this one, and Every Eval Ever 0.2.1 records.

A file is size-limited, parsed strictly, checked against the tasks declared here, and kept in a typed form apart from our own runs. One that is broken is listed
with what is wrong with it; the others are taken in all the same.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from hub.errors import EmohubError
from hub.files import write_text
from hub.paths import Project
from hub.results.display import printable
from hub.results.exchange.every_eval_ever import VERSION
from hub.results.exchange.foreign import check_scores, first_error, known_task, records_of
from hub.results.imported import LARGEST as LARGEST_KEPT
from hub.results.imported import ForeignRecord, ImportedResult, ImportFormat, imported_path, slug
from hub.results.record import RunRecord
from hub.results.untrusted import LARGEST, read_untrusted
from hub.spec import Registry

NOBODY = "anonymous"
LARGEST_FILE = 64_000_000
"""Bytes of a file with many records; each is held to the limit of one."""
MOST = 10_000
"""Files of a folder, and records of a file."""
_DEEPEST = 40
_FORMATS: dict[type, ImportFormat] = {RunRecord: "run record", ForeignRecord: "Every Eval Ever 0.2.1"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not taken in. `place` is a file's name and, where it holds several records, which of them from 1."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of a file, or of a folder of them."""

    accepted: tuple[Path, ...]
    already_there: tuple[Path, ...]
    refused: tuple[Refusal, ...]

    def lines(self) -> list[str]:
        """Returns what to tell the sender: one line for each refusal, then how many of each."""
        return [f"refused: {one.place}: {one.reason}" for one in self.refused] + [
            f"{len(self.accepted)} imported, {len(self.already_there)} already there, {len(self.refused)} refused"
        ]


@dataclass(frozen=True, slots=True)
class _Sender:
    project: Project
    registry: Registry
    submitter: str
    submitted_by: str


def import_results(project: Project, registry: Registry, file: Path, submitted_by: str | None = None) -> ImportOutcome:
    """Takes in a JSON file (a record, or a list of them), a JSONL file (a record a line), or a folder of such files.

    Args:
        submitted_by: Who sent it, as it is to be shown; at most 200 characters.

    Raises:
        EmohubError: there is no such file, or the sender's name is unusable.
    """
    sender = _sender(project, registry, submitted_by)
    accepted: list[Path] = []
    already_there: list[Path] = []
    refused: list[Refusal] = []
    for path in _files(file):
        place = printable(path.relative_to(file).as_posix() if path != file else path.name, 200)
        try:
            content = _content(path)
            items = list(_items(content))
        except EmohubError as error:
            refused.append(Refusal(place, printable(str(error), 500)))
            continue
        for number, item in enumerate(items, start=1):
            here = place if len(items) == 1 else f"{place}, record {number}"
            try:
                results = _results(sender, item, printable(path.name, 200), sha256(content).hexdigest())
                added = [(_place(project, result), result) for result in results]
            except EmohubError as error:
                refused.append(Refusal(here, printable(str(error), 500)))
                continue
            for (target, is_new), result in added:
                (accepted if is_new else already_there).append(target)
                if is_new:
                    write_text(target, result.model_dump_json(indent=2) + "\n")
    return ImportOutcome(tuple(accepted), tuple(already_there), tuple(refused))


def _sender(project: Project, registry: Registry, submitted_by: str | None) -> _Sender:
    name = printable(submitted_by or NOBODY, 201).strip()
    if len(name) > 200:
        raise EmohubError("the sender's name is longer than 200 characters")
    return _Sender(project, registry, slug(name), name)


def _files(file: Path) -> list[Path]:
    if not file.exists():
        raise EmohubError(f"{file.name}: there is no such file")
    if not file.is_dir():
        return [file]
    # An Every Eval Ever folder keeps a run's test rows beside it; they are no results.
    found = sorted(path for pattern in ("*.json", "*.jsonl") for path in file.rglob(pattern) if not path.name.endswith("_samples.jsonl"))
    if not found:
        raise EmohubError(f"{file.name}: holds no .json and no .jsonl file")
    if len(found) > MOST:
        raise EmohubError(f"{file.name}: holds {len(found):,} files, at most {MOST:,} are imported at once")
    return found


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise EmohubError(f"larger than {LARGEST_FILE:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise EmohubError(f"cannot be read ({error.strerror})") from error


def _items(content: bytes) -> Iterator[Any]:
    """The records of a file: the one that it is, those of its list, or those of its lines."""
    try:
        value = _parsed(content)
    except EmohubError:
        lines = [line for line in content.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        _check_count(len(lines))
        yield from lines
        return
    if isinstance(value, list):
        _check_count(len(value))
        yield from value
    else:
        yield value


def _check_count(count: int) -> None:
    if not 1 <= count <= MOST:
        raise EmohubError(f"holds {count:,} records, between 1 and {MOST:,} are imported at once")


def _parsed(content: bytes) -> Any:
    try:
        return from_json(content, allow_inf_nan=False)
    except ValueError as error:
        raise EmohubError(f"not JSON: {error}") from error


def _results(sender: _Sender, item: Any, origin: str, digest: str) -> list[ImportedResult]:
    """What one record holds, checked. A line of a JSONL file comes as bytes."""
    value = _parsed(item) if isinstance(item, bytes) else item
    if not isinstance(value, dict):
        raise EmohubError("not a record: a JSON object was expected")
    if "evaluation_results" in value:
        records: list[RunRecord | ForeignRecord] = list(_foreign(value, sender.registry))
    elif "main_metric" in value:
        records = [_own(value, sender.registry)]
    else:
        raise EmohubError(f"neither a run record, which has a 'main_metric', nor an Every Eval Ever {VERSION} record, which has 'evaluation_results'")
    return [
        ImportedResult(
            format=_FORMATS[type(record)],
            submitter=sender.submitter,
            submitted_by=sender.submitted_by,
            origin=origin,
            origin_sha256=digest,
            record=record,
        )
        for record in records
    ]


def _foreign(value: dict[str, Any], registry: Registry) -> tuple[ForeignRecord, ...]:
    given = value.get("schema_version")
    if given != VERSION:
        raise EmohubError(f"schema_version: Every Eval Ever {VERSION} is read here, not {str(given)[:40]!r}")
    return records_of(value, registry)


def _own(value: dict[str, Any], registry: Registry) -> RunRecord:
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError as error:
        raise EmohubError(f"holds a number that is not finite: {error}") from error
    if len(text) > LARGEST:
        raise EmohubError(f"larger than {LARGEST:,} characters")
    try:
        record = RunRecord.model_validate_json(text)
    except ValidationError as error:
        raise EmohubError(first_error(error)) from error
    if record.status != "complete":
        raise EmohubError("an unavailable run has no score to import")
    if _depth(record.settings) > _DEEPEST:
        raise EmohubError(f"settings: nested more than {_DEEPEST} deep")
    check_scores(known_task(registry, record.task), record)
    # Its predictions were not sent, and the path would lead to ours.
    return record.model_copy(update={"predictions": None, "predictions_sha256": None})


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(one) for one in inner), default=0)


def _place(project: Project, result: ImportedResult) -> tuple[Path, bool]:
    """Where a result is kept, and whether it is new there.

    Raises:
        EmohubError: another result of the same name is there, or the result is too large.
    """
    path = imported_path(project, result)
    if len(result.model_dump_json(indent=2)) > LARGEST_KEPT:
        raise EmohubError(f"larger than {LARGEST_KEPT:,} characters")
    if not path.exists():
        return path, True
    there = read_untrusted(path, ImportedResult, LARGEST_KEPT)
    differences = _differences(there, result)
    if differences:
        name = path.relative_to(project.root).as_posix()
        raise EmohubError(f"{name} holds another result of {result.submitted_by}: {'; '.join(differences[:5])}. Delete that file first if it is to be replaced")
    return path, False


def _differences(there: ImportedResult, given: ImportedResult) -> list[str]:
    """What two results of one name say differently; the file that they came in does not count."""
    old, new = (_flat(one.record.model_dump(mode="json")) for one in (there, given))
    return [f"{name} is {_short(old.get(name))} there and {_short(new.get(name))} here" for name in sorted({*old, *new}) if old.get(name) != new.get(name)]


def _flat(value: dict[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, one in value.items():
        flat |= _flat(one, f"{before}{name}.") if isinstance(one, dict) and one else {f"{before}{name}": one}
    return flat


def _short(value: Any) -> str:
    return printable(json.dumps(value, ensure_ascii=False), 60)
