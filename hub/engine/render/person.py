"""A figure: a head with a face and hair, on a body with arms and hands."""

from dataclasses import dataclass, replace

import numpy as np
import skia

from hub.engine.render.figure.accessories import draw_facial_hair, draw_glasses
from hub.engine.render.figure.animals import draw_animal_ears, draw_muzzle, draw_pad
from hub.engine.render.figure.arms import draw_arms
from hub.engine.render.figure.body import draw_body, frame_of
from hub.engine.render.figure.curves import Pose, rotation
from hub.engine.render.figure.details import draw_complexion, draw_implants, draw_lines, draw_nose, draw_tears
from hub.engine.render.figure.ears import draw_ears
from hub.engine.render.figure.eyes import draw_brows, draw_eyes
from hub.engine.render.figure.features import features_of
from hub.engine.render.figure.hair import draw_hair, draw_hair_behind
from hub.engine.render.figure.landmarks import face_truth
from hub.engine.render.figure.material import draw_veins, toning
from hub.engine.render.figure.mouth import draw_mouth
from hub.engine.render.figure.portrait import Portrait, portrait_of
from hub.engine.render.figure.proportions import proportions_of
from hub.engine.render.figure.surface import draw_surface
from hub.engine.render.look import Brush, Light, mixed
from hub.engine.render.parameters import Person
from hub.engine.render.truth import Box, FaceTruth

_SEEN = 12
"""Opacity, of 255, from which a pixel counts as part of the figure."""


@dataclass(frozen=True, slots=True)
class PersonTruth:
    """What is known of a drawn figure."""

    box: Box | None
    """Of all that is seen of it; None when all of it is outside the picture."""
    face: FaceTruth | None
    """None when the figure is seen from behind."""


def draw_person(brush: Brush, person: Person) -> PersonTruth:
    """Draws a figure over what is on the brush's canvas and returns the truth about it."""
    layer = skia.Surface(brush.size, brush.size)
    own = replace(brush, canvas=layer.getCanvas(), light=_filled_in(brush.light))
    expression = person.expression
    scale = person.head * brush.size
    yaw = expression.yaw + (180.0 if person.turned_away else 0.0)
    pose = Pose(person.x * brush.size, person.y * brush.size, scale, rotation(yaw, expression.pitch, expression.roll))
    measures = proportions_of(person.identity, brush.look.name)
    features = features_of(measures, expression)
    portrait = portrait_of(own, person.identity, expression, features, pose, person.turned_away)
    frame = frame_of(portrait)
    _draw_behind(portrait)
    draw_arms(portrait, frame, person.action, "behind")
    draw_body(portrait, frame)
    _draw_head(portrait)
    draw_arms(portrait, frame, person.action, "front")
    brush.canvas.drawImage(layer.makeImageSnapshot(), 0, 0, skia.SamplingOptions(), skia.Paint(ColorFilter=toning(person.identity.material)))
    face = None if person.turned_away else face_truth(features, pose, expression, brush.size)
    return PersonTruth(_box(layer), face)


def _filled_in(light: Light) -> Light:
    """Returns the scene's light with a photographer's lamp added, so that a face can be read at night as well."""
    return replace(light, colour=mixed(light.colour, (1.0, 0.98, 0.96), 0.45), ambient=mixed(light.ambient, (0.62, 0.62, 0.64), 0.45))


def _draw_behind(portrait: Portrait) -> None:
    if portrait.human:
        if not portrait.turned_away:
            draw_hair_behind(portrait)
        draw_ears(portrait, near=False)
    else:
        draw_animal_ears(portrait, near=False)


def _draw_head(portrait: Portrait) -> None:
    draw_surface(portrait)
    draw_veins(portrait)
    if portrait.human:
        draw_ears(portrait, near=True)
    if not portrait.turned_away:
        _draw_face(portrait)
    if portrait.human:
        draw_hair(portrait)
    else:
        draw_animal_ears(portrait, near=True)
    if not portrait.turned_away:
        draw_brows(portrait)
        draw_glasses(portrait)


def _draw_face(portrait: Portrait) -> None:
    draw_complexion(portrait)
    if not portrait.human:
        draw_muzzle(portrait)
    draw_lines(portrait)
    draw_implants(portrait)
    draw_facial_hair(portrait)
    draw_mouth(portrait)
    draw_nose(portrait)
    if not portrait.human:
        draw_pad(portrait)
    draw_eyes(portrait)
    draw_tears(portrait)


def _box(layer: skia.Surface) -> Box | None:
    """Returns what the figure covers."""
    alpha = layer.toarray(colorType=skia.kRGBA_8888_ColorType)[:, :, 3] >= _SEEN
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return None
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
