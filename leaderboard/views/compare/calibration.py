"""Whether probabilities are what they say."""

import streamlit as st

from hub.results.comparing.calibration import BINS, Calibration, calibration
from hub.results.display import printable
from hub.results.record import RunRecord
from leaderboard.charts.calibration import bin_counts, reliability
from leaderboard.charts.style import COLOURS
from leaderboard.plain_text import plain
from leaderboard.theme import draw, style
from leaderboard.views.compare.examples import readable
from leaderboard.views.compare.reading import Compared

_SIDE_BY_SIDE = 3
_ABOUT = (
    f"Every probability of every label and test row, in {BINS} equally wide bins. On the dashed line, of decisions said to be 70 % likely 70 % hold; "
    "below it the model is too sure, above it not sure enough. Bars: 95 %, Wilson. The calibration error is the mean distance from the line, weighted by "
    "how many decisions a bin has; where most labels do not hold of a row, the lowest bin has most of the weight."
)
_METRIC = "expected_calibration_error"
_ROUNDING = 1e-6


def show(found: Compared) -> None:
    """Draws a reliability diagram a model."""
    st.subheader("Calibration")
    both = readable(found)
    if both is None:
        return
    places, shared = both
    st.caption(_ABOUT)
    records = found.records
    for start in range(0, len(shared), _SIDE_BY_SIDE):
        columns = st.columns(min(_SIDE_BY_SIDE, len(shared)), gap="medium")
        for column, place, one in zip(columns, places[start:], shared[start:], strict=False):
            with column:
                _diagram(found.titles[place], calibration(one.truth, one.probabilities), records[place], COLOURS[place])


def _diagram(title: str, found: Calibration, record: RunRecord, colour: str) -> None:
    st.markdown(f"**{plain(title)}**")
    kept = record.metrics.get(_METRIC)
    st.markdown(f"Calibration error {found.error:.4f}" if kept is None or abs(kept.value - found.error) < _ROUNDING else f"Calibration error {kept.value:.4f}")
    if kept is not None and abs(kept.value - found.error) >= _ROUNDING:
        st.caption(f"The diagram is of the rows that all chosen models share; on these it is {found.error:.4f}.")
    points = "; ".join(f"said {one.probability:.2f}, holds {one.frequency:.2f}, {one.count:,} decisions" for one in found.bins)
    draw(reliability(found, style(), colour), alt=f"Reliability diagram of {printable(title, 80)}. {points}.")
    draw(bin_counts(found, style(), colour), alt=f"How many decisions of {printable(title, 80)} each bin has; the numbers stand in the diagram's description.")
