"""One row: what it holds, and its way from plot to utterance, or from recipe to picture."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from hub.publish.inspection.features import has_picture
from hub.publish.inspection.published_folder import Configuration, PublishedFolder, Split
from hub.results.browsing.published_rows import PublishedRow
from hub.results.display import printable, setting_text
from hub.results.tracing.lineage import RawRow, RowLineage
from hub.results.tracing.lineage_prompts import Asked
from leaderboard.address import switch
from leaderboard.plain_text import plain
from leaderboard.views.datasets.data import Chosen, lineage_of
from leaderboard.views.datasets.pairs import choose_results, pair
from leaderboard.views.datasets.pictures import Toggles, shown_picture
from leaderboard.views.datasets.text import label_badges, text_columns

_MATCHES = {
    "same": ":material/verified: The store holds the answer to exactly this prompt and seed.",
    "other prompt": ":material/warning: The store's answer is to another prompt or seed than today's files make; the prompt above is today's.",
    "missing": ":material/help: The store holds no answer to this question; what would follow from it is not shown.",
}
_LONGEST = 20_000
_RECIPE = ("prompt", "seed", "engine", "batch", "moderation", "scene_id", "identity_id", "motion", "motion_seed", "source", "licence", "credit")


def show(chosen: Chosen, folder: PublishedFolder, configuration: Configuration, split: Split, row: PublishedRow) -> None:
    """Draws the view of one row."""
    st.subheader(plain(row.id, 200))
    left, right = st.columns([2, 3], gap="large")
    with left:
        _content(chosen, folder, configuration, split, row)
    with right:
        st.markdown("##### Where it came from")
        found = lineage_of(chosen, configuration.name, row)
        _made_by(found)
        for sentence in found.missing:
            st.info(plain(sentence), icon=":material/info:")
        if found.asked:
            _way(found, row)
        else:
            _recipe(found, row)
        if found.rejects:
            _rejects(found)


def _content(chosen: Chosen, folder: PublishedFolder, configuration: Configuration, split: Split, row: PublishedRow) -> None:
    if configuration.has_pictures:
        boxes, points = st.columns(2)
        toggles = Toggles(
            switch("Boxes", "boxes", place=boxes, help="People solid, objects dashed, with names."),
            switch("Landmarks", "landmarks", place=points, help="A dot is a visible point, a cross a hidden one."),
        )
        shown_picture(folder, configuration, row, toggles)
    elif any(name.endswith("_id") for name in row.values) and any(one.has_pictures for one in folder.configurations):
        pair(folder, configuration.name, split, row, Toggles(), choose_results(chosen, configuration.name))
    else:
        for name in text_columns(chosen, configuration):
            if row.values.get(name):
                st.caption(plain(name.replace("_", " "), 60))
                st.markdown(plain(str(row.values[name]), 4000))
    label_badges(chosen, configuration, row)
    with st.expander("All columns"):
        hidden = {name for name, feature in configuration.features.items() if has_picture(feature)}
        st.dataframe(
            _table({name: value for name, value in row.values.items() if name not in hidden}), hide_index=True, key="row-columns", alt="All columns of the row."
        )


def _made_by(found: RowLineage) -> None:
    if found.engine:
        told = ", ".join(f"{key} {setting_text(str(key), value)}" for key, value in found.engine.items())
        st.markdown(f"Engine: {plain(told, 400)}")


def _way(found: RowLineage, row: PublishedRow) -> None:
    """The plot, and every question with its answer, in order."""
    used = str(row.values.get("prompts") or "").split()
    known = {text for values in (row.values, *(raw.values for raw in found.raw)) for text in _texts(values)}
    for raw in found.raw:
        if "text" in raw.values:
            title = str(raw.values.get("title") or raw.values.get("id"))
            with st.expander(f"**{plain(raw.table.rstrip('s').capitalize(), 40)}**: {plain(title, 120)}", expanded=True, icon=":material/auto_stories:"):
                st.markdown(plain(str(raw.values["text"]), _LONGEST))
                st.caption(plain(f"{raw.values.get('source')} · {raw.values.get('licence')} · split {raw.values.get('split')}", 300))
    for number, asked in enumerate(found.asked, start=1):
        stem = asked.template.removesuffix(".j2")
        beside = bool(used) and stem not in used
        with st.expander(f"**{number}. {plain(asked.title.capitalize(), 80)}** · {plain(stem, 80)}", expanded=False, icon=":material/help_center:"):
            _question(asked, beside)
        gave = relevant(asked.answer or "", known)
        if gave:
            st.caption(f":material/subdirectory_arrow_right: {plain(gave, 400)}")
    rest = [raw for raw in found.raw if "text" not in raw.values]
    _raw(rest, "Raw rows")


def relevant(answer: str, known: set[str]) -> str:
    """Returns what of a JSON answer this row knows: the innermost objects all of whose texts stand in the row or in the raw rows behind it."""
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    found = [", ".join(texts) for one in _objects(value) if (texts := list(_texts(one))) and known.issuperset(texts)]
    return "; ".join(dict.fromkeys(found))


def _objects(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The objects inside a JSON value that hold no other objects."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    below = [one for item in inner if isinstance(item, dict | list) and depth < 20 for one in _objects(item, depth + 1)]
    if below:
        yield from below
    elif isinstance(value, dict):
        yield value


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Every text inside a value, with its spaces put in order."""
    if isinstance(value, str):
        yield " ".join(value.split())
    elif depth < 20 and isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item, depth + 1)


