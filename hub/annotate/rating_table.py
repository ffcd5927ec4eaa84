"""The canonical form of answers: tidy CSV, one line an answer, in `ratings/<rater>.csv` beside `questions.json`.

A file is only ever added to. Where a rater answers the same question about the same item twice, the later line counts.
"""

import csv
import io
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from hub.annotate.question import NONE, SEPARATOR, Sample
from hub.errors import EmohubError
from hub.files import digest

FOLDER = "ratings"
COLUMNS = ("item_id", "rater_id", "question", "value", "seconds", "version")
LARGEST = 256 * 2**20
"""Bytes of a file of answers: Label Studio repeats embedded pictures in its exports."""
_RATER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_NAMED = 5
"""How many places of a problem are named."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One answer of one rater."""

    item_id: str
    rater_id: str
    question: str
    value: tuple[str, ...]
    """What was chosen, in the order of the item's options."""
    seconds: float | None
    """From showing to answering; None where that is not known."""
    version: str
    """Of the dataset."""

    @property
    def place(self) -> tuple[str, str, str]:
        return self.item_id, self.rater_id, self.question


@dataclass
class Problems:
    """What could not be taken, by reason, with the first places."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    places: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, reason: str, place: str) -> None:
        self.counts[reason] += 1
        if len(self.places[reason]) < _NAMED and place not in self.places[reason]:
            self.places[reason].append(place[:120])

    def lines(self) -> list[str]:
        """One sentence a reason."""
        return [
            f"{count} left out: {reason} ({', '.join(self.places[reason])}{', …' if count > len(self.places[reason]) else ''})"
            for reason, count in self.counts.items()
        ]


def is_rater(name: str) -> bool:
    """Tells whether a name may stand for a rater and name a file: letters, digits, `-` and `_`, at most 40."""
    return _RATER.fullmatch(name) is not None


def rater_of(name: object) -> str:
    """Returns the rater of an annotator's name or number; anything that is no plain name, such as an e-mail address, becomes a pseudonym."""
    text = str(name)
    return text if is_rater(text) else f"rater-{digest(text)[:8]}"


def checked(sample: Sample, rating: Rating) -> Rating | str:
    """Returns an answer with its choices in the order of the options; or why it is none of this sample."""
    item = sample.by_place.get((rating.item_id, rating.question))
    if item is None:
        known = any(one.item_id == rating.item_id for one in sample.items)
        return "a question that the item is not asked" if known else "an item that is not in this sample"
    if rating.version != sample.version:
        return f"another version of the dataset than {sample.version}"
    if not rating.value:
        return "nothing was chosen"
    if set(rating.value) - set(item.options):
        return "a choice that the item does not offer"
    if len(set(rating.value)) > sample.question(item.question).most:
        return "more choices than the question allows"
    if NONE in rating.value and len(set(rating.value)) > 1:
        return f"'{NONE}' together with another choice"
    value = tuple(option for option in item.options if option in rating.value)
    return Rating(rating.item_id, rating.rater_id, rating.question, value, rating.seconds, rating.version)


def standing(ratings: Iterable[Rating]) -> dict[tuple[str, str, str], Rating]:
    """Returns the answers that count, by item, rater and question: the last of each."""
    return {rating.place: rating for rating in ratings}


def append(folder: Path, rating: Rating) -> None:
    """Adds one answer to its rater's file, on disk when this returns.

    Raises:
        EmohubError: the name is no rater's, or the disk refuses.
    """
    if not is_rater(rating.rater_id):
        raise EmohubError(f"{rating.rater_id!r} cannot name a rater: use letters, digits, '-' and '_', at most 40")
    path = folder / FOLDER / f"{rating.rater_id}.csv"
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            start = "" if size else _line(COLUMNS)
            if size:
                file.seek(size - 1)
                # A line that was cut off must not swallow the next one.
                start = "" if file.read(1) == b"\n" else "\n"
            file.write((start + _line(_cells(rating))).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise EmohubError(f"{path.name}: the answer could not be kept ({error.strerror}); make room or give write access, then answer again") from error


def read_ratings(folder: Path, sample: Sample, rater: str | None = None) -> tuple[list[Rating], Problems]:
    """Returns all answers beside a `questions.json`, or one rater's, in the order in which they were given by rater, and what is none."""
    problems, found = Problems(), []
    for path in sorted((folder / FOLDER).glob(f"{rater or '*'}.csv")):
        for rating in read_table(path, problems):
            result = checked(sample, rating)
            if isinstance(result, str):
                problems.add(result, rating.item_id)
            else:
                found.append(result)
    return found, problems


def read_table(path: Path, problems: Problems) -> list[Rating]:
    """Reads a CSV with the canonical columns (others are ignored; `seconds` may be missing or empty). Unanswered lines, as in a spreadsheet that is partly
    filled in, are passed over.

    Raises:
        EmohubError: it cannot be read, or lacks a column.
    """
    lines = read_csv(path)
    missing = [name for name in COLUMNS if name != "seconds" and lines and name not in lines[0]]
    if missing:
        raise EmohubError(f"{path.name}: the column {missing[0]!r} is missing; the columns are {', '.join(COLUMNS)}")
    ratings = []
    for number, line in enumerate(lines, start=2):
        if any(line.get(name) is None for name in COLUMNS if name != "seconds"):
            problems.add("a line that is cut off", f"line {number}")
        elif line["value"].strip():
            value = tuple(part.strip() for part in line["value"].split(SEPARATOR))
            if line["rater_id"].strip():
                ratings.append(
                    Rating(line["item_id"], rater_of(line["rater_id"].strip()), line["question"], value, seconds_of(line.get("seconds")), line["version"])
                )
            else:
                problems.add("an answer without a rater_id", f"line {number}")
    return ratings


def read_csv(path: Path) -> list[dict[str, str]]:
    """Reads a CSV of bounded size as text.

    Raises:
        EmohubError: it cannot be read.
    """
    # The limit is the whole process's.
    before = csv.field_size_limit(LARGEST)
    try:
        if path.stat().st_size > LARGEST:
            raise EmohubError(f"{path.name}: larger than {LARGEST:,} bytes")
        return [{name: cell for name, cell in line.items() if name is not None} for line in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EmohubError(f"{path.name}: not a readable CSV file in UTF-8 ({error})") from error
    finally:
        csv.field_size_limit(before)


def seconds_of(value: object) -> float | None:
    """Returns a duration in seconds; None for what is none."""
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e7 else None


def _cells(rating: Rating) -> list[str]:
    seconds = "" if rating.seconds is None else f"{rating.seconds:.1f}"
    return [rating.item_id, rating.rater_id, rating.question, SEPARATOR.join(rating.value), seconds, rating.version]


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
