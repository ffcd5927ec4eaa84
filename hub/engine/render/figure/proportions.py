"""The measures of a head, in shares of its height, from who it is and in which style it is drawn."""

from dataclasses import dataclass

from hub.engine.render.parameters import Identity, StyleName


@dataclass(frozen=True, slots=True)
class Proportions:
    """Distances from the head's centre or between features. `y` grows downwards; the crown is at -0.5, the chin at 0.5."""

    width: float
    """Factor on the skull's width."""
    jaw: float
    """Factor on the jaw's width."""
    eye_x: float
    eye_y: float
    eye_half: float
    eye_upper: float
    eye_lower: float
    iris: float
    brow_y: float
    brow_half: float
    brow_thickness: float
    nose_y: float
    nose_half: float
    nose_depth: float
    mouth_y: float
    mouth_half: float
    lip_upper: float
    lip_lower: float
    gain: float
    """Factor on how far action units move the face."""
    childhood: float
    """1 a small child to 0 an adult."""
    wrinkles: float
    """0 smooth to 1 deeply lined."""
    muzzle: float
    """How far an animal's muzzle stands out; 0 for people."""


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a style departs from life."""

    eye_width: float
    eye_height: float
    iris: float
    nose: float
    mouth: float
    lips: float
    brow: float
    gain: float


_MANNERS: dict[StyleName, _Manner] = {
    "cartoon": _Manner(1.42, 2.3, 1.75, 0.78, 1.12, 0.6, 1.5, 1.3),
    "natural": _Manner(1.2, 1.35, 1.2, 0.95, 1.08, 0.95, 1.15, 1.25),
    "realistic": _Manner(1.1, 1.15, 1.08, 1.0, 1.06, 1.0, 1.0, 1.2),
    "science_fiction": _Manner(1.18, 1.25, 1.18, 0.95, 1.06, 0.95, 1.05, 1.2),
    "advertising": _Manner(1.2, 1.35, 1.22, 0.9, 1.12, 1.15, 1.05, 1.22),
}


def proportions_of(identity: Identity, style: StyleName) -> Proportions:
    """Returns the measures of a person, or of an animal's head on a person's body."""
    manner = _MANNERS[style]
    child = min(1.0, max(0.0, (17.0 - identity.age) / 12.0))
    age = min(1.0, max(0.0, (identity.age - 42.0) / 38.0))
    animal = identity.species != "human"
    eyes = (1 + 0.2 * identity.eye_size) * (1 + 0.22 * child) * (1.2 if animal else 1.0)
    height = manner.eye_height if not animal else max(manner.eye_height, 1.8)
    eye_y = 0.02 + 0.075 * child - 0.02 * identity.face_length
    nose_y = 0.215 + 0.05 * child + 0.028 * identity.nose_length + (0.0 if not animal else -0.03)
    mouth_y = 0.322 + 0.03 * child + 0.014 * identity.nose_length + (0.0 if not animal else 0.02)
    eye_upper = 0.036 * height * (1 + 0.3 * identity.eye_size) * (1 + 0.3 * child)
    return Proportions(
        width=1 + 0.08 * identity.face_width - 0.06 * identity.face_length + 0.05 * child + (0.26 if animal else 0.0),
        jaw=1 + 0.16 * identity.jaw_width + 0.02 * child + (0.12 if animal else 0.0) + (0.03 if style == "advertising" else 0.0),
        eye_x=0.152 * (1 + 0.1 * identity.eye_spacing) * (1 + 0.06 * child) + 0.02 * (eyes * manner.eye_width - 1) + (0.03 if animal else 0.0),
        eye_y=eye_y,
        eye_half=0.073 * manner.eye_width * eyes,
        eye_upper=eye_upper,
        eye_lower=0.024 * height * (1 + 0.3 * identity.eye_size) * (1 + 0.3 * child),
        iris=0.034 * manner.iris * (1 + 0.15 * identity.eye_size) * (1 + 0.18 * child) * (1.25 if animal else 1.0),
        brow_y=eye_y - eye_upper - 0.058,
        brow_half=0.105 * (0.9 + 0.1 * manner.eye_width),
        brow_thickness=0.026 * manner.brow * (1 + 0.45 * identity.brow_thickness) * (1 - 0.3 * child),
        nose_y=nose_y,
        nose_half=0.068 * manner.nose * (1 + 0.25 * identity.nose_width) * (1 - 0.15 * child) * (1.1 if animal else 1.0),
        nose_depth=0.105 * manner.nose * (1 + 0.15 * identity.nose_length) * (1 - 0.35 * child) * (0.5 if animal else 1.0),
        mouth_y=mouth_y,
        mouth_half=0.112 * manner.mouth * (1 + 0.18 * identity.mouth_width) * (1 - 0.08 * child),
        lip_upper=0.022 * manner.lips * (1 + 0.45 * identity.lip_fullness) * (0.35 if animal else 1.0) * (1 - 0.25 * age),
        lip_lower=0.032 * manner.lips * (1 + 0.45 * identity.lip_fullness) * (0.35 if animal else 1.0) * (1 - 0.2 * age),
        gain=manner.gain,
        childhood=child,
        wrinkles=age,
        muzzle=0.16 if animal else 0.0,
    )
