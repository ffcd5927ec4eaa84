"""A pretrained text encoder with one linear layer over 28 sigmoids, trained whole with binary cross-entropy."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor, nn

from benchmarks.examples import Probabilities, TextExamples
from benchmarks.methods.base import MethodSettings, Setting, parse_settings
from benchmarks.methods.distributed import Spread, mean_over_processes, seed_torch, share_of
from benchmarks.methods.weights import load_encoder, load_tokenizer
from hub.console import Tick
from hub.results import CurvePoint

_POOL = 32
"""Batches are cut from length-sorted pools of this many batches: little padding, and still random."""
_PROBE_RATE = 3e-3
_PROBE_BATCH = 256
Row = tuple[list[int], list[int]]
"""Token ids and token types."""


class EncoderSettings(MethodSettings):
    """Which encoder, and how it is trained."""

    encoder: str
    """`minilm`, a folder with weights, or a Hub id."""
    revision: str | None = None
    pooling: Literal["mean", "first"] = "mean"
    maximum_length: int = Field(128, ge=8)
    """In tokens."""
    epochs: int = Field(3, ge=1)
    batch_size: int = Field(32, ge=1)
    learning_rate: float = Field(2e-5, gt=0)
    head_learning_rate: float | None = None
    """For the linear layer; the encoder's when not given."""
    warmup_share: float = Field(0.06, ge=0, lt=1)
    weight_decay: float = Field(0.01, ge=0)
    dropout: float = Field(0.1, ge=0, lt=1)
    frozen_layers: int = Field(0, ge=0)
    """How many layers, counted from the embeddings up, stay as they are. 0 trains everything, the embeddings too."""
    probe_steps: int = Field(0, ge=0)
    """Steps on the linear layer alone, over the encoder's untouched vectors, before everything is trained (linear probing, then fine-tuning: Kumar et
    al. 2022). Spares the long start in which 28 rare labels are only learnt to be rare."""


