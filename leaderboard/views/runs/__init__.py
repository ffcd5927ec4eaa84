"""The page Runs."""

from leaderboard.views.runs.page import show

__all__ = ["show"]
