"""Scores with their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import altair as alt
import pandas as pd

from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import decimals, metric_title, printable, rank_text
from hub.results.table import Row
from leaderboard.charts.style import AXIS_HEIGHT, KIND_COLOURS, KIND_SHAPES, LIGHT, Chart, Style

MOST_DRAWN = 30
"""Lines that a chart can hold and still be read."""
_ROW = 46
_DROP = 9
"""How far, in pixels, the marks stand below the middle of their line, and the names above it."""
_GUTTER = 44
"""Pixels to the left of the lines, for the ranks."""
_BRACKET = (26, 33)
"""From where to where, in pixels, the ends of a bracket reach."""
_NARROW = 0.1
"""An axis shorter than this has ticks that differ in the third decimal."""


@dataclass(frozen=True, slots=True)
class TieGroup:
    """Neighbouring lines that share a rank, from the first to the last, counted from 0."""

    rank: int
    first: int
    last: int


def tie_groups(rows: Sequence[Row]) -> tuple[TieGroup, ...]:
    """Returns the runs of ranked lines with the same rank, in the order given; a line whose rank no neighbour shares is a group by itself.

    Where the lines are in no order of ranks, every line is one by itself, because a rank's lines need not be neighbours.
    """
    ranks = [row.rank for row in rows if row.rank is not None]
    together = ranks in (sorted(ranks), sorted(ranks, reverse=True))
    groups = []
    for (rank, _), found in groupby(enumerate(rows), key=lambda place: (place[1].rank, None if together else place[0])):
        places = [number for number, _ in found]
        if rank is not None:
            groups.append(TieGroup(rank, places[0], places[-1]))
    return tuple(groups)


def intervals(rows: Sequence[Row], names: Mapping[str, str], style: Style = LIGHT) -> Chart:
    """Scores as points with their 95 % intervals, one line a model, in the order given. Reported numbers are hollow and have no interval.

    The names stand above their lines, inside the plot, so that the chart reads the same on a phone. Ranks stand at the left; a bracket joins
    neighbours that share one.

    Raises:
        ValueError: no row has a score.
    """
    scored = [row for row in rows if row.main is not None]
    if not scored:
        raise ValueError("no row to draw has a score")
    points = [_point(row, names, place) for place, row in enumerate(scored)]
    lowest, highest = min(point["start"] for point in points), max(point["end"] for point in points)
    margin = max(0.002, 0.08 * (highest - lowest))
    left = max(0.0, lowest - margin)
    # Scores are shares of 1, but for metrics that go above it.
    right = highest + 2 * margin if highest > 1 else min(1.0, highest + 2 * margin)
    scale = alt.Scale(domain=[left, right], range=[_GUTTER, alt.ExprRef("width")], nice=False, zero=False)
    axis = alt.Axis(format=".3f" if right - left < _NARROW else "~g", tickCount=6, domain=False, ticks=False, labelPadding=8, labelOverlap=True)
    written = f".{decimals([point['score'] for point in points])}f"
    x = alt.X("score:Q", title=_axis_title(scored[0].main_metric), scale=scale, axis=axis)
    kinds = list(KIND_COLOURS)
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[KIND_COLOURS[kind] for kind in kinds]), legend=None)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[KIND_SHAPES[kind] for kind in kinds]), legend=None)
    tooltip = [alt.Tooltip(f"{key}:N", title=title) for key, title in (("name", "Model"), ("kind", "Kind"), ("ranks", "Rank, 95 %"))] + [
        alt.Tooltip(f"{key}:Q", title=key.capitalize(), format=".4f") for key in ("score", "low", "high")
    ]
    base = alt.Chart(pd.DataFrame([{**point, "left": left} for point in points])).encode(y=_places(len(points)), tooltip=tooltip)
    layers = [
        base.mark_rule(strokeWidth=1, color=style.faint, opacity=0.7, yOffset=_DROP).encode(x=alt.X("left:Q", scale=scale), x2="start:Q"),
        base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=3, strokeCap="round", yOffset=_DROP).encode(x="low:Q", x2="high:Q", color=colour),
        base.transform_filter("datum.kind !== 'reported'").mark_point(size=120, filled=True, opacity=1, yOffset=_DROP).encode(x=x, shape=shape, color=colour),
        base.transform_filter("datum.kind === 'reported'")
        .mark_point(size=90, filled=False, strokeWidth=1.8, yOffset=_DROP)
        .encode(x=x, shape=shape, color=colour),
        base.mark_text(align="left", dx=10, yOffset=_DROP, fontSize=13, fontWeight=600, color=style.ink).encode(
            x="end:Q", text=alt.Text("score:Q", format=written)
        ),
        base.mark_text(align="left", yOffset=-_DROP, fontSize=13, color=style.ink, limit=alt.ExprRef(f"width - {_GUTTER}")).encode(x="left:Q", text="line:N"),
        *_ranks(scored, style),
    ]
    return alt.layer(*layers).properties(height=_ROW * len(points) + AXIS_HEIGHT)


def _places(count: int, field: str = "place") -> alt.Y:
    return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[-0.5, count - 0.5], reverse=True, nice=False, zero=False), axis=None)


def _ranks(rows: Sequence[Row], style: Style) -> list[alt.Chart]:
    """The ranks in the gutter, once a group, and the brackets that join what shares one."""
    groups = tie_groups(rows)
    if not groups:
        return []
    data = pd.DataFrame(
        [
            {
                "rank": str(group.rank),
                "from": group.first - 0.36,
                "to": group.last + 0.36,
                "middle": (group.first + group.last) / 2,
                "shared": group.last > group.first,
            }
            for group in groups
        ]
    )
    number = (
        alt.Chart(data)
        .mark_text(align="center", fontSize=17, fontWeight=600, color=style.ink)
        .encode(x=alt.value(11), y=_places(len(rows), "middle"), text="rank:N")
    )
    shared = alt.Chart(data).transform_filter("datum.shared")
    spine = shared.mark_rule(strokeWidth=1.5, color=style.ink, opacity=0.7).encode(x=alt.value(_BRACKET[0]), y=_places(len(rows), "from"), y2="to:Q")
    ends = [
        shared.mark_rule(strokeWidth=1.5, color=style.ink, opacity=0.7).encode(x=alt.value(_BRACKET[0]), x2=alt.value(_BRACKET[1]), y=_places(len(rows), end))
        for end in ("from", "to")
    ]
    return [number, spine, *ends]


def _axis_title(metric: str) -> str:
    return f"{metric_title(metric)} on test, {'lower' if metric in LOWER_IS_BETTER else 'higher'} is better"


def _point(row: Row, names: Mapping[str, str], place: int) -> dict[str, Any]:
    assert row.main is not None
    # What others call their model may be the name of one of ours.
    name = printable(names.get(row.model, row.model) if row.status == "measured" else row.model, 80)
    kind = row.status if row.status in ("reported", "imported") else row.kind
    found, ranks = row.main, rank_text(row)
    return {
        "place": place,
        "line": f"{name}{f'  ·  rank {ranks}' if ranks else ''}  ·  {kind}",
        "name": name,
        "kind": kind,
        "ranks": ranks or "not ranked",
        "score": found.value,
        "low": found.low,
        "high": found.high,
        "start": found.value if found.low is None else found.low,
        "end": found.value if found.high is None else found.high,
    }
