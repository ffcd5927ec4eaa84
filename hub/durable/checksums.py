"""`SHA256SUMS`: the hashes of the files that a command left in a folder, so that the next command takes no damaged one. `sha256sum --check` reads it too."""

from pathlib import Path

from hub.errors import EmohubError
from hub.files import file_digest, write_text

SUMS = "SHA256SUMS"


def forget_sums(folder: Path) -> None:
    """Call it before the first file is changed: half of what is written and half of what was there would else pass for damage."""
    (folder / SUMS).unlink(missing_ok=True)


def write_sums(folder: Path) -> None:
    """Call it after the last file is written."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".") and path.name != SUMS)
    write_text(folder / SUMS, "".join(f"{file_digest(folder / name)}  {name}\n" for name in names))


def check_sums(folder: Path, rebuild: str) -> None:
    """Does nothing where there is no SHA256SUMS: an earlier version wrote the folder, or a command was ended before it was through.

    Args:
        rebuild: what makes the files again, such as "run `emohub generate emo8`".

    Raises:
        EmohubError: a file is missing, or is not the one that was written.
    """
    if not (folder / SUMS).is_file():
        return
    for line in (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines():
        value, _, name = line.partition("  ")
        path = folder / name
        if not name or not path.is_relative_to(folder) or not path.is_file():
            raise EmohubError(f"{path}: is missing, or {folder / SUMS} is damaged; {rebuild} to make it anew")
        if file_digest(path) != value:
            raise EmohubError(
                f"{path}: is damaged, its bytes are not the ones that were written; {rebuild} to make it anew, or delete {SUMS} if you changed it yourself"
            )
