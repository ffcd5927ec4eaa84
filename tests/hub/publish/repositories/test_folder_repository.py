"""Releases in a folder: links to revisions that nothing changes, whatever happens to the process, the disk or the permissions."""

import os
import resource
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from semver import Version

from hub.errors import EmohubError
from hub.publish.repositories.folder_repository import FolderRepository
from hub.publish.repositories.repository import MAIN
from tests.support.killable import killable
from tests.support.repositories import contents, stage


@pytest.fixture
def old(tmp_path: Path) -> Path:
    stage(tmp_path / "old", "1.0.0")
    return tmp_path / "old"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    stage(tmp_path / "new", "1.1.0", rows=7)
    return tmp_path / "new"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, check=False).returncode:
        pytest.skip("this process may not mount a file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_main_and_versions_are_relative_links_so_the_folder_can_be_moved(folder: Path, old: Path, tmp_path: Path) -> None:
    repository = FolderRepository(folder)
    repository.tag(Version(1), repository.commit(old, "toy", None), "toy")
    folder.rename(tmp_path / "moved")
    assert contents(tmp_path / "moved" / "main") == contents(tmp_path / "moved" / "v1.0.0") == contents(old)


def test_load_dataset_reads_main_and_versions(folder: Path, old: Path, new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)

    def rows(name: str, *configuration: str, **options: bool) -> list[str]:
        found = datasets.load_dataset(str(folder / name), *configuration, split="train", cache_dir=str(tmp_path / "cache"), **options)
        return [row["id"] for row in found]

    repository = FolderRepository(folder)
    revision = repository.commit(old, "toy", None)
    repository.tag(Version(1), revision, "toy")
    assert rows("main") == rows("v1.0.0") == rows("v1.0.0", streaming=True) == ["0", "1", "2"]
    assert rows("v1.0.0", "second") == ["0", "1"]
    repository.commit(new, "toy", revision)
    assert len(rows("main")) == 7
    assert len(rows("v1.0.0")) == 3


def test_published_files_cannot_be_written_by_accident_and_copies_can(folder: Path, old: Path, tmp_path: Path) -> None:
    repository = FolderRepository(folder)
    repository.commit(old, "toy", None)
    assert {path.stat().st_mode & 0o777 for path in (folder / "main").rglob("*") if path.is_file()} == {0o444}
    copy = repository.download(MAIN, tmp_path / "copy")
    assert all(path.stat().st_mode & 0o200 for path in copy.rglob("*"))


def test_a_draft_that_nothing_names_any_more_is_removed_and_a_version_is_not(folder: Path, old: Path, new: Path, tmp_path: Path) -> None:
    repository = FolderRepository(folder)
    revision = repository.commit(old, "toy", None)
    repository.tag(Version(1), revision, "toy")
    draft = repository.commit(new, "toy", revision)
    stage(tmp_path / "next", "1.2.0", rows=9)
    last = repository.commit(tmp_path / "next", "toy", draft)
    assert {path.name for path in (folder / ".revisions").iterdir()} == {".lock", revision, last}


@pytest.mark.parametrize("what", ["file", "filled"])
def test_a_place_that_holds_something_else_is_refused(tmp_path: Path, what: str) -> None:
    place = tmp_path / "place"
    if what == "file":
        place.write_text("mine")
    else:
        (place / "photos").mkdir(parents=True)
    with pytest.raises(EmohubError, match="name a folder"):
        FolderRepository(place)


def test_an_empty_folder_is_a_place_for_releases(folder: Path, old: Path) -> None:
    folder.mkdir()
    FolderRepository(folder).commit(old, "toy", None)


def test_a_link_that_leads_elsewhere_is_not_followed(folder: Path, old: Path, tmp_path: Path) -> None:
    repository = FolderRepository(folder)
    repository.commit(old, "toy", None)
    (folder / "v2.0.0").symlink_to(tmp_path)
    with pytest.raises(EmohubError, match="leads out"):
        repository.download("v2.0.0", tmp_path / "copy")


def test_a_full_disk_leaves_the_old_release(small_disk: Path, old: Path, tmp_path: Path) -> None:
    repository = FolderRepository(small_disk / "releases")
    revision = repository.commit(old, "toy", None)
    stage(tmp_path / "large", "1.1.0", extra={"weights.bin": os.urandom(2**21)})
    with pytest.raises(EmohubError, match="No space left on device.*make room; what was there is as it was"):
        repository.commit(tmp_path / "large", "toy", revision)
    assert contents(small_disk / "releases" / "main") == contents(old)
    assert {path.name for path in (small_disk / "releases" / ".revisions").iterdir()} == {".lock", revision}
    stage(tmp_path / "fits", "1.1.0", rows=4)
    repository.commit(tmp_path / "fits", "toy", revision)
    assert contents(small_disk / "releases" / "main") == contents(tmp_path / "fits")


def test_a_limit_on_file_sizes_leaves_the_old_release(folder: Path, old: Path, tmp_path: Path) -> None:
    repository = FolderRepository(folder)
    revision = repository.commit(old, "toy", None)
    stage(tmp_path / "large", "1.1.0", extra={"weights.bin": b"0" * 2**20})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**19, hard))
    try:
        with pytest.raises(EmohubError, match=r"File too large.*what was there is as it was"):
            repository.commit(tmp_path / "large", "toy", revision)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert contents(folder / "main") == contents(old)


