"""A rank as a step of a datatrove pipeline: it reads nothing and hands nothing on, for what it makes goes into the stores."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datatrove.pipeline.base import PipelineStep

import hub.console
from hub.scale.work import Work, note_start, run_share, write_outcome
from hub.shard import Shard


class RankStep(PipelineStep):  # type: ignore[misc]
    """Does one rank's share of a work, and writes its outcome into the launch's folder."""

    name = "emohub"
    type = "work"

    def __init__(self, work: Work, outcomes: str) -> None:
        super().__init__()
        self.work = work
        self.outcomes = outcomes

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        hub.console.QUIET = True  # How far it is can be seen in the live state.
        note_start(Path(self.outcomes), rank)
        write_outcome(Path(self.outcomes), run_share(self.work, Shard(rank, world_size)))
        yield from ()
