"""People made up for the renderer."""

import numpy as np

_DEVIATION = 0.45
_PROPORTIONS = (
    "undertone",
    "face_width",
    "jaw_width",
    "face_length",
    "eye_size",
    "eye_spacing",
    "nose_length",
    "nose_width",
    "mouth_width",
    "lip_fullness",
    "brow_thickness",
)


def draw_proportions(generator: np.random.Generator) -> dict[str, float]:
    """Returns the fields of an `Identity` that run from -1 to 1, drawn independently around the average of 0."""
    return {name: float(np.clip(generator.normal(0, _DEVIATION), -1, 1)) for name in _PROPORTIONS}
