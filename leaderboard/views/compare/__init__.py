"""The page Compare."""

from leaderboard.views.compare.page import show

__all__ = ["show"]
