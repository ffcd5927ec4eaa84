"""The control points of a face: what action units move, what is drawn, and what the landmarks are."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hub.engine.render.figure.curves import Floats
from hub.engine.render.figure.proportions import Proportions
from hub.engine.render.figure.skull import Skull
from hub.engine.render.parameters import Expression

_MIRROR = np.array([-1.0, 1.0, 1.0])
_JAW = np.array([0.0, 0.075, 0.15, 0.22, 0.285, 0.345, 0.4, 0.455, 0.5])
"""Heights of the first nine jaw points between the eyes' height (0) and the chin (0.5)."""


@dataclass(frozen=True, slots=True)
class Features:
    """Control points in head heights. Rows of eyes and brows: first the one on the picture's left."""

    skull: Skull
    jaw: Floats
    """(17, 3)."""
    brows: Floats
    """(2, 5, 3), each from the picture's left to its right."""
    nose: Floats
    """(9, 3): four down the bridge, five along the base."""
    eyes: Floats
    """(2, 6, 3): from the left corner over the upper lid to the right corner and back along the lower."""
    outer: Floats
    """(12, 3): outer lips from the left corner over the upper."""
    inner: Floats
    """(8, 3): inner lips from the left corner over the upper."""
    pupils: Floats
    """(2, 3)."""
    iris: float
    """Radius."""
    opening: float
    """Between the inner lips in the middle."""
    strength: "Strengths"

    def points(self) -> Floats:
        """Returns the (70, 3) points in the order of `truth.POINTS`."""
        parts = (self.jaw, self.brows.reshape(10, 3), self.nose, self.eyes.reshape(12, 3), self.outer, self.inner, self.pupils)
        return np.concatenate(parts)


class Strengths(dict[int, float]):
    """Intensities of action units; those not named are 0."""

    def __missing__(self, unit: int) -> float:
        return 0.0


def features_of(measures: Proportions, expression: Expression) -> Features:
    """Returns where everything in the face is."""
    strength = Strengths(expression.action_units)
    gain = measures.gain
    drop = gain * (0.035 * strength[26] + 0.075 * strength[27])
    skull = Skull(measures, drop)
    left_eye = _eye(skull, strength, gain)
    outer, inner = _mouth(skull, strength, gain)
    left_brow = _brow(skull, strength, gain)
    right_eye = (left_eye * _MIRROR)[[3, 2, 1, 0, 5, 4]]
    eyes = np.stack([left_eye, right_eye])
    return Features(
        skull=skull,
        jaw=_jaw(skull),
        brows=np.stack([left_brow, (left_brow * _MIRROR)[::-1]]),
        nose=_nose(skull, strength),
        eyes=eyes,
        outer=outer,
        inner=inner,
        pupils=_pupils(skull, eyes, expression.gaze),
        iris=measures.iris,
        opening=float(inner[6, 1] - inner[2, 1]),
        strength=strength,
    )


def _jaw(skull: Skull) -> Floats:
    start = skull.measures.eye_y
    y = start + (0.5 - start) * _JAW / 0.5
    width = skull.half_width(y)
    x = -0.97 * width
    x[8] = 0.0
    z = skull.plain_front(x, y)
    z[8] = skull.front(np.zeros(1), np.array([0.485]))[0]
    left = skull.lowered(np.stack([x, y, z], axis=1))
    return np.concatenate([left, (left[:8] * _MIRROR)[::-1]])


def _brow(skull: Skull, strength: Mapping[int, float], gain: float) -> Floats:
    """The brow on the picture's left, from its outer to its inner end."""
    m = skull.measures
    share = np.linspace(-1.0, 1.0, 5)
    x = -m.eye_x - 0.008 + m.brow_half * share
    y = m.brow_y + np.array([0.022, -0.006, -0.018, -0.014, 0.004]) * (1 - 0.4 * m.childhood)
    y = y - gain * 0.072 * strength[1] * np.array([0.0, 0.03, 0.25, 0.72, 1.12])
    y = y - gain * 0.05 * strength[2] * np.array([0.85, 1.2, 0.85, 0.35, 0.05])
    y = y + gain * 0.042 * strength[4] * np.array([0.3, 0.2, 0.35, 0.8, 1.15])
    y = y + gain * 0.02 * strength[9] * np.array([0.0, 0.1, 0.3, 0.8, 1.0])
    x = x + gain * 0.026 * (strength[4] + 0.3 * strength[9]) * np.array([0.1, 0.25, 0.5, 0.8, 1.0])
    return skull.on_front(x, y, 0.008)


