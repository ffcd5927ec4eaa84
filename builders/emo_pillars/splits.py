"""Which split a plot belongs to. Decided before anything is generated, so that no context is paid for and then thrown away.

Context-less rows are split 80/10/10 and contextual rows 90/5/5, and the two are nested: a plot is in the same split of every configuration. With
80 % of the plots in train, 90/5/5 is met by giving contexts to all training plots and to only 4/9 of the validation and test plots.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.curate.splits import split_groups
from hub.spec import TextDatasetSpec


@dataclass(frozen=True, slots=True)
class Placement:
    """A plot's split, and whether its utterances get contexts."""

    split: str
    contextual: bool


def place_plots(plots: Iterable[str], spec: TextDatasetSpec) -> dict[str, Placement]:
    """Returns every plot's placement. It depends on the plot ids alone, not on their order."""
    shares: dict[str, dict[str, float]] = {one.name: {str(split): share for split, share in one.splits.items()} for one in spec.configurations}
    outer, inner = shares["context-less"], shares["contextual"]
    splits = split_groups(plots, outer, salt=spec.name)
    placements: dict[str, Placement] = {}
    for split in outer:
        members = [plot for plot, place in splits.items() if place == split]
        # As a share of the training plots, since those all get contexts.
        wanted = inner[split] / inner["train"] * outer["train"] / outer[split]
        count = len(members) if split == "train" else min(len(members), max(1, round(wanted * len(members))))
        placements.update({plot: Placement(split, number < count) for number, plot in enumerate(members)})
    return placements
