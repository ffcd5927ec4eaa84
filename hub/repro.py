"""`dvc repro` with a view for people: which stage of how many, how long, and in the end what was built and who leads."""

import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from hub.console import say, shorten
from hub.errors import EmohubError
from hub.files import write_text
from hub.graph import write_graph
from hub.live_state import show, working
from hub.results.board import print_summary
from hub.workspace import Workspace

_NOISE = ("Stage '", "> ", "Updating lock file", "Generating lock file", "To track", "To enable", "\tgit add", "\tdvc config", "Use `dvc push`")
"""What DVC says to its own users, and what the stage headings below say better. Empty prediction folders belong to unavailable runs."""


_SECONDS_BETWEEN_LOOKS = 0.5


def repro(workspace: Workspace, profile: str | None) -> None:
    """Brings graph.yaml up to date, runs `dvc repro`, and prints a summary. A profile that is named is written to params.yaml first.

    Raises:
        EmohubError: DVC is not there, or a stage failed.
    """
    root = workspace.project.root
    if profile and profile != workspace.params.profile:
        _choose_profile(workspace, profile)
        workspace = Workspace.open()
    if write_graph(workspace.project, workspace.registry, workspace.params.profile):
        say("graph.yaml was brought up to date with the declarations and the profile")
    _forget_what_can_run_now(workspace)
    stages = _count_stages(workspace)
    started = time.monotonic()
    ran = _run_dvc(root, stages)
    if not ran:
        say(f"Nothing to do: all {stages} stages are up to date ({shorten(time.monotonic() - started)}).")
    else:
        say(f"{ran} of {stages} stages ran in {shorten(time.monotonic() - started)}.")
    print_summary(workspace.project, workspace.registry, workspace.params.profile)


def _choose_profile(workspace: Workspace, profile: str) -> None:
    workspace.registry.profile(profile)
    path = workspace.project.params
    lines = path.read_text(encoding="utf-8").splitlines()
    write_text(path, "\n".join(f"profile: {profile}" if line.startswith("profile:") else line for line in lines) + "\n")
    say(f"params.yaml: profile is now {profile}")


def _forget_what_can_run_now(workspace: Workspace) -> None:
    """DVC cannot see environment variables: where one now names data that a run lacked, the run's record is removed, so that DVC runs it again."""
    from hub.results import read_results
    from hub.spec.task import data_owner, data_variable

    declared = workspace.registry.files("task")
    for record in read_results(workspace.project).records:
        variable = data_variable(data_owner(workspace.registry.task(record.task)) if record.task in declared else record.task)
        if record.status == "unavailable" and record.profile == workspace.params.profile and os.environ.get(variable):
            shutil.rmtree(workspace.project.runs / record.profile / record.task / record.model, ignore_errors=True)
            say(f"{record.task} × {record.model} was unavailable; {variable} now names its data, so it will run")


def _count_stages(workspace: Workspace) -> int:
    return 4 * len(workspace.registry.files("dataset")) + len(workspace.registry.pairs(workspace.params.profile)) + 2


def _run_dvc(root: Path, stages: int) -> int:
    """Runs `dvc repro` and returns how many stages ran."""
    dvc = shutil.which("dvc", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if dvc is None:
        raise EmohubError("dvc is not installed in this environment; run `make env`")
    environment = os.environ | {"PATH": f"{Path(dvc).parent}{os.pathsep}{os.environ.get('PATH', '')}", "PYTHONUNBUFFERED": "1"}
    started, seen, ran = time.monotonic(), 0, 0
    with (
        working("looking for what changed", stages, kind="pipeline") as work,
        subprocess.Popen([dvc, "repro"], cwd=root, env=environment, stdout=subprocess.PIPE) as process,
    ):
        for line in _lines_of(process):
            text = line.rstrip()
            if text.startswith(("Stage '", "Running stage '", "Restored stage '")):
                seen += 1
                work.done, work.title = min(seen, stages), text.split("'")[1]
                show(at_once=text.startswith("Running"))
            if text.startswith("Running stage '"):
                ran += 1
                name = text.removeprefix("Running stage '").rstrip(":").rstrip("'")
                say(f"── stage {min(seen, stages)}/{stages}  {name}  ({shorten(time.monotonic() - started)} so far)")
            elif text and not text.startswith(_NOISE) and not text.endswith("' is empty."):
                say(text)
    if process.returncode:
        raise EmohubError("a stage failed; what was done is kept. Mend what the message above names and run the same command to go on")
    return ran


def _lines_of(process: "subprocess.Popen[bytes]") -> Iterator[str]:
    """What a process says, until it has ended: helpers of a stage that was killed may outlive it and hold its output open."""
    assert process.stdout is not None
    pipe, begun, ended = process.stdout.fileno(), b"", False
    while not ended:
        # Asked before reading: what it said last is in the pipe by then.
        over = process.poll() is not None
        if select.select([pipe], [], [], 0 if over else _SECONDS_BETWEEN_LOOKS)[0]:
            chunk = os.read(pipe, 65_536)
            *lines, begun = (begun + chunk).split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in lines)
            ended = not chunk
        else:
            ended = over
    if begun:
        yield begun.decode("utf-8", "replace")
