"""How many pictures EmojiBench will have drawn."""

from pathlib import Path

from builders.emojibench.options import read_options
from builders.emojibench.planning import plan as plan_all
from hub.generate.plan import PlannedStep
from hub.spec import ImageDatasetSpec, ImageGenerationSpec

_PROMPT_TOKENS = 45
"""Of a typical prompt, for CLIP's tokenizer."""


def plan(folder: Path, spec: ImageDatasetSpec, settings: ImageGenerationSpec) -> list[PlannedStep]:
    """Returns what is rendered, and what is asked of a text-to-image model where the profile has one."""
    options = read_options(settings.options)
    planned = plan_all(options, spec.default_configuration.shares, folder)
    steps = [
        PlannedStep("rendered portraits", len(planned.portraits), 0, 0),
        PlannedStep("rendered frames", sum(len(clip.pictures) for clip in planned.clips), 0, 0),
    ]
    return steps + ([PlannedStep("generated portraits", options.generated, options.generated * _PROMPT_TOKENS, 0)] if options.generated else [])
