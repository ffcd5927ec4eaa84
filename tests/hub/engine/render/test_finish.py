"""The finish: surfaces of the styles, brightness, colourfulness and warmth."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hub.engine.render.finish import Pixels, finish
from hub.engine.render.parameters import STYLES, Picture, Scene, StyleName
from hub.engine.render.picture import render

STEPS = (-1.0, -0.5, 0.0, 0.5, 1.0)
GARDEN = Scene("garden", seed=3)


def luminance(pixels: Pixels) -> float:
    """The mean of Rec. 601 luma, 0 to 255."""
    return float((pixels @ np.array([0.299, 0.587, 0.114])).mean())


def colourfulness(pixels: Pixels) -> float:
    """Hasler and Suesstrunk, Measuring colourfulness in natural images (2003)."""
    red, green, blue = np.moveaxis(pixels.astype(float), 2, 0)
    one, two = red - green, 0.5 * (red + green) - blue
    return float(np.hypot(one.std(), two.std()) + 0.3 * np.hypot(one.mean(), two.mean()))


def warmth(pixels: Pixels) -> float:
    """How much more red than blue there is, 0 to 1."""
    return float((pixels[:, :, 0].astype(float) - pixels[:, :, 2]).mean() / 255)


def pictures(style: StyleName, adjustment: str) -> list[Pixels]:
    return [render(Picture(style, replace(GARDEN, **{adjustment: step})), 128).pixels for step in STEPS]


@pytest.mark.parametrize("style", STYLES)
def test_more_brightness_is_more_luminance(style: StyleName) -> None:
    found = [luminance(pixels) for pixels in pictures(style, "brightness")]
    assert (np.diff(found) > 8).all()


@pytest.mark.parametrize("style", STYLES)
def test_more_colourfulness_is_more_by_hasler_and_suesstrunk(style: StyleName) -> None:
    found = [colourfulness(pixels) for pixels in pictures(style, "colourfulness")]
    assert (np.diff(found) > 3).all()
    assert found[0] < 0.35 * found[2]


@pytest.mark.parametrize("style", STYLES)
def test_more_warmth_is_more_red_and_less_blue(style: StyleName) -> None:
    found = [warmth(pixels) for pixels in pictures(style, "warmth")]
    assert (np.diff(found) > 0.02).all()


@pytest.mark.parametrize("style", STYLES)
@given(pixels=arrays(np.uint8, (64, 64, 3)), brightness=st.floats(-1, 1), colours=st.floats(-1, 1), tint=st.floats(-1, 1), seed=st.integers(0, 1 << 40))
@settings(max_examples=10, deadline=None)
def test_any_pixels_are_finished_to_as_many_bytes(style: StyleName, pixels: Pixels, brightness: float, colours: float, tint: float, seed: int) -> None:
    picture = Picture(style, Scene(brightness=brightness, colourfulness=colours, warmth=tint), seed=seed)
    found = finish(pixels, picture)
    assert found.shape == (64, 64, 3)
    assert found.dtype == np.uint8
    assert np.array_equal(found, finish(pixels, picture))


@pytest.mark.parametrize("style", ["natural", "realistic"])
def test_grain_is_another_for_another_seed(style: StyleName) -> None:
    grey = np.full((96, 96, 3), 128, np.uint8)
    one, two = (finish(grey, Picture(style, seed=seed)) for seed in (0, 1))
    assert 0.3 < np.abs(one.astype(int) - two).mean() < 20


@pytest.mark.parametrize("style", ["cartoon", "science_fiction", "advertising"])
def test_these_surfaces_have_no_grain(style: StyleName) -> None:
    grey = np.full((96, 96, 3), 128, np.uint8)
    assert np.array_equal(finish(grey, Picture(style, seed=0)), finish(grey, Picture(style, seed=1)))


def test_photographs_are_darker_in_their_corners() -> None:
    found = finish(np.full((96, 96, 3), 150, np.uint8), Picture("realistic"))
    assert found[:12, :12].mean() < found[42:54, 42:54].mean() - 20


def test_light_spills_in_the_hologram() -> None:
    dark = np.zeros((96, 96, 3), np.uint8)
    dark[40:56, 40:56] = 255
    found = finish(dark, Picture("science_fiction"))
    assert found[47, 34].mean() > 10
    assert found[47, 5].mean() == 0


@pytest.mark.parametrize("size", [64, 65, 101, 256, 400])
@pytest.mark.parametrize("style", STYLES)
def test_every_size_can_be_finished(style: StyleName, size: int) -> None:
    assert finish(np.full((size, size, 3), 90, np.uint8), Picture(style)).shape == (size, size, 3)
