"""What changed between two releases: every kind of change is told apart, counted and weighed."""

import random
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import datasets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from semver import Version

from hub.errors import EmohubError
from hub.publish.inspection.differences import Differences, RowChanges, compare, suggest
from tests.support.published import BODY, EMOTIONS, FEATURES, TEXT, Row, picture, text_row, text_tables, write_card, write_published

ROWS = 30


def _columns(**changes: Any) -> datasets.Features:
    """The toy's columns with some changed, added or (None) taken out."""
    return datasets.Features({name: one for name, one in {**FEATURES, **changes}.items() if one is not None})


def _classes(*names: str) -> datasets.Features:
    return _columns(labels=datasets.List({"label": datasets.ClassLabel(names=list(names)), "strength": datasets.Value("float32")}))


def _fitting(features: datasets.Features, rows: int = 12) -> dict[str, dict[str, list[Row]]]:
    tables = text_tables(rows)
    return {name: {split: [{key: row.get(key) for key in features} for row in listed] for split, listed in splits.items()} for name, splits in tables.items()}


def _compare(root: Path, old: Any = None, new: Any = None, **of_new: Any) -> Differences:
    write_published(root / "old", old)
    return compare(root / "old", write_published(root / "new", new, **of_new))


def _rows(differences: Differences) -> RowChanges:
    (changes,) = differences.rows
    return changes


def test_a_release_compared_with_itself_is_nothing(tmp_path: Path) -> None:
    differences = _compare(tmp_path)
    assert differences == Differences()
    assert differences.level is None
    assert differences.lines() == ["nothing changed"]
    assert suggest(Version(1, 2, 3), differences) is None


def test_each_kind_of_change_to_rows_is_told_apart(tmp_path: Path) -> None:
    new = text_tables()
    train, test = new["default"]["train"], new["default"]["test"]
    del train[0]
    train.append(text_row(99))
    test.append(train.pop(0))
    train[0]["labels"][0]["label"] = 0
    train[1]["utterance"] = "Another."
    train[2]["points"] = [[0.25]]
    train[2]["notes"] = []
    differences = _compare(tmp_path, None, new)
    changes = _rows(differences)
    told = {name: getattr(changes, name).ids for name in ("added", "removed", "moved", "relabelled", "edited")}
    assert told == {"added": ("r99",), "removed": ("r0",), "moved": ("r1",), "relabelled": ("r2",), "edited": ("r3", "r4")}
    assert sorted(changes.columns) == [("labels", 1), ("notes", 1), ("points", 1), ("utterance", 1)]
    assert differences.level == "minor"
    assert differences.lines()[:6] == [
        "rows of default:",
        "  added: 1 (r99)",
        "  removed: 1 (r0)",
        "  moved to another split: 1 (r1)",
        "  relabelled: 1 (r2)",
        "  edited: 2 (r3, r4)",
    ]
    assert "  rows in test: 4 → 5" in differences.lines()


def test_statistics_tell_shares_and_lengths(tmp_path: Path) -> None:
    new = text_tables()
    for row in new["default"]["train"]:
        row["labels"] = [{"label": 1, "strength": 1.0}]
        row["utterance"] += "!!"
    statistics = _rows(_compare(tmp_path, None, new)).statistics
    assert "share of joy in labels.label: 33.3% → 75.0%" in statistics
    lengths = [sum(len(row["utterance"]) for rows in tables["default"].values() for row in rows) / 12 for tables in (text_tables(), new)]
    assert f"mean characters of utterance: {lengths[0]:.1f} → {lengths[1]:.1f}" in statistics


def test_more_than_five_ids_are_counted_but_not_told(tmp_path: Path) -> None:
    differences = _compare(tmp_path, None, text_tables(24))
    assert _rows(differences).added.count == 12
    assert "  added: 12 (r12, r13, r14, r15, r16, …)" in differences.lines()


_EXTRA = {"extra": {"train": [text_row(50)]}}


@pytest.mark.parametrize(
    ("old", "new", "level", "text"),
    [
        (text_tables() | _EXTRA, text_tables(), "major", "configuration extra is gone"),
        (text_tables(), text_tables() | _EXTRA, "minor", "configuration extra is new, with 1 rows"),
        (text_tables(), {"default": {"train": text_tables()["default"]["train"]}}, "major", "default: split test is gone"),
        ({"default": {"train": text_tables()["default"]["train"]}}, text_tables(), "minor", "default: split test is new"),
    ],
)
def test_configurations_and_splits_come_and_go(tmp_path: Path, old: Any, new: Any, level: str, text: str) -> None:
    differences = _compare(tmp_path, old, new)
    assert differences.level == level
    assert text in [change.text for change in differences.schema]


