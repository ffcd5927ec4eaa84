"""The command that looks after the machine and the project."""

from typing import Annotated

import typer

from hub.cli.common import ProfileOption, app


@app.command()
def doctor(profile: ProfileOption = None, json: Annotated[bool, typer.Option("--json", help="Write what was found as JSON.")] = False) -> None:
    """Check environment, stores, caches, GPU, disk, engines and tokens, and say what to do; nothing is changed."""
    import sys
    from dataclasses import asdict
    from json import dumps

    from hub.doctor import Subject, examine, lines

    examined = examine(Subject(profile=profile))
    if json:
        print(dumps([asdict(one) for one in examined], indent=2, ensure_ascii=False))
    else:
        print(*lines(examined, coloured=sys.stdout.isatty()), sep="\n")
    if any(finding.level == "problem" for one in examined for finding in one.findings):
        raise typer.Exit(1)
