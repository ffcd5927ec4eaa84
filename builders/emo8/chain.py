"""From the profile to raw tables: the pictures that are planned, drawn in batches."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import Field

from builders.emo8.grammar import GrammarSpec, read_grammar
from builders.emo8.pictures import Planned, plan_pictures
from builders.emo8.pools import make_pools
from builders.emo8.words import describe, prompt_of
from hub.engine import ImageRequest
from hub.engine.render.parameters import PLACES
from hub.generate.pictures import PictureJob
from hub.spec import ImageDatasetSpec
from hub.spec.base import Declaration
from hub.spec.engine import DiffusersEngineSpec
from hub.spec.options import parse_options
from hub.tables import Tables, table_of
from hub.taxonomy import Taxonomy

_TEXT = pa.string()
PICTURES = pa.schema(
    [(name, _TEXT) for name in ("id", "split", "emotion", "style", "scene_id", "identity_id", "place", "weather", "time", "expression", "action")]
    + [("objects", pa.list_(_TEXT)), ("own_cues", pa.list_(_TEXT)), ("prompt", _TEXT), ("description", _TEXT), ("seed", pa.int64())]
)


class Options(Declaration):
    """What the profile may set for Emo8 alone."""

    images: int = Field(ge=80)
    """How many pictures; at least two of every emotion in every style."""
    people: int = Field(200, ge=10)
    animals: int = Field(40, ge=10)
    scenes_per_place: int = Field(30, ge=10)


def read_options(options: dict[str, Any]) -> Options:
    """Validates the dataset's own part of a profile."""
    return parse_options(Options, "emo8", options)


def plan_all(folder: Path, spec: ImageDatasetSpec, options: Options) -> list[Planned]:
    """Returns every picture of the dataset in `folder`, in the order of their ids."""
    shares = spec.default_configuration.shares
    pools = make_pools(options.people, options.animals, options.scenes_per_place, PLACES, shares)
    return list(plan_pictures(read_grammar(folder), pools, Taxonomy.read(folder / spec.taxonomy).labels, options.images, shares))


def generate(job: PictureJob) -> Tables:
    """Plans every picture, has it drawn, and returns the raw table of what was asked for."""
    grammar, planned = read_grammar(job.folder), plan_all(job.folder, job.spec, read_options(job.settings.options))
    engine = job.settings.engine
    negative = engine.negative_prompt if isinstance(engine, DiffusersEngineSpec) else ""
    job.draw([ImageRequest(one.id, prompt_of(one, grammar), negative, one.picture, job.settings.size, one.seed) for one in planned])
    return {"pictures": table_of((_row(one, grammar) for one in planned), PICTURES)}


def _row(planned: Planned, grammar: GrammarSpec) -> dict[str, Any]:
    scene, person = planned.picture.scene, planned.picture.person
    return {
        "id": planned.id,
        "split": planned.split,
        "emotion": planned.emotion,
        "style": planned.style,
        "scene_id": planned.scene_id,
        "identity_id": planned.identity_id,
        "place": scene.place,
        "weather": scene.weather,
        "time": scene.time,
        "expression": planned.expression,
        "action": person.action if person and not person.turned_away else "",
        "objects": list(scene.objects),
        "own_cues": list(planned.own_cues),
        "prompt": prompt_of(planned, grammar),
        "description": describe(planned, grammar),
        "seed": planned.seed,
    }
