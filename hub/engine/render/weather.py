"""Air and light: the sky of a time and a weather in each style, clouds, sun, moon and stars, and what falls from above."""

from dataclasses import dataclass

import numpy as np
import skia

from hub.engine.render.look import WHITE, Colour, Light, mixed, scaled
from hub.engine.render.parameters import INDOORS, Picture, StyleName, TimeOfDay, Weather
from hub.engine.render.sketch import Mark, Sketch, box, ellipse, smooth

SKIES: dict[TimeOfDay, tuple[Colour, Colour]] = {
    "dawn": ((0.45, 0.52, 0.82), (1.0, 0.8, 0.68)),
    "day": ((0.22, 0.53, 0.93), (0.76, 0.9, 0.99)),
    "dusk": ((0.3, 0.22, 0.5), (1.0, 0.54, 0.28)),
    "night": ((0.03, 0.05, 0.17), (0.12, 0.17, 0.38)),
}
"""A clear sky above and at the horizon."""
DAYLIGHT: dict[TimeOfDay, float] = {"dawn": 0.9, "day": 1.0, "dusk": 0.62, "night": 0.24}
LIGHTS: dict[TimeOfDay, Light] = {
    "dawn": Light((-0.75, -0.5), (1.0, 0.86, 0.78), (0.58, 0.54, 0.68), 0.55),
    "day": Light((-0.5, -0.8), (1.0, 0.98, 0.94), (0.6, 0.63, 0.7), 0.7),
    "dusk": Light((0.8, -0.4), (1.0, 0.68, 0.45), (0.45, 0.4, 0.58), 0.8),
    "night": Light((0.5, -0.7), (0.55, 0.62, 0.92), (0.34, 0.38, 0.56), 0.75),
}
LAMPLIGHTS: dict[TimeOfDay, Light] = {
    "dawn": Light((-0.7, -0.6), (0.98, 0.88, 0.8), (0.6, 0.56, 0.62), 0.5),
    "day": Light((-0.7, -0.6), (1.0, 0.98, 0.94), (0.64, 0.66, 0.7), 0.5),
    "dusk": Light((0.7, -0.6), (0.96, 0.74, 0.52), (0.5, 0.44, 0.52), 0.65),
    "night": Light((0.3, -0.9), (0.84, 0.7, 0.56), (0.42, 0.4, 0.48), 0.75),
}
GREYS: dict[Weather, tuple[Colour, float]] = {
    "clear": ((1.0, 1.0, 1.0), 0.0),
    "cloudy": ((0.72, 0.76, 0.82), 0.5),
    "rain": ((0.5, 0.55, 0.63), 0.75),
    "snow": ((0.8, 0.85, 0.93), 0.7),
    "fog": ((0.82, 0.84, 0.85), 0.85),
    "storm": ((0.22, 0.23, 0.32), 0.88),
}
"""The colour of an overcast sky in daylight and how much of it there is."""
LIGHT_FACTORS: dict[Weather, float] = {"clear": 1.0, "cloudy": 0.9, "rain": 0.76, "snow": 1.0, "fog": 0.95, "storm": 0.7}


@dataclass(frozen=True, slots=True)
class Air:
    """What the places need to know of time, weather and style."""

    style: StyleName
    time: TimeOfDay
    weather: Weather
    indoors: bool
    top: Colour
    """Of the sky above."""
    low: Colour
    """At the horizon."""

    @property
    def dark(self) -> bool:
        """Whether lamps are lit."""
        return self.time in ("dusk", "night") or (self.weather == "storm" and not self.indoors)


def air_of(picture: Picture) -> Air:
    """Returns the air of a picture; indoors the weather is clear."""
    scene = picture.scene
    indoors = scene.place in INDOORS
    weather: Weather = "clear" if indoors else scene.weather
    grey, share = GREYS[weather]
    overcast = scaled(grey, 0.12 + 0.88 * DAYLIGHT[scene.time])
    top, low = (_styled(mixed(colour, overcast, share), picture.style, upper) for colour, upper in zip(SKIES[scene.time], (True, False), strict=True))
    return Air(picture.style, scene.time, weather, indoors, top, low)


