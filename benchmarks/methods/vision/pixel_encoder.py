"""A vision transformer on pixels kept in memory: from scratch or with weights, pretrained on the task's own images or not, then fine-tuned whole."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import torch
from pydantic import model_validator
from torch import Tensor

from benchmarks.examples import Probabilities
from benchmarks.image_examples import ImageExamples
from benchmarks.image_pixels import whole_images
from benchmarks.methods.base import FirstStage, Setting, parse_settings
from benchmarks.methods.clip.settings import TeacherSettings
from benchmarks.methods.emoe import auxiliary_loss, record, restore
from benchmarks.methods.experts import EMoESettings, ExpertSettings, prepare_experts
from benchmarks.methods.uniemox import PretrainingSettings
from benchmarks.methods.vision.drop_path import add_drop_path
from benchmarks.methods.vision.fine_tuning import FineTuningSettings, fine_tune, probabilities, several_classes, validation_score
from benchmarks.methods.vision.pixel_network import EncoderShape, LoadedEncoder, PixelNetwork, Pooling, make_encoder
from benchmarks.methods.vision.pixel_pretraining import pretrained, pretraining_rounds
from hub.console import Tick
from hub.errors import EmohubError
from hub.files import write_json
from hub.results import CurvePoint


class PixelEncoderSettings(ExpertSettings):
    """Which vision transformer, how it is pretrained and fine-tuned, and with which experts. Experts and noise come after pretraining."""

    encoder: EncoderShape | LoadedEncoder = EncoderShape.model_validate({})
    pooling: Pooling = "mean"
    pretraining: PretrainingSettings | None = None
    """Of UniEmoX, or of MAE alone where `similarity` and `relation` are 0; None starts fine-tuning from the encoder as it is."""
    teacher: TeacherSettings | None = None
    """The CLIP that pretraining learns from."""
    fine_tuning: FineTuningSettings = FineTuningSettings.model_validate({})

    @model_validator(mode="after")
    def _has_a_teacher_if_it_learns_from_one(self) -> Self:
        distils = self.pretraining is not None and self.pretraining.distils
        if distils and self.teacher is None:
            raise ValueError("'pretraining' with similarity or relation above 0 needs a 'teacher'; declare one, or set both to 0")
        if self.teacher is not None and not distils:
            raise ValueError("nothing learns from 'teacher'; leave it out, or declare 'pretraining' with similarity or relation above 0")
        return self


class PixelEncoderClassifier:
    """Images squeezed to the encoder's size, through the encoder, pooled; one linear layer; a softmax, or sigmoids where images have several classes."""

    checkpoints = True
    inference_settings: frozenset[str] = frozenset()
    first_stage = True
    """Whether it can pretrain on other images than the task's own."""

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        self._settings = parse_settings(PixelEncoderSettings, settings)
        self._setting = setting
        torch.set_num_threads(setting.threads)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._encoder = make_encoder(self._settings.encoder, setting.seed, setting.network).to(self._device)
        self._size = int(self._encoder.config.image_size)
        self._network: PixelNetwork | None = None
        self._several = False
        self.borrowed_seconds = 0.0
        self.parameters = sum(parameter.numel() for parameter in self._encoder.parameters())

    def rounds(self, examples: ImageExamples) -> int:
        settings, rows = self._settings, len(examples)
        images = len(self._setting.first_stage.images if self._setting.first_stage else examples)
        before = 0 if settings.pretraining is None or self._network is not None else pretraining_rounds(settings.pretraining, settings.teacher, images)
        return before + settings.fine_tuning.rounds(rows)

    def fit(self, train: ImageExamples, validation: ImageExamples, tick: Tick) -> Sequence[CurvePoint]:
        """Pretrains the first time, then fine-tunes and keeps the state that does best on validation. The curve is that of fine-tuning.

        It pretrains on `train` alone, or on the images of a first stage.

        Raises:
            EmohubError: pretraining needs captions that images lack.
        """
        settings, seed = self._settings, self._setting.seed
        self._several = several_classes(train.labels)
        if self._network is None:
            if settings.pretraining is not None:
                stage = self._setting.first_stage or FirstStage(train, self._setting.class_names)
                setting = replace(self._setting, class_names=stage.class_names)
                shape, teacher = settings.encoder, settings.teacher
                self.borrowed_seconds = pretrained(self._encoder, shape, settings.pretraining, teacher, stage.images, setting, tick)
            self._assemble(prepare_experts(self._encoder, settings, seed))
        pixels = whole_images(train, self._size, self._setting.work)
        looked_at = whole_images(validation, self._size, self._setting.work)
        network = self._ready()

        def score() -> float | None:
            return validation_score(probabilities(network, looked_at, self._several), validation.labels, self._several)

        return fine_tune(network, pixels, train.labels, score, settings.fine_tuning, seed, self._extra_loss, tick)

    def predict(self, examples: ImageExamples) -> Probabilities:
        return probabilities(self._ready(), whole_images(examples, self._size, self._setting.work), self._several)

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        network = self._ready()
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: value.contiguous() for name, value in network.state_dict().items()}, folder / "model.safetensors")
        experts = record(network.encoder) if isinstance(self._settings.experts, EMoESettings) else None
        write_json(folder / "model.json", {"several_classes": self._several, "experts": experts})

    def load(self, folder: Path) -> None:
        from safetensors.torch import load_file

        account = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        self._several = bool(account["several_classes"])
        encoder = make_encoder(self._settings.encoder, self._setting.seed, self._setting.network).to(self._device)
        # Which neurons are an expert was found when fine-tuning began; found anew, it would be other ones.
        emoe = account["experts"]
        self._assemble(prepare_experts(encoder, self._settings, self._setting.seed) if emoe is None else restore(encoder, emoe, folder=folder))
        self._ready().load_state_dict(load_file(folder / "model.safetensors"))

    def _assemble(self, encoder: Any) -> None:
        """Puts the linear layer on the encoder. Its start depends on the seed alone, whatever was drawn before."""
        torch.manual_seed(self._setting.seed)
        add_drop_path(encoder.layers, self._settings.fine_tuning.drop_path)
        self._network = PixelNetwork(encoder, self._setting.classes, self._settings.pooling).to(self._device)
        self.parameters = sum(parameter.numel() for parameter in self._network.parameters())

    def _ready(self) -> PixelNetwork:
        if self._network is None:
            raise EmohubError("the vision classifier has learnt nothing yet: call fit or load first")
        return self._network

    def _extra_loss(self) -> Tensor:
        return auxiliary_loss(self._ready().encoder)
