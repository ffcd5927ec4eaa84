"""Stores, what was taken out of them, locks, and what dead processes left."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from hub.doctor.finding import Check, Finding, Subject, gigabytes
from hub.durable.lock import owner_of
from hub.live_state import process_start

_MOST_CHECKED = 500_000_000
"""Bytes of stores that are read through, so that the whole takes seconds."""
_LARGEST_LIVE = 100_000
_SHOWN = 5


def stores(subject: Subject) -> Iterator[Finding]:
    files = sorted(path for path in (subject.project.work / "stores").rglob("*.sqlite") if path.parent.name != "parts")
    answers = size = left = 0
    for path in files:
        size += path.stat().st_size
        whole = size <= _MOST_CHECKED
        left += not whole
        try:
            answers += _answers(path, whole)
        except sqlite3.Error as error:
            yield Finding(
                "problem", f"{_name(subject, path)} is damaged or no store ({error})", "run its dataset again: what is whole is saved, the rest is asked anew"
            )
    if files:
        unread = f"; {left} large ones were opened but not read through" if left else ""
        yield Finding("ok", f"{len(files)} answer stores with {answers:,} answers, {gigabytes(size)}{unread}")
    else:
        yield Finding("ok", "no answer stores yet")


def _answers(path: Path, whole: bool) -> int:
    # Nothing is written, not even beside it: without a log, the file is said to be immutable.
    mode = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{mode}", uri=True, timeout=1)) as database:
        if whole and (said := database.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(str(said).splitlines()[-1])
        return int(database.execute("SELECT COUNT(*) FROM answers").fetchone()[0])


def parts(subject: Subject) -> Iterator[Finding]:
    found = list((subject.project.work / "stores").glob("**/parts/*.sqlite"))
    if found:
        datasets = sorted({path.relative_to(subject.project.work / "stores").parts[0] for path in found})
        commands = " and ".join(f"`emohub run generate {name}`" for name in datasets)
        yield Finding("note", f"{len(found)} parts of stores wait to be merged", f"once their ranks have ended, {commands} merges them")
    else:
        yield Finding("ok", "no parts of stores wait to be merged")


def quarantine(subject: Subject) -> Iterator[Finding]:
    folder = subject.project.work / "quarantine"
    reasons = sorted(folder.glob("*.txt")) if folder.is_dir() else []
    for reason in reasons[-_SHOWN:]:
        why = [*reason.read_text(encoding="utf-8", errors="replace").splitlines(), "", ""][1]
        yield Finding(
            "note", f"{reason.stem} was damaged ({why[:200]})", f"what can be rebuilt was; delete it from {_name(subject, folder)} once you have looked"
        )
    if len(reasons) > _SHOWN:
        yield Finding("note", f"and {len(reasons) - _SHOWN} older files in {_name(subject, folder)}")
    if not reasons:
        yield Finding("ok", "nothing is in quarantine")


def locks(subject: Subject) -> Iterator[Finding]:
    records = sorted(subject.project.work.glob("locks/*.owner")) + sorted(subject.project.work.glob("stores/**/*.owner"))
    held = 0
    for record in records:
        path = record.with_suffix("")
        owner = owner_of(path)
        if owner is None:
            yield Finding("note", f"{_name(subject, record)} names no owner that can be read", "the next run replaces it")
        elif owner.has_ended:
            ended = f"process {owner.process} left the lock {_name(subject, path)} when it was ended ({owner.doing}, since {owner.since})"
            yield Finding("note", ended, "nothing: the next run takes it over")
        else:
            held += 1
            place = "" if owner.is_here else f" on {owner.host}"
            yield Finding("ok", f"{_name(subject, path)}: process {owner.process}{place} is {owner.doing} since {owner.since}")
    if not records:
        yield Finding("ok", "no locks are held")


def live_files(subject: Subject) -> Iterator[Finding]:
    files = sorted((subject.project.work / "live").glob("*.json"))
    dead = [path.name for path in files if not _lives(path)]
    if dead:
        listed = ", ".join(dead[:_SHOWN]) + (", …" if len(dead) > _SHOWN else "")
        yield Finding(
            "note",
            f"{len(dead)} processes were ended without a word ({listed} in .emohub/live)",
            "run their commands again, they go on; then delete these files",
        )
    if running := len(files) - len(dead):
        yield Finding("ok", f"{running} emohub processes are at work")
    if not files:
        yield Finding("ok", "nothing is running, and nothing was left")


def _lives(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            state = json.loads(file.read(_LARGEST_LIVE))
        return bool(process_start(int(state["pid"])) == state["process_start"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _name(subject: Subject, path: Path) -> str:
    return path.relative_to(subject.project.root).as_posix()


STORES: tuple[tuple[str, Check], ...] = (("stores", stores), ("parts", parts), ("quarantine", quarantine), ("locks", locks), ("processes", live_files))