def light_of(picture: Picture) -> Light:
    """Returns the light in a picture: its time's, dimmed and evened out by the weather; lamplight indoors."""
    scene = picture.scene
    if scene.place in INDOORS:
        return LAMPLIGHTS[scene.time]
    light = LIGHTS[scene.time]
    _, share = GREYS[scene.weather]
    factor = LIGHT_FACTORS[scene.weather]
    even = sum(light.colour) / 3
    colour = scaled(mixed(light.colour, (even * 0.97, even, even * 1.04), 0.8 * share), factor)
    return Light(light.direction, colour, scaled(light.ambient, factor), light.strength * (1 - 0.7 * share))


def draw_sky(sketch: Sketch, air: Air) -> None:
    """Notes sky, sun or moon, stars and clouds, over the whole picture."""
    seeds = sketch.random.integers(1 << 31, size=4)
    sketch.ramp(box(-0.05, -0.05, 1.05, 0.75), (air.top, mixed(air.top, air.low, 0.55), air.low))
    sketch.flat(box(-0.05, 0.74, 1.05, 1.05), air.low)
    x, y = sketch.random.uniform((0.1, 0.08), (0.9, 0.2))
    # Each part draws from numbers of its own, so that one style's extras do not move another's clouds.
    sketch.random = np.random.default_rng(seeds[0])
    if air.style == "science_fiction":
        _planet(sketch, air)
    if air.time == "night" or air.style == "science_fiction":
        _stars(sketch, 90 if air.weather == "clear" else 18)
    if air.weather in ("clear", "cloudy", "snow"):
        _sun_or_moon(sketch, air, float(x), float(y))
    sketch.random = np.random.default_rng(seeds[1])
    if air.style == "cartoon" and air.weather != "fog":
        _swirls(sketch, air)
    sketch.random = np.random.default_rng(seeds[2])
    _clouds(sketch, air)


def _styled(colour: Colour, style: StyleName, upper: bool) -> Colour:
    match style:
        case "cartoon":
            grey = sum(colour) / 3
            return mixed((grey, grey, grey), colour, 1.4)
        case "natural":
            return mixed(mixed(colour, (sum(colour) / 3,) * 3, 0.35), (0.93, 0.9, 0.82), 0.22 if sum(colour) > 1.2 else 0.06)
        case "science_fiction":
            return mixed(colour, (0.05, 0.02, 0.2), 0.74) if upper else mixed(colour, (0.42, 0.08, 0.6), 0.66)
        case "advertising":
            return mixed(colour, WHITE, 0.04) if upper else mixed(colour, WHITE, 0.5 if sum(colour) > 1.2 else 0.12)
        case "realistic":
            return mixed(colour, (sum(colour) / 3,) * 3, 0.12)


def _planet(sketch: Sketch, air: Air) -> None:
    random = sketch.random
    x, y, radius = random.uniform(0.12, 0.88), random.uniform(0.08, 0.24), random.uniform(0.07, 0.13)
    sketch.glow(x, y, radius * 2.0, (0.5, 0.3, 1.0), 0.5)
    tint = mixed((0.2, 0.75, 0.95), (0.95, 0.3, 0.75), float(random.random()))
    sketch.ramp(ellipse(x, y, radius), (tint, scaled(tint, 0.35)))
    for share in (-0.3, 0.1, 0.45):
        half = radius * np.sqrt(1 - share**2) * 0.96
        sketch.flat(box(x - half, y + share * radius, x + half, y + share * radius + radius * 0.1, 0.01), (0.9, 0.95, 1.0), 0.22)
    ring = smooth((x - radius * 1.9, y + radius * 0.5), (x, y + radius * 0.28), (x + radius * 1.9, y - radius * 0.5), closed=False)
    sketch.line(ring, (0.9, 0.75, 1.0), radius * 0.12)


