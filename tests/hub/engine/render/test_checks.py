"""Pictures that cannot be drawn are refused in one sentence."""

import time
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from hub.engine.render import Expression, Identity, Person, Picture, Scene, render
from hub.engine.render.checks import check

PICTURE = Picture("cartoon", Scene("park", objects=("tree", "ball")), Person(Identity(), Expression({12: 0.5}, (5.0, -5.0))), seed=3)
Change = Callable[[Any], Picture]


def scene(**changes: Any) -> Picture:
    return replace(PICTURE, scene=replace(PICTURE.scene, **changes))


def person(**changes: Any) -> Picture:
    return replace(PICTURE, person=replace(PICTURE.person, **changes))  # type: ignore[type-var]


def identity(**changes: Any) -> Picture:
    return person(identity=replace(Identity(), **changes))


def expression(**changes: Any) -> Picture:
    return person(expression=replace(Expression(), **changes))


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (replace(PICTURE, style="cartoonish"), r"style of the picture is 'cartoonish', which is not one of the valid values: did you mean 'cartoon'\?"),
        (replace(PICTURE, style=["cartoon"]), r"style of the picture is \['cartoon'\]"),  # type: ignore[arg-type]
        (replace(PICTURE, seed=-1), "seed of the picture is -1; expected a whole number from 0"),
        (replace(PICTURE, seed=0.5), "seed of the picture is 0.5; expected a whole number"),  # type: ignore[arg-type]
        (scene(place="moon"), "scene.place of the picture is 'moon'.*beach"),
        (scene(weather="sunny"), "scene.weather of the picture is 'sunny'"),
        (scene(time="noon"), "scene.time of the picture is 'noon'.*valid: dawn, day, dusk, night"),
        (scene(brightness=1.5), "scene.brightness of the picture is 1.5; expected a number from -1 to 1"),
        (scene(objects=("tree", "unicorn")), r"scene.objects\[1\] of the picture is 'unicorn'"),
        (scene(objects=("tree",) * 5), "scene.objects of the picture has 5 objects; .* at most 4"),
        (person(action="dancing"), "person.action of the picture is 'dancing'"),
        (person(head=0.9), "person.head of the picture is 0.9; expected a number from 0.06 to 0.75"),
        (person(x=float("nan")), "person.x of the picture is nan; expected a number from -1 to 2"),
        (identity(species="horse"), "person.identity.species of the picture is 'horse'.*valid: bear, cat, dog, human, rabbit"),
        (identity(hair_style="mohawk"), "person.identity.hair_style of the picture is 'mohawk'"),
        (identity(material="wood"), "person.identity.material of the picture is 'wood'.*valid: bronze, marble, skin, terracotta"),
        (identity(age=120), "person.identity.age of the picture is 120; expected a number from 4 to 90"),
        (identity(age=True), "person.identity.age of the picture is True; expected a number"),
        (identity(nose_width="wide"), "person.identity.nose_width of the picture is 'wide'; expected a number from -1 to 1"),
        (expression(yaw=90.0), "person.expression.yaw of the picture is 90.0; expected a number from -60 to 60"),
        (expression(gaze=(0.0, 50.0)), r"person.expression.gaze\[1\] of the picture is 50.0; expected a number from -35 to 35"),
        (expression(gaze=(0.0,)), r"person.expression.gaze of the picture is \(0.0,\); expected two numbers"),
        (expression(action_units={3: 0.5}), "person.expression.action_units of the picture has the unit 3; the renderer draws 1, 2, 4"),
        (expression(action_units={12: 1.2}), r"person.expression.action_units\[12\] of the picture is 1.2; expected a number from 0 to 1"),
    ],
)
def test_says_which_value_is_wrong_and_what_is_valid(picture: Picture, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        render(picture, 64)


@pytest.mark.parametrize("picture", [PICTURE, scene(objects=[]), replace(PICTURE, person=None), identity(age=30), person(x=-0.2)])
def test_lets_pass_what_can_be_drawn(picture: Picture) -> None:
    check(picture)


@pytest.mark.parametrize("part", [Scene, Person, Identity, Expression])
def test_no_field_goes_unchecked(part: type) -> None:
    change = {Scene: scene, Person: person, Identity: identity, Expression: expression}[part]
    nested = {"identity", "expression", "turned_away"}
    for field in fields(part):
        if field.name not in nested:
            wrong: Any = {"action_units": {99: 1.0}, "objects": ("nothing",), "gaze": ("left", "up")}.get(field.name, "nothing")
            with pytest.raises(ValueError, match=field.name):
                check(change(**{field.name: wrong}))


def test_is_cheap() -> None:
    start = time.process_time()
    for _ in range(200):
        check(PICTURE)
    assert (time.process_time() - start) / 200 < 1e-4
