"""What the commands share: the application, the options that many take, and the project they run in."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hub.paths import Project
    from hub.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Builds emotion datasets, publishes them, trains and evaluates models on them, and shows the outcome.",
)

ProfileOption = Annotated[str | None, typer.Option(help="The profile; the one in params.yaml when not given.")]


@app.callback()
def options(quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and errors.")] = False) -> None:
    import hub.console

    hub.console.QUIET = hub.console.QUIET or quiet


def open_workspace(profile: str | None = None) -> "Workspace":
    """Returns the project around the current folder, seen through a profile."""
    from hub.workspace import Workspace

    return Workspace.open(profile)


def find_project() -> "Project | None":
    """Returns the project around the current folder; None outside one, where releases can be used all the same."""
    from hub.errors import EmohubError
    from hub.paths import Project

    try:
        return Project.find()
    except EmohubError:
        return None


def find_command(project: "Project", name: str, package: str = "benchmarks") -> Any:
    """Returns what a command outside hub calls: the function `name` of the file of that name in `benchmarks` or `leaderboard`."""
    from hub.imports import load_object

    return load_object(f"{package}.{name}:{name}", project.root)
