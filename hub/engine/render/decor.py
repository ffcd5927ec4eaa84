"""What three of the styles add of their own: the hologram's grid and display, the cover's lettering, the lens's discs of light. None depends on the emotion."""

from functools import lru_cache

import numpy as np
import skia

from hub.engine.render.lettering import brand, text_width, words
from hub.engine.render.look import CYAN, MAGENTA, WHITE, Brush, Colour, fill_of, ink, mixed, stroke_of
from hub.engine.render.noise import tile
from hub.engine.render.parameters import Picture
from hub.engine.render.sketch import box, ellipse, polygon, star
from hub.engine.render.truth import Box
from hub.engine.render.weather import Air

BANDS: tuple[Colour, ...] = ((0.92, 0.2, 0.34), (0.98, 0.78, 0.14), (0.1, 0.55, 0.85), (0.2, 0.66, 0.5), (0.5, 0.3, 0.75), (0.98, 0.5, 0.15), (0.12, 0.14, 0.2))
STRAPS = ("NEW ISSUE", "NO 24 VOL 3", "THE LOOK BOOK", "ALL NEW RANGE", "SINCE 1982", "SEASON 5", "THE BIG SIZE", "LIMITED RUN", "SPECIAL EDITION")
_TILE = 128
PRICES = ("9.99", "4.50", "1.25", "2.95", "NEW", "NO 8", "6.40")


def _random(picture: Picture, salt: int) -> np.random.Generator:
    return np.random.default_rng((picture.scene.seed, picture.seed, salt))


def draw_studio(brush: Brush, picture: Picture, air: Air) -> None:
    """Draws a studio's light behind the figure: a bright middle with rays."""
    random = _random(picture, 23)
    size = brush.size
    x, y = (picture.person.x, picture.person.y) if picture.person is not None else (0.5, 0.45)
    turn = float(random.uniform(0, 24))
    shader = skia.GradientShader.MakeRadial((x * size, y * size), 0.95 * size, [ink(WHITE, 0.09 if air.dark else 0.24), ink(WHITE, 0.0)])
    for angle in np.radians(np.arange(0, 360, 24) + turn):
        corners = [(x + 1.5 * float(np.cos(edge)), y + 1.5 * float(np.sin(edge))) for edge in (angle, angle + np.radians(12))]
        ray = polygon((x * size, y * size), *[(across * size, down * size) for across, down in corners])
        brush.canvas.drawPath(ray, skia.Paint(Shader=shader, AntiAlias=True))
    brush.glow(x * size, y * size, 0.6 * size, WHITE, 0.16 if air.dark else 0.38)


def draw_title(brush: Brush, picture: Picture) -> None:
    """Draws the cover's brand across the top, behind the figure."""
    random = _random(picture, 21)
    size = brush.size
    name = brand(random)
    colour = BANDS[int(random.integers(len(BANDS)))]
    path = words(name, 0.1 * size, 0.085 * size, 0.125 * size, 0.8 * size)
    brush.canvas.save()
    brush.canvas.translate(0.008 * size, 0.008 * size)
    brush.canvas.drawPath(path, stroke_of((0.05, 0.05, 0.1), 0.04 * size, 0.35))
    brush.canvas.restore()
    brush.canvas.drawPath(path, stroke_of(WHITE, 0.05 * size))
    paint = stroke_of(colour, 0.034 * size)
    paint.setShader(skia.GradientShader.MakeLinear([(0, 0.07 * size), (0, 0.22 * size)], [ink(mixed(colour, WHITE, 0.3)), ink(colour)]))
    brush.canvas.drawPath(path, paint)


def draw_cover_front(brush: Brush, picture: Picture, avoid: list[Box]) -> None:
    """Draws the cover's border, the strap at its foot and a burst with a price in the corner that hides least of `avoid` (boxes in shares)."""
    random = _random(picture, 22)
    size = brush.size
    band = BANDS[int(random.integers(len(BANDS)))]
    paper = WHITE if random.random() < 0.6 else mixed(band, WHITE, 0.75)
    frame = skia.Path()
    frame.addRect(skia.Rect(0, 0, size, size))
    frame.addRect(skia.Rect(0.028 * size, 0.028 * size, 0.972 * size, 0.935 * size))
    frame.setFillType(skia.PathFillType.kEvenOdd)
    brush.canvas.drawPath(frame, fill_of(paper))
    brush.canvas.drawPath(box(0.028 * size, 0.945 * size, 0.972 * size, 0.985 * size), fill_of(band))
    strap = str(random.choice(STRAPS))
    height = 0.022 * size
    left = (size - text_width(strap, height)) / 2
    brush.canvas.drawPath(words(strap, left, 0.954 * size, height), stroke_of(WHITE, 0.0062 * size))
    _sheen(brush)
    _burst(brush, random, avoid)


