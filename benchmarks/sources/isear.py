"""ISEAR (Scherer and Wallbott 1994): situations people told in which they felt one of seven emotions. From a user's own copy; it is never shipped."""

import re
from pathlib import Path

from benchmarks.examples import LabelledText, RawSplits
from benchmarks.sources.tables import find_file, read_delimited

_EMOTIONS = frozenset({"joy", "fear", "anger", "sadness", "disgust", "shame", "guilt"})
_NO_RESPONSE = re.compile(
    r"^\W*(?:(?:none|nothing|blank)\W*|(?:no response|not applicable|(?:the )?same as in|can ?not think)\b.{0,40})$",
    re.IGNORECASE,
)
_STRAY = re.compile(r"(?<!\w)á(?!\w)|á(?=\s*\n)")
"""An a-acute alone or at a line break: an artefact of the old database."""


def read(path: Path) -> RawSplits:
    """Reads a delimited file with the emotion (`Field1`, `emotion` or `label`) and the text (`SIT`, `text` or `content`).

    All rows go to train: the task is cross-validated.
    """
    file = find_file(path, ("isear.csv", "ISEAR.csv", "isear.tsv", "isear.txt"))
    rows = read_delimited(file, {"emotion": ("Field1", "emotion", "label"), "text": ("SIT", "text", "content")})
    kept = []
    for number, row in enumerate(rows, start=1):
        text = " ".join(_STRAY.sub(" ", row["text"]).split())
        emotion = row["emotion"].lower()
        if emotion in _EMOTIONS and text and not _NO_RESPONSE.match(text.strip("[]")):
            kept.append(LabelledText(f"isear-{number:05d}", text, (emotion,)))
    return RawSplits(kept, [], [], dropped=len(rows) - len(kept))