@pytest.mark.parametrize(
    ("features", "level", "text"),
    [
        (_columns(notes=None), "major", "default: column notes is gone"),
        (_columns(origin=TEXT), "minor", "default: column origin is new"),
        (_columns(points=datasets.List(datasets.List(datasets.Value("float64")))), "major", "default: column points has another type"),
        (_classes(*EMOTIONS, "shame"), "minor", "default: labels.label: classes new: shame"),
    ],
)
def test_a_change_of_columns_is_no_change_of_rows(tmp_path: Path, features: datasets.Features, level: str, text: str) -> None:
    differences = _compare(tmp_path, None, _fitting(features), features=features)
    assert [change.text for change in differences.schema] == [text]
    assert differences.level == level
    assert not any(changes.any for changes in differences.rows)


def test_classes_that_are_renumbered_break_readers_but_relabel_no_row(tmp_path: Path) -> None:
    new = text_tables()
    for rows in new["default"].values():
        for row in rows:
            row["labels"][0]["label"] = 2 - row["labels"][0]["label"]
    differences = _compare(tmp_path, None, new, features=_classes(*reversed(EMOTIONS)))
    assert [change.text for change in differences.schema] == ["default: labels.label: classes with another number: anger, pride"]
    assert differences.level == "major"
    assert not differences.rows


def test_a_class_that_is_renamed_is_gone_and_new_and_relabels_its_rows(tmp_path: Path) -> None:
    differences = _compare(tmp_path, None, text_tables(), features=_classes("anger", "joy", "hubris"))
    assert [change.text for change in differences.schema] == ["default: labels.label: classes gone: pride", "default: labels.label: classes new: hubris"]
    assert _rows(differences).relabelled.count == 4
    assert differences.level == "major"


def test_lists_of_class_labels_are_compared_by_name(tmp_path: Path) -> None:
    def features(*names: str) -> datasets.Features:
        return datasets.Features({"id": TEXT, "several": datasets.List(datasets.ClassLabel(names=list(names)))})

    write_published(tmp_path / "old", {"default": {"train": [{"id": "a", "several": [0, 1]}, {"id": "b", "several": [1]}]}}, features("x", "y"))
    write_published(tmp_path / "new", {"default": {"train": [{"id": "a", "several": [1, 0]}, {"id": "b", "several": [1]}]}}, features("y", "x"))
    assert _rows(compare(tmp_path / "old", tmp_path / "new")).relabelled.ids == ("b",)


@pytest.mark.parametrize(
    ("front", "body", "level", "text"),
    [
        ({"license": "mit"}, BODY, "major", "the licence is mit, no longer cc-by-4.0"),
        ({"pretty_name": "Toy"}, BODY, "patch", "front matter: pretty_name"),
        ({}, "# Toy\n\nAnother toy.\n", "patch", "the card's text"),
    ],
)
def test_licence_and_card(tmp_path: Path, front: dict[str, Any], body: str, level: str, text: str) -> None:
    differences = _compare(tmp_path, None, None, body=body, **front)
    assert [change.text for change in differences.card] == [text]
    assert differences.level == level


def test_plots_and_rewritten_files_are_a_patch(tmp_path: Path) -> None:
    write_published(tmp_path / "old")
    write_published(tmp_path / "new", files_per_split=2)
    (tmp_path / "new" / "plot.png").write_bytes(b"plot")
    differences = compare(tmp_path / "old", tmp_path / "new")
    assert sorted(change.text for change in differences.card) == ["files new: plot.png", "the files of default were written anew with the same rows"]
    assert differences.level == "patch"


def test_what_croissant_and_manifest_say_is_no_change(tmp_path: Path) -> None:
    write_published(tmp_path / "old")
    write_published(tmp_path / "new")
    (tmp_path / "new" / "croissant.json").write_text("{}")
    assert compare(tmp_path / "old", tmp_path / "new").level is None


def test_another_default_configuration_breaks_readers(tmp_path: Path) -> None:
    tables = text_tables() | _EXTRA
    assert _compare(tmp_path, tables, tables, default="extra").level == "major"


