"""`emohub animate`: a portrait of one's own, moved by a video of one's own, by any model of the benchmark."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from pydantic import ValidationError

from benchmarks.animation_inputs import Driving, read_driving, read_portrait
from benchmarks.methods.animation import AnimationSetting, Animator
from benchmarks.methods.base import MethodSettings, parse_settings
from benchmarks.portrait_examples import Pixels, Portrait
from hub.console import Tick, progress, say
from hub.errors import DeclarationError, EmohubError
from hub.faces import FaceTrack
from hub.faces.detection import detector_spec
from hub.faces.video import write_video
from hub.imports import load_object
from hub.results.environment import usable_cores
from hub.spec import ModelSpec, PortraitAnimationTask
from hub.workspace import Workspace

_ENDINGS = (".mp4", ".gif")


@runtime_checkable
class StreamingAnimator(Protocol):
    """An animator that gives frames as they are finished."""

    def stream(self, portrait: Portrait, driving: FaceTrack) -> Iterator[Pixels]:
        """Yields chunks of what `animate` returns, (frames, height, width, 3), in order."""
        ...


class TrainableMethod(Protocol):
    """The class of an animator that is trained: what has to be known of it before one is made."""

    settings_type: type[MethodSettings]
    inference_settings: frozenset[str]


class Trained(MethodSettings):
    """`animator.json` in the folder of a trained animator: what it takes to make it again."""

    method: str
    size: int
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be animated, how and where to; every path as the user gave it."""

    portrait: Path
    driving: Path
    out: Path
    portrait_landmarks: Path | None = None
    driving_landmarks: Path | None = None
    model: str = "follow_your_emoji"
    checkpoint: Path | None = None
    """The newest training of the model on this machine when not given."""
    task: str = "emojibench_self"
    """Says the size where neither a checkpoint nor `size` does, and what an error tells to train on."""
    size: int | None = None
    fps: float | None = None
    """The driving video's when not given."""
    unaligned: bool = False
    """Whether the driver's landmarks are used where they are, instead of being carried over to the portrait's face."""
    side_by_side: bool = False
    """Whether portrait, driver and result are shown in a row."""
    python: Path | None = None
    task_file: Path | None = None


