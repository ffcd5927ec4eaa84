"""How many pictures Emo8 will have drawn."""

from pathlib import Path

from builders.emo8.chain import read_options
from hub.generate.plan import PlannedStep
from hub.spec import ImageDatasetSpec, ImageGenerationSpec

_PROMPT_TOKENS = 60
"""Of a typical prompt, for CLIP's tokenizer."""


def plan(folder: Path, spec: ImageDatasetSpec, settings: ImageGenerationSpec) -> list[PlannedStep]:
    """Returns the one step there is."""
    images = read_options(settings.options).images
    return [PlannedStep("drawing", images, images * _PROMPT_TOKENS, 0)]
