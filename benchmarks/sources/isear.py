"""ISEAR (Scherer and Wallbott 1994): situations people told in which they felt one of seven emotions. From a user's own copy; it is never shipped."""

import re
from pathlib import Path

from benchmarks.examples import LabelledText, RawSplits
from benchmarks.sources.tables import find_file, read_delimited

_EMOTIONS = frozenset({"joy", "fear", "anger", "sadness", "disgust", "shame", "guilt"})
_NO_RESPONSE = re.compile(r"^\W*(?:no response|none|nothing|blank|not applicable|same as in|the same as in|can not think|cannot think)\b.{0,40}$", re.IGNORECASE)


def read(path: Path) -> RawSplits:
    """Reads a delimited file with the emotion (`Field1`, `emotion` or `label`) and the text (`SIT`, `text` or `content`). All rows go to train: the task is cross-validated."""
    file = find_file(path, ("isear.csv", "ISEAR.csv", "isear.tsv", "isear.txt"))
    rows = read_delimited(file, {"emotion": ("Field1", "emotion", "label"), "text": ("SIT", "text", "content")})
    kept = []
    for number, row in enumerate(rows, start=1):
        # A stray a-acute before line breaks is an artefact of the old database.
        text = " ".join(row["text"].replace("á", " ").split())
        emotion = row["emotion"].lower()
        if emotion in _EMOTIONS and text and not _NO_RESPONSE.match(text.strip("[]")):
            kept.append(LabelledText(f"isear-{number:05d}", text, (emotion,)))
    return RawSplits(kept, [], [], dropped=len(rows) - len(kept))
