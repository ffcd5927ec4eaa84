"""What pages read is kept in memory until a file that it comes from changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

Found = TypeVar("Found")
Stamp = tuple[str | int, ...]


def stamp(path: Path) -> tuple[str, int, int]:
    """Changes when a file is written; zeros where there is none."""
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), status.st_mtime_ns, status.st_size


def stamps(*paths: Path) -> Stamp:
    """The stamps of several files, one after the other."""
    return tuple(part for path in paths for part in stamp(path))


def kept(read: Callable[[], Found], what: str, *key: str | int) -> Found:
    """Returns what was read before under this key, which says what it is and everything that changes it; errors are not kept."""
    found: Found = _small(read, (what, *key))
    return found


def kept_large(read: Callable[[], Found], what: str, *key: str | int) -> Found:
    """The same for what takes megabytes, such as predictions and pages of pictures: fewer are kept."""
    found: Found = _large(read, (what, *key))
    return found


@st.cache_resource(max_entries=1000, show_spinner=False)
def _small(_read: Callable[[], Any], key: Stamp) -> Any:
    return _read()


@st.cache_resource(max_entries=60, show_spinner=False)
def _large(_read: Callable[[], Any], key: Stamp) -> Any:
    return _read()
