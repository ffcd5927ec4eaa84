"""A text-to-image pipeline from a folder or the Hub: safetensors only, no code from others, its licence checked."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hub.engine.device import device_of, first_line
from hub.engine.weights_licence import check_licence
from hub.errors import EngineError, nearest
from hub.files import digest, file_digest
from hub.spec.engine import DiffusersEngineSpec

SCHEDULERS = (
    "DDIMScheduler",
    "DDPMScheduler",
    "DEISMultistepScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "EulerAncestralDiscreteScheduler",
    "EulerDiscreteScheduler",
    "FlowMatchEulerDiscreteScheduler",
    "FlowMatchHeunDiscreteScheduler",
    "HeunDiscreteScheduler",
    "LCMScheduler",
    "LMSDiscreteScheduler",
    "PNDMScheduler",
    "TCDScheduler",
    "UniPCMultistepScheduler",
)
"""The samplers a profile may name."""

_TELLING = ("*.safetensors", "*.json", "*.txt", "*.model")
"""The files of a folder that change what it draws."""

_PICKLED = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")


@dataclass(frozen=True)
class Pipeline:
    """A loaded pipeline. `accepted` are the names its call takes; `identity` is what of it changes a pixel."""

    pipe: Any
    accepted: frozenset[str]
    identity: Mapping[str, Any]


def load_pipeline(spec: DiffusersEngineSpec) -> Pipeline:
    """Loads the pipeline that a profile names, ready on its device and silent.

    Raises:
        DeclarationError: the weights are under another licence than declared.
        EngineError: it is missing, broken or pickled, needs code of its own, or does not go with the scheduler or the device.
    """
    import diffusers
    import transformers

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    local = Path(spec.model).expanduser()
    if local.is_dir():
        _check_folder(local)
    elif local.is_absolute() or spec.model.startswith((".", "~")) or spec.model.count("/") > 1:
        raise EngineError(f"there is no model folder {spec.model!r}: mend engine.model in the profile")
    check_licence(spec.model, spec.revision, spec.licence)
    folder = local if local.is_dir() else _fetched(spec)
    device = device_of(spec.device)
    pipe = _from_folder(spec, folder, device)
    pipe.set_progress_bar_config(disable=True)
    if getattr(pipe, "watermark", None) is not None:
        pipe.watermark = None  # SDXL's depends on a package that may or may not be installed; provenance is written into the file instead.
    if spec.scheduler is not None:
        pipe.scheduler = _scheduler(spec.scheduler, pipe)
    _place(pipe, device, spec.offload)
    return Pipeline(
        pipe=pipe,
        accepted=frozenset(inspect.signature(pipe.__call__).parameters),
        identity={
            "model": _folder_name(folder) if local.is_dir() else spec.model,
            "revision": spec.revision if local.is_dir() else folder.name,
            "pipeline": type(pipe).__name__,
            "scheduler": type(pipe.scheduler).__name__,
            "scheduler_config": _config_digest(pipe.scheduler),
            "safety_checker": getattr(pipe, "safety_checker", None) is not None,
            "dtype": str(pipe.dtype).removeprefix("torch."),
            "device": device.type,
            **{package: version(package) for package in ("diffusers", "torch", "transformers")},
        },
    )


def _check_folder(folder: Path) -> None:
    if not (folder / "model_index.json").is_file():
        raise EngineError(f"{folder}: holds no model_index.json; engine.model must be a folder that a diffusers pipeline was saved to")
    pickled = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix.lower() in _PICKLED)
    if pickled:
        raise EngineError(f"{folder}: {pickled[0]} holds pickled weights, which can run code: save the pipeline as safetensors and delete it")


def _folder_name(folder: Path) -> str:
    """The folder's name and a hash of its contents: another training under the same name is another model."""
    paths = sorted(path for pattern in _TELLING for path in folder.rglob(pattern))
    return f"{folder.resolve().name}@{digest({str(path.relative_to(folder)): file_digest(path) for path in paths})[:16]}"


def _fetched(spec: DiffusersEngineSpec) -> Path:
    """The folder of the Hub's files in the cache; its name is the commit."""
    from diffusers import DiffusionPipeline

    try:
        return Path(DiffusionPipeline.download(spec.model, revision=spec.revision, use_safetensors=True, trust_remote_code=False))
    except Exception as error:  # Every way to be absent brings an exception of its own: OSError, ValueError, the client's errors ...
        raise EngineError(
            f"the weights of {spec.model!r} cannot be fetched ({first_line(error)}): engine.model must be a folder, or a Hub id with safetensors "
            "that can be reached"
        ) from error


def _from_folder(spec: DiffusersEngineSpec, folder: Path, device: Any) -> Any:
    from diffusers import AutoPipelineForText2Image

    options: dict[str, Any] = {"use_safetensors": True, "trust_remote_code": False, "dtype": _dtype(spec.dtype, device)}
    try:
        parts = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        if "safety_checker" in parts and not spec.safety_checker:
            options |= {"safety_checker": None, "requires_safety_checker": False}
        return AutoPipelineForText2Image.from_pretrained(str(folder), **options)  # type: ignore[no-untyped-call]
    except Exception as error:  # Every broken file brings an exception of its own.
        raise EngineError(
            f"the pipeline {spec.model!r} cannot be loaded ({first_line(error)}): engine.model must be a text-to-image pipeline of diffusers in safetensors, "
            "with no code of its own"
        ) from error


def _scheduler(name: str, pipe: Any) -> Any:
    """The named scheduler with the settings of the pipeline's own."""
    import diffusers

    if name not in SCHEDULERS:
        raise EngineError(f"engine.scheduler {name!r} is not known; {nearest(name, SCHEDULERS)}")
    fitting = {one.__name__ for one in pipe.scheduler.compatibles} & set(SCHEDULERS)
    if name not in fitting:
        raise EngineError(f"engine.scheduler {name!r} does not go with a {type(pipe).__name__}; {nearest(name, fitting)}")
    return getattr(diffusers, name).from_config(pipe.scheduler.config)


def _config_digest(scheduler: Any) -> str:
    """A hash of a scheduler's settings, without the notes that diffusers keeps beside them."""
    settings = {name: value for name, value in scheduler.config.items() if not name.startswith("_")}
    return digest(json.loads(json.dumps(settings, default=str)))[:16]


def _place(pipe: Any, device: Any, offload: bool) -> None:
    if offload and device.type == "cpu":
        raise EngineError("engine.offload needs a GPU to offload from: set engine.offload to false")
    if offload:
        pipe.enable_model_cpu_offload(device=device)
    else:
        pipe.to(device)


def _dtype(wanted: str, device: Any) -> Any:
    """`auto` is float32 on a CPU and bfloat16 elsewhere, which no autoencoder overflows."""
    import torch

    if wanted == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    return getattr(torch, wanted)
