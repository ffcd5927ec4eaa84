"""The licence of a model's weights: what their card says, whether a declaration agrees with it, and what it means for the pictures."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml

from hub.errors import DeclarationError, EngineError

CommercialUse = Literal["forbidden", "allowed", "unknown"]

_PERMISSIVE = frozenset(
    {"apache-2.0", "mit", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "openrail", "openrail++", "creativeml-openrail-m", "bigscience-openrail-m"}
)
_FORBIDDING = re.compile(r"(^|[-_ ])nc([-_ ]|$)|non-?commercial|research-only|apple-amlr|intel-research")
_NOTHING = frozenset({"", "unknown", "other", "none", "null"})
"""What a card may hold that names no licence; `other` needs a `license_name`."""


def check_licence(model: str, revision: str | None, declared: str) -> None:
    """Compares the licence that a declaration states with the one on the weights' card.

    Args:
        model: a folder with a README.md, or a Hub id.
        revision: of the Hub id.
        declared: an identifier in lower case, as the Hub writes it; the card's `license_name` where its `license` is `other`.

    Raises:
        DeclarationError: they differ, or the card says nothing.
        EngineError: the card cannot be read.
    """
    found = weights_licences(model, revision)
    if not found:
        raise DeclarationError(
            f"the card of {model!r} names no licence, so engine.licence {declared!r} cannot be confirmed: add `license:` to the front matter of its README.md"
        )
    if declared.lower() not in found:
        raise DeclarationError(
            f"engine.licence says {declared!r}, but the card of {model!r} says {' or '.join(map(repr, found))}: read it, then mend engine.licence"
        )


def weights_licences(model: str, revision: str | None = None) -> tuple[str, ...]:
    """Returns the licences on a model's card in lower case, none where it names none.

    Raises:
        EngineError: the card cannot be read.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        card = folder / "README.md"
        text = card.read_text(encoding="utf-8") if card.is_file() else ""
    else:
        text = _card_from_hub(model, revision)
    return _named(_front_matter(text, model))


def commercial_use(licence: str) -> CommercialUse:
    """Says whether a licence forbids commercial use, by its identifier alone; `unknown` where that does not tell."""
    name = licence.lower()
    if _FORBIDDING.search(name):
        return "forbidden"
    return "allowed" if name in _PERMISSIVE else "unknown"


def licence_note(licence: str) -> str:
    """Returns a sentence on the weights' licence for a dataset's card."""
    notes: Mapping[CommercialUse, str] = {
        "forbidden": "which forbids commercial use; the pictures may fall under it too",
        "allowed": "which does not forbid commercial use" + (", but restricts what may be done with the pictures" if "openrail" in licence.lower() else ""),
        "unknown": "whose terms for commercial use are not known here: read it before using the pictures",
    }
    return f"The weights that drew the pictures are under {licence}, {notes[commercial_use(licence)]}."


def _card_from_hub(model: str, revision: str | None) -> str:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(model, "README.md", revision=revision)).read_text(encoding="utf-8")
    except LocalEntryNotFoundError as error:
        raise EngineError(f"the card of {model!r} cannot be reached and is not in the cache: connect, or set engine.model to a folder") from error
    except EntryNotFoundError:
        return ""
    except Exception as error:  # The client's errors, the network's and the file's have no common class.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise EngineError(f"the card of {model!r} cannot be read ({reason}): engine.model must be a folder, or a Hub id that can be reached") from error


def _front_matter(text: str, model: str) -> Mapping[str, Any]:
    """The YAML between the card's dashes."""
    match = re.match(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", text, re.DOTALL)
    if match is None:
        return {}
    try:
        value = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise EngineError(f"the front matter of the card of {model!r} is not YAML: mend its README.md") from error
    return value if isinstance(value, dict) else {}


def _named(front: Mapping[str, Any]) -> tuple[str, ...]:
    listed = front.get("license")
    names = [str(one).strip().lower() for one in (listed if isinstance(listed, list) else [listed])]
    own = str(front.get("license_name") or "").strip().lower()
    found = [own if name == "other" else name for name in names]
    return tuple(name for name in dict.fromkeys(found) if name not in _NOTHING)
