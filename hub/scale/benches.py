"""Benchmarks in shares: of (task, model, seed)."""

from collections.abc import Sequence

from hub.imports import load_object
from hub.scale.launch import launch
from hub.scale.work import Work
from hub.shard import Shard
from hub.spec import ModelSpec, ScaleSpec, TaskSpec
from hub.workspace import Workspace

Pair = tuple[TaskSpec, ModelSpec]


def chosen_pairs(workspace: Workspace, names: Sequence[str]) -> list[Pair]:
    """Returns the pairs that `names` mean: a task and a model, a task with all its models, or, with no name, all of the profile.

    Raises:
        DeclarationError: there is no such task or model.
    """
    match list(names):
        case [task, model]:
            return [(workspace.registry.task(task), workspace.registry.model(model))]
        case [task]:
            workspace.registry.task(task)
            return [pair for pair in workspace.registry.pairs(workspace.profile.name) if pair[0].name == task]
        case _:
            return workspace.registry.pairs(workspace.profile.name)


def bench_share(workspace: Workspace, names: Sequence[str], shard: Shard) -> None:
    """Runs a share of the seeds of the chosen pairs, and keeps them in the work folder."""
    for task, model, seed in shard.of(_items(workspace, names)):
        runner = load_object(f"benchmarks.runners.{task.type}:RUNNER", workspace.project.root)
        runner.keep_seed(workspace, task.for_profile(workspace.profile.name), model, seed)


def spread_bench(workspace: Workspace, names: Sequence[str], scale: ScaleSpec) -> None:
    """Runs all seeds of the chosen pairs, in as many shares as `scale` says, and writes their records.

    Raises:
        EmohubError: a rank failed; the seeds that were finished are kept.
    """
    pairs, items = chosen_pairs(workspace, names), _items(workspace, names)
    if scale.spread and items:
        fitting = scale.model_copy(update={"tasks": min(scale.tasks, len(items))})
        launch(workspace.project, Work.in_workspace("bench", names, workspace), fitting)
    for task, model in pairs:
        runner = load_object(f"benchmarks.runners.{task.type}:bench", workspace.project.root)
        runner(workspace, task.for_profile(workspace.profile.name), model, None)


def _items(workspace: Workspace, names: Sequence[str]) -> list[tuple[TaskSpec, ModelSpec, int]]:
    return [(task, model, seed) for task, model in chosen_pairs(workspace, names) for seed in workspace.profile.bench.seeds_for(model)]
