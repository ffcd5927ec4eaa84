"""`emohub board export`: the leaderboard as pages that need no server, or as the folder of a Hugging Face Space."""

from pathlib import Path

from hub.console import progress, say
from hub.paths import Project
from leaderboard.export.folder import replaced_folder
from leaderboard.export.material import read_material


def export_board(project: Project, out: Path, space: bool = False) -> str:
    """Writes the export into `out`, which is replaced whole, and returns one line that says what is there.

    Raises:
        EmohubError: there is no readable board, or `out` holds something that no export wrote.
    """
    return _export_space(project, out) if space else _export_pages(project, out)


def _export_pages(project: Project, out: Path) -> str:
    from leaderboard.export.site import Site

    found = read_material(project)
    if found.stale:
        say("the board is older than the results or declarations beside it; `emohub board` brings it up to date")
    with replaced_folder(out) as folder:
        site = Site(found, folder)
        with progress("pages", total=site.count) as tick:
            site.write(tick)
    return f"{site.count} pages in {out}; open {out / 'index.html'}"


def _export_space(project: Project, out: Path) -> str:
    from leaderboard.export.space import write_space

    with replaced_folder(out) as folder:
        written = write_space(project, folder)
    return f"{written} in {out}; upload it with: hf upload ORGANISATION/NAME {out} --repo-type space"