def portrait_animation(workspace: Workspace, **options: Any) -> str:
    """Writes the animation that an `Order` of these options asks for, frame by frame, and returns a sentence on it.

    Named after the type of task it is for.

    Raises:
        EmohubError: something the user can mend.
    """
    order = Order(**options)
    if order.out.suffix.lower() not in _ENDINGS:
        raise EmohubError(f"{order.out}: unknown ending {order.out.suffix!r}; animations are written as {' or '.join(_ENDINGS)}")
    chosen = choose_animator(workspace, order)
    detector = detector_spec(order.python, order.task_file)
    portrait = read_portrait(order.portrait, order.portrait_landmarks, order.unaligned, chosen.size, detector)
    driving = read_driving(order.driving, order.driving_landmarks, detector)
    fps = driving.fps if order.fps is None else order.fps
    animator = chosen.made(workspace)
    with progress(f"{portrait.id} moved by {order.driving.name}", len(driving.face)) as tick:
        write_video(order.out, _counted(_shown(animator, portrait, driving, order.side_by_side), tick), fps)
    return f"{order.out}: {len(driving.face):,} frames at {fps:g} a second"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which animator it is to be, before its weights are read."""

    method: Any
    settings: dict[str, Any]
    size: int
    """Of its frames, in pixels."""
    folder: Path | None
    """Where its training is kept; None where it needs none."""

    def made(self, workspace: Workspace) -> Animator:
        bench = workspace.profile.bench
        setting = AnimationSetting(seed=0, threads=bench.threads or usable_cores(), size=self.size, network=bench.network, work=workspace.project.work)
        animator: Animator = self.method(self.settings, setting)
        if self.folder is not None:
            try:
                animator.load(self.folder)
            except FileNotFoundError as error:
                raise EmohubError(f"{self.folder}: the trained weights are not there ({error}): train the model anew") from error
            say(f"trained in {self.folder}")
        return animator


def choose_animator(workspace: Workspace, order: Order) -> Chosen:
    """Returns which animator an order is for.

    Raises:
        EmohubError: the model is no animator, or no training of it is kept or fits.
    """
    model, task = workspace.registry.model(order.model), workspace.registry.task(order.task)
    if model.task_type != "portrait_animation":
        raise DeclarationError(f"the model {model.name!r} is for {model.task_type}, expected one whose task_type is portrait_animation")
    assert isinstance(task, PortraitAnimationTask)
    method = load_object(model.method, workspace.project.root)
    declared = model.settings_for(workspace.profile.name)
    if not method.checkpoints:
        if order.checkpoint is not None:
            raise EmohubError(f"the model {model.name!r} keeps no checkpoints: leave out --checkpoint")
        return Chosen(method, declared, order.size or task.for_profile(workspace.profile.name).size, None)
    folder = order.checkpoint or _newest_training(workspace, model, method, task.name)
    trained = read_trained(folder)
    if trained.method != model.method:
        raise EmohubError(f"{folder}: holds a model made by {trained.method}, but {model.name!r} is made by {model.method}")
    if order.size not in (None, trained.size):
        raise EmohubError(f"{folder}: was trained at {trained.size} pixels, not {order.size}: leave out --size")
    # How to sample is the declaration's to say, however old the training is.
    settings = trained.settings | {name: value for name, value in declared.items() if name in method.inference_settings}
    return Chosen(method, settings, trained.size, folder)


def read_trained(folder: Path) -> Trained:
    """Reads what a trained animator says of itself.

    Raises:
        EmohubError: the folder holds none, or the file is damaged.
    """
    file = folder / "animator.json"
    try:
        return Trained.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise EmohubError(f"{folder}: is not the folder of a trained animator, which has a file animator.json") from error
    except (OSError, ValueError, ValidationError) as error:
        raise EmohubError(f"{file}: is damaged, expected JSON with method, size and settings: train the model anew") from error


def _newest_training(workspace: Workspace, model: ModelSpec, method: TrainableMethod, task: str) -> Path:
    """Returns the folder of the newest finished training of a model, in whichever profile."""
    profiles = ["", *model.profiles, workspace.profile.name]
    wanted = [_learnt_by(method, model.settings_for(profile)) for profile in profiles]
    # A training ends with fit.json.
    accounts = sorted(workspace.project.work.glob("checkpoints/*/fit.json"), key=lambda account: account.stat().st_mtime, reverse=True)
    for folder in (account.parent for account in accounts if account.with_name("animator.json").is_file()):
        trained = read_trained(folder)
        if trained.method == model.method and _learnt_by(method, trained.settings) in wanted:
            return folder
    raise EmohubError(f"no training of {model.name!r} is kept here: train it with `emohub bench {task} {model.name}`, or name its folder with --checkpoint")


def _learnt_by(method: TrainableMethod, settings: dict[str, Any]) -> dict[str, Any]:
    """Returns the settings that a training depends on, defaults included."""
    return parse_settings(method.settings_type, settings).model_dump(mode="json", exclude=set(method.inference_settings))


def _shown(animator: Animator, portrait: Portrait, driving: Driving, side_by_side: bool) -> Iterator[Pixels]:
    chunks = animator.stream(portrait, driving.face) if isinstance(animator, StreamingAnimator) else iter([animator.animate(portrait, driving.face)])
    made = (frame for chunk in chunks for frame in chunk)
    if not side_by_side:
        yield from made
        return
    size = portrait.image.shape[0]
    for driver, frame in zip(driving.pictures(size), made, strict=True):
        yield np.concatenate([portrait.image, driver, frame], axis=1)


def _counted(frames: Iterator[Pixels], tick: Tick) -> Iterator[Pixels]:
    for frame in frames:
        yield frame
        tick()
