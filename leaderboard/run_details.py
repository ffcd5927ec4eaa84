"""Everything one run's record says. All of it may come from a stranger: shown as plain text, never as Markdown."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from hub.results.display import metric_title, printable, seconds_text, setting_text
from hub.results.record import RunRecord
from hub.results.table import Row
from leaderboard import animations, charts
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown
from leaderboard.view_state import pick


def show(shown: Shown, rows: Sequence[Row]) -> None:
    """Draws the run that the address names; else says how to choose one."""
    models = [row.model for row in rows]
    if not models:
        return
    st.divider()
    st.subheader("One run in detail")
    with st.container(horizontal=True):
        model = pick("Model", "model", models, shown.model)
        row = next(row for row in rows if row.model == model)
        place = (row.profile, row.task, row.model)
        complete = [record for record in shown.results.records if record.status == "complete"]
        records = {str(record.seed): record for record in complete if (record.profile, record.task, record.model) == place}
        seed = pick("Seed", "seed", sorted(records, key=int))
    record = records[seed]
    animations.show(shown, record)
    _measured(record)
    st.markdown("**Made by**")
    st.code(printable(record.command, 400), language=None, wrap_lines=True)


def _measured(record: RunRecord) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        if record.parts:
            st.markdown("**By part of the test**")
            _parts(record)
        if record.per_label:
            st.markdown("**F1 by label**")
            st.altair_chart(charts.label_scores(record.per_label), alt=f"F1 of {len(record.per_label)} labels.")
        elif not record.parts:
            st.caption("The record gives no scores by label.")
    with right:
        st.markdown("**Scores**")
        _scores(record)
        if record.curve:
            st.markdown("**Training curve**")
            st.altair_chart(charts.curve(record.curve), alt=f"Training loss over {len(record.curve)} points.")
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Data**")
        _facts(_data(record))
    with right:
        st.markdown("**Decision and cost**")
        _facts({**_decision(record), **_cost(record)})
    with st.expander("Settings, machine and versions", icon=":material/settings:"):
        left, right = st.columns(2, gap="large")
        with left:
            _facts({key: setting_text(key, value) for key, value in record.settings.items()})
        with right:
            _facts(_environment(record))


def _scores(record: RunRecord) -> None:
    lines = [
        {
            "Metric": metric_title(name),
            "Value": f"{score.value:.4f}",
            "95 % interval": f"{score.low:.4f} – {score.high:.4f}" if score.low is not None and score.high is not None else "–",
        }
        for name, score in record.metrics.items()
    ]
    st.dataframe(pd.DataFrame(lines), hide_index=True, key="run-scores", alt="The scores of this run.")
    if record.interval_method:
        st.caption(f"Interval: {plain(record.interval_method, 200)}")


def _parts(record: RunRecord) -> None:
    """Scores by domain left out, or by way of decoding: a line a part."""
    names = list(dict.fromkeys(name for scores in record.parts.values() for name in scores))
    lines = [{"Part": printable(part, 80), **{metric_title(name): scores.get(name) for name in names}} for part, scores in record.parts.items()]
    counts = {name for name in names if all(scores.get(name, 0.0).is_integer() for scores in record.parts.values())}
    columns = {metric_title(name): st.column_config.NumberColumn(format="%d" if name in counts else "%.3f") for name in names}
    st.dataframe(pd.DataFrame(lines), hide_index=True, key="run-parts", column_config=columns, alt=f"Scores by part of the test, {len(lines)} parts.")


def _decision(record: RunRecord) -> dict[str, str]:
    if record.decision is None:
        return {"Decision rule": "not given"}
    facts = {"Decision rule": record.decision.rule.replace("_", " ")}
    if record.decision.threshold is not None:
        facts["Threshold"] = f"{record.decision.threshold:g}"
    if record.decision.tuned_on:
        facts["Tuned on"] = record.decision.tuned_on
    return facts


def _data(record: RunRecord) -> dict[str, str]:
    data = record.data
    return {
        "Data": data.name,
        "Read from": {"published": "this repository's own build", "local": "a local copy", "hub": "the Hugging Face Hub", "none": "nowhere"}[data.source],
        "Rows": f"{data.train:,} train, {data.validation:,} validation, {data.test:,} test",
        "First trained on": data.pretrained_on or "–",
        "Trained on this task": "yes" if data.adapted else "no (zero-shot)",
        "Data revision": data.revision or "–",
        "Data fingerprint": (data.fingerprint or "–")[:16],
    }


def _cost(record: RunRecord) -> dict[str, str]:
    facts = {"Code revision": record.code_revision or "–", "Finished": f"{record.finished:%Y-%m-%d %H:%M}"}
    if record.cost is None:
        return facts
    return {
        "Parameters": f"{record.cost.parameters:,}",
        "Training": seconds_text(record.cost.train_seconds),
        "Prediction": seconds_text(record.cost.predict_seconds),
        **facts,
    }


def _environment(record: RunRecord) -> dict[str, str]:
    environment = record.environment
    return {
        "Processor": f"{environment.processor}, {environment.threads} threads",
        "GPU": environment.gpu or "none",
        "System": environment.platform,
        "Python": environment.python,
        **environment.packages,
    }


def _facts(facts: Mapping[str, str]) -> None:
    """A quiet two-column table of plain text."""
    if not facts:
        return
    table = pd.DataFrame([{"What": plain(name, 80), "Value": plain(value)} for name, value in facts.items()])
    st.table(table.set_index("What"), border="horizontal", hide_header=True)
