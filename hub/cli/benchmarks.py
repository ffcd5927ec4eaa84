"""Commands that train and score."""

from typing import Annotated

import typer

from hub.cli.common import ProfileOption, app, open_workspace


@app.command()
def bench(
    task: str,
    model: str,
    profile: ProfileOption = None,
    seed: Annotated[int | None, typer.Option(help="Only this seed, instead of all of the profile's.")] = None,
) -> None:
    """Train and score one model on one task, all seeds."""
    from hub.imports import load_object
    from hub.scale.benches import spread_bench

    workspace = open_workspace(profile)
    if seed is None:
        return spread_bench(workspace, [task, model], workspace.profile.scale)
    spec = workspace.registry.task(task)
    runner = load_object(f"benchmarks.runners.{spec.type}:bench", workspace.project.root)
    runner(workspace, spec.for_profile(workspace.profile.name), workspace.registry.model(model), seed)
