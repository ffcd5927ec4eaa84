"""Dense models to mixtures of experts and back (EMoE, arXiv 2310.10908; NAACL 2024)."""

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.methods.emoe.adapters import FeedForward, Stack, chosen_layers, find_stack, rows
from benchmarks.methods.emoe.clustering import balanced_kmeans, check_divisible, random_partition
from benchmarks.methods.emoe.layers import ExpertActivation
from benchmarks.methods.emoe.settings import Backend, ExpertSettings, Fidelity, Gate, Partition, Selector

Model = TypeVar("Model", bound=nn.Module)
Record = dict[str, Any]
_KEY = "emoe"
"""Under this name the conversion stands in the model's configuration."""
_ROUTER = re.compile(r"\.(\d+)\.\D*\.router\.(.+)$")
"""Layer number and parameter of a router, in its name in a checkpoint."""


def convert(
    model: Model,
    *,
    num_experts: int = 64,
    top_k: int = 16,
    layers: Literal["paper"] | Sequence[int] = "paper",
    selector: Selector = "top",
    gate: Gate = "avg_k",
    backend: Backend = "masked",
    seed: int = 0,
    gate_bias: bool = False,
    partition: Partition = "clusters",
    fidelity: Fidelity | None = None,
) -> Model:
    """Turns feed-forward layers of a model into mixtures of their own neurons, in place, and returns the model.

    No weight is moved, copied or added: the dense model's `state_dict` stays the model's, keys and bits, except for the router that `gate="learned"`
    adds. Every token uses some experts, each with weight 1, and the one output bias.

    Args:
        model: a BERT, RoBERTa, DistilBERT, GPT-2, OPT, Llama, Mistral, Qwen2, ViT, DeiT, open_clip or timm transformer, a task model over one, or any
            module that holds one.
        num_experts: clusters of neurons a layer; must divide the layer's width.
        top_k: experts a token uses. With `gate="avg_k"` and all of them the outputs are bitwise those of the dense model.
        layers: numbers from 0, or "paper" (`paper_layers` gives the rule).
        selector: "top" uses the experts with the highest scores, "bottom" those with the lowest, "not_top" all but the top ones, "random" any, drawn anew for
            every token and every pass, in evaluation too.
        gate: "avg_k" scores an expert by the token's product with the mean of its keys as they are now, without a gradient; "learned" by a trained cosine
            router, whose softmax over the chosen experts weighs them (so that they add up to 1, as published).
        backend: "masked" computes the whole layer and silences neurons; "grouped" and "loop" compute the chosen experts only.
        seed: of the clustering, the random partition and the router's start.
        gate_bias: whether the mean input bias of an expert counts in its "avg_k" score. The released code leaves it out.
        partition: "clusters" groups neurons by balanced k-means on their keys, "random" at random: the ablation of the clustering.
        fidelity: additions of the released code; none by default, `PAPER` for its own.

    Raises:
        ValueError: a setting is out of range, the model is not known or has experts already, or its layers cannot be split so.
    """
    settings = ExpertSettings(num_experts, top_k, selector, gate, gate_bias, backend, partition, seed, fidelity or Fidelity())
    stack = _dense_stack(model)
    _attach(stack, settings, {number: _labels(stack.layers[number], settings) for number in chosen_layers(stack, layers)})
    return model


def merge(model: Model) -> Model:
    """Makes a converted model the plain dense model again, in place, with the weights it has now, and returns it.

    That is an identity of weights, not of outputs: from now on all neurons speak.

    Raises:
        ValueError: the model has no experts.
    """
    for layer in _converted_layers(model):
        layer.detach()
    stack = find_stack(model)
    if hasattr(stack.config, _KEY):
        delattr(stack.config, _KEY)
    return model


def record(model: nn.Module) -> Record:
    """Returns the conversion of a model as JSON can hold it: the settings, and every layer's labels in base64 (one byte a neuron up to 256 experts).

    A model of transformers has it in its configuration, as `model.config.emoe`, so that it is saved with the model.

    Raises:
        ValueError: the model has no experts.
    """
    found = _converted_layers(model)
    settings = found[0].settings
    return {**settings.to_dict(), "labels": {str(layer.number): _pack(layer.labels, settings.num_experts) for layer in found}}


