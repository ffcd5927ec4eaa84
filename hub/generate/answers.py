"""Reads what engines really write: JSON, JSON in a fence, numbered lists, labels with scores; and tells refusals.

A truncated answer is never repaired: what a model did not finish saying is not known.
"""

import json
import re
from typing import Any, Literal

from hub.engine.base import Completion
from hub.generate.filters import looks_refused

Reason = Literal[
    "truncated",
    "empty",
    "refused",
    "rejected",
    "malformed",
    "off_label",
    "injected",
    "hidden",
    "echo",
    "foreign",
    "lopsided",
    "duplicate",
    "unlabelled",
    "broken",
    "blank",
    "flagged",
]
"""Why an answer, a part of one, or an image was not used.

injected: speaks to a model or a program. hidden: characters that no reader sees. echo: repeats the prompt or the story. foreign: another language.
lopsided: one emotion over and over. flagged: by the safety checker.
"""

_FENCE = re.compile(r"```(?:json)?\s*\n?(.*?)```", re.DOTALL)
_REFUSAL = re.compile(r"^\W*(?:i(?:['’]m| am) (?:sorry|unable)|i (?:can ?no|can['’]|won['’])t|as an ai\b|sorry, (?:but )?i)", re.IGNORECASE)
_OPENING = 300
"""Characters in which a model that declines has said so."""
_SENTENCE_END = re.compile(r"[.!?…]['’”»)*]{0,2}$")
_NO_PROSE = re.compile(r"[{}\[\]<>|`]|^(?:#+\s|[=~-]{2,})|^(?:null|none|nil|undefined|true|false|nan)\W*$", re.IGNORECASE)
_ITEM = re.compile(r"(?:\d{1,3}[.):]|[-*•])\s+(\S.*)")
_SCORED = re.compile(r"(?<![A-Za-z])([A-Za-z][A-Za-z' -]{0,40}?)\s{0,3}(?:[:=(]|-(?=\s*[01]))\s*([01](?:[.,]\d+)?|[.,]\d+)\s*\)?")


def failure(completion: Completion) -> Reason | None:
    """Returns why an answer cannot be read at all, or None."""
    match completion.finish_reason:
        case "length":
            return "truncated"
        case "refusal":
            return "refused"
        case "rejected":
            return "rejected"
    text = completion.text.strip()
    if not text:
        return "empty"
    if _REFUSAL.match(text) or (not meant_as_json(text) and looks_refused(text[:_OPENING])):
        return "refused"
    return None


def json_object(text: str) -> dict[str, Any] | None:
    """Returns the JSON object that an answer is, that stands in a code fence, or that prose surrounds; None if there is none. Strict JSON."""
    candidates = [text.strip(), *(body.strip() for body in _FENCE.findall(text)), text[text.find("{") : text.rfind("}") + 1]]
    for candidate in dict.fromkeys(candidates):
        try:
            value = json.loads(candidate, parse_constant=_no_constant, object_pairs_hook=_unique)
            if "\\u" in candidate:
                # Half a surrogate pair is valid JSON and no text: it could not be stored.
                json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    return None


def meant_as_json(text: str) -> bool:
    """Whether an answer that holds no JSON object tried to be one. Such an answer is broken, not a list and not prose."""
    return "{" in text or "}" in text


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON lets a key stand twice; which of the two was meant is not known."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def prose(text: str) -> str | None:
    """Returns the sentences that an answer is, without quotes around them; None if it is something else, such as a list, a table or a program's message."""
    plain = text.strip().strip('"').strip()
    if _NO_PROSE.search(plain) or not _SENTENCE_END.search(plain[-3:]) or listed_lines(plain):
        return None
    return plain


def listed_lines(text: str) -> list[str]:
    """Returns the items of a numbered or bulleted list, without numbers, bullets and surrounding quotes."""
    found = [match.group(1) for line in text.splitlines() if (match := _ITEM.fullmatch(line.strip()))]
    return [item.strip().strip('"').strip() for item in found]


def scored_labels(text: str) -> list[tuple[str, float]]:
    """Returns the (label, score) pairs in texts such as `joy: 0.7` or `joy (0.7)`, in order; scores outside 0-1 are left out."""
    pairs = [(label.strip().lower(), float(score.replace(",", "."))) for label, score in _SCORED.findall(text)]
    return [(label, score) for label, score in pairs if 0 <= score <= 1]
