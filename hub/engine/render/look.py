"""The five styles as a brush: how each fills, shades and outlines a shape. What is drawn is decided elsewhere; how it looks, here."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import skia

from hub.engine.render.parameters import StyleName

Colour = tuple[float, float, float]
"""Red, green, blue, 0 to 1, before style and light."""

INK: Colour = (0.1, 0.08, 0.12)
CYAN: Colour = (0.25, 0.95, 1.0)
MAGENTA: Colour = (1.0, 0.25, 0.85)
WHITE: Colour = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Look:
    """One style."""

    name: StyleName
    outline: float
    """Width of outlines in shares of the picture's width; 0 for none."""
    shading: Literal["cel", "wash", "soft", "neon", "gloss"]
    """cel: two flat tones. wash: uneven, like paint on paper. soft: smooth and fine-grained, like a photograph. neon: dark with a glowing rim. gloss: bright,
    with a hard highlight."""
    saturation: float
    """Factor on the saturation of every colour."""


LOOKS: dict[StyleName, Look] = {
    "cartoon": Look("cartoon", 0.008, "cel", 1.35),
    "natural": Look("natural", 0.0, "wash", 0.95),
    "realistic": Look("realistic", 0.0, "soft", 0.82),
    "science_fiction": Look("science_fiction", 0.006, "neon", 1.25),
    "advertising": Look("advertising", 0.0, "gloss", 1.25),
}


@dataclass(frozen=True, slots=True)
class Light:
    """The light in a scene."""

    direction: tuple[float, float] = (-0.5, -0.8)
    """Where it comes from, in the picture: to the right and down."""
    colour: Colour = (1.0, 0.98, 0.94)
    ambient: Colour = (0.55, 0.58, 0.65)
    strength: float = 0.7
    """0 even to 1 harsh."""


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Returns `one` with `share` of `other` in it."""
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share, one[2] + (other[2] - one[2]) * share


def scaled(colour: Colour, factor: float) -> Colour:
    """Returns a colour `factor` times as bright, cut at 1."""
    return min(1.0, colour[0] * factor), min(1.0, colour[1] * factor), min(1.0, colour[2] * factor)


def ink(colour: Colour, alpha: float = 1.0) -> int:
    """Returns Skia's integer of a colour."""
    return _byte(alpha) << 24 | _byte(colour[0]) << 16 | _byte(colour[1]) << 8 | _byte(colour[2])


def _byte(part: float) -> int:
    return 0 if part <= 0 else 255 if part >= 1 else int(255 * part + 0.5)


def fill_of(colour: Colour, alpha: float = 1.0) -> skia.Paint:
    """Returns an antialiased fill."""
    return skia.Paint(Color=ink(colour, alpha), AntiAlias=True)


def stroke_of(colour: Colour, width: float, alpha: float = 1.0) -> skia.Paint:
    """Returns an antialiased stroke with round ends."""
    paint = skia.Paint(Color=ink(colour, alpha), AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=width)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    paint.setStrokeJoin(skia.Paint.kRound_Join)
    return paint


