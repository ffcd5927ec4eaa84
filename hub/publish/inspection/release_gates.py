"""The gates of a release, measured on the published folder alone: what holds here holds for whoever downloads it, and can be measured again there."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hub.console import Tick, progress
from hub.curate.gates import Gate
from hub.curate.secret_patterns import secret_in
from hub.publish.inspection.content import ContentSeen
from hub.publish.inspection.features import class_labels
from hub.publish.inspection.licences import licence_fault
from hub.publish.inspection.personal_data import personal_data_in
from hub.publish.inspection.published_folder import (
    LARGEST_CARD,
    Batch,
    Configuration,
    PublishedFolder,
    batches,
    leaves,
    open_published,
    read_card,
    read_small_text,
    rows_of,
    values_at,
)
from hub.publish.manifest import CARD, files_below, read_manifest
from hub.spec import ReleaseChecks

_NAMED = 5
_LICENCE_COLUMNS = ("licence", "license")
_TEXT_FILES = (".md", ".json", ".yaml", ".yml", ".txt", ".csv")
_LARGEST_TEXT = 16 * 2**20
_FACE_COLUMN = re.compile(r"(?:^|_)(?:faces?|facial|landmarks?)(?:_|$)", re.IGNORECASE)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*)$", re.MULTILINE)
_CODE_BLOCK = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)
_WHOSE = re.compile(r"\b(?:real|exist|drawn|render\w*|generated|synthetic|photograph\w*|people|persons?|nobody)\b", re.IGNORECASE)
_RIGHT = re.compile(r"\b(?:licen[cs]e\w*|consent\w*|public domain|cc0|cc-by\S*)", re.IGNORECASE)


@dataclass(slots=True)
class _Offenders:
    """How many rows offend, and the first few of them."""

    count: int = 0
    rows: list[str] = field(default_factory=list)

    def add(self, row: str) -> None:
        self.count += 1
        if len(self.rows) < _NAMED:
            self.rows.append(row)

    def gate(self, name: str, required: str = "none") -> Gate:
        return Gate(name, not self.count, f"{self.count:,}", required, tuple(self.rows))


def check_release(folder: Path) -> list[Gate]:
    """Measures the gates of a release on a published folder, which may be somebody else's; what they need to know stands in its manifest.

    Raises:
        EmohubError: the manifest, the card or a Parquet file cannot be read.
    """
    manifest = read_manifest(folder)
    if manifest.kind == "model":
        front, _ = read_card(folder)
        return [_licence_declared(front), *_text_files(folder)]
    published = open_published(folder)
    checks = manifest.checks
    counts = {f"{one.name}/{split.name}": rows_of(folder, split) for one in published.configurations for split in one.splits}
    with progress(f"{manifest.name}: checking", sum(counts.values())) as tick:
        rows = [gate for one in published.configurations for gate in _configuration_gates(published, one, checks, tick)]
        return [
            _rows_in_every_split(counts),
            *_every_class_occurs(published, checks),
            _licence_declared(published.front),
            *rows,
            *_text_files(folder),
            _faces_explained(published, checks),
        ]


def _rows_in_every_split(counts: Mapping[str, int]) -> Gate:
    empty = tuple(name for name, count in counts.items() if not count)
    return Gate("empty splits", not empty, f"{len(empty)} of {len(counts)}", "none", empty[:_NAMED])


def _every_class_occurs(published: PublishedFolder, checks: ReleaseChecks) -> list[Gate]:
    """Every class of the default configuration's label column occurs, and no id stands for none; -1 says that a label is not known."""
    configuration = published.default
    labels = class_labels(configuration.features)
    if checks.label is None:
        if not labels:
            return []
        return [Gate(f"classes in {configuration.name}", False, "no label column declared", f"one of {', '.join(labels)} as `release: label:`")]
    if checks.label not in labels:
        return [Gate(f"classes in {configuration.name}", False, f"no class label {checks.label}", f"one of {', '.join(labels) or 'its columns'}")]
    names = labels[checks.label].names
    column, *fields = checks.label.split(".")
    counts: Counter[int] = Counter()
    beyond = _Offenders()
    for split in configuration.splits:
        for batch in batches(published, split, [column]):
            rows, values = values_at(batch.column(column), fields)
            ids = values.to_pylist()
            counts.update(id for id in ids if id is not None)
            for row, id in zip(rows.to_pylist(), ids, strict=True):
                if id is not None and not -1 <= id < len(names):
                    beyond.add(batch.names[row])
    absent = tuple(name for id, name in enumerate(names) if not counts[id])
    occurring = f"{len(names) - len(absent)} of {len(names)}"
    return [
        Gate(f"classes of {checks.label} in {configuration.name}", not absent, occurring, "every class occurs", absent[:_NAMED]),
        beyond.gate(f"rows with {checks.label} beyond its classes"),
    ]


