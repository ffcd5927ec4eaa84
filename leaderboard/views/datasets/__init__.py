"""The page Datasets."""

from leaderboard.views.datasets.page import show

__all__ = ["show"]
