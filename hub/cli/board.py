"""Commands on the leaderboard."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.common import app, find_command, open_workspace

board = typer.Typer(help="Write the tables that the leaderboard and DVC show; export them.", rich_markup_mode=None)
app.add_typer(board, name="board", invoke_without_command=True)


@board.callback()
def write(context: typer.Context) -> None:
    """Write the tables that the leaderboard and DVC show; export them."""
    if context.invoked_subcommand is not None:
        return
    from hub.results.board import write_board

    workspace = open_workspace()
    write_board(workspace.project, workspace.registry)


@board.command("export")
def export(
    out: Annotated[Path, typer.Option(help="The folder to write into: new, or one that an export made.")],
    space: Annotated[bool, typer.Option("--space", help="A Hugging Face Space that runs the app, instead of pages that need no server.")] = False,
) -> None:
    """Write the leaderboard as self-contained HTML pages, or as a Hugging Face Space."""
    workspace = open_workspace()
    export_board = find_command(workspace.project, "export_board", "leaderboard")
    print(export_board(workspace.project, out, space))