def _stars(sketch: Sketch, count: int) -> None:
    for x, y, kind in sketch.random.random((count, 3)):
        sketch.flat(ellipse(x, 0.6 * y**1.4, 0.0012 + 0.0026 * kind**3), (0.95, 0.97, 1.0), 0.35 + 0.6 * kind)


def _sun_or_moon(sketch: Sketch, air: Air, x: float, y: float) -> None:
    strength = 1.0 if air.weather == "clear" else 0.45
    if air.time == "night":
        sketch.glow(x, y, 0.17, (0.6, 0.7, 1.0), 0.5 * strength)
        sketch.flat(ellipse(x, y, 0.042), (0.96, 0.96, 0.88), strength)
        sketch.flat(ellipse(x + 0.018, y - 0.01, 0.036), air.top, strength)
        return
    low = air.time in ("dawn", "dusk")
    y = y + 0.24 if low else y
    tint = (1.0, 0.62, 0.3) if low else (1.0, 0.96, 0.75)
    if air.style == "science_fiction":
        tint = mixed(tint, (1.0, 0.3, 0.7), 0.5)
    sketch.glow(x, y, 0.34, tint, 0.75 * strength)
    sketch.flat(ellipse(x, y, 0.062 if low else 0.048), mixed(tint, WHITE, 0.35), strength)


def _swirls(sketch: Sketch, air: Air) -> None:
    pale = mixed(air.top, WHITE, 0.42 if air.time != "night" else 0.24)
    for x, y in sketch.random.uniform((0.0, 0.02), (1.0, 0.42), (5, 2)):
        turns = np.linspace(0.6, 3.4 * np.pi, 24)
        points = [(float(x + 0.0075 * turn * np.cos(turn)), float(y + 0.0055 * turn * np.sin(turn))) for turn in turns]
        tail = points[-1]
        sketch.marks.append(_unlit_line(smooth(*points, (tail[0] + 0.14, tail[1] + 0.03), (tail[0] + 0.26, tail[1]), closed=False), pale))


def _unlit_line(path: skia.Path, colour: Colour) -> Mark:
    outline = skia.Path()
    paint = skia.Paint(Style=skia.Paint.kStroke_Style, StrokeWidth=0.01)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    paint.getFillPath(path, outline)
    return Mark("flat", outline, (colour,), alphas=(0.75,))


def _clouds(sketch: Sketch, air: Air) -> None:
    count = {"clear": 3, "cloudy": 8, "rain": 8, "snow": 7, "fog": 0, "storm": 10}[air.weather]
    base = {"clear": 0.97, "cloudy": 0.86, "rain": 0.55, "snow": 0.88, "fog": 0.8, "storm": 0.3}[air.weather] * (0.25 + 0.75 * DAYLIGHT[air.time])
    colour = mixed((base, base, base * 1.04), air.low, 0.35)
    if air.style == "science_fiction":
        colour = mixed(scaled(colour, 0.55), (0.4, 0.12, 0.65), 0.6)
    random = sketch.random
    for _ in range(count):
        x, y, wide = random.uniform(-0.05, 1.05), random.uniform(0.03, 0.3), random.uniform(0.13, 0.26)
        puffs = [(float(x + wide * along), float(y - rise), float(wide * broad)) for along, rise, broad in _puffs(random, wide)]
        if air.style in ("cartoon", "advertising", "science_fiction"):
            whole = ellipse(x, y + 0.012, wide * 0.75, wide * 0.16)
            for one in puffs:
                whole = skia.Op(whole, ellipse(one[0], one[1], one[2], one[2] * 0.8), skia.PathOp.kUnion_PathOp)
            if air.style == "cartoon":
                sketch.shape(whole, colour, 0.5, 0.6)
            else:
                sketch.ramp(whole, (mixed(colour, WHITE, 0.35), scaled(colour, 0.93)), (0.96, 0.9))
            continue
        for one in puffs:
            if base > 0.6:
                sketch.glow(one[0], one[1], one[2] * 1.5, colour, 0.5)
            else:
                sketch.flat(ellipse(one[0], one[1], one[2] * 1.3, one[2] * 0.75), colour, 0.35)
    if air.weather == "storm":
        _lightning(sketch)