def _question(asked: Asked, beside: bool) -> None:
    if beside:
        st.caption("Asked about the same text for another configuration; this row does not depend on it.")
    facts = {
        "Question": asked.id,
        "Template": f"{asked.template} ({asked.version}), SHA-256 {asked.template_sha256[:12]}…",
        "Attempt": str(asked.attempt + 1),
        "Seed": "–" if asked.seed is None else str(asked.seed),
        "Finish reason": asked.finish_reason or "–",
    }
    if asked.prompt_tokens is not None or asked.completion_tokens is not None:
        facts["Tokens"] = f"{asked.prompt_tokens or 0:,} in, {asked.completion_tokens or 0:,} out"
    st.markdown("  \n".join(f"{name}: {plain(value, 200)}" for name, value in facts.items()))
    st.markdown("**Prompt**")
    st.code(_printed(asked.prompt), language=None, wrap_lines=True, height=260 if len(asked.prompt) > 600 else "content")
    st.caption(_MATCHES[asked.match])
    if asked.answer is not None:
        st.markdown("**Answer, as it came**")
        st.code(_printed(asked.answer), language="json", wrap_lines=True)


def _recipe(found: RowLineage, row: PublishedRow) -> None:
    """What a picture was made from: its own columns, then the raw rows."""
    recipe = {name: row.values[name] for name in _RECIPE if row.values.get(name) not in (None, "")}
    if recipe:
        st.markdown("**Recipe**")
        st.table(
            pd.DataFrame({"Value": {name.replace("_", " "): plain(str(value), 1000) for name, value in recipe.items()}}), border="horizontal", hide_header=True
        )
    if found.options:
        st.caption(plain(", ".join(f"{key} {setting_text(str(key), value)}" for key, value in found.options.items()), 400))
    _raw(list(found.raw), "Raw rows it was made from")


def _raw(rows: list[RawRow], title: str) -> None:
    if not rows:
        return
    st.markdown(f"**{title}**")
    for number, raw in enumerate(rows):
        named = str(raw.values.get("id") or raw.values.get(raw.found_by) or "")
        with st.expander(f"{plain(raw.table, 60)}: {plain(named, 120)} (by {plain(raw.found_by, 60)})"):
            st.dataframe(_table(raw.values), hide_index=True, key=f"raw-{number}", alt=f"The raw row in {printable(raw.table, 60)}.")


def _rejects(found: RowLineage) -> None:
    st.markdown("**Not used of the answers**")
    names = ("step", "reason", "label", "text", "detail")
    lines = [{name.capitalize(): printable(str(raw.values.get(name) or ""), 200) for name in names} for raw in found.rejects]
    st.dataframe(pd.DataFrame(lines), hide_index=True, key="row-rejects", alt="What was rejected of the answers on the way to this row.")


def _table(values: Mapping[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{"Column": printable(name, 80), "Value": printable(str(value), 300)} for name, value in values.items()])


def _printed(text: str) -> str:
    """A prompt keeps its lines; control characters go."""
    return "\n".join(printable(line, _LONGEST) for line in text[:_LONGEST].splitlines())
