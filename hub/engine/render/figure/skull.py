"""The head's surface: a stack of rounded rings, with a nose, sockets and cheeks on its front."""

from dataclasses import dataclass

import numpy as np

from hub.engine.render.figure.curves import Floats, Pose, hermite, smoothstep
from hub.engine.render.figure.proportions import Proportions

_KNOTS = np.array([-0.5, -0.485, -0.45, -0.4, -0.3, -0.18, -0.06, 0.04, 0.14, 0.24, 0.32, 0.39, 0.445, 0.48, 0.5])
_WIDTH = np.array([0.0, 0.11, 0.2, 0.266, 0.332, 0.362, 0.366, 0.358, 0.345, 0.32, 0.283, 0.23, 0.168, 0.108, 0.03])
_FRONT = np.array([-0.02, 0.07, 0.155, 0.225, 0.312, 0.36, 0.38, 0.378, 0.382, 0.385, 0.388, 0.386, 0.372, 0.345, 0.3])
_BACK = np.array([-0.02, -0.13, -0.225, -0.3, -0.385, -0.42, -0.42, -0.39, -0.34, -0.27, -0.17, -0.06, 0.06, 0.16, 0.24])
_EXPONENT = 2.25
_DENSE = np.linspace(-0.5, 0.5, 401)
_WIDTHS, _FRONTS, _BACKS = (hermite(_KNOTS, heights, _DENSE) for heights in (_WIDTH, _FRONT, _BACK))
_BINS = 120


def _columns() -> Floats:
    """Angles about the upright, 0 in front; closer together where the nose is."""
    even = np.linspace(-1.0, 1.0, 35)
    front = (np.pi / 2) * (0.45 * even + 0.55 * even**3)
    back = np.linspace(np.pi / 2, 3 * np.pi / 2, 14)[1:-1]
    return np.concatenate([front, back])


def _rows() -> Floats:
    return np.concatenate([np.linspace(-0.5, -0.38, 6)[:-1], np.linspace(-0.38, -0.12, 8)[:-1], np.linspace(-0.12, 0.42, 24)[:-1], np.linspace(0.42, 0.5, 6)])


_COLUMNS, _ROWS = _columns(), _rows()


