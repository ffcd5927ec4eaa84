"""The chain: plots, characters, utterances, labels; then, for a part of them, contexts, cleaned contexts and rewritten utterances."""

from typing import Any, Literal

import pyarrow as pa
from pydantic import Field

from builders.emo_pillars.rows import Labelled, Rewritten, Scene
from builders.emo_pillars.splits import place_plots
from builders.emo_pillars.steps import ActorsStep, CleaningStep, ContextStep, LabelsStep, RewritingStep, UtterancesStep
from hub.files import fraction_from
from hub.generate import GenerationJob
from hub.spec import TextDatasetSpec
from hub.spec.base import Declaration, Share
from hub.spec.options import parse_options
from hub.tables import Tables, table_of
from hub.taxonomy import Taxonomy

_SOFT = pa.list_(pa.struct([("label", pa.string()), ("expressiveness", pa.float32())]))
_ANSWERED = pa.list_(pa.struct([("raw", pa.string()), ("label", pa.string()), ("how", pa.string()), ("expressiveness", pa.float32())]))
PLOTS = pa.schema([(name, pa.string()) for name in ("id", "title", "text", "source", "licence", "split")] + [("contextual", pa.bool_())])
UTTERANCES = pa.schema(
    [(name, pa.string()) for name in ("id", "plot_id", "character_id", "character", "description", "part", "requested", "utterance")]
    + [("answered", _ANSWERED), ("labels", _SOFT)]
    + [(name, pa.string()) for name in ("label_rule", "prompts", "engine", "finish_reason")]
    + [("seed", pa.int64())]
)
CONTEXTUAL = pa.schema([(name, pa.string()) for name in ("utterance_id", "context", "cleaned_context", "rewritten", "prompts")])


class Options(Declaration):
    """What the profile may set for Emo Pillars alone."""

    parts: tuple[Literal["whole", "first", "second"], ...] = ("whole",)
    """The parts of the story each character is asked about, one question each. The paper asks once, about the whole."""
    context_share: Share = 1 / 3
    """The share of labelled utterances that get a context."""
    expected_characters: float = Field(15.0, gt=0)
    """Characters in a plot, for planning only. About 15 in the paper (second-hand)."""


def read_options(options: dict[str, Any]) -> Options:
    """Validates the dataset's own part of a profile."""
    return parse_options(Options, "emo_pillars", options)


async def generate(job: GenerationJob) -> Tables:
    """Runs the six steps and returns the raw tables: plots, utterances, contextual."""
    options = read_options(job.settings.options)
    spec, folder = job.spec, job.folder
    taxonomy = Taxonomy.read(folder / spec.taxonomy)
    placements = place_plots((narrative.id for narrative in job.all_narratives), spec)  # A plot's place depends on all of them.

    characters = await job.run(ActorsStep(spec.step("actors"), folder), job.narratives)
    scenes = [Scene(character, part) for character in characters for part in options.parts]
    utterances = await job.run(UtterancesStep(spec, folder, taxonomy), scenes)
    labelled = await job.run(LabelsStep(spec, folder, taxonomy), utterances)

    context_step = ContextStep(spec.step("context"), folder)
    chosen = [
        row
        for row in labelled
        if placements[row.utterance.scene.character.narrative.id].contextual
        and fraction_from("context", row.utterance.id) < options.context_share
        and job.answerable(context_step, row)
    ]
    told = await job.run(context_step, chosen)
    cleaned = await job.run(CleaningStep(spec.step("cleaning"), folder), told)
    rewritten = await job.run(RewritingStep(spec.step("rewriting"), folder), cleaned)

    plots = [
        {"id": one.id, "title": one.title, "text": one.text, "source": one.source, "licence": one.licence}
        | {"split": placements[one.id].split, "contextual": placements[one.id].contextual}
        for one in job.narratives
    ]
    engine = _engine_name(job)
    return {
        "plots": table_of(plots, PLOTS),
        "utterances": table_of((_utterance_row(row, spec, engine) for row in labelled), UTTERANCES),
        "contextual": table_of((_contextual_row(row, spec) for row in rewritten), CONTEXTUAL),
    }


def _engine_name(job: GenerationJob) -> str:
    identity = job.engine.identity
    return ":".join(str(identity[key]) for key in ("kind", "model") if key in identity)


def _prompts(spec: TextDatasetSpec, *steps: str) -> str:
    return " ".join(spec.step(step).prompt.removeprefix("prompts/").removesuffix(".j2") for step in steps)


def _utterance_row(row: Labelled, spec: TextDatasetSpec, engine: str) -> dict[str, Any]:
    utterance = row.utterance
    character = utterance.scene.character
    return {
        "id": utterance.id,
        "plot_id": character.narrative.id,
        "character_id": character.id,
        "character": character.name,
        "description": character.description,
        "part": utterance.scene.part,
        "requested": utterance.requested,
        "utterance": utterance.text,
        "answered": [{"raw": one.raw, "label": one.label, "how": one.how, "expressiveness": one.expressiveness} for one in row.answered],
        "labels": [{"label": one.label, "expressiveness": one.expressiveness} for one in row.labels],
        "label_rule": row.rule,
        "prompts": _prompts(spec, "actors", "utterances", "labels"),
        "engine": engine,
        "finish_reason": utterance.finish_reason,
        "seed": utterance.seed,
    }


def _contextual_row(row: Rewritten, spec: TextDatasetSpec) -> dict[str, Any]:
    return {
        "utterance_id": row.cleaned.told.labelled.utterance.id,
        "context": row.cleaned.told.context,
        "cleaned_context": row.cleaned.context,
        "rewritten": row.text,
        "prompts": _prompts(spec, "context", "cleaning", "rewriting"),
    }