def _eye(skull: Skull, strength: Mapping[int, float], gain: float) -> Floats:
    """The eye on the picture's left: outer corner, upper lid, inner corner, lower lid."""
    m = skull.measures
    animal = m.muzzle > 0
    x = -m.eye_x + m.eye_half * np.array([-1.0, -0.42, 0.36, 1.0, 0.38, -0.4])
    tilt = np.array([-0.006, 0.0, 0.0, 0.006, 0.0, 0.0]) * (2.2 if animal else 1.0)
    upper = m.eye_upper * (1 + 0.5 * gain * strength[5] - 0.18 * strength[7] - 0.22 * strength[6] - 0.14 * strength[9])
    lower = m.eye_lower * (1 + 0.1 * gain * strength[5] - 0.62 * strength[7] - 0.85 * strength[6] - 0.45 * strength[9] - 0.1 * strength[12])
    # Together the lids leave a slit unless unit 43 closes them.
    upper = max(upper, 0.2 * m.eye_upper)
    lower = max(lower, -0.55 * upper)
    seam = max(lower, 0.0) * 0.75 + min(lower, 0.0)
    above = -upper + (seam + upper) * strength[43]
    below = lower + (seam - lower) * strength[43]
    # Grief lifts the inner half of the upper lid with the brow.
    grief = 0.3 * m.eye_upper * strength[1] * min(1.0, strength[4] + strength[15]) * (1 - strength[43])
    anger = 0.42 * m.eye_upper * strength[4] * (1 - min(1.0, strength[1])) * (1 - strength[43])
    y = m.eye_y + tilt + np.array([0.0, above + grief * 0.8, above + 0.6 * anger - grief * 0.2, 0.0, below, below])
    y[2] = min(y[2], m.eye_y + tilt[2] + below)
    y[1] = min(y[1], m.eye_y + tilt[1] + below)
    return np.stack([x, y, skull.front(x, np.full(6, m.eye_y)) + np.array([0.0, 0.012, 0.012, 0.0, 0.008, 0.008])], axis=1)


def _nose(skull: Skull, strength: Mapping[int, float]) -> Floats:
    m = skull.measures
    tip = m.nose_y - 0.03
    y = np.linspace(m.eye_y - 0.01, tip, 4)
    bridge = skull.on_front(np.zeros(4), y)
    raised = -0.022 * strength[9] - 0.004 * strength[10]
    bridge[3, 1] += raised
    wide = m.nose_half * (1 + 0.14 * strength[9] + 0.06 * strength[12] + 0.06 * strength[10])
    x = wide * np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    base_y = m.nose_y + np.array([-0.012, 0.004, 0.01, 0.004, -0.012])
    base = np.stack([x, base_y + raised * np.array([1.4, 1.0, 0.7, 1.0, 1.4]), skull.front(x, np.full(5, m.nose_y - 0.012))], axis=1)
    return np.concatenate([bridge, base])


