"""Clips of every style and family as strips on one sheet, to be looked at: `python -m builders.emojibench.contact_sheet SHEET.jpg`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from builders.emojibench.identities import PORTRAIT_STYLES
from builders.emojibench.motion import FAMILIES
from builders.emojibench.options import read_options
from builders.emojibench.planning import PlannedClip, plan
from hub.console import progress
from hub.engine.render import render
from hub.spec import ImageDatasetSpec, load

_FOLDER = Path(__file__).parent
_GAP = 2


def planned_clips(split: str = "test") -> list[PlannedClip]:
    """Returns one clip of every family in every style, family after family, as the local profile plans them."""
    spec = load(_FOLDER / "dataset.yaml", ImageDatasetSpec)
    clips = [clip for clip in plan(read_options({}), spec.default_configuration.shares, _FOLDER).clips if clip.split == split and clip.role == "self"]
    return [next(clip for clip in clips if (clip.family, clip.style) == (family, style)) for family in FAMILIES for style in PORTRAIT_STYLES]


def draw_sheet(clips: Sequence[PlannedClip], path: Path, frames: int = 6, columns: int = 2, size: int = 128) -> None:
    """Writes some frames of every clip, spread over its length, as a strip; `columns` strips stand beside each other."""
    from PIL import Image

    width, rows = frames * size + _GAP * 3, -(-len(clips) // columns)
    sheet = Image.new("RGB", (columns * width - _GAP * 3, rows * (size + _GAP) - _GAP), "white")
    with progress("drawing the sheet", len(clips)) as tick:
        for place, clip in enumerate(clips):
            for number in range(frames):
                picture = clip.pictures[number * (len(clip.pictures) - 1) // max(1, frames - 1)]
                left, top = place % columns * width + number * size, place // columns * (size + _GAP)
                sheet.paste(Image.fromarray(render(picture, size).pixels), (left, top))
            tick()
    sheet.save(path)


if __name__ == "__main__":
    draw_sheet(planned_clips(), Path(sys.argv[1]))
