"""The eighteen places, each from seeded parts."""

from collections.abc import Callable, Mapping

from hub.engine.render.parameters import Place
from hub.engine.render.places import halls, nature, rooms, town
from hub.engine.render.sketch import Sketch
from hub.engine.render.weather import Air

DRAWINGS: Mapping[Place, Callable[[Sketch, Air], None]] = {
    "beach": nature.beach,
    "forest": nature.forest,
    "mountains": nature.mountains,
    "desert": nature.desert,
    "sea": nature.sea,
    "park": nature.park,
    "garden": nature.garden,
    "city_street": town.city_street,
    "alley": town.alley,
    "living_room": rooms.living_room,
    "kitchen": rooms.kitchen,
    "office": rooms.office,
    "classroom": rooms.classroom,
    "hospital_room": rooms.hospital_room,
    "stage": halls.stage,
    "amusement_park": town.amusement_park,
    "cathedral": halls.cathedral,
    "graveyard": town.graveyard,
}


def draw_place(sketch: Sketch, air: Air, place: Place) -> None:
    """Notes a place over the sky."""
    DRAWINGS[place](sketch, air)