def _mouth(skull: Skull, strength: Mapping[int, float], gain: float) -> tuple[Floats, Floats]:
    m = skull.measures
    smile, dimple, frown, stretch = strength[12], strength[14], strength[15], strength[20]
    half = m.mouth_half * (1 - 0.22 * strength[23] - 0.06 * strength[24] - 0.2 * strength[27] * (1 - 0.6 * smile) - 0.06 * strength[26])
    half += gain * (0.044 * smile + 0.016 * dimple + 0.006 * frown + 0.046 * stretch)
    corner = gain * (-0.056 * smile - 0.012 * dimple + 0.042 * frown + 0.016 * stretch) + 0.3 * skull.drop
    full_up = m.lip_upper * (1 - 0.5 * strength[23] - 0.6 * strength[24] - 0.25 * smile - 0.25 * strength[20] - 0.2 * strength[17])
    full_low = m.lip_lower * (1 - 0.45 * strength[23] - 0.6 * strength[24] - 0.15 * smile - 0.2 * strength[20] + 0.15 * strength[17])
    # The middle of the mouth: how far each lip's inner edge leaves the line between the lips at rest.
    raised = gain * (0.036 * strength[10] + 0.024 * strength[9] + 0.012 * smile * min(1.0, strength[25] + strength[26]) + 0.004 * strength[25])
    pushed = -gain * 0.024 * strength[17] - 0.006 * strength[23]
    parted = gain * (0.03 * strength[25] + 0.074 * strength[26] + 0.15 * strength[27] + 0.012 * strength[25] * (strength[10] + stretch))
    dip = 0.5 * gain * 0.056 * smile * (0.35 if parted > 0.02 else 0.5)
    upper_y = -raised + pushed * 0.8 + dip * 0.5
    lower_y = max(upper_y, parted + pushed + dip)
    if parted <= 0:
        upper_y = lower_y = (upper_y + lower_y) / 2

    def lip(share: Floats, middle: float, power: float) -> Floats:
        bend = np.abs(share) ** power
        return m.mouth_y + middle * (1 - bend) + corner * bend

    outer_share = np.array([-1.0, -0.64, -0.26, 0.0, 0.26, 0.64, 1.0, 0.62, 0.28, 0.0, -0.28, -0.62])
    thickness = np.array([0.0, -0.66, -1.0, -0.8, -1.0, -0.66, 0.0, 0.74, 0.97, 1.0, 0.97, 0.74])
    top, bottom = slice(1, 6), slice(7, 12)
    y = np.full(12, m.mouth_y + corner)
    y[top] = lip(outer_share[top], upper_y, 1.9) + full_up * thickness[top]
    y[bottom] = lip(outer_share[bottom], lower_y, 3.2) + full_low * thickness[bottom]
    inner_share = np.array([-0.93, -0.5, 0.0, 0.5, 0.93, 0.5, 0.0, -0.5])
    inner_y = np.full(8, m.mouth_y + corner * 0.93**2 + (upper_y + lower_y) / 2 * (1 - 0.93**2))
    inner_y[1:4] = lip(inner_share[1:4], upper_y, 1.9)
    inner_y[5:8] = lip(inner_share[5:8], lower_y, 3.2 if parted > 0 else 1.9)
    return _on_mouth(skull, outer_share * half, y, 0.004), _on_mouth(skull, inner_share * half, inner_y, 0.0)


def _on_mouth(skull: Skull, x: Floats, y: Floats, lift: float) -> Floats:
    """Puts lip points on the surface; what the jaw carries down is still as deep as it was."""
    rest = np.clip(y, skull.measures.mouth_y - 0.06, skull.measures.mouth_y + 0.03)
    return np.stack([x, y, skull.front(x, rest) + lift], axis=1)


def _pupils(skull: Skull, eyes: Floats, gaze: tuple[float, float]) -> Floats:
    """The pupils, kept between the lids' points."""
    m = skull.measures
    reach = 0.95 * m.eye_half
    right, up = np.sin(np.radians(gaze))
    result = np.empty((2, 3))
    for side, eye in enumerate(eyes):
        middle = m.eye_x * (2 * side - 1)
        # At rest the upper lid covers the rim of the iris, so its centre lies a little above the middle.
        x = np.clip(middle + reach * right, eye[0, 0] + 0.3 * m.eye_half, eye[3, 0] - 0.3 * m.eye_half)
        top, bottom = float(eye[1:3, 1].max()), float(eye[4:6, 1].min())
        margin = 0.12 * (bottom - top)
        y = np.clip(m.eye_y - 0.12 * m.eye_upper - 1.1 * m.eye_upper * up, top + margin, bottom - margin)
        result[side] = x, y, float(np.mean(eye[1:3, 2])) + 0.006
    return result
