"""Delimited text files as other people write them: several encodings, headers that vary."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from hub.errors import EmohubError


def read_delimited(path: Path, columns: Mapping[str, tuple[str, ...]], quoted: bool = True) -> list[dict[str, str]]:
    """Reads a file with a header, separated by comma, tab, semicolon or bar. `columns` gives for every field the header names it may have.

    Without `quoted`, a quotation mark is a character like any other: every line is one row.

    Raises:
        EmohubError: it cannot be read or is malformed, or a column is missing.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EmohubError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Old copies are in Windows' Western encoding, in which every byte but five has a meaning.
        text = data.decode("cp1252", errors="replace")
    header = text.split("\n", 1)[0]
    delimiter = max(",\t;|", key=header.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
    try:
        rows, header_names = list(reader), reader.fieldnames or ()
    except csv.Error as error:
        raise EmohubError(f"{path}:{reader.line_num}: not a table of values separated by {delimiter!r} ({error})") from error
    found = {name.strip().lower(): name for name in header_names}
    chosen: dict[str, str] = {}
    for field, names in columns.items():
        match = next((found[name.lower()] for name in names if name.lower() in found), None)
        if match is None:
            raise EmohubError(f"{path}: no column {' or '.join(repr(name) for name in names)}; the header has {', '.join(found) or 'nothing'}")
        chosen[field] = match
    return [{field: (row.get(name) or "").strip() for field, name in chosen.items()} for row in rows]


def read_text(path: Path, hint: str = "") -> str:
    """Reads a UTF-8 file.

    Raises:
        EmohubError: it cannot be read, or is no UTF-8; `hint` says what to do about the former.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise EmohubError(f"{path}: cannot be read ({error.strerror}){hint and f'; {hint}'}") from error
    except UnicodeDecodeError as error:
        raise EmohubError(f"{path}: byte {error.start} is not UTF-8") from error


def find_file(path: Path, names: tuple[str, ...]) -> Path:
    """Returns `path` if it is a file, else the first of `names` inside it."""
    if path.is_file():
        return path
    found = next((path / name for name in names if (path / name).is_file()), None)
    if found is None:
        raise EmohubError(f"{path}: holds none of {', '.join(names)}")
    return found
