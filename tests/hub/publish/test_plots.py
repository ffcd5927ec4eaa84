"""The pictures of a card can be read on any page, say the same in words, and are the same bytes every time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
import pyarrow as pa
import pytest
from PIL import Image

from hub.publish.plots import Plot, draw_plots
from hub.spec import DatasetSpec, ImageDatasetSpec, TextDatasetSpec, load
from hub.tables import write_table
from tests.support.projects import REPOSITORY

STYLES = ["cartoon", "natural", "science_fiction"]
TEXT_REPORT = {"statistics": {"labels": {"context-less": {"joy": 4, "sadness": 2}}}}
IMAGE_REPORT = {"statistics": {"labels": {"images": {"joy": 3, "awe": 1}}}}


def _text(folder: Path) -> tuple[Plot, ...]:
    spec = load(REPOSITORY / "builders" / "emo_pillars" / "dataset.yaml", TextDatasetSpec)
    for name, words in (("context-less", 3), ("contextual", 4), ("contextual-rewritten", 70)):
        for split in ("train", "validation", "test"):
            write_table(folder / name / f"{split}-00000-of-00001.parquet", pa.table({"utterance": ["word " * words, "word " * (words + 1)]}))
    return draw_plots(folder, spec, TEXT_REPORT, {})


def _images(folder: Path) -> tuple[Plot, ...]:
    spec = load(REPOSITORY / "builders" / "emo8" / "dataset.yaml", ImageDatasetSpec)
    for split, styles in (("train", [0, 0, 1]), ("validation", [2]), ("test", [0])):
        for shard in (0, 1):
            write_table(folder / "images" / f"{split}-0000{shard}-of-00002.parquet", pa.table({"style": styles}))
    return draw_plots(folder, spec, IMAGE_REPORT, {"images/style": STYLES})


def test_a_text_dataset_shows_its_classes_and_lengths(tmp_path: Path) -> None:
    plots = _text(tmp_path)
    assert [plot.path for plot in plots] == ["plots/classes.png", "plots/lengths.png"]
    assert plots[0].text == "Rows of context-less by class: joy 4, sadness 2"
    assert plots[1].text == "Length of the texts in words, mean by configuration: context-less 3.5, contextual 4.5, contextual-rewritten 70.5"


def test_an_image_dataset_shows_its_classes_and_styles_over_all_shards_and_splits(tmp_path: Path) -> None:
    plots = _images(tmp_path)
    assert [plot.path for plot in plots] == ["plots/classes.png", "plots/images_style.png"]
    assert plots[1].text == "Rows of images by style: cartoon 6, natural 2, science fiction 2"


def test_portraits_are_shown_by_style_and_clips_by_family(tmp_path: Path) -> None:
    spec: DatasetSpec = load(REPOSITORY / "builders" / "emojibench" / "dataset.yaml", ImageDatasetSpec)
    columns: Mapping[str, dict[str, Any]] = {
        "portraits": {"style": ["human", "animal"]},
        "driving": {"style": ["human", "human"], "family": ["talking", "pupils"]},
        "pairs_self": {"portrait_id": ["a", "b"]},
        "pairs_cross": {"portrait_id": ["a", "b"]},
    }
    for configuration in spec.configurations:
        for split in configuration.shares:
            write_table(tmp_path / configuration.name / f"{split}-00000-of-00001.parquet", pa.table(columns[configuration.name]))
    texts = [plot.text for plot in draw_plots(tmp_path, spec, {}, {})]
    assert texts == ["Rows of portraits by style: animal 3, human 3", "Rows of driving by family: pupils 3, talking 3"]


@pytest.mark.parametrize("draw", [_text, _images])
def test_pictures_are_opaque_white_behind_small_and_without_dates_or_versions(tmp_path: Path, draw: Any) -> None:
    for plot in draw(tmp_path):
        path = tmp_path / plot.path
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert picture.info.keys() <= {"dpi"}
            assert picture.width == 770
            assert picture.height < 1000
            corner = picture.convert("RGBA").getpixel((0, 0))
        assert corner == (255, 255, 255, 255)
        assert path.stat().st_size < 150_000


@pytest.mark.parametrize("draw", [_text, _images])
def test_drawing_again_gives_the_same_bytes_whatever_the_readers_settings(tmp_path: Path, draw: Any) -> None:
    first = [(tmp_path / "one" / plot.path).read_bytes() for plot in draw(tmp_path / "one")]
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "savefig.transparent": True}):
        assert [(tmp_path / "two" / plot.path).read_bytes() for plot in draw(tmp_path / "two")] == first
        assert matplotlib.rcParams["font.size"] == 30
