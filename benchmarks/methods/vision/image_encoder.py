"""A pretrained vision transformer with one linear layer over its first token, trained whole with cross-entropy: DomainBed's empirical risk minimisation."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor, nn

from benchmarks.examples import Probabilities
from benchmarks.image_examples import ImageExamples
from benchmarks.methods.base import MethodSettings, Setting, parse_settings
from benchmarks.methods.distributed import Spread, mean_over_processes, seed_torch, share_of
from benchmarks.methods.vision.drop_path import add_drop_path
from benchmarks.methods.vision.image_loading import Item, augmented, batches, plain
from benchmarks.methods.weights import load_encoder
from hub.console import Tick
from hub.results import CurvePoint

_PREDICT_BATCH = 64
State = dict[str, Tensor]


class ImageEncoderSettings(MethodSettings):
    """Which vision transformer, and how it is trained. The defaults are DomainBed's where it has one."""

    encoder: str
    """A folder with weights, or a Hub id."""
    revision: str | None = None
    steps: int = Field(5001, ge=1)
    batch_per_domain: int = Field(32, ge=1)
    """Images of every training domain in a step, drawn with replacement."""
    checkpoint_steps: int = Field(300, ge=1)
    """After how many steps validation is looked at; the state that does best there is kept, the first of equals."""
    learning_rate: float = Field(5e-5, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    """Of Adam: added to the gradient, not decoupled from it."""
    drop_path: float = Field(0.0, ge=0, lt=1)
    """The share of rows for which the last layer's branches are skipped; layers before it have proportionally less (Huang et al. 2016)."""
    loading_processes: int = Field(0, ge=0)
    """Processes that decode images beside the one that trains."""


class ImageEncoderClassifier:
    """Images, decoded when they are used, through the encoder; the first token; one linear layer; a softmax."""

    checkpoints = True
    launches = frozenset({"ddp", "fsdp"})
    inference_settings: frozenset[str] = frozenset()
    settings_model: type[ImageEncoderSettings] = ImageEncoderSettings

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        self._settings = parse_settings(self.settings_model, settings)
        self._setting = setting
        torch.set_num_threads(setting.threads)
        torch.manual_seed(setting.seed)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        encoder = self.prepare(load_encoder(self._settings.encoder, self._settings.revision, setting.network))
        # The pooler behind the first token is no part of the recipe.
        encoder.pooler = None
        self._size = int(encoder.config.image_size)
        self._network = _Network(encoder, setting.classes).to(self._device)
        add_drop_path(encoder.layers, self._settings.drop_path)
        self.parameters = sum(parameter.numel() for parameter in self._network.parameters())

    def prepare(self, encoder: Any) -> Any:
        """Changes the encoder before it is used."""
        return encoder

    def extra_loss(self, network: nn.Module) -> Tensor | float:
        """Returns what the last forward pass through the network adds to the training loss."""
        return 0.0

    def rounds(self, examples: ImageExamples) -> int:
        return self._settings.steps

    def fit(self, train: ImageExamples, validation: ImageExamples, tick: Tick) -> Sequence[CurvePoint]:
        """Learns, and keeps the state with the best accuracy on validation, as DomainBed selects among checkpoints. Without validation rows, the last."""
        settings = self._settings
        seed_torch(self._setting.seed)
        spread = Spread(self._network, lambda network: _TrainingStep(network, self.extra_loss))
        optimizer = torch.optim.Adam(spread.step.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
        # The domains are equally many in every step, and so are the rows and what they count.
        whole = list(self._groups(train))
        share, weight = share_of(len(whole[0]))
        groups = [group[share] for group in whole]
        targets = train.labels.argmax(axis=1)
        best: tuple[float, State] | None = None
        losses: list[float] = []
        curve: list[CurvePoint] = []
        spread.step.train()
        loaded = batches(train.paths, groups, augmented(self._size), settings.loading_processes)
        for step, (group, images) in enumerate(zip(groups, loaded, strict=True), start=1):
            truth = torch.from_numpy(targets[[number for number, _ in group]])
            losses.append(self._step(spread, optimizer, images, truth, weight))
            if step % settings.checkpoint_steps == 0 or step == settings.steps:
                spread.gather()
                accuracy = self._accuracy(validation)
                curve.append(CurvePoint(step=step, loss=round(float(np.mean(losses)), 6), validation=accuracy))
                losses.clear()
                if accuracy is not None and (best is None or accuracy > best[0]):
                    best = accuracy, {name: value.detach().cpu().clone() for name, value in self._network.state_dict().items()}
                spread.step.train()
            tick()
        if best is not None:
            self._network.load_state_dict(best[1])
        return curve

    def predict(self, examples: ImageExamples) -> Probabilities:
        if not len(examples):
            return np.zeros((0, self._setting.classes), dtype=np.float32)
        groups = [[(row, 0) for row in range(start, min(start + _PREDICT_BATCH, len(examples)))] for start in range(0, len(examples), _PREDICT_BATCH)]
        self._network.eval()
        with torch.inference_mode():
            found = [
                torch.softmax(self._logits(images).float(), dim=1).cpu().numpy()
                for images in batches(examples.paths, groups, plain(self._size), self._settings.loading_processes)
            ]
        return np.concatenate(found)

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: value.contiguous() for name, value in self._network.state_dict().items()}, folder / "model.safetensors")

    def load(self, folder: Path) -> None:
        from safetensors.torch import load_file

        self._network.load_state_dict(load_file(folder / "model.safetensors"))

    def _step(self, spread: "Spread[_TrainingStep]", optimizer: torch.optim.Optimizer, images: Tensor, truth: Tensor, weight: float) -> float:
        loss = spread(images.to(self._device), truth.to(self._device)) * weight
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return mean_over_processes(loss)

    def _logits(self, images: Tensor) -> Tensor:
        with _autocast(self._device):
            logits: Tensor = self._network(images.to(self._device))
        return logits

    def _accuracy(self, examples: ImageExamples) -> float | None:
        if not len(examples):
            return None
        return round(float((self.predict(examples).argmax(axis=1) == examples.labels.argmax(axis=1)).mean()), 6)

    def _groups(self, train: ImageExamples) -> Iterator[list[Item]]:
        """Yields the images of every step: as many of each domain, each with the seed of its augmentation."""
        generator = np.random.default_rng(self._setting.seed)
        domains: list[npt.NDArray[np.intp]] = [np.flatnonzero(np.array(train.domains) == name) for name in dict.fromkeys(train.domains)]
        for _ in range(self._settings.steps):
            drawn = np.concatenate([generator.choice(rows, self._settings.batch_per_domain) for rows in domains])
            seeds = generator.integers(0, 2**31, len(drawn))
            yield [(int(row), int(seed)) for row, seed in zip(drawn, seeds, strict=True)]


class _Network(nn.Module):
    def __init__(self, encoder: Any, classes: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.config.hidden_size, classes)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.encoder(pixel_values=images).last_hidden_state[:, 0])
        return logits


class _TrainingStep(nn.Module):
    """From a batch to its loss, in one forward pass, which is what several processes need."""

    def __init__(self, network: _Network, extra_loss: Callable[[nn.Module], Tensor | float]) -> None:
        super().__init__()
        self.network = network
        self._extra_loss = extra_loss

    def forward(self, images: Tensor, truth: Tensor) -> Tensor:
        """Returns the mean over the rows."""
        with _autocast(images.device):
            logits = self.network(images)
        return nn.functional.cross_entropy(logits, truth) + self._extra_loss(self.network)


def _autocast(device: torch.device) -> Any:
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
