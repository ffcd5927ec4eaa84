"""A score and its interval as one short bar of plain HTML: a page with one for every task has no time to draw as many charts."""

from html import escape

from hub.results.table import Estimate
from leaderboard.charts.style import ACCENT, LIGHT, Style


def interval_bar(score: Estimate, alt: str, style: Style = LIGHT) -> str:
    """Returns a score between 0 and 1 as a short upright mark, and its interval as a bar, on a line from 0 to 1. `alt` says the same in words."""
    marks = [_box("left:0;right:0;top:7px;height:2px", style.faint)]
    marks += [_box(f"left:{100 * tick:g}%;top:4px;width:2px;height:8px;margin-left:-1px", style.faint) for tick in (0.0, 0.5, 1.0)]
    if score.low is not None and score.high is not None:
        low, high = _inside(score.low), _inside(score.high)
        marks.append(_box(f"left:{100 * low:.2f}%;width:{100 * (high - low):.2f}%;top:4px;height:8px;border-radius:4px;opacity:0.55", ACCENT))
    marks.append(_box(f"left:{100 * _inside(score.value):.2f}%;top:0;width:4px;height:16px;margin-left:-2px;border-radius:2px", ACCENT))
    ends = "".join(
        f'<span style="position:absolute;{side}:0;top:16px;font-size:10px;color:{style.ink}">{text}</span>' for side, text in (("left", "0"), ("right", "1"))
    )
    return f'<div role="img" aria-label="{escape(alt)}" style="position:relative;height:30px;margin:0 6px">{"".join(marks)}{ends}</div>'


def _inside(value: float) -> float:
    return min(1.0, max(0.0, value))


def _box(place: str, colour: str) -> str:
    return f'<div style="position:absolute;{place};background:{colour}"></div>'
