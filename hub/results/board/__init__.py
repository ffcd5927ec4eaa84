"""The `board` stage puts all results into files; the leaderboard, `dvc metrics`, `dvc plots` and whoever reads JSON open those and compute nothing.

`overview.json` says what there is, `tasks/<profile>/<task>.json` holds the lines of one table and every tested pair, `runs.json` a line a run, `claims.json`
the judgements; the CSV files and `metrics.json` are for DVC.
"""

from hub.results.board.printing import print_results, print_summary
from hub.results.board.stage import write_board

__all__ = ["print_results", "print_summary", "write_board"]
