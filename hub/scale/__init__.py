"""Spreads work over processes and machines with datatrove's executors.

A rank does its share of the items and leaves what it made in the stores, where an interrupted run would have left it too. The plain command, run afterwards in
one process, finds everything there: so what comes out is the same, byte for byte, however many ranks there were.
"""

from hub.scale.benches import spread_bench
from hub.scale.generation import spread_generation

__all__ = ["spread_bench", "spread_generation"]
