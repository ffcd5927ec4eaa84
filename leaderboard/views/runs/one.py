"""Everything about one run. All of it may come from a stranger: shown as plain text, never as Markdown."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from hub.errors import EmohubError
from hub.results.board.views import RunLine
from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import metric_title, printable, seconds_text, setting_text
from hub.results.record import Cost, RunRecord
from hub.results.running.run_log import read_log_tail
from leaderboard.charts.curves import curve, watched
from leaderboard.charts.labels import label_scores
from leaderboard.links import link
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown
from leaderboard.theme import draw, style
from leaderboard.views import animations
from leaderboard.views.runs import chain, predictions

_READ_FROM = {"published": "this repository's own build", "local": "a local copy", "hub": "the Hugging Face Hub", "none": "nowhere"}


def show(shown: Shown, line: RunLine) -> None:
    """Draws the run of a line of the table."""
    try:
        record = shown.record(line)
    except EmohubError as error:
        st.error(f"Its record cannot be shown: {plain(str(error))}", icon=":material/broken_image:")
        return
    st.header(f"{plain(shown.model(record.model), 120)} on {plain(shown.task(record.task), 120)}", anchor=False)
    _links(record)
    if record.status == "unavailable":
        _unavailable(record)
    else:
        _summary(record)
    st.markdown("**The command that makes it again**")
    st.code(printable(record.command, 400), language="bash", wrap_lines=True)
    if record.status == "complete":
        _measured(record)
        animations.show(shown, record)
    chain.show(shown, record)
    _provenance(shown, record)


def _links(record: RunRecord) -> None:
    with st.container(horizontal=True, gap="medium"):
        link("On the leaderboard", "leaderboard", icon=":material/leaderboard:", profile=record.profile, task=record.task)
        link("Compare it", "compare", icon=":material/compare_arrows:", profile=record.profile, task=record.task, model=record.model)


def _unavailable(record: RunRecord) -> None:
    st.warning(f"**Not available.** {plain(record.reason or '', 2000)}", icon=":material/block:")
    st.markdown("Do what is said above, and run the command below: it makes the record and its scores. `make repro` does the same for every such run.")


def _summary(record: RunRecord) -> None:
    score = record.score
    assert score is not None
    better = "lower is better" if record.main_metric in LOWER_IS_BETTER else "higher is better"
    interval = f"95 % interval {score.low:.4f} – {score.high:.4f}" if score.low is not None and score.high is not None else "no interval"
    with st.container(horizontal=True, gap="large"):
        st.metric(metric_title(record.main_metric), f"{score.value:.4f}", help=f"On the test rows; {better}.")
        st.metric("Profile", record.profile)
        st.metric("Seed", record.seed)
        st.metric("Training", seconds_text(record.cost.train_seconds if record.cost else None))
    noise = "One seed: the noise of training is not in this interval." if record.interval_method else ""
    st.caption(f"{metric_title(record.main_metric)}: {interval}, {better}. {plain(record.interval_method or '', 200)}. {noise}")


def _measured(record: RunRecord) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Scores", anchor=False)
        _scores(record)
        _curves(record)
    with right:
        if record.parts:
            st.subheader("By part of the test", anchor=False)
            _parts(record)
        if record.per_label:
            st.subheader("By label", anchor=False)
            best = max(record.per_label, key=lambda label: record.per_label[label].get("f1", 0))
            least = min(record.per_label, key=lambda label: record.per_label[label].get("f1", 0))
            alt = f"F1 of {len(record.per_label)} labels: highest for {printable(best, 60)}, lowest for {printable(least, 60)}."
            draw(label_scores(record.per_label, style()), alt)
        elif not record.parts:
            st.caption("The record gives no scores by label.")


def _curves(record: RunRecord) -> None:
    if not record.curve:
        return
    st.subheader("Training curve", anchor=False)
    first, last = record.curve[0], record.curve[-1]
    alt = f"Training loss over {len(record.curve)} points, from {first.loss:.4f} at step {first.step:,} to {last.loss:.4f} at step {last.step:,}."
    draw(curve(record.curve), alt)
    seen = [point.validation for point in record.curve if point.validation is not None]
    chart = watched(record.curve)
    if chart is not None:
        draw(chart, f"What was watched on validation, {len(seen)} points, from {seen[0]:.4f} to {seen[-1]:.4f}.")
        st.caption("On validation, a method watches its loss or the score by which it stops: the record does not say which.")


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


def _parts(record: RunRecord) -> None:
    """Scores by domain left out, or by way of decoding: a line a part."""
    names = list(dict.fromkeys(name for scores in record.parts.values() for name in scores))
    lines = [{"Part": printable(part, 80), **{metric_title(name): scores.get(name) for name in names}} for part, scores in record.parts.items()]
    counts = {name for name in names if all(scores.get(name, 0.0).is_integer() for scores in record.parts.values())}
    columns = {metric_title(name): st.column_config.NumberColumn(format="%d" if name in counts else "%.3f") for name in names}
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, key="run-parts", column_config=columns, placeholder="–", alt=f"Scores by part of the test, {len(lines)} parts."
    )


def _provenance(shown: Shown, record: RunRecord) -> None:
    st.subheader("Provenance", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Data and decision**")
        _facts({**_data(record), **_decision(record)})
    with right:
        st.markdown("**Code, machine and cost**")
        _facts({**_code(record), **_cost(record.cost), **_machine(record)})
    with st.expander("Settings and versions", icon=":material/settings:"):
        left, right = st.columns(2, gap="large")
        with left:
            _facts({key: setting_text(key, value) for key, value in record.settings.items()} or {"Settings": "none"})
        with right:
            _facts({"System": record.environment.platform, "Python": record.environment.python, **record.environment.packages})
    with st.expander("Predictions", icon=":material/table_view:"):
        predictions.show(shown, record)
    with st.expander("Log", icon=":material/terminal:"):
        _log(shown, record)


def _log(shown: Shown, record: RunRecord) -> None:
    tail = read_log_tail(shown.project, record)
    if tail is None:
        st.caption("This machine has no log of it: the run was made before logs were kept, made elsewhere or restored from DVC. The command above leaves one.")
        return
    if not tail.of_this_run:
        st.caption(
            ":material/warning: This log is of another run with the same name: one that goes on now, was broken off, or came before or after the record."
        )
    if tail.cut:
        st.caption(f"The last {len(tail.lines):,} lines.")
    st.code("\n".join(tail.lines), language=None, height=320 if len(tail.lines) > 12 else "content")


def _decision(record: RunRecord) -> dict[str, str]:
    if record.decision is None:
        return {}
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
        "Read from": _READ_FROM[data.source],
        "Rows": f"{data.train:,} train, {data.validation:,} validation, {data.test:,} test",
        "First trained on": data.pretrained_on or "–",
        "Trained on this task": "yes" if data.adapted else "no (zero-shot)",
        "Data revision": data.revision or "–",
        "Data fingerprint": f"{data.fingerprint[:24]}…" if data.fingerprint else "–",
    }


def _code(record: RunRecord) -> dict[str, str]:
    commit, _, changes = (record.code_revision or "").partition("+")
    tree = "unknown: made outside git" if not commit else "with changes that are in no commit" if changes else "clean: exactly this commit"
    return {"Code revision": commit or "–", "Working tree": tree, "Finished (UTC)": f"{record.finished:%Y-%m-%d %H:%M:%S}"}


def _cost(cost: Cost | None) -> dict[str, str]:
    if cost is None:
        return {}
    facts = {"Parameters": f"{cost.parameters:,}", "Training": seconds_text(cost.train_seconds), "Prediction": seconds_text(cost.predict_seconds)}
    if cost.us_dollars is not None:
        facts["Price"] = f"{cost.us_dollars:,.4f} US dollars"
    energy = cost.energy_kilowatt_hours
    facts["Energy"] = "not measured" if energy is None else f"{energy:,.4f} kWh" if energy >= 0.01 else f"{energy * 1000:,.4f} Wh"
    if cost.energy_method:
        facts["Energy was counted by"] = cost.energy_method
    return facts


def _machine(record: RunRecord) -> dict[str, str]:
    environment = record.environment
    return {"Processor": f"{environment.processor}, {environment.threads} thread{'' if environment.threads == 1 else 's'}", "GPU": environment.gpu or "none"}


def _facts(facts: Mapping[str, str]) -> None:
    """A quiet two-column table of plain text."""
    table = pd.DataFrame([{"What": plain(name, 80), "Value": plain(value)} for name, value in facts.items()])
    st.table(table.set_index("What"), border="horizontal", hide_header=True)
