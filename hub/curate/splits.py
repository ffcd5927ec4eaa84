"""Splits by group, never by row."""

from collections.abc import Iterable, Mapping

from hub.files import seed_from


def split_groups(groups: Iterable[str], shares: Mapping[str, float], salt: str) -> dict[str, str]:
    """Returns the split of every group: the groups are put in an order that only their ids decide, and cut by `shares`.

    Every split with a share above 0 gets at least one group, if there are enough groups. Groups come back in that order.
    """
    ordered = sorted(set(groups), key=lambda group: (seed_from("split", salt, group), group))
    names = [name for name, share in shares.items() if share > 0]
    counts = _cut(len(ordered), [shares[name] for name in names])
    positions = iter(ordered)
    return {next(positions): name for name, count in zip(names, counts, strict=True) for _ in range(count)}


def _cut(total: int, shares: list[float]) -> list[int]:
    """Whole numbers that add up to `total`, nearest to the shares (largest remainders), none 0 while another can spare one."""
    exact = [share / sum(shares) * total for share in shares]
    counts = [int(value) for value in exact]
    for index in sorted(range(len(shares)), key=lambda index: counts[index] - exact[index])[: total - sum(counts)]:
        counts[index] += 1
    for index, count in enumerate(counts):
        richest = max(range(len(counts)), key=counts.__getitem__)
        if count == 0 and counts[richest] > 1:
            counts[richest] -= 1
            counts[index] += 1
    return counts
