"""The `emohub` command. Every command imports what it needs when it is called, so that `--help` answers at once."""

import sys

from hub.cli import annotation, benchmarks, board, datasets, doctor, examples, portraits, project, publishing, results, scale
from hub.cli.common import app

__all__ = ["annotation", "app", "benchmarks", "board", "datasets", "doctor", "examples", "main", "portraits", "project", "publishing", "results", "scale"]


def main() -> None:
    """Runs the command line. Exit codes: 0 done, 2 something the user can mend, 130 interrupted; anything else is a bug."""
    from hub.durable.storage_errors import storage_trouble
    from hub.errors import EmohubError

    try:
        app()
    except EmohubError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as end:
        if end.code == 130:
            print("interrupted; nothing that was done is lost: run the same command to go on", file=sys.stderr)
        raise
    except Exception as error:
        sentence = storage_trouble(error)
        if sentence is None:
            raise
        print(f"error: {sentence}", file=sys.stderr)
        sys.exit(2)
