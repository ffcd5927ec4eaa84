"""EmoSet-118K (Yang et al. 2023): images of eight emotions with attributes. From a user's own copy; it is never shipped.

Its layout is known from public code that reads it, not from the data: {train,val,test}.json are lists of [emotion, id, image, annotation], the latter two
paths below the root; an annotation is a JSON object in which every attribute may be missing.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.sources.image_folders import snapshot
from benchmarks.sources.labelled_images import LabelledImage, Part, RawImages, look_at
from benchmarks.sources.tables import read_text
from hub.errors import EmohubError
from hub.spec.task import ExternalSource

_FILES: Mapping[Part, str] = {"train": "train.json", "validation": "val.json", "test": "test.json"}
_DARK, _BRIGHT = 0.4, 0.6
"""Where brightness and colourfulness, from 0 to 1 in tenths, get a word: our reading."""


def read(root: Path) -> RawImages:
    """Reads the official splits. An image's caption is made of its attributes; the emotion is never in it.

    Raises:
        EmohubError: a list is missing, malformed or leads out of the folder.
    """
    entries = [(part, name, entry) for part, name in _FILES.items() for entry in _entries(root / name)]
    facts = look_at(_inside(root, entry[2], name) for _, name, entry in entries)
    parts: dict[Part, list[LabelledImage]] = {part: [] for part in _FILES}
    unreadable = 0
    for part, name, (label, id, image, annotation) in entries:
        path = root / image
        seen = facts[path]
        if seen is None:
            unreadable += 1
            continue
        attributes = _attributes(_inside(root, annotation, name))
        parts[part].append(LabelledImage(id, path, seen.content, (label.lower(),), caption=caption(attributes, label)))
    return RawImages(parts, {"are missing or cannot be decoded": unreadable} if unreadable else {})


def read_hub(source: ExternalSource) -> RawImages:
    """Reads the same from a dataset repository of the Hub in this layout."""
    return read(snapshot(source))


def caption(attributes: Mapping[str, Any], label: str) -> str:
    """Returns what the attributes say, as in `a dark, colourful photo of a beach with a dog and a ball; a face that is happy; running`; empty if nothing.

    An attribute with the label, or a word that begins with it, is left out, such as a `fearful` face in an image of fear.
    """
    said = {name: text for name, value in attributes.items() if (text := _text(value)) and not _names(text, label)}
    tones = [word for word in (_tone(said.get("brightness"), "dark", "bright"), _tone(said.get("colorfulness"), "pale", "colourful")) if word]
    scene = f" of {said['scene']}" if "scene" in said else ""
    objects = f" with {said['object']}" if "object" in said else ""
    photo = f"a {', '.join(tones)} photo{scene}{objects}" if tones else f"a photo{scene}{objects}" if scene or objects else ""
    face = f"a face that is {said['facial_expression']}" if "facial_expression" in said else ""
    return "; ".join(part for part in (photo, face, said.get("human_action", "")) if part)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " and ".join(text for one in value if (text := _text(one)))
    return " ".join(str(value).replace("_", " ").split()).lower() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _names(text: str, label: str) -> bool:
    return re.search(rf"\b{re.escape(label.lower())}", text) is not None


def _tone(value: str | None, low: str, high: str) -> str:
    try:
        number = float(value or "nan")
    except ValueError:
        return ""
    return low if number <= _DARK else high if number >= _BRIGHT else ""


def _entries(path: Path) -> list[tuple[str, str, str, str]]:
    found = _json(path, "EmoSet-118K needs train.json, val.json and test.json")
    if not isinstance(found, list) or not all(isinstance(one, list) and len(one) == 4 and all(isinstance(part, str) for part in one) for one in found):
        raise EmohubError(f"{path}: expected a list of [emotion, id, image path, annotation path]")
    return [(one[0], one[1], one[2], one[3]) for one in found]


def _attributes(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    found = _json(path)
    if not isinstance(found, dict):
        raise EmohubError(f"{path}: expected an object of attributes")
    return found


def _json(path: Path, hint: str = "") -> Any:
    try:
        return json.loads(read_text(path, hint))
    except json.JSONDecodeError as error:
        raise EmohubError(f"{path}:{error.lineno}: not JSON ({error.msg})") from error
    except RecursionError as error:
        raise EmohubError(f"{path}: nested too deeply to be a list or annotation of EmoSet") from error


def _inside(root: Path, relative: str, where: str) -> Path:
    path = root / relative
    if Path(relative).is_absolute() or ".." in Path(relative).parts:
        raise EmohubError(f"{root / where}: the path {relative!r} leads out of the folder")
    return path
