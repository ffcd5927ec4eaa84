"""Reads what engines really write: JSON, JSON in a fence, numbered lists, labels with scores; and tells refusals and hijacked answers.

A truncated answer is never repaired: what a model did not finish saying is not known.
"""

import json
import re
from typing import Any, Literal

from hub.engine.base import Completion

Reason = Literal["truncated", "empty", "refused", "rejected", "malformed", "off_label", "injected", "duplicate", "unlabelled", "broken", "blank", "flagged"]
"""Why an answer, a part of one, or an image was not used. flagged: by the safety checker."""

_FENCE = re.compile(r"```(?:json)?\s*\n?(.*?)```", re.DOTALL)
_REFUSAL = re.compile(r"^\W*(?:i(?:'m| am) (?:sorry|unable)|i (?:can(?:no|')t|won't)|as an ai\b|sorry, (?:but )?i)", re.IGNORECASE)
_DECLINING = re.compile(
    r"\bas an? (?:ai|artificial intelligence|language model)\b"
    r"|^\W*(?:(?:i'm|i am) (?:very |so )?sorry,? (?:but )?|sorry,? (?:but )?)?i (?:can(?:no|')t|won't|(?:am|'m) (?:unable|not able) to|must decline to)"
    r" (?:assist|help (?:you )?with|fulfil|comply|generate|provide|create|write|produce|complete|answer) (?:that|this|the|your|any|such|content|an?|to|with)\b",
    re.IGNORECASE,
)
_INJECTION = re.compile(
    r"<\|?/?(?:im_start|im_end|system|inst|s)\|?>|\[/?INST\]|#{2,}\s*(?:instruction|system|response)"
    r"|\b(?:ignore|disregard|forget) (?:all |any |the |your )*(?:previous|above|prior|earlier) (?:instructions?|prompts?|rules)"
    r"|\byou are now (?:a|an|in)\b.{0,60}\b(?:mode|assistant|model)\b|https?://",
    re.IGNORECASE,
)
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
    if _REFUSAL.match(text):
        return "refused"
    return None


def looks_refused(text: str) -> bool:
    """Whether a text inside a well-formed answer is a model declining, and not a person saying that something cannot be."""
    return bool(_DECLINING.search(text))


def looks_injected(text: str) -> bool:
    """Whether a text carries instructions, role markers or links: a narrative or a model trying to speak to the next model."""
    return bool(_INJECTION.search(text))


def json_object(text: str) -> dict[str, Any] | None:
    """Returns the JSON object that an answer is, that stands in a code fence, or that prose surrounds; None if there is none. Strict JSON."""
    candidates = [text.strip(), *(body.strip() for body in _FENCE.findall(text)), text[text.find("{") : text.rfind("}") + 1]]
    for candidate in candidates:
        try:
            value = json.loads(candidate, parse_constant=_no_constant)
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
    return "{" in text


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def listed_lines(text: str) -> list[str]:
    """Returns the items of a numbered or bulleted list, without numbers, bullets and surrounding quotes."""
    found = [match.group(1) for line in text.splitlines() if (match := _ITEM.fullmatch(line.strip()))]
    return [item.strip().strip('"').strip() for item in found]


def scored_labels(text: str) -> list[tuple[str, float]]:
    """Returns the (label, score) pairs in texts such as `joy: 0.7` or `joy (0.7)`, in order; scores outside 0-1 are left out."""
    pairs = [(label.strip().lower(), float(score.replace(",", "."))) for label, score in _SCORED.findall(text)]
    return [(label, score) for label, score in pairs if 0 <= score <= 1]