def _configuration_gates(published: PublishedFolder, configuration: Configuration, checks: ReleaseChecks, tick: Tick) -> Iterator[Gate]:
    """The gates that look at rows: content in two splits, secrets, personal data, licences."""
    name = configuration.name
    content = checks.content.get(name, ())
    seen = ContentSeen(content, configuration.features)
    secrets, personal, unlicensed = _Offenders(), _Offenders(), _Offenders()
    licence = next((column for column in _LICENCE_COLUMNS if column in configuration.features), None)
    for split in configuration.splits:
        for batch in batches(published, split):
            _look_into_texts(batch, secrets, personal)
            if not seen.columns:
                tick(len(batch.names))
        if licence:
            for batch in batches(published, split, [licence]):
                for row, text in zip(batch.names, batch.column(licence).to_pylist(), strict=True):
                    if text is None or not str(text).strip():
                        unlicensed.add(row)
        if seen.columns:
            for batch in batches(published, split, seen.columns):
                seen.add(batch)
                tick(len(batch.names))
    if len(configuration.splits) > 1:
        yield seen.gate(name)
    if seen.has_pictures:
        yield seen.unreadable_gate(name)
    yield secrets.gate(f"rows with a secret in {name}")
    yield personal.gate(f"rows with personal data in {name}")
    if licence:
        yield unlicensed.gate(f"rows without a licence in {name}")


def _look_into_texts(batch: Batch, secrets: _Offenders, personal: _Offenders) -> None:
    """Looks into every text of a batch; texts that stand in many rows are read once."""
    leaking: dict[int, str] = {}
    private: dict[int, str] = {}
    for column in batch.data.columns:
        for rows, values in leaves(column):
            if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
                continue
            coded = values.dictionary_encode()
            for code, text in enumerate(coded.dictionary.to_pylist()):
                for look, found in ((secret_in, leaking), (personal_data_in, private)):
                    kind = look(text)
                    if kind:
                        found |= {row: kind for row in rows.filter(pc.equal(coded.indices, code)).to_pylist()}
    for found, offenders in ((leaking, secrets), (private, personal)):
        for row, kind in sorted(found.items()):
            offenders.add(f"{batch.names[row]} ({kind})")


def _licence_declared(front: Mapping[str, Any]) -> Gate:
    fault = licence_fault(front)
    required = "an identifier the Hub knows, or `other` with `license_name:` and `license_link:`"
    return Gate("licence in the card", fault is None, fault or str(front["license"]), required)


def _text_files(folder: Path) -> list[Gate]:
    """Secrets and personal data in the card and the other texts of a release."""
    secrets, personal = _Offenders(), _Offenders()
    for name, path in files_below(folder).items():
        if path.suffix.lower() in _TEXT_FILES:
            text = read_small_text(path, LARGEST_CARD if name == CARD else _LARGEST_TEXT)
            for look, found in ((secret_in, secrets), (personal_data_in, personal)):
                if kind := look(text):
                    found.add(f"{name} ({kind})")
    return [secrets.gate("texts beside the data with a secret"), personal.gate("texts beside the data with personal data")]


def _faces_explained(published: PublishedFolder, checks: ReleaseChecks) -> Gate:
    """Whoever publishes faces says whose they are and by what right; whoever declares none has no columns of faces."""
    columns = tuple(f"{one.name}: {name}" for one in published.configurations if one.has_pictures for name in one.features if _FACE_COLUMN.search(name))
    required = "under a heading with the word 'faces', whether the people are real, and their consent or the licence"
    if not checks.faces:
        required = f"`release: faces: true`, and in the card, {required}" if columns else "none, where none are declared"
        return Gate("faces", not columns, f"{len(columns)} columns of faces, none declared" if columns else "none", required, columns[:_NAMED])
    text = faces_note(published.text)
    if text is None:
        return Gate("faces", False, "no heading in the card", required)
    lacking = [what for what, pattern in (("whether the people are real", _WHOSE), ("consent or licence", _RIGHT)) if not pattern.search(text)]
    return Gate("faces", not lacking, f"a note without {' and '.join(lacking)}" if lacking else "explained in the card", required)


def faces_note(text: str) -> str | None:
    """Returns what stands below the first heading with the word face or faces, down to the next heading that is not below it; None without such a heading."""
    text = _CODE_BLOCK.sub("", text)
    headings = list(_HEADING.finditer(text))
    for place, heading in enumerate(headings):
        if re.search(r"\bfaces?\b", heading[2], re.IGNORECASE):
            following = (other.start() for other in headings[place + 1 :] if len(other[1]) <= len(heading[1]))
            return _HEADING.sub("", text[heading.end() : next(following, len(text))]).strip()
    return None
