"""One of the processes that train what one model learns on one task with one seed, and keep it where `emohub bench` finds it.

`emohub bench` starts them itself where the model declares several. Over several machines they are started by hand, with torchrun, accelerate launch or srun:
`python -m benchmarks.launch_worker TASK MODEL --profile PROFILE --seed SEED`.
"""

import argparse
import os
import sys
import threading
import time
from dataclasses import replace
from typing import Any

import hub.console
from benchmarks.processes import joined, wait
from benchmarks.runners.run import Run
from hub.errors import EmohubError
from hub.imports import load_object
from hub.workspace import Workspace

_INTERVAL = 0.5


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.launch_worker", description="One of several processes that train a model.")
    parser.add_argument("task")
    parser.add_argument("model")
    parser.add_argument("--profile", help="the one in params.yaml when not given")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    _end_with_launcher()
    hub.console.QUIET = True
    try:
        train(given.task, given.model, given.profile, given.seed)
    except EmohubError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def train(task_name: str, model_name: str, profile: str | None, seed: int) -> None:
    """Joins the other processes and trains with them. The first one says on standard output how far it is.

    Raises:
        EmohubError: the model declares no training in several processes, or not by this method; or what its runner says.
    """
    workspace = Workspace.open(profile)
    task = workspace.registry.task(task_name).for_profile(workspace.profile.name)
    model = workspace.registry.model(model_name)
    if model.launch_for(workspace.profile.name).processes == 1:
        raise EmohubError(f"benchmarks/models/{model.name}.yaml declares one process for the profile {workspace.profile.name}: add 'launch: {{processes: 2}}'")
    model.require_launchable(load_object(model.method, workspace.project.root))
    module = f"benchmarks.runners.{task.type}"
    read, train_seed = (load_object(f"{module}:{name}", workspace.project.root) for name in ("read", "train"))
    with joined(model.launch_for(workspace.profile.name).strategy) as together:
        run = _with_share_of_threads(Run(workspace.project, workspace.registry, workspace.params, workspace.profile, task, model, seed))
        with hub.console.listening(_tell if together.first else _ignore):
            # The first one reads before the others do, and leaves in the work folder what can be left there.
            if not together.first:
                wait()
            material = read(run)
            if together.first:
                wait()
            train_seed(run, material, seed)


def _with_share_of_threads(run: Run[Any]) -> Run[Any]:
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    bench = run.profile.bench.model_copy(update={"threads": max(1, run.threads // here)})
    return replace(run, profile=run.profile.model_copy(update={"bench": bench}))


def _tell(line: str) -> None:
    print(line, flush=True)


def _ignore(line: str) -> None:
    pass


def _end_with_launcher() -> None:
    """Ends this process when the one that started it is gone: killed, it cannot end anybody."""
    launcher = os.getppid()

    def watch() -> None:
        while os.getppid() == launcher:
            time.sleep(_INTERVAL)
        os._exit(1)

    threading.Thread(target=watch, name="launcher", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
