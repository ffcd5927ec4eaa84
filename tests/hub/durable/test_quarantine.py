"""Damaged files are moved out of the way, never deleted and never replaced by one another, with the reason beside them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import hub.durable.quarantine
from hub.durable.quarantine import quarantine
from hub.errors import EmohubError


def test_a_file_goes_into_the_work_folders_quarantine_with_its_name_and_the_reason(tmp_path: Path) -> None:
    path = tmp_path / ".emohub" / "stores" / "plots" / "a.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"damaged")
    place = quarantine(path, "a checksum is wrong")

    assert place.parent == tmp_path / ".emohub" / "quarantine"
    assert place.name.endswith("-a.sqlite")
    assert place.read_bytes() == b"damaged"
    assert place.with_name(f"{place.name}.txt").read_text() == f"{path}\na checksum is wrong\n"
    assert not path.exists()


def test_what_belongs_to_a_file_goes_with_it(tmp_path: Path) -> None:
    for name in ("a", "a-wal", "a-shm", "a.sha256", "a.other", "ab"):
        (tmp_path / name).write_text(name)
    place = quarantine(tmp_path / "a", "damaged")
    assert place.parent == tmp_path / "quarantine"
    assert sorted(path.name.removeprefix(place.name) for path in place.parent.iterdir()) == ["", "-shm", "-wal", ".sha256", ".txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.other", "ab", "quarantine"]


def test_no_file_is_ever_replaced_though_the_clock_stands_still_or_goes_backwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "datetime":
            return datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)

    monkeypatch.setattr(hub.durable.quarantine, "datetime", Stuck)
    places = []
    for number in range(12):
        (tmp_path / "a").write_text(str(number))
        places.append(quarantine(tmp_path / "a", "damaged"))
    assert places[0].name == "20010203T040506Z-1-a"
    assert [place.read_text() for place in places] == [str(number) for number in range(12)]


def test_what_cannot_be_moved_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "quarantine").write_text("in the way")
    with pytest.raises(EmohubError, match=r"a: it is damaged \(why\) and cannot be moved to .*quarantine .*; move it away yourself"):
        quarantine(tmp_path / "a", "why")
