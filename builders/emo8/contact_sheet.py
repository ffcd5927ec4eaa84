"""One picture of every emotion in every style, on one sheet, to be looked at: `python -m builders.emo8.contact_sheet SHEET.png`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from builders.emo8.grammar import read_grammar
from builders.emo8.pictures import Planned, plan_pictures
from builders.emo8.pools import make_pools
from hub.console import progress
from hub.engine.render import render
from hub.engine.render.parameters import PLACES
from hub.taxonomy import Taxonomy

_FOLDER = Path(__file__).parent
_SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}
_GAP = 4


def planned_pictures(images: int = 4000) -> list[Planned]:
    """Returns the pictures that the local profile draws."""
    pools = make_pools(200, 40, 30, PLACES, _SHARES)
    return list(plan_pictures(read_grammar(_FOLDER), pools, Taxonomy.read(_FOLDER / "labels.yaml").labels, images, _SHARES))


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
