"""Follow-Your-Emoji's network: a denoiser that reads a portrait through reference attention and an image prompt, and a driver through drawn landmarks."""

import copy
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from benchmarks.methods.follow_your_emoji.building import make_codec, make_image_encoder, make_unet, with_motion
from benchmarks.methods.follow_your_emoji.denoiser import Reference
from benchmarks.methods.follow_your_emoji.landmark_encoder import LandmarkEncoder, added_after
from benchmarks.methods.follow_your_emoji.preconditioning import UNKNOWN_DEVIATION, expected_velocity, velocity_deviation
from benchmarks.methods.follow_your_emoji.reference_attention import Tokens, filled, freeze_unused, read_tokens, save_tokens
from benchmarks.methods.follow_your_emoji.settings import MotionSettings, NetworkSettings

_CLIP_MEAN, _CLIP_DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


class AnimationNetwork(nn.Module):
    """The denoiser with all that tells it what to draw. Implements `Denoiser`.

    Without motion modules its U-Net is 2-D and treats every frame by itself; `add_motion` turns it into a UNetMotionModel with the same weights.
    """

    def __init__(self, settings: NetworkSettings, size: int, reference_attention: bool = True, network: bool = False) -> None:
        super().__init__()
        self.settings = settings
        self.size = size
        self.codec = make_codec(settings.codec, network)
        self.grid = size // self.codec.factor
        self._network = network
        unet = make_unet(settings, self.codec, size, network)
        width = int(unet.config.block_out_channels[0])
        # It begins as a copy of the denoiser.
        self.reference_net = copy.deepcopy(unet) if reference_attention else None
        if settings.reference_in_input:
            unet.conv_in = _widened(unet.conv_in)
        if settings.portrait_prior is not None:
            # At first nothing differs from what is expected.
            nn.init.zeros_(unet.conv_out.weight)
            nn.init.zeros_(unet.conv_out.bias)
        self.unet: Any = unet
        self.motion: MotionSettings | None = None
        self._saved: Tokens = {}
        self._bank: Tokens = {}
        if self.reference_net is not None:
            save_tokens(self.reference_net, self._saved)
            freeze_unused(self.reference_net)
        read_tokens(self.unet, self._bank)
        self._check_encoder(settings)
        both = settings.reference_landmarks
        self.landmark_encoder = LandmarkEncoder(settings.landmark_channels, width, 2 if both else 1, settings.coordinates)
        reads = both and reference_attention
        self.reference_landmark_encoder = LandmarkEncoder(settings.landmark_channels, width, 1, settings.coordinates) if reads else None
        self.image_encoder = make_image_encoder(settings.image_encoder, size, network)
        self.image_projection = nn.Linear(int(self.image_encoder.config.hidden_size), int(unet.config.cross_attention_dim))

    def _check_encoder(self, settings: NetworkSettings) -> None:
        halved = 2 ** (len(settings.landmark_channels) - 1)
        if halved != self.codec.factor:
            raise ValueError(
                f"landmark_channels has {len(settings.landmark_channels)} stages, which bring pictures down {halved} times, but the latents are "
                f"{self.codec.factor} times smaller: the two must be the same"
            )

    def add_motion(self, settings: MotionSettings) -> None:
        """Gives the U-Net motion modules between its frames; untrained ones change nothing."""
        # The widened input belongs to no standard configuration, so it is put in after the conversion.
        conv_in = self.unet.conv_in
        self.unet.conv_in = nn.Conv2d(self.codec.channels, conv_in.out_channels, conv_in.kernel_size, padding=conv_in.padding)
        self.unet = with_motion(self.unet, settings, self._network)
        self.unet.conv_in = conv_in
        self.motion = settings
        read_tokens(self.unet, self._bank)

    def motion_parameters(self) -> Iterator[nn.Parameter]:
        """The parameters of the motion modules."""
        return (parameter for name, parameter in self.unet.named_parameters() if "motion_modules" in name)

    def reference(self, portraits: torch.Tensor, landmarks: torch.Tensor) -> Reference:
        """Reads portraits, each once, and returns what the denoiser needs of each of them.

        Args:
            portraits: (portraits, 3, size, size), -1 to 1.
            landmarks: (portraits, 3, size, size), 0 to 1, drawn; black where none are known.
        """
        latents = self.codec.encode(portraits)
        prompt = self.image_projection(self.image_encoder(pixel_values=self._as_clip_sees(portraits)).last_hidden_state)
        tokens: Tokens = {}
        if self.reference_net is not None:
            with ExitStack() as stack:
                if self.reference_landmark_encoder is not None:
                    stack.enter_context(added_after(self.reference_net.conv_in, self.reference_landmark_encoder(landmarks)))
                # Time step 0: a portrait without noise.
                self.reference_net(latents, 0, encoder_hidden_states=prompt)
            tokens = dict(self._saved)
            self._saved.clear()
        return Reference(tokens, prompt, latents, landmarks)

    def forward(self, noisy: torch.Tensor, timestep: torch.Tensor, landmarks: torch.Tensor, reference: Reference | None) -> torch.Tensor:
        """Returns v of the frames of several clips.

        Args:
            noisy: (clips, frames, channels, grid, grid).
            timestep: (clips,) with motion modules, (clips, frames) or (clips,) without.
            landmarks: (clips, frames, 3, size, size), 0 to 1.
            reference: of as many portraits as there are clips; None is the unconditional half of guidance.
        """
        clips, frames = noisy.shape[:2]
        flat = noisy.flatten(0, 1)
        prompt = self._prompt(reference, clips, flat).repeat_interleave(frames, dim=0)
        if self.settings.reference_in_input:
            flat = torch.cat([flat, self._portrait(noisy, reference).repeat_interleave(frames, dim=0)], dim=1)
        if self.settings.reference_landmarks:
            own = torch.zeros_like(landmarks[:, 0]) if reference is None else reference.landmarks
            landmarks = torch.cat([landmarks, own[:, None].expand_as(landmarks)], dim=2)
        features = self.landmark_encoder(landmarks.flatten(0, 1))
        tokens = {} if reference is None else reference.tokens
        with added_after(self.unet.conv_in, features), filled(self._bank, tokens):
            predicted = self._denoised(flat, timestep, prompt, clips, frames).view_as(noisy)
        if self.settings.portrait_prior is None:
            return predicted
        return self._around_the_guess(predicted, noisy, timestep, reference)

    def deviation(self, reference: Reference | None) -> float:
        """Returns how far a frame is taken to be from what is guessed of it, where `portrait_prior` is set."""
        assert self.settings.portrait_prior is not None
        return UNKNOWN_DEVIATION if reference is None else self.settings.portrait_prior

    def _around_the_guess(self, predicted: torch.Tensor, noisy: torch.Tensor, timestep: torch.Tensor, reference: Reference | None) -> torch.Tensor:
        """v from what the U-Net says of its difference to the expected v, in units of how large that usually is. The guess is the portrait."""
        when = (timestep[:, None].expand(noisy.shape[:2]) if timestep.dim() == 1 else timestep).flatten()
        guess, deviation = self._portrait(noisy, reference)[:, None].expand_as(noisy), self.deviation(reference)
        flat = noisy.flatten(0, 1)
        expected = expected_velocity(flat, guess.flatten(0, 1), deviation, when)
        return (expected + velocity_deviation(deviation, when, flat) * predicted.flatten(0, 1)).view_as(noisy)

    def _portrait(self, noisy: torch.Tensor, reference: Reference | None) -> torch.Tensor:
        """The portrait's latents, (clips, channels, grid, grid); zeros where there is no portrait."""
        return torch.zeros_like(noisy[:, 0]) if reference is None else reference.latents

    def _denoised(self, flat: torch.Tensor, timestep: torch.Tensor, prompt: torch.Tensor, clips: int, frames: int) -> torch.Tensor:
        if self.motion is None:
            if timestep.dim() == 1:
                timestep = timestep[:, None].expand(clips, frames)
            predicted: torch.Tensor = self.unet(flat, timestep.flatten(), encoder_hidden_states=prompt).sample
            return predicted
        video = flat.view(clips, frames, *flat.shape[1:]).transpose(1, 2)
        predicted = self.unet(video, timestep, encoder_hidden_states=prompt).sample
        return predicted.transpose(1, 2).flatten(0, 1)

    def _prompt(self, reference: Reference | None, clips: int, like: torch.Tensor) -> torch.Tensor:
        if reference is not None:
            return reference.image_prompt
        config = self.image_encoder.config
        tokens = (int(config.image_size) // int(config.patch_size)) ** 2 + 1
        return torch.zeros(clips, tokens, self.image_projection.out_features, device=like.device, dtype=like.dtype)

    def predict(self, noisy: torch.Tensor, timestep: int, landmarks: torch.Tensor, reference: Reference | None) -> torch.Tensor:
        """Returns v of the frames of one clip; see `Denoiser`."""
        return self(noisy[None], torch.tensor([timestep], device=noisy.device), landmarks[None], reference)[0]  # type: ignore[no-any-return]

    def _as_clip_sees(self, pictures: torch.Tensor) -> torch.Tensor:
        side = int(self.image_encoder.config.image_size)
        mean, deviation = (torch.tensor(values, device=pictures.device, dtype=pictures.dtype).view(1, 3, 1, 1) for values in (_CLIP_MEAN, _CLIP_DEVIATION))
        if pictures.shape[-1] != side:
            pictures = functional.interpolate(pictures, size=(side, side), mode="bicubic", antialias=True)
        return ((pictures + 1) / 2 - mean) / deviation


def _widened(convolution: nn.Conv2d) -> nn.Conv2d:
    """Returns a convolution over twice the channels; with zeros in the new ones it does what the given one did."""
    wide = nn.Conv2d(2 * convolution.in_channels, convolution.out_channels, 3, padding=1)
    with torch.no_grad():
        wide.weight[:, : convolution.in_channels] = convolution.weight
        assert wide.bias is not None
        assert convolution.bias is not None
        wide.bias.copy_(convolution.bias)
    return wide
