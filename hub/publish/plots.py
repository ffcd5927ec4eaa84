"""Pictures for a dataset's card: how many rows each class, style and split has, and how long the texts are. The same data give the same bytes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from hub.spec import DatasetSpec, TextDatasetSpec

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
"""Okabe and Ito's, which stay apart for colour-blind readers."""
_LONGEST = 60
"""Words. Longer texts are counted at this length."""

Counts = Mapping[str, Mapping[str, int]]
"""By split and class."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of the card. `path` is relative to the published folder; `text` says in words what is to be seen."""

    path: str
    title: str
    text: str


def draw_plots(folder: Path, spec: DatasetSpec, report: Mapping[str, Any], labels: Mapping[str, Sequence[str]]) -> tuple[Plot, ...]:
    """Writes `plots/*.png` into a published folder and returns what to say of them.

    Args:
        report: the curation's, whose counts of classes the card's table shows too.
        labels: by `configuration/column`, the names of classes that stand as numbers in the Parquet files.
    """
    default = spec.default_configuration.name
    plots: list[Plot] = []
    if spec.release.label:
        plots.append(_bars(folder, "classes", f"Rows of {default} by class", {"all splits": report["statistics"]["labels"][default]}))
    for name, column in _groupings(folder, spec):
        shares = next(configuration.shares for configuration in spec.configurations if configuration.name == name)
        plots.append(_bars(folder, f"{name}_{column}", f"Rows of {name} by {column}", _by_split(folder, name, shares, column, labels)))
    if isinstance(spec, TextDatasetSpec):
        plots.append(_lengths(folder, spec))
    return tuple(plots)


def _groupings(folder: Path, spec: DatasetSpec) -> Iterator[tuple[str, str]]:
    """The columns that group pictures, by configuration: the kind of motion where there is one, else the style."""
    for configuration in spec.configurations:
        columns = pq.read_schema(_files(folder, configuration.name, "test")[0]).names
        for column in ("family", "style"):
            if column in columns:
                yield configuration.name, column
                break


def _files(folder: Path, configuration: str, split: str) -> list[Path]:
    return sorted((folder / configuration).glob(f"{split}-*.parquet"))


def _column(folder: Path, configuration: str, split: str, name: str) -> list[Any]:
    return [value for file in _files(folder, configuration, split) for value in pq.read_table(file, columns=[name]).column(name).to_pylist()]


def _by_split(folder: Path, configuration: str, splits: Mapping[str, float], column: str, labels: Mapping[str, Sequence[str]]) -> Counts:
    names = labels.get(f"{configuration}/{column}")
    counts: dict[str, dict[str, int]] = {}
    for split in splits:
        found = Counter(_column(folder, configuration, split, column))
        counts[split] = {name: found[number] for number, name in enumerate(names)} if names else dict(sorted(found.items()))
    return counts


def _bars(folder: Path, name: str, title: str, counts: Counts) -> Plot:
    """Horizontal bars by class, the splits end to end."""
    classes = list(dict.fromkeys(label for split in counts.values() for label in split))
    totals = {label: sum(split.get(label, 0) for split in counts.values()) for label in classes}

    def draw(axes: Any) -> None:
        left = [0] * len(classes)
        for colour, (split, found) in zip(_COLOURS, counts.items(), strict=False):
            widths = [found.get(label, 0) for label in classes]
            axes.barh(range(len(classes)), widths, left=left, color=colour, label=split, height=0.75)
            left = [start + width for start, width in zip(left, widths, strict=True)]
        for place, label in enumerate(classes):
            axes.annotate(f"{totals[label]:,}", (totals[label], place), xytext=(3, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_yticks(range(len(classes)), [label.replace("_", " ") for label in classes])
        axes.invert_yaxis()
        axes.margins(x=0.12, y=0.01)
        axes.set_xlabel("rows")
        if len(counts) > 1:
            axes.legend(ncols=len(counts), loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)

    path = _save(folder, name, max(1.6, 0.9 + 0.24 * len(classes)), draw)
    text = f"{title}: " + ", ".join(f"{label.replace('_', ' ')} {totals[label]:,}" for label in classes)
    return Plot(path, title, text)


def _lengths(folder: Path, spec: TextDatasetSpec) -> Plot:
    """How many words the first content column of every configuration has, as shares of its rows."""
    shares: dict[str, list[float]] = {}
    means: dict[str, float] = {}
    for configuration in spec.configurations:
        column = spec.release.content[configuration.name][0]
        words = [len(text.split()) for split in configuration.shares for text in _column(folder, configuration.name, split, column)]
        found = Counter(min(length, _LONGEST) for length in words)
        shares[configuration.name] = [found[length] / len(words) for length in range(_LONGEST + 1)]
        means[configuration.name] = sum(words) / len(words)

    def draw(axes: Any) -> None:
        for (name, values), colour, style in zip(shares.items(), _COLOURS, ("-", "--", ":", "-."), strict=False):
            axes.plot(range(_LONGEST + 1), values, color=colour, linestyle=style, linewidth=1.8, label=name)
        axes.set_xlabel(f"words in a text ({_LONGEST}: that many or more)")
        axes.set_ylabel("share of rows")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)

    title = "Length of the texts"
    text = f"{title} in words, mean by configuration: " + ", ".join(f"{name} {mean:.1f}" for name, mean in means.items())
    return Plot(_save(folder, "lengths", 2.8, draw), title, text)


def _save(folder: Path, name: str, height: float, draw: Any) -> str:
    """Draws one picture, seven inches wide, and returns its path in the published folder."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        # A reader's own settings of matplotlib may not change what is published.
        matplotlib.rcdefaults()
        # White and opaque: black text on a transparent ground cannot be read on a dark page.
        figure = Figure(figsize=(7, height), dpi=110, layout="constrained", facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        draw(axes)
        path = f"plots/{name}.png"
        (folder / "plots").mkdir(parents=True, exist_ok=True)
        # Without matplotlib's version in the file's metadata.
        figure.savefig(folder / path, format="png", facecolor="white", metadata={"Software": None})
    return path
