"""The page Leaderboard."""

from leaderboard.views.standings.page import show

__all__ = ["show"]
