"""GoEmotions (Demszky et al. 2020): the official tab-separated files, or the Hub's `simplified` configuration. The rows are the same."""

from pathlib import Path

from benchmarks.examples import LabelledText, RawSplits
from benchmarks.sources.tables import read_text
from hub.errors import DataUnavailableError, EmohubError
from hub.spec.task import ExternalSource

_NEEDED = "GoEmotions needs train.tsv, dev.tsv, test.tsv and emotions.txt"
_FILES = {"train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv"}


def read(folder: Path) -> RawSplits:
    """Reads a folder with train.tsv, dev.tsv, test.tsv (text, label ids, comment id; no header) and emotions.txt."""
    names = read_text(folder / "emotions.txt", _NEEDED).split()
    splits = {split: [_row(line, names, f"{file}:{number}") for number, line in _lines(folder / file)] for split, file in _FILES.items()}
    return RawSplits(splits["train"], splits["validation"], splits["test"])


def read_hub(source: ExternalSource) -> RawSplits:
    """Reads the same from the Hub."""
    import datasets

    try:
        data = datasets.load_dataset(source.hub_id, source.hub_configuration, revision=source.hub_revision)
    except OSError as error:
        raise DataUnavailableError(f"{source.hub_id} cannot be downloaded from the Hub: {str(error).splitlines()[0]}") from error
    names = data["train"].features["labels"].feature.names

    def rows(split: str) -> list[LabelledText]:
        return [LabelledText(row["id"], row["text"], tuple(names[label] for label in row["labels"])) for row in data[split]]

    return RawSplits(rows("train"), rows("validation"), rows("test"))


def _row(line: str, names: list[str], where: str) -> LabelledText:
    parts = line.split("\t")
    if len(parts) != 3 or not all(id.isdecimal() and int(id) < len(names) for id in parts[1].split(",")):
        raise EmohubError(f"{where}: expected text, label ids below {len(names)} and comment id between tabs")
    return LabelledText(parts[2], parts[0], tuple(names[int(id)] for id in parts[1].split(",")))


def _lines(path: Path) -> list[tuple[int, str]]:
    return [(number, line) for number, line in enumerate(read_text(path, _NEEDED).split("\n"), start=1) if line]
