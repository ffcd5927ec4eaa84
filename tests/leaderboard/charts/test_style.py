"""The chart colours, measured: contrast by WCAG 2.2, colour blindness by the simulation of Machado, Oliveira and Fernandes (2009) at full severity."""

import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("altair", reason="altair is not installed (pip install emohub[board])")
color = pytest.importorskip("skimage.color", reason="scikit-image is not installed (pip install emohub[portraits])")

from leaderboard.charts.style import BACKGROUNDS, COLOURS, DARK, DIVERGING, KIND_COLOURS, KIND_SHAPES, LIGHT, PRINTED, SHAPES, configuration  # noqa: E402

SEEN_BY = {
    "people with every cone": np.eye(3),
    "deuteranopes": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "protanopes": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "tritanopes": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
Colour = npt.NDArray[np.float64]


def linear(hexadecimal: str) -> Colour:
    encoded = np.array([int(hexadecimal[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def luminance(hexadecimal: str) -> float:
    return float(linear(hexadecimal) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def difference(one: str, other: str, matrix: Colour) -> float:
    """CIEDE2000 between two colours as somebody sees them; 1 is just noticeable side by side, and marks on a chart lie apart."""
    seen = [np.clip(matrix @ linear(each), 0, 1) for each in (one, other)]
    encoded = [np.where(each <= 0.0031308, each * 12.92, 1.055 * each ** (1 / 2.4) - 0.055) for each in seen]
    return float(color.deltaE_ciede2000(*(color.rgb2lab(each) for each in encoded)))


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("mark", sorted({*COLOURS, *KIND_COLOURS.values(), DIVERGING[0], DIVERGING[2]}))
def test_marks_stand_out_from_both_backgrounds(mark: str, background: str) -> None:
    assert contrast(mark, BACKGROUNDS[background]) >= 3


def test_text_in_charts_is_readable_on_its_background() -> None:
    assert contrast(LIGHT.ink, BACKGROUNDS["light"]) >= 4.5
    assert contrast(DARK.ink, BACKGROUNDS["dark"]) >= 4.5


@pytest.mark.parametrize("who", SEEN_BY)
def test_any_two_series_stay_apart(who: str) -> None:
    assert min(difference(one, other, SEEN_BY[who]) for one, other in combinations(COLOURS, 2)) >= 8


@pytest.mark.parametrize("who", SEEN_BY)
def test_the_ends_of_the_diverging_scale_stay_apart(who: str) -> None:
    assert difference(DIVERGING[0], DIVERGING[2], SEEN_BY[who]) >= 20


def test_kinds_that_share_a_colour_have_different_shapes() -> None:
    drawn = [(KIND_COLOURS[kind], KIND_SHAPES[kind]) for kind in KIND_COLOURS]
    assert KIND_COLOURS.keys() == KIND_SHAPES.keys()
    assert len(set(drawn)) == len(drawn)
    assert len(SHAPES) == len(COLOURS)


def test_the_backgrounds_are_those_of_the_app() -> None:
    theme = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert {name: theme[name]["backgroundColor"] for name in ("light", "dark")} == BACKGROUNDS


def test_printed_charts_take_the_colour_of_the_page_and_paint_no_background() -> None:
    settings = configuration(PRINTED)
    assert settings["background"] is None
    assert settings["axis"]["labelColor"] == "currentColor"  # type: ignore[index]
    assert settings["font"].endswith("sans-serif")  # type: ignore[attr-defined]
