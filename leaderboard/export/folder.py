"""A folder that an export owns: written beside its place and swapped in whole, and never one that holds anybody else's files."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import EmohubError
from hub.files import write_json

MARKER = ".emohub-export.json"
"""Names the files that the export wrote, and stands in its folder."""


@contextmanager
def replaced_folder(out: Path) -> Iterator[Path]:
    """Yields an empty folder; when the block ends well, it takes the place of `out`, and what an earlier export left there is gone.

    Raises:
        EmohubError: `out` is a file, holds something that no export wrote, or cannot be written.
    """
    out = out.absolute()
    _check_ours(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".tmp", dir=out.parent))
    except OSError as error:
        raise EmohubError(f"{out}: cannot be written ({error.strerror}); choose a folder of yours with --out") from error
    try:
        yield temporary
        files = sorted(path.relative_to(temporary).as_posix() for path in temporary.rglob("*") if path.is_file())
        write_json(temporary / MARKER, {"files": files})
        temporary.chmod(0o755)
        _swap(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _check_ours(out: Path) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise EmohubError(f"{out}: is not a folder; choose another place with --out")
    if not out.exists() or not any(out.iterdir()):
        return
    try:
        ours = set(json.loads((out / MARKER).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmohubError(f"{out}: holds files and is no earlier export; choose a new or an empty folder with --out") from error
    found = (path.relative_to(out).as_posix() for path in sorted(out.rglob("*")) if path.is_file() or path.is_symlink())
    foreign = next((name for name in found if name not in ours and name != MARKER), None)
    if foreign is not None:
        raise EmohubError(f"{out}: holds {foreign}, which no export wrote and which would be lost; move it away or choose another folder with --out")


def _swap(temporary: Path, out: Path) -> None:
    """Two renames; should the second fail, the old folder is put back."""
    if not out.exists():
        temporary.rename(out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".old", dir=out.parent)) / out.name
    out.rename(old)
    try:
        temporary.rename(out)
    except OSError:
        old.rename(out)
        raise
    finally:
        shutil.rmtree(old.parent, ignore_errors=True)
