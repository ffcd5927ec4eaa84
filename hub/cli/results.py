"""Commands on results: ours, and those of others."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.common import app, open_workspace

results = typer.Typer(help="Print the results as a table; exchange them with others.", rich_markup_mode=None)
app.add_typer(results, name="results", invoke_without_command=True)

TaskOption = Annotated[str | None, typer.Option(help="Only this task.")]
RecordProfileOption = Annotated[str | None, typer.Option(help="Only this profile.")]


@results.callback()
def show(context: typer.Context, task: TaskOption = None, profile: RecordProfileOption = None) -> None:
    """Print the results as a table; exchange them with others."""
    if context.invoked_subcommand is not None:
        return
    from hub.results.board import print_results

    workspace = open_workspace()
    print_results(workspace.project, workspace.registry, task, profile)


@results.command("export")
def export(
    out: Annotated[Path, typer.Option(help="The folder to write into.")],
    format: Annotated[str, typer.Option(help="every_eval_ever, or eval_results for the Hub's .eval_results.")] = "every_eval_ever",
    task: TaskOption = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    profile: RecordProfileOption = None,
    dataset_id: Annotated[str | None, typer.Option(help="Where on the Hub the task's dataset is, when no declaration says so.")] = None,
) -> None:
    """Write the runs in a format that others read."""
    from hub.results.exchange.exporting import export_results

    workspace = open_workspace()
    written = export_results(workspace.project, workspace.registry, format, out, profile, task, model, dataset_id)
    print(f"{len(written):,} files in {out}")


@results.command("import")
def take_in(
    file: Annotated[Path, typer.Argument(help="Run records or Every Eval Ever records: JSON, JSONL, or a folder of them.")],
    submitted_by: Annotated[str | None, typer.Option("--by", help="Who sent it, as the leaderboard will say.")] = None,
) -> None:
    """Take in others' results, each validated; the leaderboard shows them apart."""
    from hub.results.exchange.importing import import_results

    workspace = open_workspace()
    outcome = import_results(workspace.project, workspace.registry, file, submitted_by)
    print("\n".join(outcome.lines()))
    if outcome.refused:
        raise typer.Exit(1)


@app.command()
def claims(profile: Annotated[str, typer.Option(help="The profile whose runs are the evidence.")] = "study") -> None:
    """Judge the papers' claims by the run records."""
    from hub.results.claims_output import judge_all, print_claims

    workspace = open_workspace(profile)
    print_claims(judge_all(workspace.project, workspace.registry, profile))