class EncoderClassifier:
    """Utterance, or context and utterance as a pair, through the encoder; pooled; one linear layer; sigmoids."""

    checkpoints = True
    launches = frozenset({"ddp", "fsdp"})
    inference_settings: frozenset[str] = frozenset()
    settings_model: type[EncoderSettings] = EncoderSettings

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        self._settings = parse_settings(self.settings_model, settings)
        self._setting = setting
        torch.set_num_threads(setting.threads)
        torch.manual_seed(setting.seed)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._tokenizer = load_tokenizer(self._settings.encoder, self._settings.revision, setting.network)
        self._tokenizer.backend_tokenizer.no_truncation()
        self._tokenizer.backend_tokenizer.no_padding()
        encoder = self.prepare(load_encoder(self._settings.encoder, self._settings.revision, setting.network))
        self._network = _Network(encoder, setting.classes, self._settings.pooling, self._settings.dropout).to(self._device)
        self._fitted = False
        self.parameters = sum(parameter.numel() for parameter in self._network.parameters())

    def prepare(self, encoder: Any) -> Any:
        """Changes the encoder before it is used."""
        return encoder

    def extra_loss(self, network: nn.Module) -> Tensor | float:
        """Returns what the last forward pass through the network adds to the training loss."""
        return 0.0

    def token_types(self, encoding: Any) -> list[int]:
        """Returns the token types of one encoded row (a `tokenizers.Encoding`); the tokenizer's own by default."""
        return list(encoding.type_ids) if "token_type_ids" in self._tokenizer.model_input_names else [0] * len(encoding)

    def rounds(self, examples: TextExamples) -> int:
        return self._settings.epochs * -(-len(examples) // self._settings.batch_size)

    def fit(self, train: TextExamples, validation: TextExamples, tick: Tick) -> Sequence[CurvePoint]:
        settings = self._settings
        seed_torch(self._setting.seed)
        generator = np.random.default_rng(self._setting.seed)
        rows, targets = self._encode(train), torch.from_numpy(train.labels.astype(np.float32))
        total = self.rounds(train)
        losses: list[float] = []
        curve: list[CurvePoint] = []
        every = max(1, total // 50)
        if settings.probe_steps and not self._fitted:
            self._probe(rows, targets, generator)
        self._freeze()
        spread = Spread(self._network, lambda network: _TrainingStep(network, self.extra_loss))
        optimizer = torch.optim.AdamW(self._groups(spread.step.network), weight_decay=settings.weight_decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _warm_then_linear(step, total, settings.warmup_share))
        spread.step.train()
        for _ in range(settings.epochs):
            for batch in _batches(rows, settings.batch_size, generator):
                share, weight = share_of(len(batch))
                own = batch[share]
                with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda"):
                    loss = spread(self._pad([rows[row] for row in own]), targets[own].to(self._device)) * weight
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(spread.step.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                losses.append(mean_over_processes(loss))
                if len(losses) % every == 0:
                    curve.append(CurvePoint(step=len(losses), loss=round(float(np.mean(losses[-every:])), 6)))
                tick()
        spread.gather()
        self._fitted = True
        return curve

    def _probe(self, rows: Sequence[Row], targets: Tensor, generator: np.random.Generator) -> None:
        """Fits the linear layer on the pooled vectors of the encoder as it is."""
        vectors = torch.from_numpy(self._over_batches(rows, self._network.pool, self._network.head.in_features))
        optimizer = torch.optim.AdamW(self._network.head.parameters(), lr=_PROBE_RATE)
        for _ in range(self._settings.probe_steps):
            batch = torch.from_numpy(generator.choice(len(rows), min(_PROBE_BATCH, len(rows)), replace=False))
            loss = nn.functional.binary_cross_entropy_with_logits(self._network.head(vectors[batch].to(self._device)), targets[batch].to(self._device))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    def predict(self, examples: TextExamples) -> Probabilities:
        return self._over_batches(self._encode(examples), lambda *batch: torch.sigmoid(self._network(*batch)), self._setting.classes)

    def _over_batches(self, rows: Sequence[Row], function: Callable[..., Tensor], width: int) -> npt.NDArray[np.float32]:
        """Returns what `function` makes of every row, (rows, width), without gradients; rows of like length go together."""
        order = sorted(range(len(rows)), key=lambda row: len(rows[row][0]))
        found = np.zeros((len(rows), width), dtype=np.float32)
        self._network.eval()
        # no_grad rather than inference_mode: the vectors of the probe are later used under autograd.
        with torch.no_grad():
            for start in range(0, len(order), 64):
                batch = order[start : start + 64]
                found[batch] = function(*self._pad([rows[row] for row in batch])).float().cpu().numpy()
        return found

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: value.contiguous() for name, value in self._network.state_dict().items()}, folder / "model.safetensors")

    def load(self, folder: Path) -> None:
        from safetensors.torch import load_file

        self._network.load_state_dict(load_file(folder / "model.safetensors"))
        self._fitted = True

    def _freeze(self) -> None:
        if self._settings.frozen_layers:
            encoder = self._network.encoder
            for part in (encoder.embeddings, *encoder.encoder.layer[: self._settings.frozen_layers]):
                part.requires_grad_(False)

    def _groups(self, network: "_Network") -> list[dict[str, Any]]:
        settings = self._settings
        body = [parameter for parameter in network.encoder.parameters() if parameter.requires_grad]
        return [
            {"params": body, "lr": settings.learning_rate},
            {"params": list(network.head.parameters()), "lr": settings.head_learning_rate or settings.learning_rate},
        ]

    def _encode(self, examples: TextExamples) -> list[Row]:
        """Returns token ids and token types of every row; long contexts lose their beginning, long utterances their end."""
        backend = self._tokenizer.backend_tokenizer
        utterances = backend.encode_batch(list(examples.texts), add_special_tokens=False)
        contexts = backend.encode_batch(list(examples.contexts), add_special_tokens=False)
        rows = [self._join(context, utterance) for context, utterance in zip(contexts, utterances, strict=True)]
        return [(row.ids, self.token_types(row)) for row in rows]

    def _join(self, context: Any, utterance: Any) -> Any:
        """Makes one row of two encodings that have no special tokens yet. The context gets the room that the utterance leaves."""
        backend = self._tokenizer.backend_tokenizer
        room = self._settings.maximum_length - backend.num_special_tokens_to_add(len(context) > 0)
        utterance.truncate(room)
        if not len(context):
            return backend.post_process(utterance)
        context.truncate(room - len(utterance), direction="left")
        return backend.post_process(context, utterance)

    def _pad(self, rows: Sequence[Row]) -> tuple[Tensor, Tensor, Tensor]:
        longest = max(len(ids) for ids, _ in rows)
        ids = torch.full((len(rows), longest), self._tokenizer.pad_token_id, dtype=torch.long)
        mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
        for number, (row_ids, row_types) in enumerate(rows):
            ids[number, : len(row_ids)] = torch.tensor(row_ids)
            types[number, : len(row_types)] = torch.tensor(row_types)
            mask[number, : len(row_ids)] = 1
        return ids.to(self._device), mask.to(self._device), types.to(self._device)


class _Network(nn.Module):
    def __init__(self, encoder: Any, classes: int, pooling: str, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(encoder.config.hidden_size, classes)

    def pool(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        """Returns one vector a row, (rows, hidden)."""
        hidden: Tensor = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        if self.pooling == "first":
            return hidden[:, 0]
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(1) / weights.sum(1)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> Tensor:
        logits: Tensor = self.head(self.dropout(self.pool(ids, mask, types)))
        return logits


class _TrainingStep(nn.Module):
    """From a batch to its loss, in one forward pass, which is what several processes need."""

    def __init__(self, network: _Network, extra_loss: Callable[[nn.Module], Tensor | float]) -> None:
        super().__init__()
        self.network = network
        self._extra_loss = extra_loss

    def forward(self, rows: tuple[Tensor, Tensor, Tensor], targets: Tensor) -> Tensor:
        """Returns the mean over the rows."""
        return nn.functional.binary_cross_entropy_with_logits(self.network(*rows), targets) + self._extra_loss(self.network)


def _warm_then_linear(step: int, total: int, warmup_share: float) -> float:
    """Learning-rate factor: up over the warm-up, then down to 0 at the end."""
    warm = max(1, round(total * warmup_share))
    return (step + 1) / warm if step < warm else max(0.0, (total - step) / max(1, total - warm))


def _batches(rows: Sequence[Row], size: int, generator: np.random.Generator) -> Iterator[list[int]]:
    shuffled = generator.permutation(len(rows))
    pools = [sorted(shuffled[start : start + size * _POOL].tolist(), key=lambda row: len(rows[row][0])) for start in range(0, len(rows), size * _POOL)]
    cut = [pool[start : start + size] for pool in pools for start in range(0, len(pool), size)]
    for number in generator.permutation(len(cut)):
        yield cut[number]
