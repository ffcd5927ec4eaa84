"""The rows of a dataset's newest build: configuration, split, filters and page stand in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from hub.publish.inspection.published_folder import Configuration, PublishedFolder, Split
from hub.results.browsing.published_rows import Facet, Filters, PublishedRow, split_of
from leaderboard.address import PAGE, choose, clear, switch, turn, write
from leaderboard.plain_text import plain
from leaderboard.views.datasets import one_row
from leaderboard.views.datasets.data import Chosen, facets, page_of, row_of
from leaderboard.views.datasets.pairs import Results, choose_results, pair
from leaderboard.views.datasets.pictures import Toggles, is_clip, shown_picture
from leaderboard.views.datasets.row_button import row_button
from leaderboard.views.datasets.text import label_badges, label_path, text_columns

_TEXTS, _PICTURES, _CLIPS, _PAIRS = 20, 12, 8, 4
"""Rows of a page."""
_COLUMNS = 4
_NARROW = 165
"""Pixels of a filter: two stand side by side on a phone."""
_ANY = "any"


@dataclass(frozen=True)
class Place:
    """Where in a folder the reader looks."""

    folder: PublishedFolder
    configuration: Configuration
    split: Split

    @property
    def is_pairs(self) -> bool:
        """Whether its rows name pictures elsewhere and have none themselves."""
        ids = [name for name in self.configuration.features if name.endswith("_id")]
        return not self.configuration.has_pictures and len(ids) >= 2 and any(one.has_pictures for one in self.folder.configurations)


def show(chosen: Chosen) -> None:
    """Draws the view: one row where the address names one, else a page of rows."""
    folder = chosen.folder()
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        names = [one.name for one in folder.configurations]
        configuration = (
            choose("Configuration", "configuration", names, usual=folder.default.name, buttons=True, forgets=("row", PAGE)) if len(names) > 1 else names[0]
        )
        splits = [one.name for one in (folder.configuration(configuration) or folder.default).splits]
        split = choose("Split", "split", splits, usual="test", buttons=True, forgets=("row", PAGE))
        id = write("Row", "row", 300, placeholder="its id", width=2 * _NARROW)
    place = Place(folder, *split_of(folder, configuration, split))
    if id:
        _one(chosen, place, id)
    else:
        _many(chosen, place)


def _one(chosen: Chosen, place: Place, id: str) -> None:
    st.button("All rows", icon=":material/arrow_back:", on_click=clear, args=("row",))
    row = row_of(place.folder, place.configuration.name, place.split, id)
    if row is None:
        st.warning(f"There is no row {plain(id, 120)} in {plain(place.split.name, 60)} of {plain(place.configuration.name, 60)}.", icon=":material/search_off:")
        return
    one_row.show(chosen, place.folder, place.configuration, place.split, row)


def _many(chosen: Chosen, place: Place) -> None:
    results = choose_results(chosen, place.configuration.name) if place.is_pairs else None
    filters = Filters() if results is not None and results.only else _filters(chosen, place)
    toggles = _toggles(place)
    size = _PAIRS if place.is_pairs else _CLIPS if is_clip(place.configuration) else _PICTURES if place.configuration.has_pictures else _TEXTS
    if results is not None and results.only:
        _with_results(place, results, size, toggles)
        return
    none = page_of(place.folder, place.configuration.name, place.split, 0, 0, filters)
    if not none.matching:
        st.info(f"None of the {none.total:,} rows fits the filters.", icon=":material/search_off:")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        first = _page(none.matching, size)
        page = page_of(place.folder, place.configuration.name, place.split, first, size, filters)
        of_all = "" if page.matching == page.total else f", of {page.total:,} rows in all"
        st.caption(f"Rows {first + 1:,} to {first + len(page.rows):,} of {page.matching:,}{of_all}.", width="content")
    if place.is_pairs:
        for row in page.rows:
            pair(place.folder, place.configuration.name, place.split, row, toggles, results)
    elif place.configuration.has_pictures:
        _gallery(chosen, place, page.rows, toggles)
    else:
        for row in page.rows:
            _text(chosen, place, row)


def _with_results(place: Place, results: Results, size: int, toggles: Toggles) -> None:
    found = [row for id in results.ids if (row := row_of(place.folder, place.configuration.name, place.split, id)) is not None]
    if not found:
        st.info(f"The run kept no pictures of pairs in {plain(place.split.name, 60)}.", icon=":material/search_off:")
        return
    first = _page(len(found), size)
    st.caption(f"Pairs {first + 1:,} to {min(first + size, len(found)):,} of {len(found):,} whose result was kept.")
    for row in found[first : first + size]:
        pair(place.folder, place.configuration.name, place.split, row, toggles, results)


def _page(matching: int, size: int) -> int:
    """The page in the address; returns its first row."""
    return (turn(-(-matching // size)) - 1) * size


def _filters(chosen: Chosen, place: Place) -> Filters:
    found = facets(place.folder, place.configuration.name, place.split)
    main = label_path(chosen, place.configuration)
    equal: list[tuple[str, str]] = []
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        search = write("Search", "search", 100, forgets=(PAGE,), type="search", placeholder="in all texts", width=_NARROW)
        for key, path in (("label", main), ("style", "style")):
            facet = next((one for one in found if one.path == path), None)
            if facet is not None:
                equal.extend(_value(key, key.capitalize(), facet))
        others = [facet for facet in found if facet.path not in (main, "style")]
        if others:
            where = choose("Where", "where", [_ANY, *(one.path for one in others)], _spoken, forgets=(PAGE,), width=_NARROW)
            facet = next((one for one in others if one.path == where), None)
            if facet is not None:
                equal.extend(_value("value", "is", facet))
    return Filters(tuple(equal), search)


def _value(key: str, label: str, facet: Facet) -> list[tuple[str, str]]:
    value = choose(label, key, [_ANY, *facet.values], _spoken, forgets=(PAGE,), width=_NARROW)
    return [] if value == _ANY else [(facet.path, value)]


def _spoken(text: str) -> str:
    return text.replace("_", " ") or "(empty)"


def _toggles(place: Place) -> Toggles:
    columns = place.configuration.features
    boxes = any(name.endswith(("_box", "_boxes")) for name in columns)
    points = "face_points" in columns or place.is_pairs
    if not (boxes or points):
        return Toggles()
    with st.container(horizontal=True, gap="medium"):
        wants_boxes = boxes and switch("Boxes", "boxes", help="People solid, objects dashed, with names.")
        wants_points = points and switch("Landmarks", "landmarks", help="A dot is a visible point, a cross a hidden one.")
    return Toggles(bool(wants_boxes), bool(wants_points))


def _gallery(chosen: Chosen, place: Place, rows: tuple[PublishedRow, ...], toggles: Toggles) -> None:
    for start in range(0, len(rows), _COLUMNS):
        for column, row in zip(st.columns(_COLUMNS), rows[start : start + _COLUMNS], strict=False):
            with column, st.container(border=True):
                shown_picture(place.folder, place.configuration, row, toggles)
                label_badges(chosen, place.configuration, row)
                caption = row.values.get("caption")
                if isinstance(caption, str) and caption:
                    st.caption(plain(caption, 300))
                row_button(row)


def _text(chosen: Chosen, place: Place, row: PublishedRow) -> None:
    main, *others = text_columns(chosen, place.configuration)
    with st.container(border=True):
        st.markdown(plain(_as_text(row.values, main), 1500))
        for name in others:
            if row.values.get(name):
                st.caption(f"**{plain(name.replace('_', ' '), 60)}** {plain(_as_text(row.values, name), 1500)}")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            label_badges(chosen, place.configuration, row)
            row_button(row)


def _as_text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return "–" if value is None else str(value)
