"""A disk that is full or read-only: one sentence, what was there is as it was, nothing half is left, and with room the same command goes on."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest

from hub.paths import Project
from tests.support.campaign import but_for_times
from tests.support.fault_project import COMMAND, IMAGES, MODEL, TASK, TEXT, content, names
from tests.support.killable import Killable

pytestmark = pytest.mark.slow
CALLS = {
    "generate, texts": (("generate", TEXT), (f"data/raw/{TEXT}", f".emohub/stores/{TEXT}")),
    "generate, images": (("generate", IMAGES), (f"data/raw/{IMAGES}", f".emohub/stores/{IMAGES}")),
    "curate": (("curate", TEXT), (f"data/clean/{TEXT}", "results/datasets")),
    "build": (("build", TEXT), (f"data/published/{TEXT}",)),
    "bench": (("bench", TASK, MODEL), ("results/runs", "results/predictions", ".emohub/bench", ".emohub/checkpoints")),
}
SHARES = (0.0, 0.2, 0.5, 0.8)
"""Of the room that a command needs, what the disk still has."""
_PAGE = 4096


@pytest.fixture
def disk(calm: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A copy of the calm project on a small disk of its own."""
    place = tmp_path_factory.mktemp("disk") / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)], capture_output=True, check=False).returncode:
        pytest.skip("this process may not mount a file system")
    try:
        shutil.copytree(calm.root, place / "project", symlinks=True)
        yield Project(place / "project")
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("what", CALLS)
def test_a_full_disk_is_one_sentence_and_with_room_the_command_goes_on(
    what: str, processes: Killable, calm: Project, disk: Project, tally: Callable[..., None]
) -> None:
    arguments, made = CALLS[what]
    filler = disk.root.parent / "filler"
    needed = sum(path.stat().st_size for folder in made for path in (calm.root / folder).rglob("*") if path.is_file())
    others = _others(disk, made)
    crashed = lost = 0
    for share in SHARES:
        for folder in made:
            shutil.rmtree(disk.root / folder, ignore_errors=True)
        filler.write_bytes(os.urandom(max(0, shutil.disk_usage(disk.root).free - round(share * needed) // _PAGE * _PAGE)))
        ending = processes.run(COMMAND, str(disk.root), *arguments)
        assert ending.code == 2 and "Traceback" not in ending.said, f"with {share:.0%} of the room, exit {ending.code}: {ending.said}"
        assert "No space left" in ending.said or "full" in ending.said, ending.said
        assert _others(disk, made) == others
        kept = {path for path in disk.work.glob("stores/**/*.parquet")}
        filler.unlink()
        again = processes.run(COMMAND, str(disk.root), *arguments)
        assert again.code == 0, again.said
        lost += sum(not path.is_file() for path in kept)
        assert [but_for_times(disk.root / folder) for folder in made] == [but_for_times(calm.root / folder) for folder in made]
        assert names(disk) == names(calm)
    tally(f"disk full: {what}", len(SHARES), crashed, lost, remark="one sentence, goes on with room, same bytes, no litter")


@pytest.mark.parametrize("what", CALLS)
def test_a_read_only_disk_is_one_sentence_and_changes_nothing(what: str, processes: Killable, disk: Project, tally: Callable[..., None]) -> None:
    arguments, _ = CALLS[what]
    before = content(disk.root)
    subprocess.run(["mount", "-o", "remount,ro", str(disk.root.parent)], check=True)
    try:
        ending = processes.run(COMMAND, str(disk.root), *arguments)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk.root.parent)], check=True)
    assert ending.code == 2 and "Traceback" not in ending.said, f"exit {ending.code}: {ending.said}"
    assert "Read-only" in ending.said or "read-only" in ending.said, ending.said
    assert content(disk.root) == before
    tally("read-only disk", 1, remark="one sentence, nothing changed")


def _others(project: Project, made: tuple[str, ...]) -> dict[str, str]:
    """What lies in the project and is not this command's."""
    passing = (*made, ".emohub/live", ".emohub/locks", ".emohub/logs")
    return {name: mark for name, mark in content(project.root).items() if not name.startswith(passing)}
