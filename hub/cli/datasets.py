"""Commands that make a dataset."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.common import ProfileOption, app, open_workspace


@app.command()
def plan(dataset: str, profile: ProfileOption = None) -> None:
    """Print the requests, tokens, GPU hours and cost a dataset will take, before anything is spent."""
    from hub.generate.plan import print_plan

    print_plan(open_workspace(profile), dataset)


@app.command()
def generate(dataset: str, profile: ProfileOption = None) -> None:
    """Ask the engine everything a dataset needs; what is already answered is free."""
    from hub.scale.generation import spread_generation

    workspace = open_workspace(profile)
    spread_generation(workspace, dataset, workspace.profile.scale)


@app.command()
def curate(dataset: str, profile: ProfileOption = None) -> None:
    """Clean a generated dataset and check its gates."""
    from hub.curate import curate

    workspace = open_workspace(profile)
    curate(workspace.project, workspace.registry.dataset(dataset), workspace.profile.name, workspace.generation(dataset).complete)


@app.command()
def build(dataset: str) -> None:
    """Write a clean dataset as Parquet with its card."""
    from hub.publish.build import build

    workspace = open_workspace()
    build(workspace.project, workspace.registry.dataset(dataset))


@app.command()
def sign(
    dataset: str,
    certificate: Annotated[Path, typer.Option(help="The certificate chain, PEM, leaf first.")],
    key: Annotated[Path, typer.Option(help="Its private key, PEM, outside the project.")],
    out: Annotated[Path, typer.Option(help="Where the signed copy goes.")],
) -> None:
    """Write a copy of a built image dataset whose images carry C2PA manifests."""
    from hub.publish.signing import sign_published

    project = open_workspace().project
    count = sign_published(project.published(dataset), out, certificate, key, project.root)
    print(f"{count:,} images signed in {out}")
