"""A frozen CLIP: images and texts to vectors of one space."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import open_clip
import torch
from torch import Tensor, nn
from torchvision.transforms import v2

from benchmarks.image_pixels import Pixels
from benchmarks.methods.clip.settings import PretrainedTeacher, SmallTeacher
from benchmarks.methods.vision.image_loading import DEVIATION, MEAN
from benchmarks.methods.vision.pixel_augmentation import to_tensor
from hub.errors import DataUnavailableError, DeclarationError, nearest

_BATCH = 128
_HUB_FILE = "open_clip_model.safetensors"
"""The name that open_clip gives to a checkpoint on the Hub."""
Tokenizer = Callable[[list[str]], Tensor]
Features = npt.NDArray[np.float32]
"""(rows, width)."""


class ClipTeacher:
    """An open_clip model that gives features and never learns."""

    def __init__(self, model: Any, tokenizer: Tokenizer, mean: Sequence[float], deviation: Sequence[float], borrowed_seconds: float = 0.0) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model: Any = model.eval().requires_grad_(False).to(self._device)
        self.borrowed_seconds = borrowed_seconds
        """Of its training, where that was taken from the work folder."""
        self._tokenizer = tokenizer
        self._mean, self._deviation = list(mean), list(deviation)
        size = model.visual.image_size
        self.image_size = int(size[0] if isinstance(size, tuple) else size)
        self.parameters = sum(parameter.numel() for parameter in self.model.parameters())

    def image_features(self, pixels: Pixels) -> Features:
        """Takes (rows, size, size, 3) bytes of any size and gives (rows, width) vectors of length 1."""
        return self._over_batches(pixels, self._of_pixels)

    def text_features(self, texts: Sequence[str]) -> Features:
        """Gives (rows, width) vectors of length 1. What a text has beyond the model's context is cut off."""
        return self._over_batches(np.array(texts, dtype=object), self._of_texts)

    def _of_pixels(self, pixels: Pixels) -> Tensor:
        images = to_tensor(pixels, self._device)
        if images.shape[-1] != self.image_size:
            images = v2.functional.resize(images, [self.image_size, self.image_size], v2.InterpolationMode.BICUBIC, antialias=True).clamp(0, 1)
        features: Tensor = self.model.encode_image(v2.functional.normalize(images, self._mean, self._deviation))
        return features

    def _of_texts(self, texts: npt.NDArray[np.object_]) -> Tensor:
        features: Tensor = self.model.encode_text(self._tokenizer(list(texts)).to(self._device))
        return features

    def _over_batches(self, rows: npt.NDArray[Any], encode: Callable[[Any], Tensor]) -> Features:
        with torch.inference_mode():
            found = [nn.functional.normalize(encode(rows[start : start + _BATCH]).float(), dim=1) for start in range(0, len(rows), _BATCH)]
        features: Features = torch.cat(found).cpu().numpy()
        return features


def small_model(settings: SmallTeacher) -> Any:
    """Returns a small CLIP with random weights."""
    vision = open_clip.CLIPVisionCfg(
        layers=settings.vision_depth,
        width=settings.vision_width,
        head_width=settings.head_width,
        patch_size=settings.patch_size,
        image_size=settings.image_size,
    )
    text = open_clip.CLIPTextCfg(
        context_length=settings.context, width=settings.text_width, heads=settings.text_width // settings.head_width, layers=settings.text_depth
    )
    return open_clip.CLIP(settings.embedding, vision, text)


def small_teacher(settings: SmallTeacher, state: dict[str, Tensor], borrowed_seconds: float = 0.0) -> ClipTeacher:
    """Returns the small CLIP with these weights, frozen. Its texts are cut into the word pieces that open_clip brings along."""
    model = small_model(settings)
    model.load_state_dict(state)
    return ClipTeacher(model, open_clip.SimpleTokenizer(context_length=settings.context), MEAN, DEVIATION, borrowed_seconds)


def pretrained_teacher(settings: PretrainedTeacher, network: bool) -> ClipTeacher:
    """Loads a checkpoint.

    Raises:
        DeclarationError: open_clip has no such architecture, or the weights are in a file that is not safetensors.
        DataUnavailableError: the weights are not on this machine and may not be downloaded, or do not fit.
    """
    known = open_clip.list_models()
    if settings.model not in known:
        raise DeclarationError(f"settings.teacher.model: open_clip has no {settings.model!r}; {nearest(settings.model, known)}")
    # Without `pretrained`, open_clip reads no file; that is done below.
    preset = open_clip.get_pretrained_cfg(settings.model, settings.weights)
    file = _weights_file(settings, str(preset.get("hf_hub", "")).strip("/") or settings.weights, network)
    model = open_clip.create_model(settings.model, force_quick_gelu=bool(preset.get("quick_gelu", False)), pretrained_text=False)
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        model.load_state_dict(load_file(file))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise DataUnavailableError(f"the weights in {file} do not fit open_clip's {settings.model!r}: {str(error).splitlines()[0]}") from error
    mean, deviation = preset.get("mean", open_clip.OPENAI_DATASET_MEAN), preset.get("std", open_clip.OPENAI_DATASET_STD)
    return ClipTeacher(model, open_clip.get_tokenizer(settings.model), mean, deviation)


def _weights_file(settings: PretrainedTeacher, place: str, network: bool) -> Path:
    if Path(place).suffix in (".pt", ".pth", ".bin", ".ckpt"):
        raise DeclarationError(f"settings.teacher.weights: {place!r} can hold code and is not read; give a .safetensors file")
    if Path(place).is_file():
        return Path(place)
    if not network:
        raise DataUnavailableError(
            f"the CLIP weights {settings.weights!r} are not on this machine, and this profile does not use the network; "
            "name a .safetensors file in settings.teacher.weights, or set bench.network: true"
        )
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Path(hf_hub_download(place, _HUB_FILE, revision=settings.revision))
    except (OSError, HfHubHTTPError, HFValidationError) as error:
        raise DataUnavailableError(f"{_HUB_FILE} of {place!r} cannot be downloaded: {str(error).splitlines()[0]}") from error
