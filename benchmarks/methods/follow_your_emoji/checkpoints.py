"""Checkpoints of a training under way: weights and optimizer in safetensors, the rest in JSON. Nothing in them can run."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from hub.files import replacing, write_json
from hub.results import CurvePoint

_MARKER = "progress.json"


def save_checkpoint(folder: Path, network: nn.Module, optimizer: Any, step: int, curve: list[CurvePoint]) -> None:
    """Replaces the checkpoint in `folder` by one of now; what was there stays whole until the new one is."""
    place = folder / f"step-{step:07d}"
    write_tensors(place / "model.safetensors", trainable_state(network))
    write_tensors(place / "optimizer.safetensors", _flattened(optimizer))
    previous = _current(folder)
    # Written last, and at once: it names the checkpoint that counts.
    write_json(folder / _MARKER, {"folder": place.name, "step": step, "curve": [point.model_dump() for point in curve]})
    if previous is not None and previous != place:
        shutil.rmtree(previous, ignore_errors=True)


def load_checkpoint(folder: Path | None, network: nn.Module, optimizer: Any, device: torch.device) -> tuple[int, list[CurvePoint]]:
    """Brings network and optimizer to where the checkpoint in `folder` was; returns the steps done and the curve so far, 0 and nothing where there is none."""
    if folder is None or not (folder / _MARKER).is_file():
        return 0, []
    progress = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
    place = folder / str(progress["folder"])
    network.load_state_dict(load_file(place / "model.safetensors", device=str(device)), strict=False)
    _restore(optimizer, load_file(place / "optimizer.safetensors", device=str(device)))
    return int(progress["step"]), [CurvePoint.model_validate(point) for point in progress["curve"]]


def remove_checkpoint(folder: Path | None) -> None:
    """Removes what a finished training no longer needs."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def _current(folder: Path) -> Path | None:
    marker = folder / _MARKER
    return folder / str(json.loads(marker.read_text(encoding="utf-8"))["folder"]) if marker.is_file() else None


def trainable_state(network: nn.Module) -> dict[str, torch.Tensor]:
    """Returns the parameters that require a gradient, by name."""
    return {name: parameter for name, parameter in network.named_parameters() if parameter.requires_grad}


def write_tensors(path: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Writes a safetensors file; what was there stays whole until the new one is."""
    with replacing(path) as temporary:
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, temporary)


def _flattened(optimizer: Any) -> dict[str, torch.Tensor]:
    """AdamW's state as tensors named `<parameter>.<part>`."""
    state = optimizer.state_dict()["state"]
    return {f"{number}.{part}": torch.as_tensor(value) for number, parts in state.items() for part, value in parts.items()}


def _restore(optimizer: Any, tensors: dict[str, torch.Tensor]) -> None:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        number, _, part = name.partition(".")
        state.setdefault(int(number), {})[part] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
