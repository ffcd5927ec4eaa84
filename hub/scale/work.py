"""What is spread, where, and what its ranks say: plain files in the folder of a launch, which every machine of it reads."""

import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

from hub.errors import EmohubError
from hub.files import write_json
from hub.live_state import process_start
from hub.shard import Shard
from hub.spec.scale import ScaleSpec
from hub.workspace import Workspace

Verb = Literal["generate", "bench"]


@dataclass(frozen=True, slots=True)
class Work:
    """A verb on names, in one profile of one project."""

    verb: Verb
    names: tuple[str, ...]
    """generate: the dataset. bench: a task and a model, a task alone, or nothing at all for every pair."""
    profile: str
    root: str
    environment: tuple[tuple[str, str], ...] = ()
    """The variables of this project, which tell where data lies; a cluster does not always hand them on."""

    @classmethod
    def in_workspace(cls, verb: Verb, names: Sequence[str], workspace: Workspace) -> Self:
        ours = tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("EMOHUB_DATA_")))
        return cls(verb, tuple(names), workspace.profile.name, str(workspace.project.root), ours)

    @property
    def title(self) -> str:
        return " × ".join(self.names) or "all benches"

    @property
    def key(self) -> tuple[object, ...]:
        """What two launches of the same work share."""
        return self.verb, self.names, self.profile

    def open(self) -> Workspace:
        """Opens the workspace, on whatever machine this is."""
        os.environ.update(self.environment)
        os.environ["EMOHUB_ROOT"] = self.root
        return Workspace.open(self.profile)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one rank's share."""

    rank: int
    host: str
    seconds: float
    error: str | None = None
    """One sentence for the user; None when the share is done."""
    identity: Mapping[str, Any] | None = None
    """Of the engine that answered; None where the share was empty, or no engine is needed."""


def run_share(work: Work, shard: Shard) -> Outcome:
    """Does a share. What a user can mend becomes part of the outcome; a bug is raised."""
    started, identity, error = time.monotonic(), None, None
    try:
        identity = _run(work, shard)
    except EmohubError as problem:
        error = str(problem)
    return Outcome(shard.rank, socket.gethostname(), round(time.monotonic() - started, 3), error, identity)


def _run(work: Work, shard: Shard) -> Mapping[str, Any] | None:
    from hub.scale.benches import bench_share
    from hub.scale.generation import generate_share

    workspace = work.open()
    match work.verb:
        case "generate":
            return generate_share(workspace, work.names[0], shard)
        case "bench":
            bench_share(workspace, work.names, shard)
            return None


@dataclass(frozen=True, slots=True)
class Launch:
    """A work, how it is spread, and the folder: `launch.json` is this, `ranks` holds the outcomes, `logs` what the ranks said."""

    work: Work
    scale: ScaleSpec
    folder: Path
    job: str | None = None
    """Its number in Slurm, once it has one."""

    @property
    def outcomes(self) -> Path:
        return self.folder / "ranks"

    @property
    def log(self) -> Path:
        """What the executor said."""
        return self.folder / "logs" / "executor.log"

    @property
    def trouble(self) -> Path:
        """Why the executor could not be used, where that is so."""
        return self.folder / "error.txt"

    def write(self) -> None:
        write_json(self.folder / "launch.json", {"work": asdict(self.work), "scale": self.scale.model_dump(mode="json"), "job": self.job})


def read_launch(folder: Path) -> Launch:
    """Reads what `Launch.write` wrote.

    Raises:
        EmohubError: the file is missing or broken.
    """
    try:
        found = json.loads((folder / "launch.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EmohubError(f"{folder / 'launch.json'}: cannot be read ({error})") from error
    work = {**found["work"], "names": tuple(found["work"]["names"]), "environment": tuple(map(tuple, found["work"]["environment"]))}
    return Launch(Work(**work), ScaleSpec.model_validate(found["scale"], strict=False), folder, found["job"])


def note_start(folder: Path, rank: int) -> None:
    """Notes that this process has begun a rank's share."""
    write_json(folder / f"{rank:05d}.started", {"process": os.getpid(), "start": process_start(os.getpid())})


def write_outcome(folder: Path, outcome: Outcome) -> None:
    write_json(folder / f"{outcome.rank:05d}.json", asdict(outcome))


def read_outcomes(folder: Path) -> list[Outcome]:
    """Returns the outcomes that are there, by rank."""
    return [Outcome(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))]


def ranks_lost(folder: Path) -> list[int]:
    """Returns the ranks whose processes, on this machine, have ended without an outcome."""
    started = {int(path.stem): json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.started")}
    gone = [rank for rank, who in started.items() if process_start(who["process"]) != who["start"]]
    # Looked at last: an outcome is there before its process ends.
    return sorted(rank for rank in gone if not (folder / f"{rank:05d}.json").is_file())
