"""The text classifier of the Emo Pillars recipe with experts or noise in its encoder. Its dense twin is `EmoPillarsClassifier` with the same settings."""

from typing import Any, Self

from pydantic import model_validator
from torch import Tensor, nn

from benchmarks.examples import Probabilities, TextExamples
from benchmarks.methods.emo_pillars import EmoPillarsClassifier
from benchmarks.methods.emoe import auxiliary_loss, expert_layers, merge
from benchmarks.methods.encoder import EncoderSettings
from benchmarks.methods.experts import EMoESettings, ExpertSettings, prepare_experts


class ExpertEncoderSettings(EncoderSettings, ExpertSettings):
    """Which encoder, how it is trained, and with which experts."""

    merge: bool = False
    """Whether the trained experts are merged into the dense encoder before it predicts."""

    @model_validator(mode="after")
    def _only_own_neurons_merge(self) -> Self:
        if self.merge and not isinstance(self.experts, EMoESettings):
            raise ValueError("'merge' needs experts of kind 'emoe': no others are the dense encoder again")
        return self


class ExpertEncoderClassifier(EmoPillarsClassifier):
    """EMoE (arXiv 2310.10908) and its baselines GMoE and noisy tuning, in text classification."""

    inference_settings = frozenset({"merge"})
    settings_model = ExpertEncoderSettings
    _settings: ExpertEncoderSettings

    def prepare(self, encoder: Any) -> Any:
        return prepare_experts(super().prepare(encoder), self._settings, self._setting.seed)

    def extra_loss(self, network: nn.Module) -> Tensor:
        return auxiliary_loss(network)

    def predict(self, examples: TextExamples) -> Probabilities:
        if self._settings.merge and expert_layers(self._network.encoder):
            merge(self._network.encoder)
        return super().predict(examples)