def _sheen(brush: Brush) -> None:
    """A slanting reflection, as of glossy paper."""
    size = brush.size
    path = polygon((0.0, 0.0), (0.3 * size, 0.0), (0.0, 0.42 * size))
    shader = skia.GradientShader.MakeLinear([(0, 0), (0.16 * size, 0.12 * size)], [ink(WHITE, 0.3), ink(WHITE, 0.03)])
    brush.canvas.drawPath(path, skia.Paint(Shader=shader, AntiAlias=True))


def _burst(brush: Brush, random: np.random.Generator, avoid: list[Box]) -> None:
    size = brush.size
    radius = 0.082
    corners = [(0.13, 0.34), (0.87, 0.34), (0.13, 0.56), (0.87, 0.56), (0.13, 0.82), (0.87, 0.82)]
    hidden = [sum(_overlap((x - radius, y - radius, x + radius, y + radius), other) for other in avoid) + float(random.uniform(0, 0.001)) for x, y in corners]
    x, y = corners[int(np.argmin(hidden))]
    colour = BANDS[int(random.integers(len(BANDS) - 1))]
    turn = float(random.uniform(0, 30))
    brush.canvas.drawPath(star(x * size, (y + 0.006) * size, radius * size, 0.8 * radius * size, 14, turn), fill_of((0.05, 0.05, 0.1), 0.3))
    brush.canvas.drawPath(star(x * size, y * size, radius * size, 0.8 * radius * size, 14, turn), fill_of(colour))
    brush.canvas.drawPath(ellipse(x * size, y * size, 0.7 * radius * size), stroke_of(WHITE, 0.005 * size, 0.9))
    price = str(random.choice(PRICES))
    width = 1.15 * radius * size
    path = words(price, x * size - width / 2, (y - 0.021) * size, 0.042 * size, width)
    brush.canvas.drawPath(path, stroke_of(WHITE, 0.0105 * size))


def _overlap(one: Box, other: Box) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, across) * max(0.0, down)


def draw_hologram(brush: Brush, picture: Picture) -> None:
    """Draws a glowing grid on the ground and drones in the air, behind the figure."""
    random = _random(picture, 31)
    size = brush.size
    top = 0.7
    for share in np.linspace(0, 1, 7) ** 1.8:
        y = float(top + (1.0 - top) * share) * size
        brush.canvas.drawLine(0, y, size, y, stroke_of(MAGENTA, 0.004 * size, 0.28 + 0.4 * float(share)))
    fade = skia.GradientShader.MakeLinear([(0, top * size), (0, size)], [ink(CYAN, 0.1), ink(CYAN, 0.65)])
    for x in np.linspace(-1.6, 2.6, 19):
        paint = stroke_of(CYAN, 0.0035 * size)
        paint.setShader(fade)
        brush.canvas.drawLine((0.5 + 0.3 * (float(x) - 0.5)) * size, top * size, float(x) * size, size, paint)
    for _ in range(int(random.integers(1, 3))):
        x = float(random.choice([random.uniform(0.08, 0.28), random.uniform(0.72, 0.92)]))
        _drone(brush, x * size, float(random.uniform(0.1, 0.4)) * size, float(random.uniform(0.035, 0.055)) * size)


def _drone(brush: Brush, x: float, y: float, reach: float) -> None:
    for side in (-1, 1):
        brush.canvas.drawLine(x, y, x + side * reach, y - 0.35 * reach, stroke_of(CYAN, 0.1 * reach))
        brush.canvas.drawPath(ellipse(x + side * reach, y - 0.45 * reach, 0.5 * reach, 0.1 * reach), stroke_of((0.7, 0.95, 1.0), 0.06 * reach, 0.8))
    brush.canvas.drawPath(ellipse(x, y, 0.5 * reach, 0.32 * reach), fill_of((0.1, 0.08, 0.26)))
    brush.canvas.drawPath(ellipse(x, y, 0.5 * reach, 0.32 * reach), stroke_of(CYAN, 0.1 * reach))
    brush.glow(x, y + 0.08 * reach, 0.5 * reach, MAGENTA, 0.95)


