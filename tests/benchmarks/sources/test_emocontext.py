"""EmoContext: three turns and a label; files with CRLF and headers that vary. The conversations here are our own."""

from pathlib import Path

import pytest

from benchmarks.sources.emocontext import read
from hub.errors import EmohubError

HEADER = "id\tturn1\tturn2\tturn3\tlabel"
ROWS = ["0\tI moved house\tWhere to?\tBy the sea :)\thappy", '1\t"who took my bike\tNot me\tI am so cross\tangry', "2\tHi\tHello\tok\tothers"]


def _write(folder: Path, header: str = HEADER, rows: list[str] = ROWS, files: tuple[str, ...] = ("train.txt", "dev.txt", "test.txt")) -> Path:
    for file in files:
        (folder / file).write_bytes(("\r\n".join([header, *rows]) + "\r\n").encode())
    return folder


@pytest.mark.parametrize("header", [HEADER, "ID\tTurn1\tTurn2\tTurn3\tLabel", "\ufeffid\tturn1 \t turn2\tturn3\tlabel"])
def test_the_third_turn_is_the_text_and_the_first_two_its_context(tmp_path: Path, header: str) -> None:
    found = read(_write(tmp_path, header))
    assert [(row.context, row.text, row.labels) for row in found.test] == [
        ("I moved house Where to?", "By the sea :)", ("happy",)),
        ('"who took my bike Not me', "I am so cross", ("angry",)),
        ("Hi Hello", "ok", ("others",)),
    ]


def test_ids_are_unique_over_splits_though_every_file_counts_from_zero(tmp_path: Path) -> None:
    found = read(_write(tmp_path))
    ids = [row.id for split in (found.train, found.validation, found.test) for row in split]
    assert len(set(ids)) == len(ids) == 9


def test_labelled_files_may_have_their_later_names(tmp_path: Path) -> None:
    found = read(_write(tmp_path, files=("train.txt", "dev_labels.txt", "test_labels.txt")))
    assert len(found.validation) == len(found.test) == 3


def test_a_row_without_its_label_is_an_error_with_its_place(tmp_path: Path) -> None:
    _write(tmp_path)
    _write(tmp_path, rows=[ROWS[0], "1\tHi\tHello\tok"], files=("dev.txt",))
    with pytest.raises(EmohubError, match=r"dev\.txt: row 2: expected id, three turns and a label"):
        read(tmp_path)


def test_the_release_without_labels_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="no column 'label'"):
        read(_write(tmp_path, "id\tturn1\tturn2\tturn3", ["0\ta\tb\tc"]))


def test_a_missing_split_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"holds none of test\.txt, test_labels\.txt"):
        read(_write(tmp_path, files=("train.txt", "dev.txt")))


def test_one_file_cannot_stand_for_all_three_splits(tmp_path: Path) -> None:
    _write(tmp_path)
    with pytest.raises(EmohubError, match="name the folder that holds"):
        read(tmp_path / "train.txt")
