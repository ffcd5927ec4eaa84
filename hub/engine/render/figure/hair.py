"""Hair on people's heads: what hangs behind the head, and what lies on it from the hairline to the crown."""

import numpy as np
import numpy.typing as npt
import skia

from hub.engine.render.figure.curves import Floats, follow, ribbon, united
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.figure.skull import outline
from hub.engine.render.figure.tresses import draw_bun, draw_lock_strands, draw_mane, draw_tail, locks
from hub.engine.render.look import WHITE, fill_of, mixed, scaled, stroke_of
from hub.engine.render.parameters import HairStyle

_NAPE: list[tuple[float, float]] = [(-180, 0.31), (-150, 0.31), (-122, 0.25), (-107, 0.13), (-97, -0.02), (-88, -0.01), (-80, 0.07), (-72, 0.05)]
"""Half a hairline from the nape to before the ear: degrees about the upright, height."""
_BROW: dict[HairStyle, list[tuple[float, float]]] = {
    "short": [
        (-66, -0.07),
        (-57, -0.16),
        (-42, -0.2),
        (-26, -0.19),
        (-10, -0.23),
        (6, -0.28),
        (18, -0.325),
        (30, -0.27),
        (44, -0.22),
        (57, -0.17),
        (66, -0.07),
    ],
    "long": [(-70, 0.0), (-60, -0.13), (-46, -0.23), (-30, -0.3), (-14, -0.35), (0, -0.385), (14, -0.35), (30, -0.3), (46, -0.23), (60, -0.13), (70, 0.0)],
    "curly": [
        (-66, -0.04),
        (-57, -0.14),
        (-42, -0.21),
        (-26, -0.23),
        (-10, -0.255),
        (6, -0.25),
        (20, -0.25),
        (32, -0.23),
        (44, -0.2),
        (57, -0.13),
        (66, -0.04),
    ],
    "bun": [
        (-66, -0.08),
        (-58, -0.18),
        (-45, -0.26),
        (-30, -0.305),
        (-12, -0.325),
        (0, -0.33),
        (12, -0.325),
        (30, -0.305),
        (45, -0.26),
        (58, -0.18),
        (66, -0.08),
    ],
    "ponytail": [
        (-66, -0.06),
        (-57, -0.15),
        (-44, -0.2),
        (-28, -0.2),
        (-10, -0.21),
        (4, -0.24),
        (14, -0.3),
        (26, -0.28),
        (42, -0.23),
        (57, -0.17),
        (66, -0.08),
    ],
}
_VOLUME: dict[HairStyle, tuple[float, float]] = {
    "short": (1.1, 0.05),
    "long": (1.12, 0.045),
    "curly": (1.2, 0.085),
    "bun": (1.05, 0.03),
    "ponytail": (1.06, 0.035),
}
"""How far hair stands off: factor to the sides, share of the head's height on top."""
_SHINE = {"gloss": 0.5, "cel": 0.22, "soft": 0.16}
"""Opacity of the band of light on the hair, by way of shading."""


def draw_hair_behind(portrait: Portrait) -> None:
    """Draws what is farther away than the head: long hair, a tail, a bun."""
    style = portrait.identity.hair_style
    if style in ("long", "curly"):
        draw_mane(portrait)
    if not portrait.turned_away:
        _draw_gathered(portrait)


def draw_hair(portrait: Portrait) -> None:
    """Draws the hair that lies on the head."""
    style = portrait.identity.hair_style
    if style == "bald":
        return
    path, line, crown = _cap(portrait, style)
    if style == "long" and not portrait.turned_away:
        for lock in locks(portrait):
            path = united(path, lock)
    brush, colour = portrait.brush, portrait.hair
    brush.shape(path, colour, volume=0.45, outline=portrait.outlined)
    brush.canvas.save()
    brush.canvas.clipPath(path, skia.ClipOp.kIntersect, True)
    _draw_strands(portrait, line, crown)
    if style == "long" and not portrait.turned_away and portrait.pose.scale > 30:
        draw_lock_strands(portrait)
    brush.canvas.restore()
    if portrait.turned_away:
        if style in ("long", "curly"):
            draw_mane(portrait)
        _draw_gathered(portrait)


