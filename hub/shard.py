"""A share of items for one of several processes that work on them beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shard:
    """Every `world_size`-th item, from the `rank`-th on. What an item's result is does not depend on which shard holds it."""

    rank: int = 0
    world_size: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.world_size:
            raise ValueError(f"rank {self.rank} of {self.world_size}: ranks go from 0 to world_size - 1")

    @property
    def whole(self) -> bool:
        """Whether it holds everything."""
        return self.world_size == 1

    @property
    def name(self) -> str:
        return f"{self.rank:05d}-of-{self.world_size:05d}"

    def holds(self, number: int) -> bool:
        """Whether the item with this number, counted from 0, belongs here."""
        return number % self.world_size == self.rank

    def of(self, items: Sequence[T]) -> list[T]:
        return list(items[self.rank :: self.world_size])


WHOLE = Shard()
