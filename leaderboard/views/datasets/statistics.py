"""What a dataset holds in numbers: rows, class balance, diversity, how labels came about, how far one cue goes."""

import pandas as pd
import streamlit as st

from hub.results.datasets import DatasetReport, LabelMapping
from hub.results.display import printable
from leaderboard.address import PAGE, choose
from leaderboard.charts.labels import label_balance
from leaderboard.plain_text import plain
from leaderboard.theme import draw, style
from leaderboard.views.datasets.data import Chosen

_DIVERSITY = {
    "words_per_utterance": ("Words per utterance", "%.1f"),
    "labels_per_row": ("Labels per row", "%.2f"),
    "distinct_bigrams": ("Distinct bigrams", "%.3f"),
}


def show(chosen: Chosen) -> None:
    """Draws the view."""
    report = chosen.report
    if report is None:
        return
    left, right = st.columns(2, gap="large")
    with left:
        _balance(report)
    with right:
        _rows(report)
        _diversity(report)
        _styles(report)
        if report.statistics.label_mapping:
            _mapping(report.statistics.label_mapping)
        if report.statistics.single_cue:
            _cues(report)


def _balance(report: DatasetReport) -> None:
    st.subheader("Class balance")
    labels = {name: counts for name, counts in report.statistics.labels.items() if counts}
    if not labels:
        st.caption("The report counts no labels.")
        return
    configuration = choose("Configuration", "configuration", list(labels), buttons=True, forgets=("row", PAGE)) if len(labels) > 1 else next(iter(labels))
    counts = labels[configuration]
    most, least = max(counts, key=lambda name: counts[name]), min(counts, key=lambda name: counts[name])
    said = f"From {printable(least, 60)} ({counts[least]:,} rows) to {printable(most, 60)} ({counts[most]:,})"
    st.caption(plain(f"{said}: {counts[most] / max(counts[least], 1):.1f} to 1."))
    draw(label_balance(report, configuration, style()), alt=f"Rows of {len(counts)} labels in {printable(configuration, 60)}. {said}.")


def _rows(report: DatasetReport) -> None:
    st.subheader("Rows")
    table = pd.DataFrame([{"Configuration": name, **splits, "all": sum(splits.values())} for name, splits in report.rows.items()])
    sizes = {name: st.column_config.NumberColumn(format="localized") for name in table.columns if name != "Configuration"}
    st.dataframe(table, hide_index=True, key="dataset-rows", column_config=sizes, alt="Rows by configuration and split.")


def _diversity(report: DatasetReport) -> None:
    found = {name: getattr(report.statistics, name) for name in _DIVERSITY}
    configurations = list(dict.fromkeys(name for values in found.values() for name in values))
    if not configurations:
        return
    st.subheader("Diversity")
    lines = [{"Configuration": one, **{_DIVERSITY[name][0]: values.get(one) for name, values in found.items()}} for one in configurations]
    shown = {title: st.column_config.NumberColumn(format=form) for title, form in _DIVERSITY.values()}
    st.dataframe(pd.DataFrame(lines), hide_index=True, key="diversity", column_config=shown, alt="Diversity by configuration.")
    st.caption("Distinct bigrams: different pairs of neighbouring words over all pairs. 1 would mean that no pair recurs; larger sets have lower values.")


def _styles(report: DatasetReport) -> None:
    styles = report.statistics.styles
    if not styles:
        return
    st.subheader("Styles")
    lines = [{"Style": printable(name, 60).replace("_", " "), "Images": count} for name, count in styles.items()]
    st.dataframe(pd.DataFrame(lines), hide_index=True, key="styles", alt="Images by style.")


def _mapping(mapping: LabelMapping) -> None:
    st.subheader("From the engine's words to the classes")
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
            st.dataframe(pd.DataFrame(words), hide_index=True, key="outside-words", alt="Words outside the taxonomy and how often each was answered.")


def _cues(report: DatasetReport) -> None:
    st.subheader("How far one cue alone goes")
    st.caption("Mean recall over classes on test rows of a linear model that sees this cue and nothing else. No cue should be the label.")
    lines = [{"Cue": printable(cue, 60).replace("_", " "), "Mean recall": found.accuracy} for cue, found in report.statistics.single_cue.items()]
    shown = {"Mean recall": st.column_config.ProgressColumn(format="%.3f", min_value=0.0, max_value=1.0)}
    said = ", ".join(f"{line['Cue']} {line['Mean recall']:.3f}" for line in lines)
    st.dataframe(pd.DataFrame(lines), hide_index=True, key="single-cue", column_config=shown, alt=f"Mean recall by one cue alone: {said}.")
