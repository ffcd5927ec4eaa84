"""Shards: every item belongs to exactly one, however many there are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.shard import WHOLE, Shard


@given(items=st.lists(st.integers(), max_size=60), world_size=st.integers(1, 20))
def test_every_item_is_in_exactly_one_shard(items: list[int], world_size: int) -> None:
    shards = [Shard(rank, world_size) for rank in range(world_size)]
    numbers = list(range(len(items)))
    assert sorted(number for shard in shards for number in shard.of(numbers)) == numbers
    for number in numbers:
        assert [shard.holds(number) for shard in shards].count(True) == 1
        assert number in shards[[shard.holds(number) for shard in shards].index(True)].of(numbers)


@given(count=st.integers(0, 60), world_size=st.integers(1, 20))
def test_no_shard_has_two_items_more_than_another(count: int, world_size: int) -> None:
    sizes = [len(Shard(rank, world_size).of(range(count))) for rank in range(world_size)]
    assert max(sizes) - min(sizes) <= 1


def test_the_whole_holds_everything() -> None:
    assert WHOLE.whole
    assert WHOLE.of("abc") == list("abc")
    assert not Shard(0, 2).whole


@pytest.mark.parametrize(("rank", "world_size"), [(-1, 2), (2, 2), (0, 0)])
def test_a_rank_outside_the_world_is_refused(rank: int, world_size: int) -> None:
    with pytest.raises(ValueError, match="ranks go from 0"):
        Shard(rank, world_size)


def test_its_name_sorts_by_rank() -> None:
    assert [Shard(rank, 12).name for rank in (2, 11)] == ["00002-of-00012", "00011-of-00012"]
