"""EmoContext (SemEval-2019 task 3, Chatterjee et al.): three-turn conversations; the label is of the third turn. From a user's own copy; never shipped."""

from pathlib import Path

from benchmarks.examples import LabelledText, RawSplits
from benchmarks.sources.tables import find_file, read_delimited
from hub.errors import EmohubError

_COLUMNS = {"id": ("id",), "turn1": ("turn1",), "turn2": ("turn2",), "turn3": ("turn3",), "label": ("label",)}
_FILES = {"train": ("train.txt",), "validation": ("dev.txt", "dev_labels.txt"), "test": ("test.txt", "test_labels.txt")}


def read(folder: Path) -> RawSplits:
    """Reads a folder with train.txt, dev.txt and test.txt (tab-separated: id, turn1, turn2, turn3, label; a header)."""
    if not folder.is_dir():
        raise EmohubError(f"{folder}: is a file; name the folder that holds train.txt, dev.txt and test.txt")
    splits = {split: _rows(find_file(folder, names), split) for split, names in _FILES.items()}
    return RawSplits(splits["train"], splits["validation"], splits["test"])


def _rows(path: Path, split: str) -> list[LabelledText]:
    rows = read_delimited(path, _COLUMNS, quoted=False)
    for number, row in enumerate(rows, start=1):
        if not row["label"]:
            raise EmohubError(f"{path}: row {number}: expected id, three turns and a label between tabs")
    return [LabelledText(f"{split}-{row['id']}", row["turn3"], (row["label"].lower(),), context=f"{row['turn1']} {row['turn2']}") for row in rows]
