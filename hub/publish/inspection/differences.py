"""What changed between two releases of a dataset, and which version should come next."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semver import Version

from hub.files import file_digest
from hub.publish.inspection.features import Feature, class_labels, without_names
from hub.publish.inspection.published_folder import Configuration, PublishedFolder, open_published, rows_of, shown
from hub.publish.inspection.row_hashes import Row, common_columns, read_rows
from hub.publish.inspection.statistics import Statistics, statistics_of
from hub.publish.manifest import CARD, CROISSANT, files_below
from hub.publish.version import Level, next_version

_NAMED = 5
_LONGEST_LINE = 500
_RANK: dict[Level, int] = {"patch": 0, "minor": 1, "major": 2}


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows something happened to, and up to five of them by id."""

    count: int = 0
    ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, ids: list[str]) -> "Rows":
        return cls(len(ids), tuple(ids[:_NAMED]))

    def __str__(self) -> str:
        more = ", …" if self.count > len(self.ids) else ""
        return f"{self.count:,} ({', '.join(self.ids)}{more})" if self.count else "none"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the schema, the licence or the card, and how much of a step it is."""

    text: str
    level: Level


@dataclass(frozen=True, slots=True)
class RowChanges:
    """What happened to the rows of a configuration that both releases have.

    A row that was moved, relabelled and edited counts in each. Without a column `id` of its own for every row, rows are the same when all their columns are, so
    that an edited one is one removed and one added.
    """

    configuration: str
    added: Rows = Rows()
    removed: Rows = Rows()
    moved: Rows = Rows()
    """Now in another split."""
    relabelled: Rows = Rows()
    """A column that holds class labels, at any depth, has other ones."""
    edited: Rows = Rows()
    """Another column has another value."""
    columns: tuple[tuple[str, int], ...] = ()
    """Rows by changed column, those of labels included, the most first."""
    statistics: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        return any(rows.count for rows in (self.added, self.removed, self.moved, self.relabelled, self.edited))


@dataclass(frozen=True, slots=True)
class Differences:
    """What changed between two releases."""

    schema: tuple[Change, ...] = ()
    rows: tuple[RowChanges, ...] = ()
    """By configuration; only those whose rows changed."""
    card: tuple[Change, ...] = ()
    """Licence, card, plots, other files, and data files written anew with the same rows."""

    @property
    def level(self) -> Level | None:
        """`major`: what a reader's code relies on is gone or means something else (a configuration, split or column removed or retyped, class names removed or
        renumbered, another licence); `minor`: rows, labels or columns; `patch`: card, plots and metadata; None: nothing."""
        levels: list[Level] = [change.level for change in (*self.schema, *self.card)]
        levels += ["minor" for one in self.rows if one.any]
        return max(levels, key=_RANK.__getitem__, default=None)

    def lines(self) -> list[str]:
        """Returns the differences as lines for a terminal."""
        if self.level is None:
            return ["nothing changed"]
        lines = [
            *_section("schema", [change.text for change in self.schema]),
            *(line for one in self.rows for line in _section(f"rows of {one.configuration}", _row_lines(one))),
            *_section("card and files", [change.text for change in self.card]),
        ]
        return [shown(line, _LONGEST_LINE) for line in lines]


def compare(old: Path, new: Path) -> Differences:
    """Compares two published folders.

    Args:
        old: the earlier release's folder.
        new: the later one's.

    Raises:
        EmohubError: one of them cannot be read.
    """
    before, after = open_published(old), open_published(new)
    digests = _digests(old), _digests(new)
    common = [(one, other) for one in before.configurations if (other := after.configuration(one.name))]
    rows, rewritten = [], []
    for one, other in common:
        if _same_files(before, one, digests[0]) == _same_files(after, other, digests[1]) and one.features == other.features:
            continue
        changes = _row_changes(before, one, after, other)
        if changes.any or changes.statistics:
            rows.append(changes)
        elif one.features == other.features:
            rewritten.append(Change(f"the files of {one.name} were written anew with the same rows", "patch"))
    return Differences(
        schema=tuple(_schema_changes(before, after)),
        rows=tuple(rows),
        card=(*_card_changes(before, after, *digests), *rewritten),
    )


def suggest(old_version: Version, differences: Differences) -> Version | None:
    """Returns the version that should follow `old_version`; None when nothing changed."""
    return None if differences.level is None else next_version(old_version, differences.level)


def _digests(root: Path) -> dict[str, str]:
    return {name: file_digest(path) for name, path in files_below(root).items()}


def _same_files(folder: PublishedFolder, configuration: Configuration, digests: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """What tells that a configuration's rows are the same without a look into them: its splits' files by hash."""
    return sorted((split.name, [digests[path.relative_to(folder.root).as_posix()] for path in split.files]) for split in configuration.splits)


def _schema_changes(before: PublishedFolder, after: PublishedFolder) -> Iterator[Change]:
    for one in before.configurations:
        if after.configuration(one.name) is None:
            yield Change(f"configuration {one.name} is gone", "major")
    for other in after.configurations:
        one_before = before.configuration(other.name)
        if one_before is None:
            yield Change(f"configuration {other.name} is new, with {sum(rows_of(after.root, split) for split in other.splits):,} rows", "minor")
            continue
        yield from _split_changes(one_before, other)
        yield from _column_changes(other.name, one_before.features, other.features)
    if before.default.name != after.default.name and after.configuration(before.default.name):
        yield Change(f"the default configuration is {after.default.name}, no longer {before.default.name}", "major")


def _split_changes(old: Configuration, new: Configuration) -> Iterator[Change]:
    before, after = [split.name for split in old.splits], [split.name for split in new.splits]
    yield from (Change(f"{old.name}: split {name} is gone", "major") for name in before if name not in after)
    yield from (Change(f"{old.name}: split {name} is new", "minor") for name in after if name not in before)


def _column_changes(configuration: str, old: Mapping[str, Feature], new: Mapping[str, Feature]) -> Iterator[Change]:
    yield from (Change(f"{configuration}: column {name} is gone", "major") for name in old if name not in new)
    yield from (Change(f"{configuration}: column {name} is new", "minor") for name in new if name not in old)
    for name in old:
        if name in new and without_names(old[name]) != without_names(new[name]):
            yield Change(f"{configuration}: column {name} has another type", "major")
    labels = class_labels(new)
    for path, label in class_labels(old).items():
        if path in labels and labels[path].names != label.names:
            yield from _class_changes(f"{configuration}: {path}", label.names, labels[path].names)


def _class_changes(where: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Change]:
    gone, fresh = [name for name in old if name not in new], [name for name in new if name not in old]
    if gone:
        yield Change(f"{where}: classes gone: {', '.join(gone)}", "major")
    if fresh:
        yield Change(f"{where}: classes new: {', '.join(fresh)}", "minor")
    renumbered = [name for number, name in enumerate(old) if name in new and new.index(name) != number]
    if renumbered:
        yield Change(f"{where}: classes with another number: {', '.join(renumbered)}", "major")


def _row_changes(before: PublishedFolder, old: Configuration, after: PublishedFolder, new: Configuration) -> RowChanges:
    columns = common_columns(old.features, new.features)
    old_rows, new_rows = read_rows(before, old, columns), read_rows(after, new, columns)
    if not (old_rows.by_id and new_rows.by_id):
        old_rows, new_rows = old_rows.by_content(), new_rows.by_content()
    labelled = {path.split(".")[0] for features in (old.features, new.features) for path in class_labels(features)}
    both = [(old_rows.rows[key], row) for key, row in new_rows.rows.items() if key in old_rows.rows]
    changed = [(row, _changed(row_before, row, columns)) for row_before, row in both]
    counts = Counter(column for _, names in changed for column in names)
    return RowChanges(
        old.name,
        added=Rows.of([row.name for key, row in new_rows.rows.items() if key not in old_rows.rows]),
        removed=Rows.of([row.name for key, row in old_rows.rows.items() if key not in new_rows.rows]),
        moved=Rows.of([row.name for row_before, row in both if row_before.split != row.split]),
        relabelled=Rows.of([row.name for row, names in changed if labelled.intersection(names)]),
        edited=Rows.of([row.name for row, names in changed if not labelled.issuperset(names)]),
        columns=tuple(counts.most_common()),
        statistics=tuple(_statistics_changes(statistics_of(before, old), statistics_of(after, new))),
    )


def _changed(before: Row, after: Row, columns: list[str]) -> list[str]:
    if before.hashes == after.hashes:
        return []
    size = len(before.hashes) // len(columns)
    return [name for place, name in enumerate(columns) if before.hashes[place * size : (place + 1) * size] != after.hashes[place * size : (place + 1) * size]]


def _statistics_changes(old: Statistics, new: Statistics) -> Iterator[str]:
    for split in sorted(old.rows.keys() | new.rows.keys()):
        if old.rows.get(split, 0) != new.rows.get(split, 0):
            yield f"rows in {split}: {old.rows.get(split, 0):,} → {new.rows.get(split, 0):,}"
    shares = {(path, name) for one in (old, new) for path, counted in one.shares.items() for name in counted}
    moved = sorted(shares, key=lambda key: (-abs(new.share(*key) - old.share(*key)), key))
    for path, name in moved[:_NAMED]:
        if f"{old.share(path, name):.1%}" != f"{new.share(path, name):.1%}":
            yield f"share of {name} in {path}: {old.share(path, name):.1%} → {new.share(path, name):.1%}"
    for column in sorted(old.characters.keys() & new.characters.keys()):
        if f"{old.characters[column]:.1f}" != f"{new.characters[column]:.1f}":
            yield f"mean characters of {column}: {old.characters[column]:.1f} → {new.characters[column]:.1f}"


def _card_changes(before: PublishedFolder, after: PublishedFolder, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    if _licence(before.front) != _licence(after.front):
        yield Change(f"the licence is {_licence(after.front)}, no longer {_licence(before.front)}", "major")
    keys = sorted(key for key in before.front.keys() | after.front.keys() if before.front.get(key) != after.front.get(key))
    told = {"configs", "dataset_info", "license", "license_name", "license_link"}
    if not told.issuperset(keys):
        yield Change(f"front matter: {', '.join(key for key in keys if key not in told)}", "patch")
    if before.text != after.text:
        yield Change("the card's text", "patch")
    for verb, names in (
        ("gone", old.keys() - new.keys()),
        ("new", new.keys() - old.keys()),
        ("changed", {name for name in old.keys() & new.keys() if old[name] != new[name]}),
    ):
        others = sorted(name for name in names if name not in (CARD, CROISSANT) and not name.endswith(".parquet"))
        if others:
            yield Change(f"files {verb}: {', '.join(others[:_NAMED])}{', …' if len(others) > _NAMED else ''}", "patch")


def _licence(front: Mapping[str, Any]) -> str:
    return " ".join(str(front[key]) for key in ("license", "license_name", "license_link") if front.get(key)) or "not stated"


def _section(title: str, lines: list[str]) -> list[str]:
    return [f"{title}:", *(f"  {line}" for line in lines)] if lines else []


def _row_lines(changes: RowChanges) -> list[str]:
    named = {
        "added": changes.added,
        "removed": changes.removed,
        "moved to another split": changes.moved,
        "relabelled": changes.relabelled,
        "edited": changes.edited,
    }
    lines = [f"{what}: {rows}" for what, rows in named.items() if rows.count]
    if changes.columns:
        lines.append(f"changed columns: {', '.join(f'{name} {count:,}' for name, count in changes.columns)}")
    return lines + list(changes.statistics)
