"""The choice of a profile."""

from collections.abc import Sequence

from leaderboard.address import choose


def choose_profile(names: Sequence[str]) -> str:
    """Draws the buttons; the first of `names` is the usual one."""
    return choose("Profile", "profile", names, buttons=True, help="A set of runs: with which engines, how many seeds, how large.")
