"""One row's picture or clip, with boxes and landmarks where they are wanted."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from hub.errors import EmohubError
from hub.publish.inspection.features import ListOf, Picture
from hub.publish.inspection.published_folder import Configuration, PublishedFolder
from hub.results.browsing.published_rows import PublishedRow
from hub.results.display import printable
from leaderboard.drawing import MOST_FRAMES, Marks, animate, boxes_of, draw_marks, points_of
from leaderboard.plain_text import plain
from leaderboard.views.datasets.data import folder_stamp, picture

_WIDTH = 512
"""Pixels to which marked pictures are enlarged."""
_CLIP_WIDTH = 256


@dataclass(frozen=True)
class Toggles:
    """What is drawn on pictures."""

    boxes: bool = False
    points: bool = False


def is_clip(configuration: Configuration) -> bool:
    return any(isinstance(feature, ListOf) and isinstance(feature.item, Picture) for feature in configuration.features.values())


def shown_picture(folder: PublishedFolder, configuration: Configuration, row: PublishedRow, toggles: Toggles, title: str = "") -> None:
    """Draws the first picture or clip of a row; a sentence where it cannot be shown."""
    name = next((name for name, feature in configuration.features.items() if isinstance(feature, Picture)), None)
    clip = next((name for name, feature in configuration.features.items() if isinstance(feature, ListOf) and isinstance(feature.item, Picture)), None)
    column = name or clip
    if column is None:
        return
    try:
        found = picture(
            lambda: _clip(row, column, toggles) if clip and not name else _picture(row, column, toggles),
            configuration.name,
            row.split,
            row.number,
            int(toggles.boxes),
            int(toggles.points),
            *folder_stamp(folder),
        )
    except EmohubError as error:
        st.caption(f":material/broken_image: {plain(row.id, 80)}: {plain(str(error))}")
        return
    # Without a format named, Streamlit would write a PNG anew as JPEG on every run.
    st.image(found, width="stretch", alt=_alt(row, title), output_format="PNG" if found.startswith(b"\x89PNG") else "auto")


def _picture(row: PublishedRow, column: str, toggles: Toggles) -> bytes:
    return draw_marks(_bytes(row.values.get(column)), _marks(row, toggles, 0), _WIDTH if toggles.boxes or toggles.points else 0)


def _clip(row: PublishedRow, column: str, toggles: Toggles) -> bytes:
    frames = [_bytes(frame) for frame in (row.values.get(column) or [])[: MOST_FRAMES + 1]]
    rate = row.values.get("fps")
    marks = [_marks(row, toggles, number) for number in range(len(frames))]
    return animate(frames, float(rate) if isinstance(rate, int | float) and rate > 0 else 12.0, marks, _CLIP_WIDTH if toggles.points else 0)


def _marks(row: PublishedRow, toggles: Toggles, frame: int) -> Marks:
    return Marks(boxes_of(row.values) if toggles.boxes else (), points_of(row.values, frame) if toggles.points else ())


def _bytes(value: Any) -> bytes:
    data = value.get("bytes") if isinstance(value, dict) else None
    if not isinstance(data, bytes):
        raise EmohubError("the row holds no picture")
    return data


def _alt(row: PublishedRow, title: str) -> str:
    told = row.values.get("caption") or " ".join(str(row.values[name]) for name in ("style", "source", "family", "motion") if row.values.get(name))
    return printable(f"{title}{': ' if title else ''}{told or row.id}", 400)