def test_pictures_are_compared_by_their_bytes(tmp_path: Path) -> None:
    features = datasets.Features({"id": TEXT, "image": datasets.Image(), "frames": datasets.List(datasets.Image())})
    rows = [{"id": str(number), "image": picture(number), "frames": [picture(number)]} for number in range(3)]
    changed = deepcopy(rows)
    changed[1]["image"] = picture(7)
    changed[2]["frames"] = [picture(2), picture(2)]
    write_published(tmp_path / "old", {"default": {"train": rows}}, features)
    write_published(tmp_path / "new", {"default": {"train": changed}}, features)
    changes = _rows(compare(tmp_path / "old", tmp_path / "new"))
    assert changes.edited.ids == ("1", "2")
    assert sorted(changes.columns) == [("frames", 1), ("image", 1)]


@pytest.mark.parametrize("repeated", [True, False])
def test_without_ids_of_their_own_rows_are_compared_whole(tmp_path: Path, repeated: bool) -> None:
    features = datasets.Features({"id": TEXT, "text": TEXT} if repeated else {"text": TEXT})

    def rows(*texts: str) -> list[Row]:
        return [{"id": "same", "text": text} if repeated else {"text": text} for text in texts]

    write_published(tmp_path / "old", {"default": {"train": rows("a", "a", "b", "c"), "test": rows("d")}}, features)
    write_published(tmp_path / "new", {"default": {"train": rows("a", "b!", "d"), "test": rows("c")}}, features)
    changes = _rows(compare(tmp_path / "old", tmp_path / "new"))
    assert (changes.added.count, changes.removed.count, changes.moved.count, changes.relabelled.count, changes.edited.count) == (1, 2, 2, 0, 0)


@pytest.mark.parametrize(
    ("level", "old", "new"),
    [("major", "1.2.3", "2.0.0"), ("minor", "1.2.3", "1.3.0"), ("patch", "1.2.3", "1.2.4"), ("major", "0.1.0", "0.2.0"), ("minor", "0.1.0", "0.1.1")],
)
def test_the_next_version_follows_from_the_level(tmp_path: Path, level: str, old: str, new: str) -> None:
    front = {"major": {"license": "mit"}, "patch": {"pretty_name": "Toy"}, "minor": {}}[level]
    differences = _compare(tmp_path, None, text_tables(13) if level == "minor" else None, **front)
    assert differences.level == level
    assert suggest(Version.parse(old), differences) == Version.parse(new)


def test_a_folder_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    write_published(tmp_path / "old")
    write_card(tmp_path / "new", {})
    with pytest.raises(EmohubError, match="has no `dataset_info:`"):
        compare(tmp_path / "old", tmp_path / "new")


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_every_edit_is_counted_once_and_the_way_back_is_its_mirror(data: st.DataObject) -> None:
    new = text_tables(ROWS)
    train, test = new["default"]["train"], new["default"]["test"]
    counts = [data.draw(st.integers(0, 3), label=name) for name in ("added", "removed", "moved", "relabelled", "edited")]
    added, removed, moved, relabelled, edited = counts
    chance = random.Random(data.draw(st.integers(0, 999)))
    chance.shuffle(train)
    for row in train[:relabelled]:
        row["labels"][0]["label"] = (row["labels"][0]["label"] + chance.choice([1, 2])) % 3
    for row in train[relabelled : relabelled + edited]:
        row |= chance.choice([{"utterance": "changed"}, {"notes": [[], ["x"]]}, {"points": [[0.5, 0.5], []]}, {"licence": None}])
    kept = len(train) - removed - moved
    test += train[kept + removed :]
    train[kept:] = [text_row(100 + number) for number in range(added)]
    with tempfile.TemporaryDirectory() as folder:
        there = _compare(Path(folder), text_tables(ROWS), new)
        back = compare(Path(folder) / "new", Path(folder) / "old")
    if not any(counts):
        # Another order of rows is another file, and nothing more.
        assert there.level == "patch"
        return
    changes, mirrored = _rows(there), _rows(back)
    assert [getattr(changes, name).count for name in ("added", "removed", "moved", "relabelled", "edited")] == counts
    assert [getattr(mirrored, name).count for name in ("removed", "added", "moved", "relabelled", "edited")] == counts
    assert sum(count for _, count in changes.columns) == relabelled + edited
