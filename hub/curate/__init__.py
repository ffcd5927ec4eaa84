"""From raw rows to clean ones: near-duplicates, splits by group, diversity, gates."""

from hub.curate.job import CurationJob, curate

__all__ = ["CurationJob", "curate"]
