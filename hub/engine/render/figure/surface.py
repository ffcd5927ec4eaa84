"""The skin of the head, shaded over its surface."""

import numpy as np
import skia

from hub.engine.render.figure.curves import Floats, ellipse, smooth
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import CYAN, MAGENTA, Colour, fill_of, ink, mixed, stroke_of


def draw_surface(portrait: Portrait) -> None:
    """Draws the bare head without its features."""
    path = smooth(portrait.rim)
    brush = portrait.brush
    brush.shape(path, portrait.skin, volume=0.42, outline=portrait.outlined)
    if portrait.shading == "cel":
        return
    brush.canvas.save()
    brush.canvas.clipPath(path, skia.ClipOp.kIntersect, True)
    _draw_mesh(portrait, shaded(portrait, portrait.skin))
    if portrait.shading == "wash":
        _paint_unevenly(portrait, path)
    brush.canvas.restore()
    if brush.look.outline > 0:
        rim = skia.Paint(AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=brush.look.outline * brush.size * portrait.outlined)
        left, right = portrait.rim[:, 0].min(), portrait.rim[:, 0].max()
        rim.setShader(skia.GradientShader.MakeLinear([(left, 0), (right, 0)], [ink(CYAN), ink(MAGENTA)]))
        brush.canvas.drawPath(path, rim)


def shaded(portrait: Portrait, colour: Colour) -> Floats:
    """Returns the (rows, columns, 3) colours of a surface under the scene's light."""
    brush = portrait.brush
    normal = portrait.normals
    tone = np.array(brush.tone(colour))
    right, down = brush.light.direction
    towards = np.array([0.75 * right, 0.6 * down, 0.8])
    towards = towards / np.linalg.norm(towards)
    lit = normal @ towards
    halfway = towards + np.array([0.0, 0.0, 1.0])
    shine = np.clip(normal @ (halfway / np.linalg.norm(halfway)), 0.0, 1.0)[..., None]
    share = np.clip(0.42 + 0.58 * lit, 0.0, 1.0)[..., None]
    result: Floats
    match portrait.shading:
        case "wash":
            # Paint is laid in a few transparent layers, so its tones come in soft steps.
            stepped = share + 0.045 * np.sin(share * 22)
            shadow, light = tone * (0.64, 0.52, 0.56), tone * (1.06, 1.05, 1.0) + 0.05
            result = _ramp(stepped, shadow, tone, light)
        case "soft":
            depth = 0.55 + 0.45 * brush.light.strength
            shadow = tone * (1 - depth * np.array([0.56, 0.66, 0.68]))
            gleam = 0.42 * shine**14 if portrait.identity.material == "bronze" else 0.16 * shine**22
            result = _ramp(share, shadow, tone * 0.98, tone * 1.1 + 0.02) + gleam
        case "gloss":
            shadow = tone * (0.74, 0.58, 0.53)
            result = _ramp(share, shadow, tone, tone * 1.05 + 0.02) + 0.3 * shine**34
        case _:
            shadow = tone * (0.42, 0.38, 0.62)
            edge = np.clip(1 - normal[..., 2:], 0.0, 1.0) ** 2.2
            glow = np.array(CYAN) + (np.array(MAGENTA) - np.array(CYAN)) * np.clip(0.5 + 1.2 * normal[..., :1], 0.0, 1.0)
            result = _ramp(share, shadow, tone, tone * 1.06 + 0.02) + 0.75 * edge * glow + 0.12 * shine**16
    return result


def _ramp(share: Floats, shadow: Floats, tone: Floats, light: Floats) -> Floats:
    low = shadow + (tone - shadow) * np.clip(share / 0.66, 0.0, 1.0)
    result: Floats = low + (light - low) * np.clip((share - 0.66) / 0.34, 0.0, 1.0)
    return result


def _paint_unevenly(portrait: Portrait, path: skia.Path) -> None:
    """Lays blooms of thin paint on the head, and the dark edge where a wash dries."""
    brush, scale = portrait.brush, portrait.pose.scale
    tone = brush.tone(portrait.skin)
    for x, y, size, warmth in brush.random.uniform((-0.36, -0.45, 0.08, -1.0), (0.36, 0.5, 0.22, 1.0), (9, 4)).tolist():
        colour = mixed(tone, (0.98, 0.9, 0.8) if warmth > 0 else (0.62, 0.4, 0.36), 0.3)
        bloom = ellipse(portrait.pose.x + x * scale, portrait.pose.y + y * scale, 1.3 * size * scale, size * scale)
        brush.canvas.drawPath(bloom, fill_of(colour, 0.16))
    brush.canvas.drawPath(path, stroke_of((tone[0] * 0.62, tone[1] * 0.48, tone[2] * 0.46), portrait.width(0.022), 0.4))
    brush.canvas.drawPath(path, stroke_of((tone[0] * 0.5, tone[1] * 0.36, tone[2] * 0.34), portrait.width(0.008), 0.6))


def _draw_mesh(portrait: Portrait, colours: Floats) -> None:
    rows, columns = portrait.mesh.shape[:2]
    turned = portrait.pose.solid(portrait.mesh)
    index = np.arange(rows * columns).reshape(rows, columns)
    one, two = index[:-1], np.roll(index, -1, axis=1)[:-1]
    three, four = index[1:], np.roll(index, -1, axis=1)[1:]
    quads = np.stack([one, two, four, one, four, three], axis=-1).reshape(-1, 6)
    facing = portrait.normals[..., 2].reshape(-1)
    depth = turned[..., 2].reshape(-1)
    quads = quads[facing[quads].max(axis=1) > -0.05]
    quads = quads[np.argsort(depth[quads].mean(axis=1))]
    seen = np.zeros(rows * columns, dtype=bool)
    seen[quads] = True
    used, corners = np.flatnonzero(seen), (np.cumsum(seen) - 1)[quads]
    levels = (np.clip(colours.reshape(-1, 3)[used], 0.0, 1.0) * 255).astype(np.int64)
    packed = (255 << 24) | (levels[:, 0] << 16) | (levels[:, 1] << 8) | levels[:, 2]
    points = [skia.Point(x, y) for x, y in turned[..., :2].reshape(-1, 2)[used].tolist()]
    vertices = skia.Vertices(skia.Vertices.VertexMode.kTriangles_VertexMode, points, None, packed.tolist(), corners.reshape(-1).tolist())
    portrait.brush.canvas.drawVertices(vertices, skia.Paint(AntiAlias=True), skia.BlendMode.kDst)
