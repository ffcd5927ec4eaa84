"""`grammar.yaml`: what a picture of each emotion may show, as typed and validated declarations."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from hub.engine.render.parameters import ACTION_UNITS, Action, ObjectName, Place, StyleName, TimeOfDay, Weather
from hub.spec import load
from hub.spec.base import Declaration, Name, Share

Range = tuple[float, float]
UnitName = Annotated[str, Field(pattern=r"^AU[1-9]\d?$")]
Weight = Annotated[float, Field(gt=0)]
Cue = Literal["expression", "objects", "action", "place"]


class ExpressionSpec(Declaration):
    """One way for a face to look; angles in degrees."""

    units: dict[UnitName, Range]
    """Range of intensity, 0 to 1, by facial action unit, as in AU12."""
    phrase: str
    """In words that describe the face and do not name a feeling."""
    gaze: Range = (-6.0, 6.0)
    """Up."""
    yaw: Range = (-18.0, 18.0)
    pitch: Range = (-6.0, 6.0)
    tears: Range = (0.0, 0.0)

    @model_validator(mode="after")
    def _units_are_drawn(self) -> "ExpressionSpec":
        unknown = sorted(set(self.intensities) - set(ACTION_UNITS))
        if unknown:
            raise ValueError(f"the renderer does not draw the action units {unknown}")
        return self

    @property
    def intensities(self) -> dict[int, Range]:
        """The ranges by the units' numbers."""
        return {int(name.removeprefix("AU")): bounds for name, bounds in self.units.items()}


class FigureSpec(Declaration):
    """How likely there is a face to be seen, a figure turned away, and no figure."""

    face: Share
    away: Share
    none: Share

    @model_validator(mode="after")
    def _adds_up(self) -> "FigureSpec":
        if abs(self.face + self.away + self.none - 1) > 1e-9:
            raise ValueError(f"face, away and none add up to {self.face + self.away + self.none:g}, not 1")
        return self


class EmotionSpec(Declaration):
    """The cues that are an emotion's own, by weight."""

    figure: FigureSpec
    expressions: dict[Name, Weight]
    actions: dict[Action, Weight]
    places: dict[Place, Weight]
    objects: dict[ObjectName, Weight]


class GrammarSpec(Declaration):
    """All of it."""

    own_cue: dict[Cue, Share]
    """How likely a cue is drawn from the emotion's own list."""
    misleading_object: Share
    """How likely an object belongs to another emotion when it does not belong to this one."""
    minimum_own_cues: int = Field(ge=1, le=3)
    expressions: dict[Name, ExpressionSpec]
    shared_expressions: dict[Name, Weight]
    actions: dict[Action, str]
    shared_actions: dict[Action, Weight]
    places: dict[Place, str]
    weathers: dict[Weather, str]
    times: dict[TimeOfDay, str]
    objects: dict[ObjectName, str]
    shared_objects: dict[ObjectName, Weight]
    outdoor_objects: frozenset[ObjectName]
    """Objects that no room holds."""
    emotions: dict[Name, EmotionSpec]
    styles: dict[StyleName, str]

    @model_validator(mode="after")
    def _names_are_declared(self) -> "GrammarSpec":
        lists = [("shared_expressions", self.shared_expressions), *((f"emotions.{name}.expressions", one.expressions) for name, one in self.emotions.items())]
        for where, names in lists:
            unknown = sorted(set(names) - set(self.expressions))
            if unknown:
                raise ValueError(f"{where} names {unknown}, which are not among the expressions")
        for emotion, spec in self.emotions.items():
            for what, used, known in (("actions", spec.actions, self.actions), ("places", spec.places, self.places), ("objects", spec.objects, self.objects)):
                unknown = sorted(set(used) - set(known))
                if unknown:
                    raise ValueError(f"emotions.{emotion}.{what} names {unknown}, for which there are no words under {what}")
        return self


@lru_cache(maxsize=4)
def read_grammar(folder: Path) -> GrammarSpec:
    """Reads the grammar of the dataset in `folder`."""
    return load(folder / "grammar.yaml", GrammarSpec)