def _puffs(random: np.random.Generator, wide: float) -> list[tuple[float, float, float]]:
    return [(along, float(random.uniform(0.0, 0.16)) * wide, float(random.uniform(0.2, 0.36))) for along in (-0.5, -0.2, 0.12, 0.42)]


def _lightning(sketch: Sketch) -> None:
    random = sketch.random
    x, y = float(random.choice([random.uniform(0.05, 0.28), random.uniform(0.72, 0.95)])), 0.1
    points = [(x, y)]
    for _ in range(6):
        x, y = x + float(random.uniform(-0.07, 0.07)), y + float(random.uniform(0.05, 0.09))
        points.append((x, y))
    sketch.glow(points[2][0], points[2][1], 0.35, (0.75, 0.78, 1.0), 0.6)
    zigzag = [*points, *[(x + 0.012, y) for x, y in reversed(points[:-1])]]
    path = skia.Path()
    path.addPoly([skia.Point(*point) for point in zigzag], True)
    sketch.flat(path, (1.0, 1.0, 0.86))


def draw_veil(sketch: Sketch, air: Air) -> None:
    """Notes what weather does to all that is far: haze, fog, snow on the ground."""
    if air.weather == "fog":
        sketch.ramp(box(-0.05, -0.05, 1.05, 1.05), (air.low, air.low, air.low), (0.35, 0.8, 0.5))
    elif air.weather in ("rain", "storm"):
        sketch.ramp(box(-0.05, -0.05, 1.05, 1.05), (air.low, air.low, scaled(air.low, 0.7)), (0.1, 0.38, 0.2))
    elif air.weather == "snow":
        white = mixed(scaled((0.97, 0.98, 1.0), 0.35 + 0.65 * DAYLIGHT[air.time]), air.low, 0.7 if air.style == "science_fiction" else 0.25)
        sketch.ramp(box(-0.05, 0.15, 1.05, 1.05), (white, white, white, white), (0.0, 0.24, 0.72, 0.9))


def draw_precipitation(sketch: Sketch, air: Air) -> None:
    """Notes rain, snow and mist between the figure and the viewer."""
    random = sketch.random
    pale = mixed((0.85, 0.92, 1.0), air.low, 0.25)
    if air.weather in ("rain", "storm"):
        slant = 0.018 if air.weather == "rain" else 0.04
        for x, y, near in random.random((110 if air.weather == "rain" else 150, 3)):
            long = 0.03 + 0.06 * near
            wide = 0.0012 + 0.0025 * near
            x = 1.1 * x - 0.05
            streak = skia.Path()
            streak.addPoly([skia.Point(x, y), skia.Point(x + wide, y), skia.Point(x + wide - slant, y + long), skia.Point(x - slant, y + long)], True)
            sketch.flat(streak, pale, 0.36 + 0.34 * near)
    elif air.weather == "snow":
        for x, y, near in random.random((120, 3)):
            sketch.flat(ellipse(x, y, 0.0035 + 0.009 * near**2), mixed(WHITE, air.top, 0.08), 0.92 - 0.35 * near)
    elif air.weather == "fog":
        for top, thick in ((0.5, 0.28), (0.7, 0.34)):
            shift = float(random.uniform(-0.05, 0.05))
            sketch.ramp(box(-0.05, top + shift, 1.05, top + shift + thick), (air.low, air.low, air.low), (0.0, 0.3, 0.0))