@dataclass(slots=True)
class Brush:
    """Draws shapes on a canvas in one style and one light. `size` is the picture's width in pixels; `random` is for texture alone."""

    canvas: skia.Canvas
    look: Look
    light: Light
    size: int
    random: np.random.Generator

    def shape(self, path: skia.Path, colour: Colour, *, volume: float = 0.5, outline: float = 1.0) -> None:
        """Fills a closed path. `volume`: 0 a flat sheet to 1 a ball. `outline`: factor on the style's outline, 0 for none."""
        bounds = path.getBounds()
        if bounds.width() <= 0 or bounds.height() <= 0:
            return
        match self.look.shading:
            case "cel":
                self._cel(path, bounds, self.tone(colour), volume)
            case "wash":
                self._wash(path, bounds, self.tone(colour), volume)
            case "soft":
                self._soft(path, bounds, self.tone(colour), volume)
            case "neon":
                self._neon(path, bounds, self.tone(colour), volume)
            case "gloss":
                self._gloss(path, bounds, self.tone(colour), volume)
        width = self.look.outline * outline * self.size
        if width <= 0:
            return
        if self.look.shading == "neon":
            self._rim(path, bounds, colour, width)
        else:
            self.canvas.drawPath(path, stroke_of(INK, width))

    def line(self, path: skia.Path, colour: Colour, width: float) -> None:
        """Strokes a path, `width` in pixels, with round ends."""
        self.canvas.drawPath(path, stroke_of(self.tone(colour), width))

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Adds a soft spot of light."""
        shader = skia.GradientShader.MakeRadial((x, y), radius, [ink(colour, strength), ink(colour, strength * 0.35), ink(colour, 0.0)])
        self.canvas.drawCircle(x, y, radius, skia.Paint(Shader=shader, BlendMode=skia.BlendMode.kScreen, AntiAlias=True))

    def flat(self, path: skia.Path, colour: Colour, alpha: float = 1.0) -> None:
        """Fills a path with a colour as it is: for what shines by itself, and for veils."""
        self.canvas.drawPath(path, fill_of(colour, alpha))

    def ramp(self, path: skia.Path, colours: tuple[Colour, ...], alphas: tuple[float, ...] | None = None) -> None:
        """Fills a path with an unlit gradient from its top to its bottom."""
        bounds = path.getBounds()
        parts = alphas if alphas is not None else (1.0,) * len(colours)
        shades = [ink(colour, alpha) for colour, alpha in zip(colours, parts, strict=True)]
        self._filled(path, skia.GradientShader.MakeLinear([(0, bounds.top()), (0, bounds.bottom())], shades))

    def tone(self, colour: Colour) -> Colour:
        """Returns a colour as this style has it in this light."""
        grey = sum(colour) / 3
        light, ambient = self.light.colour, self.light.ambient
        red, green, blue = (
            min(1.0, max(0.0, grey + (part - grey) * self.look.saturation)) * (0.75 * lit + 0.35 * even)
            for part, lit, even in zip(colour, light, ambient, strict=True)
        )
        toned = (red, green, blue)
        match self.look.shading:
            case "wash":
                return mixed(toned, (0.8, 0.74, 0.58), 0.15)
            case "neon":
                return mixed((0.8 * red, 0.74 * green, min(1.0, 1.02 * blue)), (0.22, 0.1, 0.55), 0.2)
            case "gloss":
                return mixed(toned, WHITE, 0.06)
            case _:
                return toned

    def _filled(self, path: skia.Path, shader: skia.Shader) -> None:
        self.canvas.drawPath(path, skia.Paint(Shader=shader, AntiAlias=True))

    def _towards_light(self, bounds: skia.Rect, reach: float) -> tuple[float, float]:
        extent = min(bounds.width(), bounds.height())
        return self.light.direction[0] * extent * reach, self.light.direction[1] * extent * reach

    def _across(self, bounds: skia.Rect) -> list[tuple[float, float]]:
        """The two ends of a line through the shape, from its lit side to the other."""
        right, down = self.light.direction
        half = 0.5 * (abs(right) * bounds.width() + abs(down) * bounds.height())
        return [(bounds.centerX() + right * half, bounds.centerY() + down * half), (bounds.centerX() - right * half, bounds.centerY() - down * half)]

    def _cel(self, path: skia.Path, bounds: skia.Rect, tone: Colour, volume: float) -> None:
        if volume < 0.05:
            self.canvas.drawPath(path, fill_of(tone))
            return
        shade = (tone[0] * 0.66, tone[1] * 0.64, tone[2] * 0.74)
        self.canvas.drawPath(path, fill_of(shade))
        self.canvas.save()
        self.canvas.clipPath(path, skia.ClipOp.kIntersect, True)
        self.canvas.translate(*self._towards_light(bounds, 0.24 * volume))
        self.canvas.drawPath(path, fill_of(tone))
        self.canvas.restore()

    def _wash(self, path: skia.Path, bounds: skia.Rect, tone: Colour, volume: float) -> None:
        uneven = self.random.uniform(-0.04, 0.04, 3)
        light = mixed((tone[0] + uneven[0], tone[1] + uneven[1], tone[2] + uneven[2]), (0.98, 0.95, 0.86), 0.14 + 0.14 * volume)
        deep = (tone[0] * (1 - 0.46 * volume), tone[1] * (1 - 0.44 * volume), tone[2] * (1 - 0.34 * volume))
        shader = skia.GradientShader.MakeLinear(self._across(bounds), [ink(light), ink(tone), ink(deep)])
        extent = min(bounds.width(), bounds.height())
        paint = skia.Paint(Shader=shader, AntiAlias=True)
        edge = stroke_of(scaled(tone, 0.62), max(0.5, self.size * 0.005), 0.5)
        if extent > 0.2 * self.size:
            # A wet edge wavers: short straight pieces bent at random, their corners rounded.
            step = self.size * 0.016
            seed = int(self.random.integers(1 << 30))
            wavering = skia.PathEffect.MakeCompose(skia.CornerPathEffect.Make(step), skia.DiscretePathEffect.Make(step, self.size * 0.0025, seed))
            paint.setPathEffect(wavering)
        self.canvas.drawPath(path, paint)
        self.canvas.save()
        self.canvas.clipPath(path, skia.ClipOp.kIntersect, True)
        self.canvas.drawPath(path, edge)
        self.canvas.restore()

    def _soft(self, path: skia.Path, bounds: skia.Rect, tone: Colour, volume: float) -> None:
        bright = mixed(scaled(tone, 1.0 + 0.18 * volume), WHITE, 0.05 + 0.08 * volume)
        dark = mixed(scaled(tone, 1.0 - 0.62 * volume * self.light.strength - 0.1 * volume), self.light.ambient, 0.03)
        if volume < 0.3:
            shader = skia.GradientShader.MakeLinear(self._across(bounds), [ink(bright), ink(tone), ink(dark)])
            self._filled(path, shader)
            return
        right, down = self.light.direction[0] * 0.28 * bounds.width(), self.light.direction[1] * 0.28 * bounds.height()
        radius = 0.85 * max(bounds.width(), bounds.height())
        centre = (bounds.centerX() + right, bounds.centerY() + down)
        self._filled(path, skia.GradientShader.MakeRadial(centre, radius, [ink(bright), ink(tone), ink(dark)], [0.0, 0.4, 1.0]))

    def _neon(self, path: skia.Path, bounds: skia.Rect, tone: Colour, volume: float) -> None:
        if min(bounds.width(), bounds.height()) > 0.45 * self.size and volume < 0.3:
            # Walls and land stay in the dark, so that what is in front of them shines.
            tone = mixed(scaled(tone, 0.62), (0.1, 0.05, 0.32), 0.35)
        lit = mixed(tone, CYAN, 0.03 + 0.07 * volume)
        dark = mixed(scaled(tone, 0.85 - 0.4 * volume), (0.06, 0.02, 0.2), 0.15 + 0.25 * volume)
        self._filled(path, skia.GradientShader.MakeLinear(self._across(bounds), [ink(lit), ink(mixed(lit, dark, 0.4)), ink(dark)]))

    def _rim(self, path: skia.Path, bounds: skia.Rect, colour: Colour, width: float) -> None:
        one, other = mixed(CYAN, colour, 0.2), mixed(MAGENTA, colour, 0.2)
        paint = stroke_of(WHITE, width)
        paint.setShader(skia.GradientShader.MakeLinear(self._across(bounds), [ink(one, 0.95), ink(other, 0.8)]))
        halo = skia.Paint(paint)
        halo.setStrokeWidth(2.6 * width)
        halo.setAlphaf(0.3)
        self.canvas.drawPath(path, halo)
        self.canvas.drawPath(path, paint)

    def _gloss(self, path: skia.Path, bounds: skia.Rect, tone: Colour, volume: float) -> None:
        top, low = mixed(tone, WHITE, 0.1 + 0.22 * volume), scaled(tone, 1.0 - 0.22 * volume)
        self._filled(path, skia.GradientShader.MakeLinear([(0, bounds.top()), (0, bounds.bottom())], [ink(top), ink(tone), ink(low)]))
        if volume < 0.3:
            return
        self.canvas.save()
        self.canvas.clipPath(path, skia.ClipOp.kIntersect, True)
        right, down = self.light.direction
        width, height = bounds.width() * 0.42, bounds.height() * 0.24
        shine = skia.Rect.MakeXYWH(
            bounds.centerX() + right * bounds.width() * 0.42 - width / 2, bounds.centerY() + down * bounds.height() * 0.38 - height / 2, width, height
        )
        shader = skia.GradientShader.MakeLinear([(0, shine.top()), (0, shine.bottom())], [ink(WHITE, 0.75 * volume), ink(WHITE, 0.12 * volume)])
        self.canvas.drawOval(shine, skia.Paint(Shader=shader, AntiAlias=True))
        self.canvas.restore()
