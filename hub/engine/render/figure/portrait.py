"""What every part of a figure needs to be drawn: the brush, who, how turned, and where the face's points are."""

from dataclasses import dataclass

import numpy as np
import skia

from hub.engine.render.figure.curves import Floats, Pose
from hub.engine.render.figure.features import Features
from hub.engine.render.figure.palette import hair_of, skin_of
from hub.engine.render.figure.skull import normals, outline
from hub.engine.render.look import Brush, Colour, ink, mixed, scaled, stroke_of
from hub.engine.render.parameters import Expression, Identity


@dataclass(frozen=True, slots=True)
class Portrait:
    """One figure about to be drawn."""

    brush: Brush
    identity: Identity
    expression: Expression
    features: Features
    pose: Pose
    mesh: Floats
    normals: Floats
    """In the picture's directions, after the head's rotation."""
    rim: Floats
    """(120, 2): the head's silhouette in pixels."""
    turned_away: bool
    skin: Colour
    """The colour of skin or fur, before style and light."""
    hair: Colour
    """The colour of the hair, before style and light."""

    @property
    def shading(self) -> str:
        """The style's way of shading."""
        return self.brush.look.shading

    @property
    def human(self) -> bool:
        """Whether the head is a person's."""
        return self.identity.species == "human"

    @property
    def outlined(self) -> float:
        """Factor on the style's outlines, thinner for small figures."""
        return float(np.clip(self.pose.scale / (0.32 * self.brush.size), 0.3, 1.5))

    @property
    def carved(self) -> bool:
        """Whether the figure is a sculpture."""
        return self.identity.material != "skin"

    def width(self, share: float) -> float:
        """Returns a stroke's width in pixels from a share of the head's height, never too thin to be seen."""
        return max(0.55, share * self.pose.scale)

    def stroke(self, path: skia.Path, colour: Colour, share: float, alpha: float = 1.0) -> None:
        """Strokes a path in a colour before style and light; the width is a share of the head's height."""
        self.brush.canvas.drawPath(path, stroke_of(self.brush.tone(colour), self.width(share), alpha))

    def blot(self, centre: Floats, across: float, down: float, colour: Colour, alpha: float) -> None:
        """Lays a soft oval of a colour before style and light round a (3,) point; radii are shares of the head's height."""
        x, y = self.pose.flat(centre).tolist()
        narrow = max(0.35, abs(float(np.cos(np.radians(self.expression.yaw)))))
        tone = self.brush.tone(colour)
        canvas = self.brush.canvas
        canvas.save()
        canvas.translate(x, y)
        canvas.rotate(self.expression.roll)
        canvas.scale(across * self.pose.scale * narrow, down * self.pose.scale)
        shader = skia.GradientShader.MakeRadial((0, 0), 1.0, [ink(tone, alpha), ink(tone, alpha * 0.6), ink(tone, 0.0)])
        canvas.drawCircle(0, 0, 1, skia.Paint(Shader=shader, AntiAlias=True))
        canvas.restore()


def portrait_of(brush: Brush, identity: Identity, expression: Expression, features: Features, pose: Pose, turned_away: bool) -> Portrait:
    """Returns a portrait with its surface worked out."""
    mesh = features.skull.mesh()
    skin, hair = skin_of(identity, expression.flush), hair_of(identity)
    if brush.look.shading == "neon":
        # Under coloured light a face must stay bright enough to be read.
        skin, hair = scaled(skin, 1.18), mixed(scaled(hair, 1.5), (0.3, 0.34, 0.5), 0.25)
    rim = outline(mesh, pose, (0.0, 0.05, 0.0))
    return Portrait(brush, identity, expression, features, pose, mesh, pose.turned(normals(mesh)), rim, turned_away, skin, hair)
