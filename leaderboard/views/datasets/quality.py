"""The gates that a dataset had to pass, failed ones first, and what was rejected on the way."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from hub.results.datasets import DatasetReport, GateOutcome
from hub.results.display import printable
from leaderboard.plain_text import plain
from leaderboard.views.datasets.data import Chosen


def show(chosen: Chosen) -> None:
    """Draws the view."""
    report = chosen.report
    if report is None:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Gates")
        gates(report.gates, "gates")
    with right:
        _rejects(report)


def gates(found: Sequence[GateOutcome], key: str) -> None:
    """Draws a table of gates, failed ones first, and says how many failed."""
    failed = [gate for gate in found if not gate.passed]
    if not found:
        st.caption("No gate was measured.")
        return
    if failed:
        st.error(f"{len(failed)} of {len(found)} do not hold: {plain('; '.join(gate.name for gate in failed[:5]), 400)}", icon=":material/error:")
    else:
        st.markdown(f":material/check_circle: All {len(found)} hold.")
    lines = [
        {
            "": "holds" if gate.passed else "FAILS",
            "Gate": printable(gate.name, 100),
            "Measured": printable(gate.measured, 60),
            "Required": printable(gate.required, 100),
        }
        for gate in sorted(found, key=lambda gate: gate.passed)
    ]
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, key=key, height="content", alt=f"{len(found)} gates with what was measured and required; {len(failed)} fail."
    )


def _rejects(report: DatasetReport) -> None:
    st.subheader("Rejects")
    lines = [
        {"Step": printable(step, 60), "Reason": printable(reason, 60).replace("_", " "), "Count": count}
        for step, reasons in report.rejects.items()
        for reason, count in reasons.items()
    ]
    if not lines:
        st.caption("Nothing was rejected.")
        return
    st.caption("Answers, pictures or parts of them that were not used.")
    st.dataframe(
        pd.DataFrame(lines),
        hide_index=True,
        key="rejects",
        alt=f"Rejects by step and reason: {sum(count for reasons in report.rejects.values() for count in reasons.values()):,} in all.",
    )
    labels = [
        {"Reason": printable(reason, 60).replace("_", " "), "Label": printable(label, 60), "Count": count}
        for reason, counts in report.rejects_by_label.items()
        for label, count in counts.items()
    ]
    if labels:
        st.markdown("**By label**")
        st.dataframe(pd.DataFrame(labels), hide_index=True, key="rejects-by-label", alt="Rejects by reason and label.")
