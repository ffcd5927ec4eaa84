"""Commands on the project as a whole."""

from typing import Annotated

import typer

from hub.cli.common import ProfileOption, app, open_workspace


@app.command()
def validate() -> None:
    """Check every declaration; nothing is run."""
    from hub.validate import validate

    print(validate(open_workspace()))


@app.command()
def schema(folder: Annotated[str, typer.Option(help="Where the JSON Schemas go.")] = "schemas") -> None:
    """Write JSON Schemas of the declarations, for editors."""
    from hub.validate import write_schemas

    for path in write_schemas(folder):
        print(path)


@app.command()
def graph() -> None:
    """Bring graph.yaml, the names that dvc.yaml loops over, up to date."""
    from hub.graph import write_graph

    workspace = open_workspace()
    changed = write_graph(workspace.project, workspace.registry, workspace.params.profile)
    print("graph.yaml is new" if changed else "graph.yaml is up to date")


@app.command()
def repro(profile: ProfileOption = None) -> None:
    """Run `dvc repro` with progress, and say what came of it."""
    from hub.repro import repro

    repro(open_workspace(), profile)
