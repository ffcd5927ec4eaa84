"""Kept files that prove themselves: a seal, the SHA-256 of its bytes, lies beside each, in the form that `sha256sum --check` reads."""

from pathlib import Path
from typing import Literal

from hub.console import say
from hub.durable.quarantine import quarantine
from hub.files import file_digest, write_text

Condition = Literal["missing", "unsealed", "broken", "whole"]


def seal(path: Path) -> None:
    """Writes `<path>.sha256`, whole or not at all. Call it after the file itself is there; a file without a seal counts as unfinished."""
    write_text(seal_of(path), f"{file_digest(path)}  {path.name}\n")


def seal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def condition(path: Path) -> Condition:
    """Looks at a file and its seal, and touches nothing."""
    if not path.is_file():
        return "missing"
    try:
        written = seal_of(path).read_bytes()
    except FileNotFoundError:
        return "unsealed"
    return "whole" if written.split()[:1] == [file_digest(path).encode()] else "broken"


def intact(path: Path) -> bool:
    """Whether a kept file is there, sealed, and what was sealed. A damaged one is put into quarantine, and that is said; one without a seal was not finished.

    Raises:
        EmohubError: it cannot be moved away.
    """
    found = condition(path)
    if found == "missing":
        seal_of(path).unlink(missing_ok=True)
    elif found == "broken":
        why = "its bytes are not the ones that were sealed"
        say(f"{path}: {why}; it is made again, and lies in {quarantine(path, why)}")
    return found == "whole"
