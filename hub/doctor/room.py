"""Room on disks, what caches take of it, and whether clock and file system do what the rest relies on."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from hub.doctor.finding import Check, Finding, Subject, gigabytes

_SECONDS = 0.7
"""That one folder is added up for; then what was seen so far is said."""
_CLOCK_TOLERANCE = 120
_NEED_PROJECT = {"authored": 3, "endpoint": 5, "transformers": 5, "vllm": 5, "render": 5, "diffusers": 30}
_NEED_WEIGHTS = {"transformers": 20, "vllm": 20, "diffusers": 40}
_NEED_TEMPORARY = 2
"""Gigabytes, by the kind of engine: roughly what a whole run writes, and what weights of the size the paper profile names weigh."""


def caches(subject: Subject) -> Iterator[Finding]:
    work = subject.project.work
    folders = sorted(path for path in work.iterdir() if path.is_dir()) if work.is_dir() else []
    named = [(f".emohub/{path.name}", path) for path in folders] + [(".dvc/cache", subject.project.root / ".dvc" / "cache"), ("Hub cache", hub_cache(subject))]
    sizes = [(name, *_size(path)) for name, path in named if path.is_dir()]
    kept = [f"{name} {'' if whole else 'more than '}{gigabytes(size)}" for name, size, whole in sizes if size]
    yield Finding("ok", ", ".join(kept) if kept else "nothing is kept yet")


def _size(folder: Path) -> tuple[int, bool]:
    """Bytes in a folder, and whether all of it was seen in time."""
    until, total = time.monotonic() + _SECONDS, 0
    for parent, _, files in os.walk(folder):
        for name in files:
            path = Path(parent) / name
            if not path.is_symlink() and path.exists():
                total += path.stat().st_size
        if time.monotonic() > until:
            return total, False
    return total, True


def hub_cache(subject: Subject) -> Path:
    """Where huggingface_hub keeps what it downloads."""
    environment = subject.environment
    home = environment.get("HF_HOME") or f"{environment.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    return Path(environment.get("HF_HUB_CACHE") or f"{home}/hub").expanduser()


def disk_space(subject: Subject) -> Iterator[Finding]:
    kinds = {settings.engine.kind for settings in subject.generations.values()}
    wanted = (
        ("the project", subject.project.root, sum(_NEED_PROJECT[kind] for kind in kinds), "make room, or move the project"),
        ("temporary files", Path(tempfile.gettempdir()), _NEED_TEMPORARY, "make room, or name another folder in TMPDIR"),
        ("the Hub cache", hub_cache(subject), sum(_NEED_WEIGHTS.get(kind, 0) for kind in kinds), "make room, or name another folder in HF_HOME"),
    )
    for what, place, needed, advice in wanted:
        there = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
        free = shutil.disk_usage(there).free
        need = f"about {needed} GB needed by this profile" if needed else "nothing needed by this profile"
        sentence = f"{gigabytes(free)} free for {what} at {place}, {need}"
        if free < needed * 1e9:
            yield Finding("problem", sentence, advice)
        else:
            yield Finding("ok", sentence)


def clock(subject: Subject) -> Iterator[Finding]:
    now = time.time()
    marks = [path for path in (subject.project.root / "dvc.yaml", subject.project.params, Path(__file__)) if path.exists()]
    ahead = max((path.stat().st_mtime - now for path in marks), default=0.0)
    if ahead > _CLOCK_TOLERANCE:
        yield Finding(
            "problem", f"the clock is behind: files here were changed {ahead / 3600:.1f} hours from now", "set it, or let chrony or systemd-timesyncd do it"
        )
    else:
        yield Finding("ok", time.strftime("%Y-%m-%d %H:%M:%S UTC, not before the newest declaration", time.gmtime(now)))


def file_system(subject: Subject) -> Iterator[Finding]:
    place = subject.project.work if subject.project.work.is_dir() else subject.project.root
    try:
        with tempfile.TemporaryDirectory(prefix=".doctor-", dir=place) as folder:
            locks, renames = _locks(Path(folder) / "lock"), _renames(Path(folder))
    except OSError as error:
        yield Finding("problem", f"{place} cannot be written ({error.strerror})", "make it writable for this user; stores and results go there")
        return
    if not locks:
        yield Finding(
            "problem",
            f"the file system of {place} has no locks between processes",
            "two runs could disturb each other: move the project to a local disk, or mount it with locks",
        )
    if not renames:
        yield Finding("problem", f"the file system of {place} cannot replace a file at once", "move the project to a local disk")
    if locks and renames:
        yield Finding("ok", f"{place} takes locks and replaces files at once")


def _locks(path: Path) -> bool:
    with path.open("w") as first, path.open("w") as second:
        try:
            fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _renames(folder: Path) -> bool:
    old, new = folder / "old", folder / "new"
    old.write_text("old", encoding="utf-8")
    new.write_text("new", encoding="utf-8")
    try:
        new.replace(old)
    except OSError:
        return False
    return old.read_text(encoding="utf-8") == "new" and not new.exists()


ROOM: tuple[tuple[str, Check], ...] = (("caches", caches), ("disk", disk_space), ("clock", clock), ("file system", file_system))
