"""What is running in a project right now: `emohub` processes by the files they keep in `.emohub/live`, and DVC by its own lock.

DVC (3.67, dvc/rwlock.py) keeps `.dvc/tmp/rwlock`, JSON with the paths that each of its processes reads and writes: `write` maps a path to
`{"pid", "cmd"}`, where `cmd` is DVC's command line. A stage that runs holds its outputs there, whoever started DVC.
"""

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from hub.errors import EmohubError
from hub.live_state import process_start
from hub.paths import Project
from hub.results.untrusted import read_untrusted

_LARGEST = 100_000
_LARGEST_LOCK = 5_000_000
"""Bytes."""
_MOST = 50
"""Processes that are looked at."""
_LARGEST_GRAPH = 5_000_000
_Text = Annotated[str, Field(max_length=500)]
_Time = Annotated[float, Field(ge=0, le=1e11)]


class _Work(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    title: _Text
    total: Annotated[int, Field(ge=0, le=10**15)]
    done: Annotated[int, Field(ge=0, le=10**15)]
    begun_with: Annotated[int, Field(ge=0, le=10**15)]
    started: _Time
    kind: Literal["work", "pipeline"]


class _Written(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    pid: Annotated[int, Field(gt=0, lt=2**31)]
    process_start: Annotated[str, Field(max_length=40)] | None
    stage: _Text | None
    updated: _Time
    works: Annotated[tuple[_Work, ...], Field(max_length=20)]


class _Holder(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    pid: Annotated[int, Field(gt=0, lt=2**31)]
    cmd: Annotated[str, Field(max_length=20_000)]


class _Lock(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    write: dict[str, _Holder] = {}


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that is being done. `total` is 0 where nobody knows how much there is; `left` is an estimate in seconds, None where there is none."""

    title: str
    done: int
    total: int
    elapsed: float
    left: float | None


@dataclass(frozen=True, slots=True)
class Running:
    """One process and what it does, the whole first and its parts after it."""

    process: int
    stage: str | None
    """The stage of DVC that it is; None for a command that a person started."""
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A `dvc repro` or `emohub repro`."""

    stages: tuple[str, ...]
    """That run now."""
    number: int | None
    """Which of all stages it is at; None where plain `dvc repro` was called, which tells nobody."""
    total: int
    """Stages that are declared."""
    finished: tuple[str, ...]
    """That ran before in this call, first to last, as far as their outputs tell."""
    elapsed: float | None


@dataclass(frozen=True, slots=True)
class Live:
    """What runs now; nothing where `processes` and `pipeline` are empty."""

    pipeline: Pipeline | None = None
    processes: tuple[Running, ...] = ()

    @property
    def idle(self) -> bool:
        return self.pipeline is None and not self.processes


def read_live(project: Project) -> Live:
    """Returns what is running. Files that dead processes left are removed; a file that cannot be read is passed over, for the next look finds it whole."""
    now = time.time()
    written = [one for one in _written(project) if one.works]
    told = next((work for one in written for work in one.works if work.kind == "pipeline"), None)
    running = tuple(
        Running(one.pid, one.stage, tuple(_bar(work, now) for work in works))
        for one in written
        if (works := [work for work in one.works if work.kind == "work"])
    )
    return Live(_pipeline(project, told, running, now), running)


def _written(project: Project) -> list[_Written]:
    found = []
    for path in sorted((project.work / "live").glob("*.json"))[:_MOST]:
        try:
            state = read_untrusted(path, _Written, _LARGEST)
        except EmohubError:
            continue
        # A mark of when it was started: the number may have been given to another process since.
        start = process_start(state.pid)
        if start is None or start != (state.process_start or ""):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            continue
        found.append(state)
    return found


def _bar(work: _Work, now: float) -> Bar:
    elapsed, fresh = max(0.0, now - work.started), work.done - work.begun_with
    # The first few units say little: whatever was prepared before them counts as theirs.
    sure = fresh > 0 and fresh * 50 >= work.total - work.begun_with and work.done < work.total
    return Bar(work.title, work.done, work.total, elapsed, elapsed / fresh * (work.total - work.done) if sure else None)


def _pipeline(project: Project, told: _Work | None, running: tuple[Running, ...], now: float) -> Pipeline | None:
    holders = _holders(project)
    if told is None and not holders:
        return None
    named = {running.stage for running in running if running.stage}
    held = {name for path in holders for name in [_stage_of(path)] if name}
    stages = tuple(sorted(named | held)) or ((told.title,) if told else ())
    elapsed = now - told.started if told else _process_age(min(holder.pid for holder in holders.values()))
    outputs = _outputs(project)
    finished = _finished(project, outputs, now - elapsed, stages) if elapsed is not None else ()
    return Pipeline(stages, told.done if told else None, told.total if told and told.total else len(outputs), finished, elapsed)


def _holders(project: Project) -> dict[str, _Holder]:
    """What DVC's living processes write, by path relative to the project."""
    path = project.root / ".dvc" / "tmp" / "rwlock"
    try:
        # DVC keeps the file when nothing runs, as "{}".
        if not 2 < path.stat().st_size <= _LARGEST_LOCK:
            return {}
        lock = _Lock.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}
    alive = {holder.pid: _is_dvc(holder.pid) for holder in lock.write.values()}
    root = f"{project.root}{os.sep}"
    return {name.removeprefix(root): holder for name, holder in lock.write.items() if alive[holder.pid] and name.startswith(root)}


def _is_dvc(process: int) -> bool:
    """Whether a process lives and is DVC, where the system tells: the number may have been given to another one since."""
    if process_start(process) is None:
        return False
    try:
        return b"dvc" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return True


def _process_age(process: int) -> float | None:
    """Seconds since a process was started; None where the system does not tell."""
    start = process_start(process)
    if not start:
        return None
    try:
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return None
    return max(0.0, uptime - int(start) / os.sysconf("SC_CLK_TCK"))


def _stage_of(path: str) -> str | None:
    """The stage that writes a path, as dvc.yaml names them; None for what is no output of ours."""
    match path.split("/"):
        case ["data", ("raw" | "clean" | "published") as kind, name]:
            return f"{ {'raw': 'generate', 'clean': 'curate', 'published': 'build'}[kind] }@{name}"
        case ["results", "releases", _, file]:
            return f"publish@{file.removesuffix('.json')}"
        case ["results", ("predictions" | "runs"), _, task, model]:
            return f"bench@{task}-{model}"
        case ["results", ("examples" | "board") as stage, *_]:
            return stage
    return None


class _Pair(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    task: _Text
    model: _Text


class _Graph(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    datasets: tuple[_Text, ...] = ()
    bench: dict[str, _Pair] = {}


def _outputs(project: Project) -> Mapping[str, str]:
    """What every declared stage of graph.yaml writes last, as a path in the project with `*` for the profile."""
    graph = _graph(project)
    outputs = {"examples": "results/examples/*", "board": "results/board/overview.json"}
    for name in graph.datasets:
        outputs |= {f"generate@{name}": f"data/raw/{name}", f"curate@{name}": f"data/clean/{name}", f"build@{name}": f"data/published/{name}"}
        outputs[f"publish@{name}"] = f"results/releases/*/{name}.json"
    return outputs | {f"bench@{key}": f"results/runs/*/{pair.task}/{pair.model}" for key, pair in graph.bench.items()}


def _graph(project: Project) -> _Graph:
    """The names in graph.yaml. `emohub graph` writes it, one flat key a line: so it is read without a YAML parser, which takes a tenth of a second."""
    try:
        path = project.root / "graph.yaml"
        if path.stat().st_size > _LARGEST_GRAPH:
            return _Graph()
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return _Graph()
    datasets: list[str] = []
    bench: dict[str, dict[str, str]] = {}
    section = pair = ""
    for line in lines:
        key, _, value = line.strip().partition(":")
        if line and not line.startswith((" ", "-", "#")):
            section = key
        elif section == "datasets" and line.startswith("- "):
            datasets.append(line[2:].strip())
        elif section == "bench" and line.startswith("    ") and pair:
            bench[pair][key] = value.strip()
        elif section == "bench" and line.startswith("  "):
            pair = key
            bench[pair] = {}
    try:
        return TypeAdapter(_Graph).validate_python({"datasets": datasets, "bench": bench})
    except ValidationError:
        return _Graph()


def _finished(project: Project, outputs: Mapping[str, str], since: float, running: tuple[str, ...]) -> tuple[str, ...]:
    """The stages whose outputs were made since a moment, first to last."""
    made = []
    for stage, pattern in outputs.items():
        if stage in running:
            continue
        times = [path.stat().st_mtime for path in (project.root.glob(pattern) if "*" in pattern else [project.root / pattern]) if path.exists()]
        if times and max(times) >= since:
            made.append((max(times), stage))
    return tuple(stage for _, stage in sorted(made))