@dataclass(frozen=True, slots=True)
class Skull:
    """The surface of one head with its jaw let down by `drop` head heights."""

    measures: Proportions
    drop: float = 0.0

    def half_width(self, y: Floats) -> Floats:
        """Returns half the head's width at heights y."""
        jaw = 1 + (self.measures.jaw - 1) * smoothstep(0.02, 0.36, y)
        fuller = 1 + (0.06 * self.measures.childhood + 0.5 * self.measures.muzzle) * np.exp(-(((y - 0.2) / 0.14) ** 2))
        result: Floats = np.interp(y, _DENSE, _WIDTHS) * self.measures.width * jaw * fuller
        return result

    def front(self, x: Floats, y: Floats) -> Floats:
        """Returns the depth of the front surface at (x, y) of the head at rest."""
        return self.plain_front(x, y) + self.relief(x, y)

    def plain_front(self, x: Floats, y: Floats) -> Floats:
        """Returns the depth of the front without its relief."""
        width = np.maximum(self.half_width(y), 1e-6)
        near, far = np.interp(y, _DENSE, _FRONTS), np.interp(y, _DENSE, _BACKS)
        inside = np.clip(np.abs(x) / width, 0.0, 1.0)
        result: Floats = (near + far) / 2 + (near - far) / 2 * (1 - inside**_EXPONENT) ** (1 / _EXPONENT)
        return result

    def relief(self, x: Floats, y: Floats) -> Floats:
        """Returns how far nose, brow, cheeks, lips, chin or muzzle stand out."""
        m = self.measures
        side = np.abs(x)
        top, tip = m.eye_y - 0.05, m.nose_y - 0.025
        rise = np.clip((y - top) / (tip - top), 0.0, 1.0) ** 1.4 * (1 - smoothstep(tip, m.nose_y + 0.03, y))
        nose = m.nose_depth * rise * np.exp(-((x / (0.024 + 0.45 * m.nose_half * rise)) ** 2))
        height, at_x, wide, at_y, tall = self.bumps().reshape(-1, 5, *([1] * x.ndim)).swapaxes(0, 1)
        result: Floats = nose + (height * np.exp(-(((side - at_x) / wide) ** 2) - ((y - at_y) / tall) ** 2)).sum(axis=0)
        return result

    def bumps(self) -> Floats:
        """Returns the rounded parts of the relief, (n, 5): height, distance from the middle, half its width, y, half its height."""
        m = self.measures
        sockets = (-0.04, m.eye_x * 0.95, 0.085, m.eye_y - 0.01, 0.05)
        ridge = (0.016, m.eye_x, 0.13, m.brow_y, 0.035)
        if m.muzzle:
            muzzle = (m.muzzle, 0.0, 0.16, m.nose_y + 0.045, 0.115)
            return np.array([muzzle, (0.5 * sockets[0], *sockets[1:]), (0.5 * ridge[0], *ridge[1:])])
        wings = (0.03, 0.75 * m.nose_half, 0.022, m.nose_y - 0.02, 0.026)
        cheeks = (0.03, m.eye_x + 0.03, 0.075, m.nose_y - 0.05, 0.06)
        lips = (0.022, 0.0, 0.7 * m.mouth_half, m.mouth_y, 0.03)
        chin, groove = (0.024, 0.0, 0.07, 0.44, 0.04), (-0.012, 0.0, 0.08, 0.385, 0.02)
        return np.array([sockets, ridge, wings, cheeks, lips, chin, groove])

    def lowered(self, points: Floats) -> Floats:
        """Returns (..., 3) surface points after the jaw has been let down."""
        moved = points.copy()
        moved[..., 1] += self.drop * smoothstep(0.2, 0.46, points[..., 1])
        return moved

    def on_front(self, x: Floats, y: Floats, lift: float = 0.0) -> Floats:
        """Returns the (..., 3) points of the front surface at (x, y), the jaw at rest, `lift` in front of it."""
        return np.stack([x, y, self.front(x, y) + lift], axis=-1)

    def around(self, angles: Floats, y: Floats, factor: float = 1.0) -> Floats:
        """Returns (n, 3) points of the skull, without nose or muzzle, at angles about the upright (0 in front, positive to the picture's right)."""
        near, far = np.interp(y, _DENSE, _FRONTS), np.interp(y, _DENSE, _BACKS)
        sine, cosine, power = np.sin(angles), np.cos(angles), 2 / _EXPONENT
        x = factor * self.half_width(y) * np.sign(sine) * np.abs(sine) ** power
        z = (near + far) / 2 + factor * (near - far) / 2 * np.sign(cosine) * np.abs(cosine) ** power
        return np.stack([x, y, z], axis=-1)

    def mesh(self) -> Floats:
        """Returns the whole surface: (rows, columns, 3), rows from crown to chin, columns around the head beginning at the picture's left."""
        y = np.broadcast_to(_ROWS[:, None], (len(_ROWS), len(_COLUMNS)))
        width = self.half_width(_ROWS)[:, None]
        near, far = np.interp(_ROWS, _DENSE, _FRONTS)[:, None], np.interp(_ROWS, _DENSE, _BACKS)[:, None]
        sine, cosine = np.sin(_COLUMNS), np.cos(_COLUMNS)
        power = 2 / _EXPONENT
        x = width * np.sign(sine) * np.abs(sine) ** power
        z = (near + far) / 2 + (near - far) / 2 * np.sign(cosine) * np.abs(cosine) ** power
        facing = smoothstep(0.0, 0.35, cosine)
        z = z + self.relief(x, y) * facing
        return self.lowered(np.stack([x, y, z], axis=-1))


def normals(mesh: Floats) -> Floats:
    """Returns outward unit normals of a mesh as `Skull.mesh` orders it."""
    down = np.gradient(mesh, axis=0)
    wrapped = np.concatenate([mesh[:, -1:], mesh, mesh[:, :1]], axis=1)
    right = wrapped[:, 2:] - wrapped[:, :-2]
    across = np.cross(right, down)
    result: Floats = across / np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9)
    # The crown is one point, where the mesh has no width to take a normal from.
    result[0] = (0.0, -1.0, 0.0)
    return result


def outline(mesh: Floats, pose: Pose, centre: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Floats:
    """Returns the silhouette of a mesh in pixels: (120, 2), by angle about the projected centre from the right, clockwise."""
    cloud = np.concatenate([mesh, (mesh[1:] + mesh[:-1]) / 2]).reshape(-1, 3)
    middle = pose.flat(np.array(centre))
    offsets = pose.flat(cloud) - middle
    bins = ((np.arctan2(offsets[:, 1], offsets[:, 0]) / (2 * np.pi) * _BINS).round().astype(int)) % _BINS
    radii = np.zeros(_BINS)
    np.maximum.at(radii, bins, np.hypot(offsets[:, 0], offsets[:, 1]))
    filled = np.flatnonzero(radii)
    radii = np.interp(np.arange(_BINS), filled, radii[filled], period=_BINS)
    for _ in range(2):
        radii = 0.25 * np.roll(radii, 1) + 0.5 * radii + 0.25 * np.roll(radii, -1)
    angles = 2 * np.pi * np.arange(_BINS) / _BINS
    result: Floats = middle + np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None]
    return result
