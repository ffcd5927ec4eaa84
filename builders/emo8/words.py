"""A picture in words: the prompt that asks for it, which names the emotion, and the caption that describes it, which does not."""

from builders.emo8.grammar import GrammarSpec
from builders.emo8.pictures import Planned
from hub.engine.render.parameters import INDOORS, Identity, Picture

_BRIGHTNESS = ((0.3, "dark"), (0.5, "dim"), (0.7, "bright"), (1.01, "very bright"))
"""Upper ends of mean brightness, 0 to 1."""
_COLOURFULNESS = ((0.1, "nearly colourless"), (0.22, "muted"), (0.4, "colourful"), (99.0, "vivid"))
"""Upper ends of colourfulness (Hasler and Suesstrunk 2003) divided by 255."""


def prompt_of(planned: Planned, grammar: GrammarSpec) -> str:
    """Returns what a text-to-image model is asked: style, emotion, figure, face, gesture, place, objects, light."""
    scene = planned.picture.scene
    light = ", ".join(
        word
        for value, low, high in ((scene.brightness, "dim light", "bright light"), (scene.colourfulness, "muted colours", "vivid colours"))
        for word in [low if value < -0.3 else high if value > 0.3 else ""]
        if word
    )
    parts = [f"{grammar.styles[planned.style]} that evokes {planned.emotion}", describe(planned, grammar), *([light] if light else [])]
    return ", ".join(parts)


def caption_of(style: str, description: str, brightness: float, colourfulness: float) -> str:
    """Returns a sentence with the attributes EmoSet has: scene, objects, face and action as described, brightness and colourfulness as measured.

    `style` is the style in words; `brightness` is between 0 and 1, `colourfulness` is Hasler and Suesstrunk's divided by 255.
    """
    return f"{style}, {_word(brightness, _BRIGHTNESS)} and {_word(colourfulness, _COLOURFULNESS)}: {description}"


def describe(planned: Planned, grammar: GrammarSpec) -> str:
    """Returns what a picture shows, without its style, its light and its emotion."""
    picture = planned.picture
    return ", ".join([*_figure(picture, planned.expression, grammar), _surroundings(picture, grammar), *_things(picture, grammar)])


def _figure(picture: Picture, expression: str, grammar: GrammarSpec) -> list[str]:
    person = picture.person
    if person is None:
        return ["no people"]
    who = _who(person.identity)
    if person.turned_away:
        return [f"{who} seen from behind"]
    return [f"{who} {grammar.expressions[expression].phrase}", grammar.actions[person.action]]


def _who(identity: Identity) -> str:
    if identity.species != "human":
        return f"a {identity.species} in clothes"
    if identity.age < 16:
        return "a child"
    return "an elderly person" if identity.age >= 65 else "a person"


def _surroundings(picture: Picture, grammar: GrammarSpec) -> str:
    scene = picture.scene
    outdoors = [] if scene.place in INDOORS else [grammar.weathers[scene.weather]]
    return ", ".join([grammar.places[scene.place], grammar.times[scene.time], *outdoors])


def _things(picture: Picture, grammar: GrammarSpec) -> list[str]:
    return [f"with {' and '.join(grammar.objects[name] for name in picture.scene.objects)}"] if picture.scene.objects else []


def _word(value: float, scale: tuple[tuple[float, str], ...]) -> str:
    return next(word for end, word in scale if value < end)
