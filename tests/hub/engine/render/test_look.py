"""How each style shades a shape."""

import numpy as np
import numpy.typing as npt
import pytest
import skia

from hub.engine.render.look import LOOKS, Brush, Light
from hub.engine.render.parameters import STYLES, StyleName
from hub.engine.render.sketch import ellipse
from hub.engine.render.truth import Floats

SIZE = 100
GREEN = (0.3, 0.6, 0.35)
UPPER_LEFT = Light((-0.6, -0.8))


def ball(style: StyleName, volume: float = 0.8, outline: float = 0.0, light: Light = UPPER_LEFT, seed: int = 0) -> Floats:
    """A disc of radius 40 in the middle of a black picture, 0 to 255."""
    surface = skia.Surface(SIZE, SIZE)
    surface.getCanvas().clear(skia.ColorBLACK)
    brush = Brush(surface.getCanvas(), LOOKS[style], light, SIZE, np.random.default_rng(seed))
    brush.shape(ellipse(50, 50, 40), GREEN, volume=volume, outline=outline)
    return surface.toarray(colorType=skia.kRGBA_8888_ColorType)[:, :, :3].astype(np.float32)


def tones(pixels: Floats) -> int:
    """How many colours the middle of the disc has, leaving out those of antialiased edges."""
    _, counts = np.unique(pixels[26:74, 26:74].reshape(-1, 3), axis=0, return_counts=True)
    return int((counts > 20).sum())


def lightness(pixels: Floats, x: int, y: int) -> float:
    return float(pixels[y - 3 : y + 4, x - 3 : x + 4].mean())


def test_the_cartoon_has_two_flat_tones() -> None:
    assert tones(ball("cartoon", volume=1.0)) == 2


def test_the_cartoon_of_a_flat_sheet_has_one_tone() -> None:
    assert tones(ball("cartoon", volume=0.0)) == 1


@pytest.mark.parametrize("style", ["natural", "realistic", "science_fiction", "advertising"])
def test_the_other_styles_grade_their_tones(style: StyleName) -> None:
    assert len(np.unique(ball(style)[26:74, 26:74].reshape(-1, 3), axis=0)) > 8


@pytest.mark.parametrize("style", [style for style in STYLES if style != "advertising"])
def test_the_side_towards_the_light_is_brighter(style: StyleName) -> None:
    pixels = ball(style, volume=1.0)
    assert lightness(pixels, 32, 28) > lightness(pixels, 70, 76) + 8


@pytest.mark.parametrize("style", [style for style in STYLES if style != "advertising"])
def test_turning_the_light_turns_the_shading(style: StyleName) -> None:
    pixels = ball(style, volume=1.0, light=Light((0.6, 0.8)))
    assert lightness(pixels, 32, 28) < lightness(pixels, 70, 76) - 8


def test_the_cartoon_has_a_dark_outline_and_the_neon_a_bright_one() -> None:
    inside, rim = (slice(48, 53), slice(60, 70)), (slice(48, 53), slice(88, 92))
    cartoon, neon = ball("cartoon", outline=2.0), ball("science_fiction", outline=2.0)
    assert cartoon[rim].mean() < 0.4 * cartoon[inside].mean()
    assert neon[rim].mean(axis=2).max() > 1.5 * neon[inside].mean()


def test_gloss_has_a_highlight_near_white() -> None:
    assert ball("advertising", volume=1.0).min(axis=2).max() > 180
    assert ball("realistic", volume=1.0).min(axis=2).max() < 180


def test_paint_is_uneven_from_shape_to_shape_and_print_is_not() -> None:
    assert not np.array_equal(ball("natural", seed=0), ball("natural", seed=1))
    assert np.array_equal(ball("advertising", seed=0), ball("advertising", seed=1))


@pytest.mark.parametrize("style", STYLES)
def test_the_colour_of_the_light_colours_the_shape(style: StyleName) -> None:
    def red_over_blue(light: Light) -> float:
        pixels: npt.NDArray[np.float32] = ball(style, light=light)[30:70, 30:70]
        return float(pixels[:, :, 0].mean() / pixels[:, :, 2].mean())

    orange = Light(colour=(1.0, 0.7, 0.4), ambient=(0.6, 0.5, 0.4))
    blue = Light(colour=(0.5, 0.6, 0.95), ambient=(0.3, 0.4, 0.6))
    assert red_over_blue(orange) > 1.3 * red_over_blue(blue)


@pytest.mark.parametrize("style", STYLES)
def test_an_empty_shape_leaves_no_mark(style: StyleName) -> None:
    surface = skia.Surface(SIZE, SIZE)
    brush = Brush(surface.getCanvas(), LOOKS[style], Light(), SIZE, np.random.default_rng(0))
    brush.shape(skia.Path(), GREEN)
    assert not surface.toarray()[:, :, :3].any()


def test_a_glow_only_adds_light() -> None:
    surface = skia.Surface(SIZE, SIZE)
    surface.getCanvas().clear(skia.Color(60, 70, 80))
    brush = Brush(surface.getCanvas(), LOOKS["realistic"], Light(), SIZE, np.random.default_rng(0))
    before = surface.toarray()[:, :, :3].astype(int)
    brush.glow(50, 50, 30, (1.0, 0.8, 0.4))
    after = surface.toarray()[:, :, :3].astype(int)
    assert (after >= before).all()
    assert (after - before)[50, 50].max() > 100
    assert np.array_equal(after[:, :19], before[:, :19])
