"""Commands that ask people."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.common import app, open_workspace

annotate = typer.Typer(help="Ask people about a sample of a dataset, and report how far they agree.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(annotate, name="annotate")

SampleArgument = Annotated[Path, typer.Argument(help="The folder of the sample.")]


@annotate.command("export")
def export(
    source: Annotated[str, typer.Argument(help="A dataset of this project, or a published folder.")],
    out: Annotated[Path, typer.Option(help="A new folder for the sample.")],
    configuration: Annotated[str | None, typer.Option(help="The default one when not given.")] = None,
    split: Annotated[str, typer.Option(help="Which rows.")] = "test",
    items: Annotated[int, typer.Option(min=1, max=10_000, help="How many rows.")] = 200,
    distractors: Annotated[int | None, typer.Option(min=0, max=40, help="Wrong options beside a row's labels; as many as make six when not given.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another sample.")] = 0,
) -> None:
    """Draw a sample and write it for Label Studio, for spreadsheets and for the rating page."""
    from hub.annotate.annotate import export_sample

    export_sample(open_workspace().project, source, out, configuration, split, items, distractors, seed)


@annotate.command("rate")
def rate(sample: SampleArgument) -> None:
    """Open the page on which one rater after another answers."""
    import subprocess
    import sys

    from hub.annotate.question import QUESTIONS, read_sample

    read_sample(sample / QUESTIONS)
    page = open_workspace().project.root / "leaderboard" / "rate.py"
    raise typer.Exit(subprocess.call([sys.executable, "-m", "streamlit", "run", str(page), "--", "--questions", str(sample / QUESTIONS)]))


@annotate.command("import")
def take_in(sample: SampleArgument, file: Annotated[Path, typer.Argument(help="A Label Studio export (JSON, JSON-MIN, CSV) or a filled-in sheet.")]) -> None:
    """Take in raters' answers."""
    from hub.annotate.annotate import import_ratings

    print("\n".join(import_ratings(sample, file).lines()))


@annotate.command("report")
def report(sample: SampleArgument) -> None:
    """Report agreement among raters and with the labels, with intervals."""
    from hub.annotate.annotate import report
    from hub.annotate.report import markdown

    print(markdown(report(sample)))
