"""What the datasets hold, how their labels came about, and what was taken out."""

import pandas as pd
import streamlit as st

from hub.results.datasets import DatasetReport, LabelMapping
from hub.results.display import printable
from leaderboard import charts
from leaderboard.project_data import load_shown
from leaderboard.view_state import pick


def show() -> None:
    """Draws the page."""
    st.title("Datasets built here")
    shown = load_shown()
    if shown is None or not shown.reports.reports:
        st.info("No dataset has been built yet.", icon=":material/hourglass_empty:")
        st.code("make repro", language="bash")
        return
    reports = {f"{report.dataset}-{report.profile}": report for report in shown.reports.reports}
    with st.sidebar:
        st.subheader("View")
        chosen = pick("Dataset", "dataset", list(reports), lambda key: f"{shown.dataset(reports[key].dataset)} · {reports[key].profile}")
    report = reports[chosen]
    st.subheader(shown.dataset(report.dataset))
    _identity(report)
    left, right = st.columns(2, gap="large")
    with left:
        _balance(report)
    with right:
        _rows(report)
        if report.statistics.label_mapping:
            _mapping(report.statistics.label_mapping)
        if report.statistics.single_cue:
            _cues(report)
        _rejects(report)
        _gates(report)


def _identity(report: DatasetReport) -> None:
    facts = {"Version": report.version, "Profile": report.profile, "Engine": report.engine.kind}
    facts |= {"Narratives": f"{report.narratives.count:,}"} if report.narratives else {}
    with st.container(horizontal=True, gap="small"):
        for label, value in facts.items():
            st.metric(label, value, width=150)
    st.code(f'load_dataset("data/published/{report.dataset}", "{next(iter(report.rows), "")}")', language="python")


def _balance(report: DatasetReport) -> None:
    st.markdown("**Label balance**")
    if not report.statistics.labels:
        st.caption("The report counts no labels.")
        return
    configuration = pick("Configuration", "configuration", list(report.statistics.labels))
    counts = report.statistics.labels[configuration]
    st.altair_chart(charts.label_balance(report, configuration), alt=f"Rows of {len(counts)} labels in {configuration}.")


def _rows(report: DatasetReport) -> None:
    st.markdown("**Rows**")
    table = pd.DataFrame([{"Configuration": name, **splits, "all": sum(splits.values())} for name, splits in report.rows.items()])
    sizes = {name: st.column_config.NumberColumn(format="localized") for name in table.columns if name != "Configuration"}
    st.dataframe(table, hide_index=True, key="dataset-rows", column_config=sizes, alt="Rows by configuration and split.")


def _mapping(mapping: LabelMapping) -> None:
    st.markdown("**From the engine's words to the classes**")
    lines = {
        "Labels answered": f"{mapping.answered:,}",
        "Outside the taxonomy": f"{mapping.outside_taxonomy:,} ({mapping.outside_share:.1%})",
        "… mapped by a declared synonym": f"{mapping.mapped_by_synonym:,}",
        "… mapped as a form or head of a declared word": f"{mapping.mapped_by_derived:,}",
        "… mapped to the nearest spelling": f"{mapping.mapped_by_nearest:,}",
        "… not mapped, kept as rejects": f"{mapping.unmapped:,}",
    }
    st.table(pd.DataFrame({"Value": lines}), border="horizontal", hide_header=True)
    if mapping.commonest_outside:
        with st.expander("The commonest words outside"):
            words = [{"Word": printable(word, 80), "Times": times} for word, times in mapping.commonest_outside.items()]
            st.dataframe(pd.DataFrame(words), hide_index=True, key="outside-words", alt="Words outside the taxonomy and where they went.")


def _cues(report: DatasetReport) -> None:
    st.markdown("**How far one cue alone goes**")
    st.caption("Mean recall over classes on test rows of a linear model that sees this cue and nothing else. No cue should be the label.")
    lines = [{"Cue": printable(cue, 60).replace("_", " "), "Mean recall": found.accuracy} for cue, found in report.statistics.single_cue.items()]
    shown = {"Mean recall": st.column_config.ProgressColumn(format="%.3f", min_value=0.0, max_value=1.0)}
    st.dataframe(pd.DataFrame(lines), hide_index=True, key="single-cue", column_config=shown, alt="Mean recall by one cue alone.")


def _rejects(report: DatasetReport) -> None:
    st.markdown("**Rejected answers**")
    lines = [
        {"Step": printable(step, 60), "Reason": printable(reason, 60).replace("_", " "), "Answers": count}
        for step, reasons in report.rejects.items()
        for reason, count in reasons.items()
    ]
    if not lines:
        st.caption("None.")
        return
    st.dataframe(pd.DataFrame(lines), hide_index=True, key="rejects", alt="Rejected answers by step and reason.")
    labels = [
        {"Reason": printable(reason, 60).replace("_", " "), "Label": printable(label, 60), "Answers": count}
        for reason, counts in report.rejects_by_label.items()
        for label, count in counts.items()
    ]
    with st.expander("By label"):
        st.dataframe(pd.DataFrame(labels), hide_index=True, key="rejects-by-label", alt="Rejected answers by reason and label.")


def _gates(report: DatasetReport) -> None:
    failed = sum(not gate.passed for gate in report.gates)
    st.markdown(f"**Gates:** {len(report.gates) - failed} passed, {failed} failed")
    lines = [
        {"": "✓" if gate.passed else "✗", "Gate": printable(gate.name, 100), "Measured": printable(gate.measured, 60), "Required": printable(gate.required, 60)}
        for gate in report.gates
    ]
    if lines:
        with st.expander("All gates", expanded=failed > 0):
            st.dataframe(pd.DataFrame(lines), hide_index=True, key="gates", alt="Gates with what was measured and required.")