def restore(model: Model, conversion: Record | None = None, *, folder: str | Path | None = None) -> Model:
    """Converts a freshly loaded dense model as it was converted when it was saved, in place, and returns it.

    The experts are those of then: labels are read, not found anew, because the keys have moved in training.

    Args:
        model: what `from_pretrained` gave.
        conversion: what `record` gave; by default what stands in the model's configuration.
        folder: where `save_pretrained` wrote to. Needed for `gate="learned"` alone, whose router `from_pretrained` passes over.

    Raises:
        ValueError: there is no record, it does not fit the model, or the router is not found.
    """
    stack = _dense_stack(model)
    conversion = conversion if conversion is not None else getattr(stack.config, _KEY, None)
    if conversion is None:
        raise ValueError(f"{type(model).__name__} has no conversion in its configuration; pass what record(model) gave, or convert it")
    settings = ExpertSettings.from_dict({name: value for name, value in conversion.items() if name != "labels"})
    labels = {int(number): _unpack(packed, settings.num_experts) for number, packed in conversion["labels"].items()}
    for number, found in labels.items():
        width = stack.layers[number].width if number < len(stack.layers) else 0
        if len(found) != width:
            raise ValueError(f"the record has labels of {len(found)} neurons for layer {number}, where the model has {width}; it belongs to another model")
    if settings.gate == "learned" and folder is None:
        raise ValueError("gate 'learned' has a router that from_pretrained passes over; name the folder it was saved to")
    _attach(stack, settings, labels)
    if folder is not None and settings.gate == "learned":
        _load_routers(model, Path(folder))
    return model


def expert_layers(model: nn.Module) -> list[ExpertActivation]:
    """Returns the converted layers of a model, lowest first."""
    return [module for module in model.modules() if isinstance(module, ExpertActivation)]


def _converted_layers(model: nn.Module) -> list[ExpertActivation]:
    found = expert_layers(model)
    if not found:
        raise ValueError(f"{type(model).__name__} has no experts; convert it first")
    return found


def _dense_stack(model: nn.Module) -> Stack:
    if expert_layers(model):
        raise ValueError(f"{type(model).__name__} has experts already; merge it before it is converted again")
    return find_stack(model)


def _labels(layer: FeedForward, settings: ExpertSettings) -> Tensor:
    check_divisible(layer.width, settings.num_experts)
    if settings.partition == "random":
        return random_partition(layer.width, settings.num_experts, settings.seed)
    return balanced_kmeans(rows(layer.up), settings.num_experts, settings.seed)


def _attach(stack: Stack, settings: ExpertSettings, labels: dict[int, Tensor]) -> None:
    made = [ExpertActivation(stack.layers[number], number, settings, found) for number, found in sorted(labels.items())]
    for activation in made:
        activation.attach()
    if stack.config is not None:
        setattr(stack.config, _KEY, {**settings.to_dict(), "labels": {str(number): _pack(found, settings.num_experts) for number, found in labels.items()}})


def _pack(labels: Tensor, num_experts: int) -> str:
    kind = np.uint8 if num_experts <= 256 else np.dtype("<u2")
    return base64.b64encode(labels.cpu().numpy().astype(kind).tobytes()).decode("ascii")


def _unpack(packed: str, num_experts: int) -> Tensor:
    kind = np.uint8 if num_experts <= 256 else np.dtype("<u2")
    return torch.from_numpy(np.frombuffer(base64.b64decode(packed), dtype=kind).astype(np.int64))


def _load_routers(model: nn.Module, folder: Path) -> None:
    """Reads the routers' parameters from the safetensors files of a folder.

    They are matched by layer number and parameter: what comes before differs between a model with a head and one without, and transformers renames it.
    """
    from safetensors import safe_open

    saved = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as tensors:
            # An open file is no mapping: it has keys, but cannot be iterated over.
            saved.update({found.groups(): tensors.get_tensor(name) for name in tensors.keys() if (found := _ROUTER.search(name))})  # noqa: SIM118
    for layer in expert_layers(model):
        assert layer.router is not None
        for name, parameter in layer.router.named_parameters():
            if (str(layer.number), name) not in saved:
                raise ValueError(f"{folder} has no router parameter {name!r} for layer {layer.number}; name the folder that the converted model was saved to")
            with torch.no_grad():
                parameter.copy_(saved[str(layer.number), name])
