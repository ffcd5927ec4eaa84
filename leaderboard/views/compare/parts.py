"""The scores of models side by side: by class, and by domain, style or way of decoding, as their records have them."""

from collections.abc import Mapping, Sequence

import streamlit as st

from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import metric_title, printable
from hub.results.record import RunRecord
from leaderboard.address import choose
from leaderboard.charts.differences import side_by_side
from leaderboard.charts.style import MOST_LABELS
from leaderboard.plain_text import plain
from leaderboard.theme import draw, style
from leaderboard.views.compare.reading import Compared

Scores = dict[str, dict[str, float | None]]
"""By class or part, then by what a model is called."""
_NO_SCORES = frozenset({"rows", "candidate", "frames", "size", "dimensions", "seed", "threshold"})
"""What a part says beside its scores."""


def show(found: Compared) -> None:
    """Draws the two comparisons; says so where the records have neither."""
    records = found.records
    classes = _by_class(records, found.titles)
    parts = sorted({metric for record in records for part in record.parts.values() for metric in part} - _NO_SCORES)
    if classes:
        st.subheader("By class")
        st.caption(f"F1 on test, {_seeds(found)}. On top the classes on which the first two differ most.")
        _compare(classes, found.titles, "F1", {label: _support(records, label) for label in classes}, "class")
    if parts:
        st.subheader("By part of the test")
        main = found.rows[0].main_metric
        metric = choose("Score", "metric", parts, metric_title, main)
        less = ", less is better" if metric in LOWER_IS_BETTER else ""
        st.caption(f"{metric_title(metric)}{less}, {_seeds(found)}. On top the parts on which the first two differ most.")
        scores = _by_part(records, found.titles, metric)
        _compare(scores, found.titles, metric_title(metric), {part: _rows(records, part) for part in scores}, "part")
    if not classes and not parts:
        st.caption("The records of these models hold no scores by class or part.")


def _seeds(found: Compared) -> str:
    return "seed " + ", ".join(str(seed) for seed in sorted({found.seed_of(row) for row in found.rows}))


def _by_class(records: Sequence[RunRecord], titles: Sequence[str]) -> Scores:
    labels = dict.fromkeys(label for record in records for label in record.per_label)
    scores: Scores = {label: {title: record.per_label.get(label, {}).get("f1") for title, record in zip(titles, records, strict=True)} for label in labels}
    return by_difference(scores, titles)


def _by_part(records: Sequence[RunRecord], titles: Sequence[str], metric: str) -> Scores:
    names = dict.fromkeys(part for record in records for part, values in record.parts.items() if metric in values)
    scores: Scores = {part: {title: record.parts.get(part, {}).get(metric) for title, record in zip(titles, records, strict=True)} for part in names}
    return by_difference(scores, titles)


def by_difference(scores: Scores, titles: Sequence[str]) -> Scores:
    """Returns the lines ordered by how far the first two models are apart, the farthest first; lines that one of them lacks come last."""

    def apart(part: str) -> float:
        first, second = (scores[part][title] for title in titles[:2])
        return -1.0 if first is None or second is None else abs(first - second)

    return {part: scores[part] for part in sorted(scores, key=apart, reverse=True)}


def _compare(scores: Scores, titles: Sequence[str], title: str, rows: Mapping[str, int | None], what: str) -> None:
    drawn = {printable(part, 60).replace("_", " "): values for part, values in list(scores.items())[:MOST_LABELS]}
    spoken = "; ".join(
        f"{part}: {', '.join(f'{name} {value:.3f}' for name, value in values.items() if value is not None)}" for part, values in list(drawn.items())[:5]
    )
    draw(side_by_side(drawn, titles, title, style()), alt=f"{title} by {what}, a mark a model. {spoken}{'; and so on in the table' if len(drawn) > 5 else ''}.")
    if len(scores) > MOST_LABELS:
        st.caption(f"The {MOST_LABELS} with the largest differences are drawn; the table has all {len(scores):,}.")
    with st.expander("As a table"):
        lines = [
            {what.capitalize(): printable(part, 100), "Rows": rows[part], **values, "Difference": _difference(values, titles)}
            for part, values in scores.items()
        ]
        formats = {name: st.column_config.NumberColumn(plain(name), format="%.3f") for name in titles}
        difference = st.column_config.NumberColumn(format="%+.3f", help="The first less the second.")
        st.dataframe(lines, hide_index=True, placeholder="–", column_config={**formats, "Difference": difference}, alt=f"{title} by {what}.")


def _difference(values: Mapping[str, float | None], titles: Sequence[str]) -> float | None:
    first, second = (values[title] for title in titles[:2])
    return None if first is None or second is None else first - second


def _support(records: Sequence[RunRecord], label: str) -> int | None:
    found = next((record.per_label[label].get("support") for record in records if label in record.per_label), None)
    return None if found is None else int(found)


def _rows(records: Sequence[RunRecord], part: str) -> int | None:
    found = next((record.parts[part]["rows"] for record in records if "rows" in record.parts.get(part, {})), None)
    return None if found is None else int(found)
