"""How many requests Emo Pillars will make."""

from pathlib import Path

from builders.emo_pillars.chain import read_options
from builders.emo_pillars.kits import read_kits
from hub.generate.plan import PlannedStep
from hub.spec import TextDatasetSpec, TextGenerationSpec

_UTTERANCES = 10
"""A scene: eight emotional and two neutral."""


def plan(folder: Path, spec: TextDatasetSpec, settings: TextGenerationSpec) -> list[PlannedStep]:
    """Returns the expected steps. Characters a plot are the profile's guess; only the narratives of the kits can be counted beforehand."""
    options = read_options(settings.options)
    narratives = settings.maximum_narratives or len(read_kits(folder / "kits"))
    scenes = round(narratives * options.expected_characters) * len(options.parts)
    utterances = scenes * _UTTERANCES
    outer, inner = (next(one.splits for one in spec.configurations if one.name == name) for name in ("context-less", "contextual"))
    contextual = round(utterances * options.context_share * outer["train"] / inner["train"])
    requests = {"actors": narratives, "utterances": scenes, "labels": utterances, "context": contextual, "cleaning": contextual, "rewriting": contextual}
    return [
        PlannedStep(step.name, requests[step.name], requests[step.name] * step.prompt_tokens, requests[step.name] * step.answer_tokens) for step in spec.steps
    ]
