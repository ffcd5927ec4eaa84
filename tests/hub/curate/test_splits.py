"""Splits are by group, and depend on nothing but the groups' ids."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from hub.curate.splits import split_groups

GROUPS = st.sets(st.text(min_size=1, max_size=8), max_size=60)
SHARES = (
    st.lists(st.integers(0, 20), min_size=1, max_size=4).filter(any).map(lambda parts: {f"s{index}": part / sum(parts) for index, part in enumerate(parts)})
)


@given(GROUPS, SHARES)
def test_every_group_is_in_exactly_one_split(groups: set[str], shares: dict[str, float]) -> None:
    placed = split_groups(groups, shares, "salt")
    assert set(placed) == groups
    assert all(shares[split] > 0 for split in placed.values())


@given(GROUPS, SHARES, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(groups: set[str], shares: dict[str, float], chance: random.Random) -> None:
    shuffled = [*groups, *groups]
    chance.shuffle(shuffled)
    assert split_groups(shuffled, shares, "salt") == split_groups(groups, shares, "salt")


@given(GROUPS, SHARES)
def test_sizes_are_the_nearest_whole_numbers_but_no_split_is_empty_without_need(groups: set[str], shares: dict[str, float]) -> None:
    counts = Counter(split_groups(groups, shares, "salt").values())
    wanted = {split: share for split, share in shares.items() if share > 0}
    if len(groups) >= len(wanted):
        assert set(counts) == set(wanted)
    # Each split that would have been empty takes one group from another.
    lent = sum(share * len(groups) < 1 for share in wanted.values())
    for split, share in wanted.items():
        assert -1 - lent < counts[split] - share * len(groups) <= 1


@given(st.sets(st.text(min_size=1, max_size=8), min_size=30, max_size=60))
def test_another_salt_is_another_split(groups: set[str]) -> None:
    shares = {"train": 0.5, "test": 0.5}
    assert split_groups(groups, shares, "one") != split_groups(groups, shares, "two")


def test_a_new_group_moves_few_of_the_others() -> None:
    shares = {"train": 0.8, "validation": 0.1, "test": 0.1}
    groups = [f"plot-{number}" for number in range(100)]
    before, after = split_groups(groups, shares, "salt"), split_groups([*groups, "newcomer"], shares, "salt")
    assert sum(before[group] != after[group] for group in groups) <= 2
