"""Plots are placed once for all configurations: nested, near the declared shares, by their ids alone."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.emo_pillars.splits import Placement, place_plots
from hub.spec import TextDatasetSpec, load

SPEC = load(Path(__file__).parents[3] / "builders" / "emo_pillars" / "dataset.yaml", TextDatasetSpec)


def plots(count: int) -> list[str]:
    return [f"plot-{number}" for number in range(count)]


@pytest.mark.parametrize("count", [30, 72, 500, 2000])
def test_context_less_plots_are_split_80_10_10_and_contextual_ones_90_5_5(count: int) -> None:
    placed = place_plots(plots(count), SPEC).values()
    alone = Counter(place.split for place in placed)
    told = Counter(place.split for place in placed if place.contextual)
    assert [alone[split] for split in ("train", "validation", "test")] == pytest.approx([0.8 * count, 0.1 * count, 0.1 * count], abs=1)
    # One plot more or less of the few held-out ones.
    for split, share in {"train": 0.9, "validation": 0.05, "test": 0.05}.items():
        assert told[split] == pytest.approx(share * told.total(), abs=1.2)


@given(st.sets(st.text(min_size=1, max_size=6), max_size=80), st.randoms(use_true_random=False))
def test_every_plot_is_placed_once_whatever_the_order(ids: set[str], chance: random.Random) -> None:
    shuffled = list(ids)
    chance.shuffle(shuffled)
    placed = place_plots(shuffled, SPEC)
    assert set(placed) == ids
    assert placed == place_plots(sorted(ids), SPEC)
    assert all(place.contextual for place in placed.values() if place.split == "train")


@pytest.mark.parametrize("count", range(3, 40))
def test_no_split_of_any_configuration_is_empty_from_three_plots_on(count: int) -> None:
    placed = set(place_plots(plots(count), SPEC).values())
    assert {Placement(split, True) for split in ("train", "validation", "test")} <= placed
