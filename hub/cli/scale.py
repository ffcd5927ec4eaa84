"""Commands that spread work over processes and machines."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hub.cli.common import ProfileOption, app, open_workspace

if TYPE_CHECKING:
    from hub.spec import ScaleSpec
    from hub.workspace import Workspace

run = typer.Typer(help="Generate or benchmark in several processes or on a cluster; the outcome is the same.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(run, name="run")

ExecutorOption = Annotated[Literal["local", "slurm", "ray"] | None, typer.Option(help="Where; what the profile's `scale` says when not given.")]
TasksOption = Annotated[int | None, typer.Option(min=1, max=10_000, help="Into how many shares the work is cut.")]
WorkersOption = Annotated[int | None, typer.Option(min=1, max=10_000, help="How many shares are worked on at a time; all when not given.")]


@run.command("generate")
def generate(dataset: str, profile: ProfileOption = None, executor: ExecutorOption = None, tasks: TasksOption = None, workers: WorkersOption = None) -> None:
    """Generate a dataset; an item is a narrative, or a batch of pictures."""
    from hub.scale import spread_generation

    workspace = open_workspace(profile)
    spread_generation(workspace, dataset, _scale(workspace, executor, tasks, workers))


@run.command("bench")
def bench(
    task: Annotated[str | None, typer.Argument(help="Every task when not given.")] = None,
    model: Annotated[str | None, typer.Argument(help="Every model of the task when not given.")] = None,
    profile: ProfileOption = None,
    executor: ExecutorOption = None,
    tasks: TasksOption = None,
    workers: WorkersOption = None,
) -> None:
    """Train and score models; an item is one model on one task with one seed."""
    from hub.scale import spread_bench

    workspace = open_workspace(profile)
    spread_bench(workspace, [name for name in (task, model) if name], _scale(workspace, executor, tasks, workers))


def _scale(workspace: "Workspace", executor: str | None, tasks: int | None, workers: int | None) -> "ScaleSpec":
    """Returns the profile's scale with what the command line says instead."""
    from hub.errors import EmohubError
    from hub.spec import ScaleSpec

    given = {"executor": executor, "tasks": tasks, "workers": workers}
    declared = workspace.profile.scale.model_dump() | {name: value for name, value in given.items() if value is not None}
    if declared["executor"] == "slurm" and declared["slurm"] is None:
        raise EmohubError(f"Slurm needs a partition: add `scale: {{slurm: {{partition: ...}}}}` to profiles/{workspace.profile.name}.yaml")
    return ScaleSpec.model_validate(declared)
