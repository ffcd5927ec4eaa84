"""Follow-Your-Emoji as the portrait animation runner knows it: two-stage training, and a portrait in motion from landmarks alone."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.methods.animation import AnimationSetting
from benchmarks.methods.base import parse_settings
from benchmarks.methods.follow_your_emoji.checkpoints import trainable_state, write_tensors
from benchmarks.methods.follow_your_emoji.codec import signed, unsigned
from benchmarks.methods.follow_your_emoji.denoiser import Reference
from benchmarks.methods.follow_your_emoji.drawing import draw_landmarks
from benchmarks.methods.follow_your_emoji.long_clips import ClipSettings, generate
from benchmarks.methods.follow_your_emoji.material import Material, parts_of, read_material
from benchmarks.methods.follow_your_emoji.network import AnimationNetwork
from benchmarks.methods.follow_your_emoji.retargeting import retarget
from benchmarks.methods.follow_your_emoji.sampling import SamplingSettings
from benchmarks.methods.follow_your_emoji.settings import FollowYourEmojiSettings
from benchmarks.methods.follow_your_emoji.training import image_stage, motion_stage, train_stage
from benchmarks.methods.vision.pixel_store import Trained, code_of, kept
from benchmarks.portrait_examples import Pair, Pixels, Portrait
from hub.console import Tick
from hub.engine.device import device_of
from hub.faces import FaceTrack
from hub.faces.mediapipe_478 import to_face_70
from hub.files import digest, write_json
from hub.results import CurvePoint

_MODULE = "benchmarks.methods.follow_your_emoji.training"
_MOTION_SETTINGS = frozenset({"motion_steps", "motion_learning_rate", "clips", "clip_frames", "known_ends"})


class FollowYourEmoji:
    """The method. With `motion` null it is its image stage alone."""

    checkpoints = True
    launches = frozenset({"ddp"})
    inference_settings = frozenset({"generation"})
    settings_type = FollowYourEmojiSettings

    def __init__(self, settings: dict[str, Any], setting: AnimationSetting) -> None:
        self._settings = parse_settings(FollowYourEmojiSettings, settings)
        self._setting = setting
        self._device = device_of("auto")
        torch.set_num_threads(setting.threads)
        torch.manual_seed(setting.seed)
        self._network = AnimationNetwork(self._settings.network, setting.size, self._settings.reference_attention, setting.network)
        self.borrowed_seconds = 0.0
        self.parameters = sum(parameter.numel() for parameter in self._network.parameters())

    def rounds(self, train: Sequence[Pair]) -> int:
        """One tick a step of either stage."""
        training = self._settings.training
        return training.image_steps + (training.motion_steps if self._settings.motion else 0)

    def fit(self, train: Sequence[Pair], validation: Sequence[Pair], tick: Tick) -> Sequence[CurvePoint]:
        """Trains both stages. The image stage is kept in the work folder, for models that share it."""
        material, watched = self._material(train), self._material(validation) if validation else None
        curve = self._image_stage(material, watched, tick)
        if self._settings.motion is not None:
            curve += self._motion_stage(material, watched, tick)
        return curve

    def _material(self, pairs: Sequence[Pair]) -> Material:
        return read_material(pairs, self._network.grid, self._settings.landmarks, self._settings.training.expression_radius)

    def _image_stage(self, material: Material, watched: Material | None, tick: Tick) -> list[CurvePoint]:
        training, facts = self._settings.training, self._facts(material, "image")
        curve: list[CurvePoint] = []

        def train() -> Trained:
            curve.extend(
                train_stage(self._network, image_stage(training), training, self._weights, material, watched, self._setting.seed, self._work(facts), tick)
            )
            return trainable_state(self._network), curve, 0.0

        state, self.borrowed_seconds, trained = kept(self._setting.work, "animation", facts, train)
        if not trained:
            self._network.load_state_dict(state, strict=False)
            tick(training.image_steps)
        return curve

    def _motion_stage(self, material: Material, watched: Material | None, tick: Tick) -> list[CurvePoint]:
        assert self._settings.motion is not None
        training = self._settings.training
        torch.manual_seed(self._setting.seed)
        self._add_motion()
        self._network.requires_grad_(False)
        for parameter in self._network.motion_parameters():
            parameter.requires_grad_(True)
        work = self._work(self._facts(material, "motion"))
        found = train_stage(self._network, motion_stage(training), training, self._weights, material, watched, self._setting.seed, work, tick)
        return [point.model_copy(update={"step": point.step + training.image_steps}) for point in found]

    def _add_motion(self) -> None:
        assert self._settings.motion is not None
        self._network.add_motion(self._settings.motion)
        self.parameters = sum(parameter.numel() for parameter in self._network.parameters())

    def _facts(self, material: Material, stage: str) -> list[Any]:
        """Everything that a stage's outcome depends on."""
        training = self._settings.training.model_dump(mode="json")
        if stage == "image":
            training = {name: value for name, value in training.items() if name not in _MOTION_SETTINGS}
        motion = self._settings.motion.model_dump(mode="json") if stage == "motion" and self._settings.motion else None
        network = self._settings.network.model_dump(mode="json")
        parts = [self._settings.reference_attention, self._settings.landmarks, *self._weights]
        return [stage, network, training, motion, parts, self._setting.size, self._setting.seed, material.digest, code_of(_MODULE)]

    @property
    def _weights(self) -> tuple[float, float]:
        return self._settings.face_weight, self._settings.expression_weight

    def _work(self, facts: list[Any]) -> Path | None:
        return self._setting.work / "animation" / f"{digest(facts)[:24]}-under-way" if self._setting.work is not None else None

    def animate(self, portrait: Portrait, driving: FaceTrack) -> Pixels:
        """Returns the portrait in motion, (frames, size, size, 3)."""
        return np.concatenate(list(self.stream(portrait, driving)))

    @torch.no_grad()
    def stream(self, portrait: Portrait, driving: FaceTrack) -> Iterator[Pixels]:
        """Yields the portrait in motion in chunks of frames, in order; memory does not grow with the clip.

        Landmarks of any scheme are brought to FACE_70, which is what the model was trained on. A portrait without landmarks is driven by the driver's as they
        are.

        Raises:
            ValueError: a driving frame has no face, or the portrait is of another size than the network.
        """
        size, network = self._setting.size, self._network.to(self._device).eval()
        network.codec.to(self._device)
        if portrait.image.shape[:2] != (size, size):
            raise ValueError(f"the portrait is {portrait.image.shape[1]} × {portrait.image.shape[0]} pixels, and this model is for {size} × {size}")
        if driving.missing:
            raise ValueError(f"no face was found in frame {driving.missing[0]} of the driving clip, so there is nothing to follow there")
        face = to_face_70(portrait.face.resized(size, size)) if portrait.face is not None and not portrait.face.missing else None
        target = self._target(face, to_face_70(driving).resized(size, size))
        reference = self._reference(portrait, face)
        generation = self._settings.generation
        # A network without motion modules has no use for neighbours, so its frames need no windows that share any.
        together = self._settings.motion is not None
        settings = ClipSettings(
            sampling=SamplingSettings(generation.steps, generation.guidance),
            window=generation.window,
            strategy=generation.strategy if together else "windows",
            overlap=generation.overlap if together else 0,
            stride=generation.stride,
        )
        shape = (network.codec.channels, network.grid, network.grid)
        source = partial(_drawn, target, size, parts_of(self._settings.landmarks), self._device)
        for _, latents in generate(network, source, len(target), reference, shape, settings, self._setting.seed):
            yield unsigned(network.codec.decode(latents.to(self._device))).permute(0, 2, 3, 1).cpu().numpy()

    def _target(self, face: FaceTrack | None, driving: FaceTrack) -> FaceTrack:
        return driving if self._settings.landmarks == "raw" else retarget(driving, face)

    def _reference(self, portrait: Portrait, face: FaceTrack | None) -> Reference:
        size = self._setting.size
        picture = signed(torch.from_numpy(np.array(portrait.image)).permute(2, 0, 1)[None].to(self._device))
        if face is None:
            landmarks = torch.zeros(1, 3, size, size, device=self._device)
        else:
            landmarks = _drawn(face, size, parts_of(self._settings.landmarks), self._device, [0])
        return self._network.reference(picture, landmarks)

    def save(self, folder: Path) -> None:
        """Writes `model.safetensors`, and `animator.json` with what is needed to make the model again."""
        write_tensors(folder / "model.safetensors", self._network.state_dict())
        settings = self._settings.model_dump(mode="json")
        write_json(folder / "animator.json", {"method": f"{__name__}:{type(self).__name__}", "size": self._setting.size, "settings": settings})

    def load(self, folder: Path) -> None:
        """Reads what `save` wrote."""
        from safetensors.torch import load_file

        if self._settings.motion is not None and self._network.motion is None:
            self._add_motion()
        self._network.load_state_dict(load_file(folder / "model.safetensors"))


def _drawn(track: FaceTrack, size: int, parts: Any, device: torch.device, frames: Sequence[int]) -> torch.Tensor:
    drawn = draw_landmarks(track.frames(frames), size, parts)
    return torch.from_numpy(np.ascontiguousarray(drawn.transpose(0, 3, 1, 2))).to(device).float() / 255