def _draw_gathered(portrait: Portrait) -> None:
    if portrait.identity.hair_style == "bun":
        draw_bun(portrait)
    elif portrait.identity.hair_style == "ponytail":
        draw_tail(portrait)


def _shell(portrait: Portrait, style: HairStyle) -> Floats:
    """The silhouette of the head with its hair, in pixels: (120, 2)."""
    wide, high = _VOLUME[style]
    mesh = portrait.mesh.copy()
    upper = np.clip((0.25 - mesh[..., 1:2]) / 0.5, 0.0, 1.0)
    thick = np.clip(upper * 2.5, 0.0, 1.0) if style in ("long", "curly") else np.clip((-0.02 - mesh[..., 1:2]) / 0.28, 0.1, 1.0)
    mesh = mesh * (1 + (wide - 1) * thick * np.array([1.0, 0.0, 1.0]))
    mesh[..., 1] -= high * upper[..., 0] * 1.6
    rim = outline(mesh, portrait.pose, (0.0, 0.05, 0.0))
    if style == "curly":
        centre = portrait.pose.flat(np.array([0.0, 0.05, 0.0]))
        count = np.arange(len(rim))
        rim = centre + (rim - centre) * (1 + 0.05 * np.abs(np.sin(count * np.pi / 6 + 0.3)))[:, None]
    return rim


def _cap(portrait: Portrait, style: HairStyle) -> tuple[skia.Path, Floats, Floats]:
    """The hair's outline, the seen part of the hairline in pixels (n, 2), and the point the strands come from (3,)."""
    half = _NAPE + _BROW[style] + [(-angle, height) for angle, height in reversed(_NAPE)]
    knots = np.array(half)
    age = portrait.features.skull.measures.wrinkles
    angles = np.linspace(-180, 180, 97)
    y = np.interp(angles, knots[:, 0], knots[:, 1])
    y = np.convolve(np.pad(y, 1, mode="edge"), [0.2, 0.6, 0.2], mode="valid")
    if style in ("short", "bun"):
        y = y - 0.03 * age * np.exp(-((angles / 60) ** 2))
    y = y + 0.5 * portrait.features.skull.measures.childhood * 0.05
    if style in ("short", "ponytail"):
        # The fringe falls in tufts.
        y = y + 0.02 * np.abs(np.sin(np.radians(angles) * 9 + 0.4)) * np.exp(-((angles / 55) ** 4))
    if style == "curly":
        y = y + 0.018 * np.sin(np.radians(angles) * 22)
    radians = np.radians(angles)
    points = portrait.features.skull.around(radians, y, 1.03)
    outward = portrait.pose.turned(np.stack([np.sin(radians), np.full_like(radians, -0.2), np.cos(radians)], axis=1))
    seen = outward[:, 2] > 0.02
    run = _longest_run(seen)
    flat = portrait.pose.flat(points[run])
    rim = _shell(portrait, style)
    centre = portrait.pose.flat(np.array([0.0, 0.05, 0.0]))
    first, last = (_bin_of(flat[index] - centre, len(rim)) for index in (0, -1))
    arc = [(last - step) % len(rim) for step in range((last - first) % len(rim) + 1)]
    path = skia.Path()
    follow(path, flat)
    follow(path, rim[arc], joined=True)
    path.close()
    return path, flat, np.array([0.06 if style in ("short", "ponytail") else 0.0, -0.52, 0.05])


def _bin_of(offset: Floats, count: int) -> int:
    return round(float(np.arctan2(offset[1], offset[0])) / (2 * np.pi) * count) % count


