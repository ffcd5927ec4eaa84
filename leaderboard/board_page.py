"""The first screen: what there is, and the standings of one task."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from hub.results.display import METRICS, decision_text, metric_title, note_text, printable, score_text
from hub.results.exports import rows_to_csv, rows_to_json, unavailable_by_reason
from hub.results.table import KINDS, Filters, Kind, Row
from leaderboard import charts, run_details
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown, load_shown
from leaderboard.view_state import choose, pick, pick_several, switch

_ABOUT = (
    "Emotion models, trained and tested on data that this repository builds or reads. Every ranked score was measured by the command shown with it; "
    "its 95 % interval says how far it can be trusted."
)
_KIND_HELP = "two-stage: first on another task, then on this one. zero-shot: never on this task's own training data. baseline: a plain reference."


def show() -> None:
    """Draws the page."""
    st.title("Emotion models, measured")
    st.markdown(_ABOUT)
    shown = load_shown()
    if shown is None:
        st.error("This is not inside an emohub project. Start the app in the folder that holds dvc.yaml, or name it in EMOHUB_ROOT.")
        return
    if not shown.results.records:
        _empty()
    else:
        _facts(shown)
        _standings(shown)
    _problems(shown)


def _empty() -> None:
    st.info("There are no runs yet.", icon=":material/hourglass_empty:")
    st.markdown("Make the datasets, train the models and fill this board; it takes some minutes on a laptop and downloads no data:")
    st.code("make repro", language="bash")
    st.markdown("Then reload this page.")


def _facts(shown: Shown) -> None:
    measured = [row for row in shown.rows if row.status == "measured"]
    tasks = {row.task for row in shown.rows if row.status in ("measured", "unavailable")}
    facts = {
        "Datasets built": str(len({report.dataset for report in shown.reports.reports})),
        "Tasks measured": f"{len({row.task for row in measured})} of {len(tasks)}",
        "Models": str(len({row.model for row in measured})),
        "Runs": f"{sum(len(row.seeds) for row in measured):,}",
    }
    with st.container(horizontal=True, gap="small"):
        for label, value in facts.items():
            st.metric(label, value, width=150)


def _standings(shown: Shown) -> None:
    profile, kinds, unavailable, reported, imported = _filters(shown)
    of_profile = Filters(profile=profile, reported=False, imported=False).apply(shown.rows)
    tasks = sorted({row.task for row in of_profile}, key=lambda task: (not _has_scores(of_profile, task), shown.task(task)))
    task = pick("Task", "task", tasks, shown.task)
    if task in shown.task_summaries:
        st.caption(shown.task_summaries[task])
    rows = Filters(profile, task, kinds, unavailable, reported, imported).apply(shown.rows)
    ours = [row for row in rows if row.status == "measured"]
    sent_in = [row for row in rows if row.status == "imported"]
    theirs = [row for row in rows if row.status == "reported"]
    _chart(shown, ours, theirs)
    if ours:
        _table(shown, ours)
    elif not any(row.status == "unavailable" for row in rows):
        st.caption("No model passes the filters.")
    for reason, models in unavailable_by_reason(rows).items():
        with st.container(border=True, gap="xsmall"):
            st.markdown(":material/block: **Not available here:** " + " · ".join(shown.model(model) for model in models))
            st.text(reason)
    if sent_in:
        _imported_table(sent_in)
    if theirs:
        _reported_table(theirs, next(row.main_metric for row in of_profile if row.task == task))
    _downloads(rows, f"{profile}-{task}")
    run_details.show(shown, ours)


def _filters(shown: Shown) -> tuple[str, frozenset[Kind], bool, bool, bool]:
    profiles = sorted({record.profile for record in shown.results.records})
    with st.sidebar:
        st.subheader("View")
        profile = pick("Profile", "profile", profiles, default="local")
        picked = pick_several("Kind of model", "kind", KINDS, _KIND_HELP)
        unavailable = switch("Unavailable models", "unavailable")
        imported = switch("Results sent in by others", "imported") if any(row.status == "imported" for row in shown.rows) else True
        reported = switch("Numbers reported elsewhere", "reported")
    return profile, frozenset(kind for kind in KINDS if kind in picked), unavailable, reported, imported


def _has_scores(rows: Sequence[Row], task: str) -> bool:
    return any(row.task == task and row.status == "measured" for row in rows)


def _chart(shown: Shown, ours: Sequence[Row], theirs: Sequence[Row]) -> None:
    if not ours:
        return
    metric = ours[0].main_metric
    drawn = [*ours, *(row for row in theirs if row.comparable and row.main_metric == metric)]
    spoken = "; ".join(f"{shown.model(row.model)} {score_text(row.main)}" for row in ours)
    st.altair_chart(charts.intervals(drawn, shown.model_titles), alt=f"{metric_title(metric)} with 95 % intervals: {spoken}.")
    st.caption("Intervals: " + "; ".join(sorted({row.interval for row in ours if row.interval})) + ".")


def _table(shown: Shown, rows: Sequence[Row]) -> None:
    extra = [name for name in METRICS if any(name in row.metrics for row in rows) and name != rows[0].main_metric]
    main = metric_title(rows[0].main_metric)
    table = pd.DataFrame([_cells(shown, row, main, extra) for row in rows])
    table = table.drop(columns=[name for name in ("± seeds", "Note") if table[name].isna().all()])
    chosen = st.query_params.get("model")
    selected = [number for number, row in enumerate(rows) if row.model == chosen]
    st.session_state["standings"] = {"selection": {"rows": selected, "columns": [], "cells": []}}
    number = st.column_config.NumberColumn
    st.dataframe(
        table,
        key="standings",
        hide_index=True,
        selection_mode="single-row",
        on_select=lambda: _select(rows),
        placeholder="–",
        column_config={
            "Rank": number(width=48),
            "Model": st.column_config.TextColumn(width=180),
            "Kind": st.column_config.TextColumn(width=80, help=_KIND_HELP),
            main: number(format=f"%.{charts.decimals([value for value in table[main] if pd.notna(value)])}f", width=76),
            "95 % interval": st.column_config.TextColumn(width=110, help="How it came about stands under the chart."),
            "± seeds": number(format="%.4f", width=72, help="Standard deviation of the score over seeds."),
            "Seeds": number(width=56),
            "Parameters": number(format="compact", width=90),
            "Training": number(format="%.0f s", width=80, help="Wall time of training, the mean over seeds, on the machine of the run."),
            "Decision rule": st.column_config.TextColumn(width=190, help="How probabilities became decisions; in brackets: what that was tuned on."),
            **{metric_title(name): number(format="%.3f", width=90) for name in extra},
        },
        alt=f"Standings of {len(rows)} models; select a row to see its run.",
    )


def _cells(shown: Shown, row: Row, main: str, extra: Sequence[str]) -> dict[str, object]:
    found = row.main
    return {
        "Rank": row.rank,
        "Model": shown.model(row.model),
        main: found.value if found else None,
        "95 % interval": f"{found.low:.3f} – {found.high:.3f}" if found and found.low is not None and found.high is not None else None,
        "Kind": row.kind,
        "± seeds": found.spread if found else None,
        "Seeds": len(row.seeds) or None,
        "Parameters": row.parameters,
        "Training": row.train_seconds,
        "Decision rule": decision_text(row),
        **{metric_title(name): row.metrics[name].value if name in row.metrics else None for name in extra},
        "Note": note_text(row) or None,
    }


def _select(rows: Sequence[Row]) -> None:
    """Puts the row that was clicked into the address."""
    selected = st.session_state["standings"]["selection"]["rows"]
    choose("model", rows[selected[0]].model if selected else None)
    choose("seed", None)


def _imported_table(rows: Sequence[Row]) -> None:
    st.markdown("##### :material/inbox: Sent in by others")
    st.caption("Checked for form, not run here, and never ranked. Comparable: tested on the test data of runs here, by its fingerprint, and scored alike.")
    lines = [
        {
            "Model": plain(row.model, 80),
            "Score": score_text(row.main),
            "Seeds": " ".join(map(str, row.seeds)) or "–",
            "Sent in by": plain(row.submitted_by or "–", 80),
            "Comparable": "yes" if row.comparable else "no",
            "What to know": plain("; ".join(part for part in (row.source, row.note) if part)),
        }
        for row in rows
    ]
    st.table(pd.DataFrame(lines), border="horizontal", hide_index=True, alt="Results that others sent in for this task.")


def _reported_table(rows: Sequence[Row], metric: str) -> None:
    st.markdown("##### :material/menu_book: Reported elsewhere")
    st.caption("Not measured here and never ranked. Hollow diamonds in the chart: those with this task's data, metric and decision rule, as far as is known.")
    lines = [
        {
            "Model": plain(row.model, 80),
            "Score": score_text(row.main) + ("" if row.main_metric == metric else f" ({metric_title(row.main_metric)})"),
            "How sure": plain(f"{row.confidence}{'' if row.comparable else ', not comparable'}"),
            "Where, and what to know": plain(". ".join(part for part in (row.source, row.note) if part)),
        }
        for row in rows
    ]
    st.table(pd.DataFrame(lines), border="horizontal", hide_index=True, alt="Numbers that others report for this task.")
    st.caption("reported: stands in the source's own abstract. second-hand: read in an account of it, a model card or a README.")


def _downloads(rows: Sequence[Row], name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Exactly the rows shown:", width="content")
        st.download_button("CSV", rows_to_csv(rows), f"{name}.csv", "text/csv", icon=":material/download:", on_click="ignore")
        st.download_button("JSON", rows_to_json(rows), f"{name}.json", "application/json", icon=":material/download:", on_click="ignore")


def _problems(shown: Shown) -> None:
    if shown.declaration_errors:
        st.warning(f"Declared wrongly: {plain(', '.join(shown.declaration_errors))}. `emohub validate` says how to mend it.", icon=":material/warning:")
    if shown.broken:
        count = len(shown.broken)
        with st.expander(f"{count} result {'file' if count == 1 else 'files'} could not be read", icon=":material/warning:"):
            broken = pd.DataFrame([{"File": printable(one.place, 200), "Why": printable(one.reason, 400)} for one in shown.broken])
            st.dataframe(broken, hide_index=True, key="broken-files", alt="Result files that could not be read, and why.")
