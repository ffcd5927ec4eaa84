"""Whether the board is still about what lies beside it."""

import os
from collections.abc import Iterator
from pathlib import Path

from hub.files import digest
from hub.paths import Project
from hub.results.imported import imported_folder
from hub.spec import Registry
from hub.spec.registry import Kind
from hub.spec.reported import reported_file

_DECLARED: tuple[Kind, ...] = ("dataset", "task", "model", "claim")


def inputs_digest(project: Project) -> str:
    """Returns one digest over what the board is made of: the content of the declarations, and the places and sizes of the result files.

    Sizes, because reading ten thousand records to see that nothing is new would take seconds, and a clone changes every time stamp. A record that is
    computed again has other digits in its seconds and scores, so its size hardly ever stays.
    """
    registry = Registry(project)
    declared = [path for kind in _DECLARED for path in registry.files(kind).values()]
    texts = {str(path.relative_to(project.root)): _text(path) for path in [*declared, reported_file(project.root)]}
    folders = (project.runs, imported_folder(project), project.root / "results" / "datasets")
    return digest([texts, [sorted(_sizes(str(folder))) for folder in folders]])


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _sizes(folder: str, place: str = "") -> Iterator[tuple[str, int]]:
    """The JSON files below a folder by their place in it, hidden ones aside. Strings, because ten thousand paths as objects take three times as long."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _sizes(entry.path, f"{place}{entry.name}/")
        elif entry.name.endswith(".json"):
            try:
                yield place + entry.name, entry.stat().st_size
            except OSError:  # A link to nothing, or a file that went away meanwhile.
                yield place + entry.name, -1