def _longest_run(seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Indices of the longest run of true values on a circle whose first and last sample are the same place."""
    ring = seen[:-1]
    count = len(ring)
    start = int(np.flatnonzero(~ring)[0]) if not ring.all() else 0
    order = (np.arange(count) + start) % count
    pieces = np.split(order, np.flatnonzero(np.diff(ring[order].astype(int))) + 1)
    result: npt.NDArray[np.int64] = max((piece for piece in pieces if ring[piece[0]]), key=len)
    return result


def _draw_strands(portrait: Portrait, line: Floats, crown: Floats) -> None:
    if portrait.pose.scale < 30:
        return
    if portrait.identity.hair_style == "curly":
        _draw_curls(portrait)
        return
    canvas, drawn = portrait.brush.canvas, portrait.shading in ("cel", "neon")
    colour = portrait.brush.tone(portrait.hair)
    top, centre = portrait.pose.flat(crown), portrait.pose.flat(np.array([0.0, 0.05, 0.0]))
    ends = line[np.linspace(0.03 * (len(line) - 1), 0.97 * (len(line) - 1), 13 if drawn else 46).round().astype(int)]
    bulges = centre + ((top + ends) / 2 - centre) * 1.15 if portrait.turned_away else _over_the_top(centre, top, ends)
    # Strands begin at different distances from the crown, so that they do not run into one blot.
    starts = top + (0.1 + 0.05 * (np.arange(len(ends)) % 3))[:, None] * (bulges - top)
    light, dark = skia.Path(), skia.Path()
    for index, (start, bulge, end) in enumerate(zip(starts.tolist(), bulges.tolist(), (ends + 0.02 * (ends - top)).tolist(), strict=True)):
        path = light if index % 2 else dark
        path.moveTo(*start)
        path.quadTo(*bulge, *end)
    width = portrait.width(0.013 if drawn else 0.009)
    canvas.drawPath(dark, stroke_of(scaled(colour, 0.6), width, 0.55))
    if portrait.shading != "cel":
        canvas.drawPath(light, stroke_of(mixed(scaled(colour, 1.35), WHITE, 0.08), width, 0.4))
    if portrait.shading in _SHINE:
        _draw_shine(portrait, line, top, centre)


def _draw_shine(portrait: Portrait, line: Floats, top: Floats, centre: Floats) -> None:
    """The band of light across combed hair."""
    scale = portrait.pose.scale
    band = top + (line[len(line) // 6 : -len(line) // 6] - top) * 0.45
    share = np.linspace(-1, 1, len(band))
    path = ribbon(centre + (band - centre) * 1.04, 0.09 * scale * (1 - share**2) + 0.5)
    paint = fill_of(WHITE, _SHINE[portrait.shading])
    if portrait.shading != "cel":
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 0.02 * scale))
    portrait.brush.canvas.drawPath(path, paint)


def _over_the_top(centre: Floats, top: Floats, ends: Floats) -> Floats:
    """Where strands from the crown to (n, 2) ends are pulled to, so that they lie round the head: the farther to the side, the farther out."""
    up, out = top - centre, ends - centre
    half = np.arctan2(up[0] * out[:, 1] - up[1] * out[:, 0], out @ up)[:, None] / 2
    turned = np.cos(half) * up + np.sin(half) * np.array([-up[1], up[0]])
    aside = np.minimum(1.0, 2 * np.sin(half) ** 2)
    result: Floats = centre + (up + out) / 2 * (1.15 - 0.15 * aside) * (1 - aside) + turned * aside / np.maximum(0.75, np.cos(half))
    return result


def _draw_curls(portrait: Portrait) -> None:
    colour = portrait.brush.tone(portrait.hair)
    centre = portrait.pose.flat(np.array([0.0, -0.1, 0.0]))
    scale = portrait.pose.scale
    dark, light = skia.Path(), skia.Path()
    for ring, count in ((0.2, 7), (0.34, 13), (0.46, 18)):
        for index in range(count):
            angle = np.pi + np.pi * (index + 0.5 * (ring == 0.34)) / (count - 1)
            x, y = (centre + scale * ring * np.array([1.0 * np.cos(angle), 0.95 * np.sin(angle)])).tolist()
            size = 0.055 * scale
            path = light if index % 2 else dark
            path.addArc(skia.Rect(x - size, y - size, x + size, y + size), 200 + 40 * (index % 3), 200)
    portrait.brush.canvas.drawPath(dark, stroke_of(scaled(colour, 0.55), portrait.width(0.014), 0.6))
    portrait.brush.canvas.drawPath(light, stroke_of(mixed(scaled(colour, 1.4), WHITE, 0.06), portrait.width(0.014), 0.5))
