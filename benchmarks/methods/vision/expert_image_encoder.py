"""The vision classifier with experts or noise in its encoder. Its dense twin is `ImageEncoderClassifier` with the same settings."""

from typing import Any

from torch import Tensor, nn

from benchmarks.methods.emoe import auxiliary_loss
from benchmarks.methods.experts import ExpertSettings, prepare_experts
from benchmarks.methods.vision.image_encoder import ImageEncoderClassifier, ImageEncoderSettings


class ExpertImageEncoderSettings(ImageEncoderSettings, ExpertSettings):
    """Which vision transformer, how it is trained, and with which experts."""


class ExpertImageEncoderClassifier(ImageEncoderClassifier):
    """EMoE (arXiv 2310.10908) and GMoE (arXiv 2206.04046) in a vision transformer."""

    settings_model = ExpertImageEncoderSettings
    _settings: ExpertImageEncoderSettings

    def prepare(self, encoder: Any) -> Any:
        return prepare_experts(encoder, self._settings, self._setting.seed)

    def extra_loss(self, network: nn.Module) -> Tensor:
        return auxiliary_loss(network)
