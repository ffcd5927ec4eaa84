"""Whether a picture is one that the renderer can draw: names that it knows, numbers in their documented ranges."""

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, get_args

from hub.engine.render.parameters import (
    ACTION_UNITS,
    Action,
    Clothing,
    EyeColour,
    FacialHair,
    Glasses,
    HairColour,
    HairStyle,
    Material,
    ObjectName,
    Picture,
    Place,
    Species,
    StyleName,
    TimeOfDay,
    Weather,
)
from hub.errors import nearest

Range = tuple[float, float]
_MOST_OBJECTS = 4
_SIGNED: Range = (-1.0, 1.0)
_SHARE: Range = (0.0, 1.0)
_STYLES: frozenset[str] = frozenset(get_args(StyleName))
_OBJECTS: frozenset[str] = frozenset(get_args(ObjectName))
_SCENE_NAMES: Mapping[str, frozenset[str]] = {
    "place": frozenset(get_args(Place)),
    "weather": frozenset(get_args(Weather)),
    "time": frozenset(get_args(TimeOfDay)),
}
_SCENE_RANGES: Mapping[str, Range] = dict.fromkeys(("brightness", "colourfulness", "warmth"), _SIGNED)
_PERSON_NAMES: Mapping[str, frozenset[str]] = {"action": frozenset(get_args(Action))}
_PERSON_RANGES: Mapping[str, Range] = {"x": (-1.0, 2.0), "y": (-1.0, 2.0), "head": (0.06, 0.75)}
_IDENTITY_NAMES: Mapping[str, frozenset[str]] = {
    "species": frozenset(get_args(Species)),
    "hair_style": frozenset(get_args(HairStyle)),
    "hair_colour": frozenset(get_args(HairColour)),
    "eye_colour": frozenset(get_args(EyeColour)),
    "facial_hair": frozenset(get_args(FacialHair)),
    "glasses": frozenset(get_args(Glasses)),
    "clothing": frozenset(get_args(Clothing)),
    "material": frozenset(get_args(Material)),
}
_IDENTITY_RANGES: Mapping[str, Range] = {
    "age": (4.0, 90.0),
    "skin": _SHARE,
    "clothing_hue": _SHARE,
    **dict.fromkeys(("undertone", "face_width", "jaw_width", "face_length", "eye_size", "eye_spacing"), _SIGNED),
    **dict.fromkeys(("nose_length", "nose_width", "mouth_width", "lip_fullness", "brow_thickness"), _SIGNED),
}
_EXPRESSION_RANGES: Mapping[str, Range] = {"yaw": (-60.0, 60.0), "pitch": (-40.0, 40.0), "roll": (-40.0, 40.0), "tears": _SHARE, "flush": _SIGNED}
_GAZE: Range = (-35.0, 35.0)


def check(picture: Picture) -> None:
    """Does nothing for a picture that can be drawn.

    Raises:
        ValueError: a name is unknown or a number out of range; the message says which, what was found and what is valid.
    """
    _name("style", picture.style, _STYLES)
    _seed("seed", picture.seed)
    scene = picture.scene
    _fields("scene", scene, _SCENE_NAMES, _SCENE_RANGES)
    _seed("scene.seed", scene.seed)
    if len(scene.objects) > _MOST_OBJECTS:
        raise ValueError(f"scene.objects of the picture has {len(scene.objects)} objects; the renderer finds room for at most {_MOST_OBJECTS}")
    for index, name in enumerate(scene.objects):
        _name(f"scene.objects[{index}]", name, _OBJECTS)
    person = picture.person
    if person is None:
        return
    _fields("person", person, _PERSON_NAMES, _PERSON_RANGES)
    _fields("person.identity", person.identity, _IDENTITY_NAMES, _IDENTITY_RANGES)
    expression = person.expression
    _fields("person.expression", expression, {}, _EXPRESSION_RANGES)
    if len(expression.gaze) != 2:
        raise ValueError(f"person.expression.gaze of the picture is {expression.gaze!r}; expected two numbers, to the right and up")
    for index, angle in enumerate(expression.gaze):
        _number(f"person.expression.gaze[{index}]", angle, _GAZE)
    for unit, intensity in expression.action_units.items():
        if unit not in ACTION_UNITS:
            raise ValueError(f"person.expression.action_units of the picture has the unit {unit!r}; the renderer draws {', '.join(map(str, ACTION_UNITS))}")
        _number(f"person.expression.action_units[{unit}]", intensity, _SHARE)


def _fields(where: str, part: Any, names: Mapping[str, frozenset[str]], ranges: Mapping[str, Range]) -> None:
    for field, valid in names.items():
        _name(f"{where}.{field}", getattr(part, field), valid)
    for field, bounds in ranges.items():
        value = getattr(part, field)
        # Most values are plain numbers in range; only the others are looked at closely.
        if type(value) is not float or not bounds[0] <= value <= bounds[1]:
            _number(f"{where}.{field}", value, bounds)


def _name(where: str, found: object, valid: frozenset[str]) -> None:
    if not isinstance(found, str) or found not in valid:
        raise ValueError(f"{where} of the picture is {found!r}, which is not one of the valid values: {nearest(str(found), sorted(valid))}")


def _number(where: str, found: object, bounds: Range) -> None:
    if isinstance(found, bool) or not isinstance(found, Real) or not bounds[0] <= float(found) <= bounds[1]:
        raise ValueError(f"{where} of the picture is {found!r}; expected a number from {bounds[0]:g} to {bounds[1]:g}")


def _seed(where: str, found: object) -> None:
    if isinstance(found, bool) or not isinstance(found, Integral) or int(found) < 0:
        raise ValueError(f"{where} of the picture is {found!r}; expected a whole number from 0")
