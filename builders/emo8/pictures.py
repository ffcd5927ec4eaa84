"""From the grammar to pictures: who, where, with what cues, in which style, and the same in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from builders.emo8.grammar import Cue, ExpressionSpec, GrammarSpec
from builders.emo8.pools import Pools, identity_of
from hub.engine.render.parameters import INDOORS, Action, Expression, ObjectName, Person, Picture, Place, Scene, StyleName, TimeOfDay, Weather
from hub.files import seed_from

Choice = TypeVar("Choice", bound=str)
_ROOMS = INDOORS - {"stage"}
"""Places with a ceiling."""
_GOLDEN = 0.618034
_ANIMAL_SHARE = 0.35
"""Of cartoons with a figure, how many show an animal."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One picture to be drawn, and what it is said to show."""

    id: str
    emotion: str
    style: StyleName
    split: str
    scene_id: str
    identity_id: str
    """Empty where there is no figure."""
    expression: str
    """The name in the grammar; empty where no face is seen."""
    own_cues: tuple[Cue, ...]
    """The cues that were drawn from the emotion's own lists."""
    picture: Picture
    seed: int


def plan_pictures(grammar: GrammarSpec, pools: Pools, emotions: tuple[str, ...], images: int, shares: Mapping[str, float]) -> Iterator[Planned]:
    """Yields the pictures of every emotion in every style, as many of each as can be, with splits cut within each by `shares`."""
    cells = [(emotion, style) for emotion in emotions for style in grammar.styles]
    number = 0
    for index, (emotion, style) in enumerate(cells):
        count = images // len(cells) + (index < images % len(cells))
        # Each cell starts elsewhere between 0 and 1, so that small cells do not all round the same way.
        offset = index * _GOLDEN % 1
        for position in range(count):
            id = f"emo8-{number:05d}"
            yield _picture(grammar, pools, id, emotion, style, _split_at((position + offset) / count, shares))
            number += 1


def _split_at(fraction: float, shares: Mapping[str, float]) -> str:
    end = 0.0
    for split, share in shares.items():
        end += share
        if fraction < end - 1e-9:
            return split
    return list(shares)[-1]


def _picture(grammar: GrammarSpec, pools: Pools, id: str, emotion: str, style: StyleName, split: str) -> Planned:
    seed = seed_from("emo8", id)
    generator = np.random.default_rng(seed)
    spec = grammar.emotions[emotion]
    figure = _draw(generator, {"face": spec.figure.face, "away": spec.figure.away, "none": spec.figure.none})
    own = _own_cues(grammar, generator, figure)
    objects = _objects(grammar, generator, emotion, "objects" in own)
    places: Mapping[Place, float] = spec.places if "place" in own else dict.fromkeys(grammar.places, 1.0)
    if grammar.outdoor_objects & set(objects):
        places = {place: weight for place, weight in places.items() if place not in _ROOMS}
    place = _draw(generator, places)
    scene_id = _any(generator, pools.scenes[split][place])
    weather: Weather = "clear" if place in INDOORS else _draw(generator, dict.fromkeys(grammar.weathers, 1.0))
    time: TimeOfDay = _draw(generator, dict.fromkeys(grammar.times, 1.0))
    # A dark night in dim light would show nothing.
    brightness = round(float(generator.uniform(-0.1 if time == "night" else -0.6, 0.8)), 3)
    colourfulness, warmth = (float(value) for value in generator.uniform(-0.8, 0.8, 2).round(3))
    scene = Scene(place, weather, time, objects, brightness, colourfulness, warmth, seed_from("emo8 scene", scene_id))
    identity_id, expression, person = "", "", None
    if figure != "none":
        animal = style == "cartoon" and generator.random() < _ANIMAL_SHARE
        identity_id = _any(generator, (pools.animals if animal else pools.people)[split])
        action: Action = _draw(generator, spec.actions if "action" in own else grammar.shared_actions)
        if figure == "face":
            expression = _draw(generator, spec.expressions if "expression" in own else grammar.shared_expressions)
        person = _person(grammar, generator, identity_id, expression, action, figure == "away")
    picture = Picture(style, scene, person, seed)
    return Planned(id, emotion, style, split, scene_id, identity_id, expression, tuple(sorted(own)), picture, seed)


def _own_cues(grammar: GrammarSpec, generator: np.random.Generator, figure: str) -> set[Cue]:
    """Which cues are the emotion's own: each by its chance, and then as many more as the grammar asks for."""
    possible: list[Cue] = ["objects", "place", *(["action"] if figure == "face" else []), *(["expression"] if figure == "face" else [])]  # type: ignore[list-item]
    own = {cue for cue in possible if generator.random() < grammar.own_cue[cue]}
    # The face and the objects say most, so they are what is added first.
    for cue in sorted(possible, key=lambda cue: -grammar.own_cue[cue]):
        if len(own) >= grammar.minimum_own_cues:
            break
        own.add(cue)
    return own


def _objects(grammar: GrammarSpec, generator: np.random.Generator, emotion: str, own: bool) -> tuple[ObjectName, ...]:
    """One or two objects that mean something, or mislead, or do not, and now and then one more that means nothing."""
    if own:
        telling = grammar.emotions[emotion].objects
    elif generator.random() < grammar.misleading_object:
        others = [name for name in grammar.emotions if name != emotion]
        telling = grammar.emotions[others[int(generator.integers(len(others)))]].objects
    else:
        telling = grammar.shared_objects
    found = [_draw(generator, telling)]
    if generator.random() < 0.35:
        found.append(_draw(generator, telling))
    if generator.random() < 0.45:
        found.append(_draw(generator, grammar.shared_objects))
    return tuple(dict.fromkeys(found))


def _person(grammar: GrammarSpec, generator: np.random.Generator, identity_id: str, expression: str, action: Action, away: bool) -> Person:
    head = float(np.exp(generator.uniform(np.log(0.12), np.log(0.24)) if away else generator.uniform(np.log(0.2), np.log(0.46))))
    return Person(
        identity=identity_of(identity_id),
        expression=_expression(grammar.expressions[expression], generator) if expression else Expression(),
        action=action,
        x=round(float(generator.uniform(0.36, 0.64)), 3),
        y=round(float(generator.uniform(0.36, 0.46)) + (0.05 if away else 0.0), 3),
        head=round(head, 3),
        turned_away=away,
    )


def _expression(spec: ExpressionSpec, generator: np.random.Generator) -> Expression:
    def within(bounds: tuple[float, float]) -> float:
        return round(float(generator.uniform(*bounds)), 3)

    return Expression(
        action_units={unit: within(bounds) for unit, bounds in spec.intensities.items()},
        gaze=(within((-12, 12)), within(spec.gaze)),
        yaw=within(spec.yaw),
        pitch=within(spec.pitch),
        roll=within((-10, 10)),
        tears=within(spec.tears),
    )


def _draw(generator: np.random.Generator, weights: Mapping[Choice, float]) -> Choice:
    names, values = list(weights), np.array(list(weights.values()))
    return names[int(generator.choice(len(names), p=values / values.sum()))]


def _any(generator: np.random.Generator, names: tuple[str, ...]) -> str:
    return names[int(generator.integers(len(names)))]
