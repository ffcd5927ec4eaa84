"""Trains tiny models of every method that can be trained in several processes: `torchrun … -m tests.support.train_in_processes MATERIAL OUT`."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

import benchmarks.processes
from benchmarks.methods.animation import AnimationSetting
from benchmarks.methods.base import Setting
from benchmarks.methods.encoder import EncoderClassifier
from benchmarks.methods.expert_encoder import ExpertEncoderClassifier
from benchmarks.methods.follow_your_emoji.animator import FollowYourEmoji
from benchmarks.methods.follow_your_emoji.checkpoints import write_tensors
from benchmarks.methods.vision.image_encoder import ImageEncoderClassifier
from benchmarks.processes import Processes, joined, processes
from hub.spec.model import Strategy
from tests.support.shapes import shape_examples
from tests.support.tiny_animation import SIZE, make_settings, rendered_pair
from tests.support.tiny_gpt import HELD_OUT, TEXTS, make_language_model
from tests.support.toy_texts import toy_texts

State = dict[str, torch.Tensor]
_SETTING = Setting(classes=3, seed=0, threads=1, network=False)


def trained(material: Path, work: Path, strategy: Strategy) -> Iterator[tuple[str, State, list[float]]]:
    """Yields what every method that knows the strategy ends with, and the losses of its curve, in as many processes as this one has joined."""
    torch.set_num_threads(1)
    text = {"encoder": str(material / "bert"), "epochs": 2, "batch_size": 5, "maximum_length": 32, "learning_rate": 0.003, "probe_steps": 3}
    # The last batch of an epoch has one row: too few for two processes.
    rows = toy_texts(11, classes=3)
    yield from _of("text", EncoderClassifier(text, _SETTING), rows, rows)
    experts = {"experts": {"kind": "emoe", "num_experts": 8, "top_k": 2}, "frozen_layers": 1}
    yield from _of("experts", ExpertEncoderClassifier({**text, **experts}, _SETTING), rows, rows)
    images = shape_examples(material / f"shapes-{processes().rank}", images=2)
    image = {"encoder": str(material / "vit"), "steps": 4, "batch_per_domain": 3, "checkpoint_steps": 2, "learning_rate": 0.003}
    yield from _of("images", ImageEncoderClassifier(image, _SETTING), images, images)
    yield from _of("language", make_language_model(), TEXTS[:40], HELD_OUT)
    if strategy == "ddp":
        yield from _animation(work)


def _of(name: str, learner: Any, train: Any, validation: Any) -> Iterator[tuple[str, State, list[float]]]:
    network = learner._network
    # In double precision, for Adam makes steps of noise where a gradient is 0; and without dropout, which every process draws for itself.
    for module in network.double().modules():
        module.register_forward_pre_hook(_in_double, with_kwargs=True)
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    curve = learner.fit(train, validation, lambda count=1: None)
    yield name, _copied(network.state_dict()), [point.loss for point in curve]


def _copied(state: State) -> State:
    """Two names may have one tensor, which training goes on with."""
    return {name: value.detach().clone() for name, value in state.items()}


def _in_double(module: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return tuple(map(_double, given)), {name: _double(value) for name, value in named.items()}


def _double(value: Any) -> Any:
    return value.double() if isinstance(value, torch.Tensor) and value.is_floating_point() else value


def _animation(work: Path) -> Iterator[tuple[str, State, list[float]]]:
    sizes = {"portraits": 3, "frames": 2, "clips": 3, "clip_frames": 4}
    settings = make_settings(training={**sizes, "drop_reference": 0.5, "known_ends": 0.5})
    pairs = [rendered_pair(0), rendered_pair(1)]
    model = FollowYourEmoji(settings, AnimationSetting(seed=0, threads=1, size=SIZE, work=work))
    curve = model.fit(pairs, pairs, lambda count=1: None)
    yield "animation", _copied(model._network.state_dict()), [point.loss for point in curve]


def main(material: Path, out: Path) -> None:
    """Joins the other processes, trains with them under every strategy and writes what this one ends with."""
    with joined("fsdp") as together:
        _train_and_write(material, out, together)
        # A process joins once.
        benchmarks.processes._processes = replace(together, strategy="ddp")
        _train_and_write(material, out, processes())


def _train_and_write(material: Path, out: Path, together: Processes) -> None:
    for name, state, losses in trained(material, out / "work", together.strategy):
        write_tensors(out / f"{together.strategy}-{name}-{together.rank}.safetensors", {**state, "losses": torch.tensor(losses)})


if __name__ == "__main__":
    if "RANK" in os.environ:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        _train_and_write(Path(sys.argv[1]), Path(sys.argv[2]), Processes(strategy="ddp"))
