"""Trains in several processes what a model declares so: torchrun starts them, they train and keep, and this process takes what they kept.

A process reads the task's data with the runner's own code (`benchmarks.launch_worker`), so that nothing has to be handed over but names.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.processes import processes
from benchmarks.runners.run import Run
from hub.console import say
from hub.engine import guard
from hub.engine.process import last_words
from hub.errors import EmohubError
from hub.imports import load_object

_FAILURE = re.compile(r"rank\s*: (\d+) .*\n\s*exitcode\s*: (-?\d+)")
"""In what torchrun says at the end."""


def launched(run: Run[Any], seed: int) -> Callable[[], None] | None:
    """Returns what trains all models of a seed in other processes; None where this process is to train, because one is enough or it is one of those.

    Raises:
        DeclarationError: the method cannot be trained as the model declares.
    """
    if processes().launched or run.model.launch_for(run.profile.name).processes == 1:
        return None
    run.model.require_launchable(load_object(run.model.method, run.project.root))
    return partial(_train, run, seed)


def _train(run: Run[Any], seed: int) -> None:
    """Starts the processes, says what the first one says, and waits for them. They end when this process does, however that ends.

    Raises:
        EmohubError: one of them failed or was killed.
    """
    launch = run.model.launch_for(run.profile.name)
    title = f"{run.task.name} × {run.model.name}, seed {seed}"
    log = run.project.work / "launch" / f"{run.profile.name}-{run.task.name}-{run.model.name}-{seed}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    say(f"{title}: training in {launch.processes} processes under {launch.strategy}")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-I", guard.__file__, *_command(run, seed, launch.processes)],
            cwd=run.project.root,
            env=_environment(run, launch.processes),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    assert process.stdin is not None and process.stdout is not None
    try:
        for line in process.stdout:
            say(line.rstrip("\n"))
        code = process.wait()
    finally:
        # The guard ends torchrun, and the processes end when they find it gone: then nobody holds the other end of the pipe.
        process.stdin.close()
        process.stdout.read()
        process.wait()
    if code:
        raise EmohubError(f"{title}: {_what_failed(log)}")


def _command(run: Run[Any], seed: int, count: int) -> list[str]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", str(count)]
    what = [run.task.name, run.model.name, "--profile", run.profile.name, "--seed", str(seed)]
    return [*torchrun, "-m", "benchmarks.launch_worker", *what]


def _environment(run: Run[Any], count: int) -> dict[str, str]:
    # They find modules where this process does, and the same project.
    path = os.pathsep.join(dict.fromkeys(entry or str(Path.cwd()) for entry in sys.path))
    return {**os.environ, "PYTHONPATH": path, "EMOHUB_ROOT": str(run.project.root), "OMP_NUM_THREADS": str(max(1, run.threads // count))}


def _what_failed(log: Path) -> str:
    """Returns one sentence: what a process declared wrong, else which one was killed, else which one failed and what was said last."""
    text = log.read_text(encoding="utf-8", errors="replace")
    declared = next((line.removeprefix("error: ") for line in text.splitlines() if line.startswith("error: ")), None)
    if declared is not None:
        return declared
    failures = [(int(rank), int(code)) for rank, code in _FAILURE.findall(text)]
    mend = f"run the same command again, and it is trained anew, or goes on where its method keeps checkpoints. All that was said: {log}"
    # torchrun ends the others with SIGTERM.
    for rank, code in failures:
        if code < 0 and code != -signal.SIGTERM:
            return f"the training ended early because process {rank} was killed by {signal.Signals(-code).name}; {mend}"
    which = f"process {failures[0][0]} failed" if failures else "its launcher failed"
    return f"the training ended early because {which}; {mend}\n{last_words(log)}"