def test_a_missing_permission_is_one_sentence() -> None:
    # Even root may not make folders there.
    place = Path("/proc/self")
    with pytest.raises(EmohubError, match="name a"):
        FolderRepository(place)
    with pytest.raises(EmohubError, match="cannot be written"):
        FolderRepository(place / "releases").commit(place, "toy", None)


def commit_on_main(place: str, staged: str) -> None:
    repository = FolderRepository(Path(place))
    head = repository.head()
    repository.commit(Path(staged), "toy", head.revision if head else None)


def test_a_process_killed_at_any_point_leaves_the_old_release_or_the_new_one(folder: Path, old: Path, tmp_path: Path) -> None:
    stage(tmp_path / "new", "1.1.0", extra={f"{number}.bin": os.urandom(2**16) for number in range(60)})
    repository = FolderRepository(folder)
    parent = repository.commit(old, "toy", None)
    repository.tag(Version(1), parent, "toy")
    before, after = contents(old), contents(tmp_path / "new")

    def some_copied(count: int) -> bool:
        return len(list((folder / ".revisions").glob(".unfinished-*/*.bin"))) >= count

    def is_renamed() -> bool:
        return len([path for path in (folder / ".revisions").iterdir() if path.name[0] != "."]) == 2

    moments: list[Callable[[], bool]] = [partial(some_copied, count) for count in (0, 1, 20, 40, 60)] + [is_renamed]
    killed = []
    with killable(["tests.hub.publish.repositories.test_folder_repository"]) as processes:
        for moment in moments:
            killed.append(processes.kill_at(moment, "tests.hub.publish.repositories.test_folder_repository:commit_on_main", str(folder), str(tmp_path / "new")))
            assert contents(folder / "main") in (before, after)
            assert contents(folder / "v1.0.0") == before
            # Another run finishes what the killed one began, and clears up after it.
            commit_on_main(str(folder), str(tmp_path / "new"))
            head = repository.head()
            assert head is not None
            assert contents(folder / "main") == after
            assert {path.name for path in (folder / ".revisions").iterdir()} == {".lock", parent, head.revision}
            repository.commit(old, "toy", head.revision)
    assert killed[:3] == [True, True, True]


def test_writers_take_turns(folder: Path, old: Path, tmp_path: Path) -> None:
    parent = FolderRepository(folder).commit(old, "toy", None)
    staged = []
    for number in range(4):
        stage(tmp_path / str(number), f"1.{number}.0", rows=number + 4)
        staged.append(tmp_path / str(number))
    outcomes: list[str] = []

    def write(source: Path) -> None:
        try:
            outcomes.append(FolderRepository(folder).commit(source, "toy", parent))
        except EmohubError:
            outcomes.append("refused")

    threads = [threading.Thread(target=write, args=(source,)) for source in staged]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("refused") == 3
    assert contents(folder / "main") in [contents(source) for source in staged]
