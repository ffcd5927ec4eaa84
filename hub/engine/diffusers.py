"""A text-to-image pipeline run in this process with diffusers. Every picture has a seed of its own; a batch is drawn in one call."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from hub.engine.images import Drawn, ImageRequest, Moderation
from hub.engine.provenance import encode_png
from hub.errors import EngineError
from hub.spec.engine import DiffusersEngineSpec

if TYPE_CHECKING:
    from hub.engine.diffusers_pipeline import Pipeline

_GUIDED_FROM = 1.0
"""Up to here classifier-free guidance is off, and a negative prompt has no effect."""


class DiffusersEngine:
    """Draws with Stable Diffusion 1.5, SDXL, SDXL-Turbo, FLUX and their like.

    The pixels of a picture may depend, by a level, on the other pictures of its batch: whoever calls keeps to one plan of batches.
    """

    def __init__(self, spec: DiffusersEngineSpec) -> None:
        self._spec = spec
        self._pipeline: Pipeline | None = None

    @property
    def identity(self) -> Mapping[str, Any]:
        spec, pipeline = self._spec, self._loaded
        return {
            "kind": "diffusers",
            "licence": spec.licence,
            "steps": spec.steps,
            "guidance": spec.guidance,
            "negative_prompt": spec.negative_prompt,
            "negative_prompts_used": self._takes_negative_prompts,
            **pipeline.identity,
        }

    def draw(self, batch: Sequence[ImageRequest]) -> list[Drawn]:
        """Draws a batch in one call of the pipeline. A flagged picture is black, as the safety checker leaves it.

        Raises:
            EngineError: the memory does not suffice, the pipeline cannot draw this size, or its numbers overflow.
        """
        if not batch:
            return []
        import torch

        pipeline = self._loaded
        try:
            output = pipeline.pipe(**self._arguments(batch))
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise _out_of_memory(pipeline, batch) from error
        except RuntimeError as error:
            if "allocate memory" in str(error) or "not enough memory" in str(error):  # The CPU's allocator has no error class of its own.
                raise _out_of_memory(pipeline, batch) from error
            raise
        except ValueError as error:
            raise EngineError(f"{self._spec.model!r} cannot draw at {batch[0].size} px with {self._spec.steps} steps: {error}") from error
        flags = getattr(output, "nsfw_content_detected", None)
        moderation = [_moderation(flag) for flag in flags or [None] * len(batch)]
        pictures = self._pixels(output.images, batch)
        return [Drawn(one.id, encode_png(picture), None, state) for one, picture, state in zip(batch, pictures, moderation, strict=True)]

    @property
    def _loaded(self) -> "Pipeline":
        if self._pipeline is None:
            raise RuntimeError("the engine is used before it was entered")
        return self._pipeline

    @property
    def _takes_negative_prompts(self) -> bool:
        accepted = self._loaded.accepted
        # Pipelines with `true_cfg_scale` (FLUX) are distilled: their guidance is an input of the network, not a contrast with a negative prompt.
        return "negative_prompt" in accepted and "true_cfg_scale" not in accepted and self._spec.guidance > _GUIDED_FROM

    def _arguments(self, batch: Sequence[ImageRequest]) -> dict[str, Any]:
        """The call's arguments, those that this pipeline knows."""
        import torch

        spec, size = self._spec, batch[0].size
        if any(one.size != size for one in batch):
            raise EngineError(f"the pictures of a batch must be of one size, and {batch[0].id!r} is of {size} px: give each size a batch of its own")
        wanted: dict[str, Any] = {
            "prompt": [one.prompt for one in batch],
            "width": size,
            "height": size,
            "num_inference_steps": spec.steps,
            "guidance_scale": spec.guidance,
            # On the CPU, so that the noise is the same whatever the device.
            "generator": [torch.Generator("cpu").manual_seed(one.seed) for one in batch],
            "output_type": "np",
        }
        if self._takes_negative_prompts:
            wanted["negative_prompt"] = [one.negative_prompt or spec.negative_prompt for one in batch]
        return {name: value for name, value in wanted.items() if name in self._loaded.accepted}

    def _pixels(self, images: Any, batch: Sequence[ImageRequest]) -> Any:
        """From (rows, height, width, 3) floats in [0, 1] to bytes."""
        import numpy as np

        size, values = batch[0].size, np.asarray(images)
        if values.shape != (len(batch), size, size, 3):
            raise EngineError(
                f"{self._spec.model!r} drew {values.shape} instead of {(len(batch), size, size, 3)}: choose a size that it can draw (a multiple of 16)"
            )
        if not np.isfinite(values).all():
            raise EngineError(
                f"{self._spec.model!r} drew numbers that are not finite with {self._loaded.identity['dtype']}: set engine.dtype to float32 or bfloat16"
            )
        return np.rint(values.clip(0, 1) * 255).astype(np.uint8)

    def __enter__(self) -> Self:
        from hub.engine.diffusers_pipeline import load_pipeline

        self._pipeline = load_pipeline(self._spec)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        import torch

        self._pipeline = None
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _moderation(flag: bool | None) -> Moderation:
    if flag is None:
        return "none"
    return "flagged" if flag else "passed"


def _out_of_memory(pipeline: "Pipeline", batch: Sequence[ImageRequest]) -> EngineError:
    return EngineError(
        f"the memory of {pipeline.identity['device']} does not suffice for {len(batch)} pictures of {batch[0].size} px: "
        "make the batches smaller, choose a smaller size, or set engine.offload to true on a GPU"
    )
