"""IEMOCAP (Busso et al. 2008): acted dialogues in five sessions. From a user's own licensed copy; only the transcripts and the categorical labels are read."""

import re
from pathlib import Path

from benchmarks.examples import LabelledText, RawSplits
from hub.errors import EmohubError
from hub.files import fraction_from

_TURN = re.compile(r"^(Ses\d\d[FM]_\S+?_[FM]\d{3}\S*) \[[^\]]*\]: (.*)$")
_LABEL = re.compile(r"^\[[\d. -]+\]\s+(\S+)\s+(\w{3})\s")
_USED = frozenset({"ang", "hap", "exc", "sad", "neu", "fru"})
_TEST_SESSION = 5
_VALIDATION_SHARE = 0.1


def read(folder: Path) -> RawSplits:
    """Reads `Session1` to `Session5` of the full release: session 5 is test, a tenth of the other dialogues validation. The context is the two turns before."""
    sessions = {number: folder / f"Session{number}" / "dialog" for number in range(1, 6)}
    missing = [f"Session{number}/dialog" for number, path in sessions.items() if not path.is_dir()]
    if missing:
        raise EmohubError(f"{folder}: lacks {', '.join(missing)}; name the folder of the full release that holds Session1 to Session5")
    splits: dict[str, list[LabelledText]] = {"train": [], "validation": [], "test": []}
    dropped = 0
    for number, session in sessions.items():
        for transcript in sorted((session / "transcriptions").glob("Ses*.txt")):
            labels = _labels(session / "EmoEvaluation" / transcript.name)
            turns = [match.groups() for line in transcript.read_text(encoding="utf-8", errors="replace").splitlines() if (match := _TURN.match(line))]
            for position, (id, text) in enumerate(turns):
                if labels.get(id) not in _USED:
                    dropped += 1
                    continue
                context = " ".join(said for _, said in turns[max(0, position - 2) : position])
                splits[_split(number, transcript.stem)].append(LabelledText(id, text.strip(), (labels[id],), context))
    return RawSplits(splits["train"], splits["validation"], splits["test"], dropped)


def _split(session: int, dialogue: str) -> str:
    if session == _TEST_SESSION:
        return "test"
    return "validation" if fraction_from("iemocap", dialogue) < _VALIDATION_SHARE else "train"


def _labels(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise EmohubError(f"{path}: cannot be read ({error.strerror}); every transcript needs its EmoEvaluation file") from error
    return {match.group(1): match.group(2) for line in lines if (match := _LABEL.match(line))}
