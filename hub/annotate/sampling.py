"""Which rows people are asked about, and between which options. Everything is drawn by hashes of ids, so that a seed names one sample for ever."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from hub.annotate.question import NONE
from hub.annotate.rows import Row
from hub.errors import EmohubError
from hub.files import fraction_from

NEUTRAL = "neutral"
NEUTRAL_SHARE = 0.1
"""Of the items, where there is such a class: the paper raises neutral to a tenth."""
NAMED_OPTIONS = 6
"""Beside 'none of these': the paper's choice is seven-way."""


def draw_rows(rows: Sequence[Row], count: int, seed: int) -> list[Row]:
    """Returns `count` rows: classes in equal shares as far as they reach, neutral in its own; within a class, styles in equal shares; and of the rows
    left to choose between, always one whose story or person has been drawn least.

    Raises:
        EmohubError: there are fewer rows.
    """
    if not 1 <= count <= len(rows):
        raise EmohubError(f"{count} items cannot be drawn from a split of {len(rows):,} labelled rows; ask for 1 to {len(rows):,}")
    left: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: fraction_from(str(seed), "row", row.id)):
        left[row.labels[0]].append(row)
    styles: Counter[tuple[str, str]] = Counter()
    used: Counter[str] = Counter()
    drawn: list[Row] = []
    for stratum in _strata({name: len(found) for name, found in left.items()}, count, seed):

        def cost(row: Row, stratum: str = stratum) -> tuple[int, int, int]:
            return styles[stratum, row.style], styles["", row.style], sum(used[group] for group in row.groups)

        # Python's min takes the first of equals, which the hash has put in order.
        best = min(left[stratum], key=cost)
        left[stratum].remove(best)
        styles.update([(stratum, best.style), ("", best.style)])
        used.update(best.groups)
        drawn.append(best)
    return drawn


def draw_options(row: Row, classes: Sequence[str], distractors: int | None, seed: int) -> tuple[str, ...]:
    """Returns the labels of a row and its distractors in a shuffled order, and 'none of these' at the end.

    Args:
        distractors: how many; None: as many as make six named options, so that their number does not tell how many labels the row has.

    Raises:
        EmohubError: there are not so many other classes.
    """
    labels = row.labels[:NAMED_OPTIONS]
    wanted = NAMED_OPTIONS - len(labels) if distractors is None else distractors
    others = sorted((name for name in classes if name not in row.related), key=lambda name: fraction_from(str(seed), "distractor", row.id, name))
    if distractors is not None and not 0 <= wanted <= len(others):
        raise EmohubError(f"{row.id}: {distractors} distractors cannot be drawn from {len(others)} other classes; ask for 0 to {len(others)}")
    named = [*labels, *others[:wanted]]
    return (*sorted(named, key=lambda name: fraction_from(str(seed), "option", row.id, name)), NONE)


def _strata(sizes: dict[str, int], count: int, seed: int) -> list[str]:
    """Returns the class of each draw: neutral's share, then the other classes in turn; a class that is used up is passed over."""
    neutral = min(sizes.get(NEUTRAL, 0), round(NEUTRAL_SHARE * count)) if len(sizes) > 1 else 0
    drawn = [NEUTRAL] * neutral
    turns = sorted((name for name in sizes if name != NEUTRAL or not neutral), key=lambda name: fraction_from(str(seed), "class", name))
    taken: Counter[str] = Counter()
    while len(drawn) < count:
        open_ones = [name for name in turns if taken[name] < sizes[name]] or [NEUTRAL]
        for name in open_ones[: count - len(drawn)]:
            taken[name] += 1
            drawn.append(name)
    return drawn
