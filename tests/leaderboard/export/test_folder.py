"""The folder of an export is replaced whole, and never at the cost of somebody else's files."""

from pathlib import Path

import pytest

from hub.errors import EmohubError
from leaderboard.export.folder import MARKER, replaced_folder


def write(out: Path, *names: str) -> None:
    with replaced_folder(out) as folder:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_new_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b", "index.html")
    assert files(tmp_path / "a" / "b") == {"index.html", MARKER}


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    write(tmp_path / "site", "index.html")
    assert files(tmp_path / "site") == {"index.html", MARKER}


def test_pages_of_an_earlier_export_do_not_stay(tmp_path: Path) -> None:
    write(tmp_path / "site", "index.html", "tables/old.html")
    write(tmp_path / "site", "index.html", "tables/new.html")
    assert files(tmp_path / "site") == {"index.html", "tables/new.html", MARKER}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_of_somebody_elses_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(EmohubError, match="holds files and is no earlier export"):
        write(tmp_path, "index.html")
    assert files(tmp_path) == {"thesis.tex"}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"files": 3}', '{"files": [[]]}'])
def test_a_broken_marker_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / MARKER).write_text(content)
    with pytest.raises(EmohubError, match="is no earlier export"):
        write(tmp_path, "index.html")


def test_a_file_that_was_put_into_an_export_is_not_lost(tmp_path: Path) -> None:
    write(tmp_path / "site", "index.html")
    (tmp_path / "site" / "notes.txt").write_text("mine")
    with pytest.raises(EmohubError, match=r"holds notes\.txt, which no export wrote"):
        write(tmp_path / "site", "index.html")


def test_a_file_or_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(EmohubError, match="is not a folder"):
            write(tmp_path / name, "index.html")


def test_an_export_that_fails_leaves_the_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path / "site", "index.html")
    with pytest.raises(RuntimeError), replaced_folder(tmp_path / "site") as folder:
        (folder / "half.html").write_text("")
        raise RuntimeError
    assert files(tmp_path / "site") == {"index.html", MARKER}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