def draw_display(brush: Brush, picture: Picture) -> None:
    """Draws the lines of a head-up display along the edges, in front of all."""
    random = _random(picture, 32)
    size = brush.size
    edge, arm = 0.035, 0.09
    for right in (0, 1):
        for low in (0, 1):
            x, y = (1 - edge if right else edge), (1 - edge if low else edge)
            for across, down in ((arm * (-1 if right else 1), 0.0), (0.0, arm * (-1 if low else 1))):
                brush.canvas.drawLine(x * size, y * size, (x + across) * size, (y + down) * size, stroke_of(CYAN, 0.007 * size, 0.9))
    for row, share in enumerate(random.uniform(0.3, 1.0, 5)):
        y = (0.06 + 0.017 * row) * size
        brush.canvas.drawLine(0.06 * size, y, (0.06 + 0.1 * float(share)) * size, y, stroke_of(CYAN, 0.006 * size, 0.7))
    x, y, radius = 0.9 * size, 0.1 * size, 0.042 * size
    for share in (1.0, 0.62):
        brush.canvas.drawPath(ellipse(x, y, radius * share), stroke_of(CYAN, 0.004 * size, 0.7))
    start = float(random.uniform(0, 360))
    brush.canvas.drawArc(skia.Rect(x - radius, y - radius, x + radius, y + radius), start, 80, False, stroke_of(MAGENTA, 0.01 * size, 0.9))
    for row in range(9):
        y = (0.34 + 0.035 * row) * size
        brush.canvas.drawLine(0.975 * size, y, (0.955 if row % 4 else 0.94) * size, y, stroke_of(CYAN, 0.004 * size, 0.65))


def draw_texture(brush: Brush) -> None:
    """Roughens smooth walls and land a little, as materials are in photographs."""
    size = brush.size
    paint = skia.Paint(BlendMode=skia.BlendMode.kOverlay, Alphaf=0.16)
    shift = brush.random.integers(-_TILE // 2, 1, size=2)
    scale = size / 192
    whole = skia.Rect.MakeXYWH(int(shift[0]) * scale, int(shift[1]) * scale, 2 * _TILE * scale, 2 * _TILE * scale)
    brush.canvas.drawImageRect(_material(), whole, skia.SamplingOptions(skia.FilterMode.kLinear), paint)


@lru_cache(maxsize=1)
def _material() -> skia.Image:
    """Grey noise of three sizes, twice as wide and high as one tile."""
    noise = 0.5 * tile(_TILE, 64) + 0.5 * tile(_TILE, 26) + 0.4 * tile(_TILE, 7)
    grey = np.clip(128 + 42 * noise, 0, 255).astype(np.uint8)
    pixels = np.dstack([np.tile(grey, (2, 2))] * 3 + [np.full((2 * _TILE, 2 * _TILE), 255, np.uint8)])
    return skia.Image.fromarray(pixels, colorType=skia.kRGBA_8888_ColorType)


def draw_discs(brush: Brush, picture: Picture, air: Air) -> None:
    """Draws the discs that a lens makes of lights far out of focus."""
    random = _random(picture, 41)
    size = brush.size
    colours = ((1.0, 0.8, 0.45), (1.0, 0.6, 0.4), (0.6, 0.8, 1.0)) if air.dark else (mixed(air.low, WHITE, 0.5), (1.0, 0.97, 0.85), (0.95, 1.0, 0.85))
    soft = skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, (0.002 if air.dark else 0.008) * size)
    for x, y, share in random.uniform((0.0, 0.1, 0.3), (1.0, 0.66, 1.0), (7, 3)):
        colour = colours[int(random.integers(len(colours)))]
        paint = fill_of(colour, 0.17 if air.dark else 0.12)
        paint.setMaskFilter(soft)
        brush.canvas.drawPath(ellipse(float(x) * size, float(y) * size, float(share) * 0.05 * size), paint)
