"""One picture of every emotion in every style, on one sheet, to be looked at: `python -m builders.emo8.contact_sheet SHEET.png`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from builders.emo8.chain import plan_all, read_options
from builders.emo8.pictures import Planned
from hub.console import progress
from hub.engine.render import render
from hub.spec import ImageDatasetSpec, load

_FOLDER = Path(__file__).parent
_GAP = 4


def planned_pictures(images: int = 4000) -> list[Planned]:
    """Returns the pictures of a dataset of that many: as the local profile draws them, when not given."""
    return plan_all(_FOLDER, load(_FOLDER / "dataset.yaml", ImageDatasetSpec), read_options({"images": images}))


def draw_sheet(planned: Sequence[Planned], path: Path, number: int = 0, size: int = 256) -> None:
    """Writes the picture with this number of every emotion (rows) in every style (columns)."""
    from PIL import Image

    emotions, styles = list(dict.fromkeys(one.emotion for one in planned)), list(dict.fromkeys(one.style for one in planned))
    sheet = Image.new("RGB", (len(styles) * (size + _GAP) - _GAP, len(emotions) * (size + _GAP) - _GAP), "white")
    with progress("drawing the sheet", len(emotions) * len(styles)) as tick:
        for row, emotion in enumerate(emotions):
            for column, style in enumerate(styles):
                chosen = [one for one in planned if (one.emotion, one.style) == (emotion, style)][number]
                sheet.paste(Image.fromarray(render(chosen.picture, size).pixels), (column * (size + _GAP), row * (size + _GAP)))
                tick()
    sheet.save(path)


if __name__ == "__main__":
    draw_sheet(planned_pictures(), Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
