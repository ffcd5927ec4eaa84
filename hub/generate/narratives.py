"""Reads the narratives that everything is derived from. A file that cannot be read is one clear error; a text that must be cut is counted."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hub.errors import NarrativeError
from hub.generate.filters import visible
from hub.spec.profile import FolderNarratives, HubNarratives, JsonlNarratives, TextGenerationSpec

LONGEST_LINE = 2_000_000
"""Bytes. A line beyond this is taken for a broken file rather than for a narrative."""
LONGEST_ID = 200
LONGEST_TITLE = 300
"""Characters."""


@dataclass(frozen=True, slots=True)
class Narrative:
    """A story to derive rows from. `cut` says that its end was left out."""

    id: str
    title: str
    text: str
    source: str
    licence: str
    cut: bool = False


def read_narratives(settings: TextGenerationSpec, authored: Iterable[Narrative], root: Path) -> list[Narrative]:
    """Returns the narratives a profile names, each at most `maximum_characters` long.

    Raises:
        NarrativeError: a file is missing, not UTF-8, not JSON, has an over-long line, repeats an id or has an unusable one, or holds nothing.
    """
    spec = settings.narratives
    match spec:
        case JsonlNarratives():
            found: Iterable[Narrative] = _jsonl(spec, root / spec.path)
        case FolderNarratives():
            found = _folder(spec, root / spec.path)
        case HubNarratives():
            found = _hub(spec)
        case _:
            found = authored
    narratives: list[Narrative] = []
    seen: set[str] = set()
    for narrative in found:
        if narrative.id in seen:
            raise NarrativeError(f"two narratives have the id {narrative.id!r} ({narrative.source}); ids must differ")
        seen.add(narrative.id)
        _check_unicode(narrative)
        _check_id(narrative)
        narratives.append(_shorten(_titled(narrative), settings.maximum_characters))
        if settings.maximum_narratives is not None and len(narratives) == settings.maximum_narratives:
            break
    if not narratives:
        raise NarrativeError(f"the narrative source {spec.kind!r} holds no narrative")
    return narratives


def _check_unicode(narrative: Narrative) -> None:
    """JSON can spell half a surrogate pair, which no file can hold."""
    try:
        f"{narrative.id}{narrative.title}{narrative.text}".encode()
    except UnicodeEncodeError as error:
        raise NarrativeError(f"the narrative {narrative.id!a} ({narrative.source}) is not valid Unicode: {error.reason}; mend its text") from error


def _check_id(narrative: Narrative) -> None:
    """An id stands in every row, in logs and in reports."""
    if not narrative.id.strip() or len(narrative.id) > LONGEST_ID or not narrative.id.isprintable():
        raise NarrativeError(
            f"the narrative id {narrative.id[:60]!a} ({narrative.source}) is empty, longer than {LONGEST_ID} characters, or holds characters that cannot be"
            " printed; ids are plain names of one line"
        )


def _titled(narrative: Narrative) -> Narrative:
    """A title is for people to read: one line, nothing unseen, not endless. Without one, the id stands for it."""
    title = " ".join(visible(narrative.title).split())
    return replace(narrative, title=title[:LONGEST_TITLE] or narrative.id)


def _shorten(narrative: Narrative, limit: int) -> Narrative:
    if len(narrative.text) <= limit:
        return narrative
    head = narrative.text[:limit]
    ends = [match.end() for match in re.finditer(r"[.!?][\"')\]]*\s", head)]
    return replace(narrative, text=head[: ends[-1]].rstrip() if ends else head, cut=True)


def _jsonl(spec: JsonlNarratives, path: Path) -> Iterator[Narrative]:
    for number, line in enumerate(_lines(path), start=1):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise NarrativeError(f"{where}: not JSON ({error.msg} at column {error.colno}); one object a line is expected") from error
        except (ValueError, RecursionError) as error:
            raise NarrativeError(f"{where}: JSON that cannot be read ({error}); one object a line is expected") from error
        if not isinstance(row, dict) or not isinstance(row.get(spec.text_field), str) or not row[spec.text_field].strip():
            raise NarrativeError(f"{where}: expected an object with a text under {spec.text_field!r} (set narratives.text_field)")
        id = str(row[spec.id_field]) if spec.id_field and spec.id_field in row else f"{path.stem}-{number:06d}"
        title = str(row.get(spec.title_field, id)) if spec.title_field else id
        yield Narrative(id, title, row[spec.text_field].strip(), path.name, spec.licence)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise NarrativeError(f"{path}:{number}: the line is longer than {LONGEST_LINE:,} bytes; one narrative a line is expected")
                yield line.decode("utf-8")
    except OSError as error:
        raise NarrativeError(f"{path}: cannot be read ({error.strerror}); set narratives.path in the profile") from error
    except UnicodeDecodeError as error:
        raise NarrativeError(f"{path}:{number}: byte {error.start} of the line is not UTF-8; convert the file to UTF-8") from error


def _folder(spec: FolderNarratives, folder: Path) -> Iterator[Narrative]:
    paths = sorted(folder.glob(spec.pattern))
    if not paths:
        raise NarrativeError(f"{folder}: no file matches {spec.pattern!r}; set narratives.path and narratives.pattern in the profile")
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError as error:
            raise NarrativeError(f"{path}: byte {error.start} is not UTF-8; convert the file to UTF-8") from error
        except OSError as error:
            raise NarrativeError(f"{path}: cannot be read ({error.strerror}); mend it, or set narratives.pattern so that it does not match") from error
        if not text:
            raise NarrativeError(f"{path}: is empty")
        yield Narrative(path.stem, path.stem, text, path.name, spec.licence)


def _hub(spec: HubNarratives) -> Iterator[Narrative]:
    import datasets

    try:
        rows = datasets.load_dataset(spec.id, spec.configuration, split=spec.split, revision=spec.revision, streaming=True)
        for number, row in enumerate(rows):
            text = row.get(spec.text_field)
            if not isinstance(text, str) or not text.strip():
                raise NarrativeError(f"{spec.id}: row {number} has no text under {spec.text_field!r}; set narratives.text_field")
            id = str(row[spec.id_field]) if spec.id_field else f"{spec.id.replace('/', '-')}-{number:07d}"
            title = str(row[spec.title_field]) if spec.title_field else id
            yield Narrative(id, title, text.strip(), f"{spec.id}@{spec.revision}", spec.licence)
    except (OSError, ValueError, KeyError) as error:
        raise NarrativeError(f"the Hub dataset {spec.id!r} cannot be read: {error}") from error
