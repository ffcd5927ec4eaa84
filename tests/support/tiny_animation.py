"""A tiny Follow-Your-Emoji and rendered pairs for it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.methods.animation import AnimationSetting
from benchmarks.methods.follow_your_emoji.animator import FollowYourEmoji
from benchmarks.methods.follow_your_emoji.network import AnimationNetwork
from benchmarks.methods.follow_your_emoji.settings import NetworkSettings
from benchmarks.portrait_examples import Clip, Pair, Portrait
from hub.engine.render import Expression, Identity, Person, Picture, render
from hub.faces import FACE_70, FaceTrack

SIZE = 64
NETWORK: dict[str, Any] = {
    "codec": {"kind": "pixels", "block": 4},
    "unet": {"kind": "small", "channels": [16, 32], "head_width": 16, "groups": 8, "prompt_width": 16},
    "image_encoder": {"kind": "small", "width": 16, "layers": 1, "heads": 2, "patch": 32},
    "landmark_channels": [8, 8, 16],
    "coordinates": False,
    "reference_landmarks": False,
    "reference_in_input": False,
    "portrait_prior": None,
}


def make_network(reference_attention: bool = True, **changes: Any) -> AnimationNetwork:
    """Returns an untrained network; the same one every time."""
    torch.manual_seed(0)
    return AnimationNetwork(NetworkSettings.model_validate(NETWORK | changes), SIZE, reference_attention).eval()


def make_settings(**changes: Any) -> dict[str, Any]:
    """Returns the settings of a model that trains in a second."""
    training = {"image_steps": 4, "motion_steps": 3, "portraits": 2, "frames": 2, "clips": 1, "clip_frames": 4, "checkpoint_every": 2}
    rates = {"learning_rate": 1e-3, "motion_learning_rate": 1e-3, "warmup": 1}
    generation = {"steps": 2, "guidance": 1.0, "window": 4, "overlap": 1, "stride": 2}
    settings: dict[str, Any] = {"network": NETWORK, "training": training | rates, "generation": generation, "motion": {"heads": 2, "maximum_frames": 8}}
    for name, value in changes.items():
        settings[name] = settings[name] | value if isinstance(value, dict) and isinstance(settings.get(name), dict) else value
    return settings


@cache
def rendered_pair(person: int = 0, frames: int = 4) -> Pair:
    """Returns someone's portrait and a clip of theirs: the mouth opens while the head turns."""
    identity = Identity(skin=0.2 + 0.15 * person % 0.8, hair_colour=("brown", "black", "blond")[person % 3], face_width=0.3 * (person % 3) - 0.3)
    moments = [Expression({25: share, 26: share}, gaze=(20 * share, 0), yaw=25 * share) for share in np.linspace(0, 1, frames)]
    shown = [render(Picture("realistic", person=Person(identity, moment, x=0.5, y=0.47, head=0.58), seed=person), SIZE) for moment in moments]
    faces = [one.truth.face for one in shown if one.truth.face is not None]
    track = FaceTrack(
        FACE_70,
        np.stack([face.points for face in faces]),
        np.stack([face.visible for face in faces]),
        np.array([face.rotation for face in faces], dtype=np.float32),
        SIZE,
        SIZE,
    )
    name = f"person-{person}"
    portrait = Portrait(name, name, "human", shown[0].pixels, track.frames([0]))
    clip = Clip(f"{name}-turn", name, "human", "turning", np.stack([one.pixels for one in shown]), track)
    return Pair(clip.id, portrait, clip, clip)


def load_animator(folder: Path) -> FollowYourEmoji:
    """Returns a model that was saved, made from what its folder says of it."""
    account = json.loads((folder / "animator.json").read_text(encoding="utf-8"))
    model = FollowYourEmoji(account["settings"], AnimationSetting(seed=0, threads=1, size=account["size"]))
    model.load(folder)
    return model
