"""Which columns of a row are its text and its labels, as the declaration says, and how they are shown."""

from collections.abc import Iterator

import streamlit as st

from hub.publish.inspection.features import Value
from hub.publish.inspection.published_folder import Configuration
from hub.results.browsing.published_rows import PublishedRow
from leaderboard.plain_text import plain
from leaderboard.views.datasets.data import Chosen

_MOST = 12
_SHORT = ("style", "family", "role")
"""Columns that are shown beside the labels."""


def label_path(chosen: Chosen, configuration: Configuration) -> str | None:
    """The path of the labels, as the dataset declares it; None where the configuration has none."""
    path = chosen.spec.release.label if chosen.spec else None
    return path if path and path.split(".")[0] in configuration.features else None


def text_columns(chosen: Chosen, configuration: Configuration) -> list[str]:
    """The text itself first, then what belongs to it."""
    texts = [name for name, feature in configuration.features.items() if feature == Value("string") and name != "id"]
    declared = [name for name in (chosen.spec.release.content.get(configuration.name, ()) if chosen.spec else ()) if name in texts]
    more = [name for name in ("context", "original_utterance") if name in texts and name not in declared]
    first = declared or texts[:1] or list(configuration.features)[:1]
    return list(dict.fromkeys([*first, *more]))


def labels_of(chosen: Chosen, configuration: Configuration, row: PublishedRow) -> Iterator[tuple[str, float | None]]:
    """Yields a row's labels, each with its intensity where the dataset has one."""
    path = label_path(chosen, configuration)
    if path is None:
        return
    name, *inner = path.split(".")
    value = row.values.get(name)
    for item in (value if isinstance(value, list) else [value])[:_MOST]:
        if isinstance(item, dict) and inner:
            strength = next((one for one in item.values() if isinstance(one, float)), None)
            yield str(item.get(inner[0])), strength
        elif item is not None and not inner:
            yield str(item), None


def label_badges(chosen: Chosen, configuration: Configuration, row: PublishedRow) -> None:
    """Draws labels as badges, and what else is short and tells a row apart."""
    with st.container(horizontal=True, gap="xxsmall"):
        for label, strength in labels_of(chosen, configuration, row):
            st.badge(plain(label.replace("_", " "), 60) + ("" if strength is None else f" {strength:.2f}"), color="blue")
        for name in _SHORT:
            value = row.values.get(name)
            if isinstance(value, str) and value:
                st.badge(plain(value.replace("_", " "), 60), color="gray")
