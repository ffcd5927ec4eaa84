"""The embedded image engine's renderer: parametric people and scenes in five styles, with exact ground truth. Needs the `images` extra."""

from hub.engine.render.parameters import Expression, Identity, Person, Picture, Scene
from hub.engine.render.picture import Rendering, render
from hub.engine.render.truth import FaceTruth, Truth

__all__ = ["Expression", "FaceTruth", "Identity", "Person", "Picture", "Rendering", "Scene", "Truth", "render"]
