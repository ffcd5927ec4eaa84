"""A causal language model, trained by any of the objectives that the EMO paper compares, that scores texts and continues them."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor, nn

from benchmarks.methods.base import MethodSettings, Setting, parse_settings
from benchmarks.methods.distributed import Spread, mean_over_processes, seed_torch, share_of
from benchmarks.methods.emo import EMOLoss
from benchmarks.methods.emo.objectives import Mode, Ratio, TaiLrForm
from benchmarks.methods.emoe import auxiliary_loss
from benchmarks.methods.experts import ExpertSettings, prepare_experts
from benchmarks.methods.language.decoding import Decoding, continue_rows, uniform_numbers
from benchmarks.methods.language.language_network import NetworkSettings, cost_embeddings, make_network
from benchmarks.methods.language.token_blocks import Window, batches_of_like_length, pack, windows
from hub.console import Tick
from hub.errors import EmohubError
from hub.results import CurvePoint

_LOGITS_AT_ONCE = 2**24
_ROWS_AT_ONCE = 64
_TOKENS_PER_WORD = 4
"""The most tokens that are written for one word asked for."""


class MLESettings(MethodSettings):
    """Maximum likelihood."""

    kind: Literal["mle"]


class EMOSettings(MethodSettings):
    """Earth mover distance optimisation; `benchmarks.methods.emo.objectives.EMO` says what mode and ratio mean."""

    kind: Literal["emo"]
    mode: Mode
    ratio: Ratio = "gt"
    cost_embedding: str
    """`minilm`, `own`, or a folder or Hub id of a model with the same tokens; see `cost_embeddings`."""


class TaiLrSettings(MethodSettings):
    """Total variation guided weighting."""

    kind: Literal["tailr"]
    gamma: float = Field(gt=0, lt=1)
    form: TaiLrForm = "paper"


class MixCESettings(MethodSettings):
    """Forward and reverse cross-entropy mixed."""

    kind: Literal["mixce"]
    eta: float = Field(ge=0, le=1)


class LanguageModelSettings(ExpertSettings):
    """Which network, and how it is trained."""

    network: NetworkSettings
    objective: Annotated[MLESettings | EMOSettings | TaiLrSettings | MixCESettings, Field(discriminator="kind")]
    block_length: int = Field(256, ge=2)
    """Tokens of a training block, and of the windows in which a text is scored."""
    epochs: int = Field(3, ge=1)
    """In all. Of those under the objective, the one with the lowest cross-entropy on validation is kept."""
    mle_epochs: int = Field(0, ge=0)
    """How many of them, from the first on, are plain maximum likelihood: transport costs refine a model that knows the language already."""
    batch_size: int = Field(32, ge=1)
    """In blocks."""
    learning_rate: float = Field(5e-5, gt=0)
    warmup_share: float = Field(0.03, ge=0, lt=1)
    weight_decay: float = Field(0.01, ge=0)


@dataclass(frozen=True, slots=True)
class Surprisals:
    """How hard texts were to predict, each (texts,)."""

    nats: npt.NDArray[np.float64]
    """Negative log likelihood of the whole text, given that it begins."""
    tokens: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Prompt:
    """The beginning of a text that is to be continued."""

    id: str
    text: str


class CausalLanguageModel:
    """Texts in packed blocks, AdamW, warm-up and then linear decay; the epoch with the lowest cross-entropy on validation is kept.

    Args:
        settings: See `LanguageModelSettings`.
        setting: The run it is in.
        corpus: The training texts, from which a new network takes its tokens.

    Raises:
        DataUnavailableError: weights are not on this machine and may not, or cannot, be downloaded.
        DeclarationError: the settings are malformed or do not fit each other.
    """

    checkpoints = True
    inference_settings: frozenset[str] = frozenset()
    launches = frozenset({"ddp", "fsdp"})

    def __init__(self, settings: dict[str, Any], setting: Setting, corpus: Sequence[str]) -> None:
        self._settings = parse_settings(LanguageModelSettings, settings)
        self._setting = setting
        torch.set_num_threads(setting.threads)
        torch.manual_seed(setting.seed)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        made = make_network(self._settings.network, corpus, self._settings.block_length, setting.network)
        if self._settings.block_length > made.positions:
            raise EmohubError(f"settings.block_length: {self._settings.block_length} is more than the {made.positions} positions of this network")
        self._tokens = made.tokens
        self.positions = made.positions
        # Before experts are made: the costs are those of the weights as they were found.
        self._loss = _loss(self._settings, cost_embeddings(source, made, setting.network) if (source := _cost_source(self._settings)) else None)
        self._network: Any = prepare_experts(made.model, self._settings, setting.seed).to(self._device)
        self.parameters = sum(parameter.numel() for parameter in self._network.parameters())

    def rounds(self, texts: Sequence[str]) -> int:
        """Returns how many ticks `fit` will make on these training texts."""
        blocks = (sum(len(ids) + 1 for ids in self._tokens.encode(texts)) - 1) // self._settings.block_length
        return self._settings.epochs * -(-blocks // self._settings.batch_size)

    def fit(self, train: Sequence[str], validation: Sequence[str], tick: Tick) -> Sequence[CurvePoint]:
        """Learns, and returns a point an epoch: the mean of the objective, and the cross-entropy per token on validation in nats.

        Raises:
            EmohubError: the training texts do not fill one block.
        """
        settings = self._settings
        seed_torch(self._setting.seed)
        generator = np.random.default_rng(self._setting.seed)
        texts, total = self._tokens.encode(train), self.rounds(train)
        spread = Spread(self._network, _TrainingStep)
        optimizer = torch.optim.AdamW(spread.step.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _warm_then_linear(step, total, settings.warmup_share))
        curve: list[CurvePoint] = []
        best, lowest = None, np.inf
        for epoch in range(1, settings.epochs + 1):
            warming = epoch <= settings.mle_epochs
            objective = EMOLoss(objective="mle") if warming else self._loss
            losses = [self._step(spread, batch, objective, optimizer, schedule, tick) for batch in self._batches(texts, generator)]
            spread.gather()
            scored = self.surprisals(validation)
            entropy = float(scored.nats.sum() / scored.tokens.sum())
            curve.append(CurvePoint(step=epoch * len(losses), loss=round(float(np.mean(losses)), 6), validation=round(entropy, 6)))
            if entropy < lowest and not warming:
                best, lowest = copy.deepcopy(self._network.state_dict()), entropy
        if best is None:
            raise EmohubError(f"the cross-entropy on validation was never a finite number ({curve[-1].validation}); lower settings.learning_rate")
        self._network.load_state_dict(best)
        return curve

    def save(self, folder: Path) -> None:
        """Writes `model.safetensors`. The tokens are those of the corpus and settings, which `load` therefore needs again."""
        from safetensors.torch import save_model

        folder.mkdir(parents=True, exist_ok=True)
        save_model(self._network, str(folder / "model.safetensors"))

    def load(self, folder: Path) -> None:
        """Reads what `save` wrote."""
        from safetensors.torch import load_model

        load_model(self._network, folder / "model.safetensors")

    @torch.no_grad()
    def surprisals(self, texts: Sequence[str], window: int | None = None) -> Surprisals:
        """Returns the plain negative log likelihood of every text, each for itself.

        Args:
            texts: Long ones are read in windows.
            window: Tokens of a window; the length of a training block where not given.
        """
        ids = self._tokens.encode(texts)
        cut = windows(ids, self._tokens.end, window or self._settings.block_length)
        nats = np.zeros(len(texts))
        self._network.eval()
        for batch in batches_of_like_length([len(one.targets) for one in cut], _LOGITS_AT_ONCE // len(self._tokens)):
            chosen = [cut[number] for number in batch]
            np.add.at(nats, [one.text for one in chosen], self._window_nats(chosen))
        return Surprisals(nats, np.array([len(one) for one in ids], dtype=np.int64))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Returns the lengths of texts in tokens."""
        return [len(ids) for ids in self._tokens.encode(texts)]

    def as_written(self, texts: Sequence[str]) -> list[str]:
        """Returns the texts as this model would write them: by way of its tokens, which may know neither case nor all spaces."""
        return [self._tokens.decode(ids) for ids in self._tokens.encode(texts)]

    def require_room(self, prompts: Sequence[Prompt], words: int) -> None:
        """Raises EmohubError if a prompt with that many words after it is longer than the network's positions; it can be asked before training."""
        longest = max(self.count_tokens([prompt.text for prompt in prompts]), default=0)
        if prompts and longest + words + 1 > self.positions:
            raise EmohubError(
                f"{longest} tokens of a prompt and {words} words after it are more than the {self.positions} positions of this network; "
                "raise the model's block_length, or take a model that reads more"
            )

    def write(self, prompts: Sequence[Prompt], words: int, decoding: Decoding, tick: Tick) -> list[str]:
        """Returns a continuation of every prompt: that many words, without the prompt. No text ends before; what a row gets does not depend on the others.

        Raises:
            EmohubError: a prompt with its continuation is longer than the network's positions.
        """
        self.require_room(prompts, words)
        ids = self._tokens.encode([prompt.text for prompt in prompts])
        written = [""] * len(prompts)
        self._network.eval()
        for rows in _equally_long(ids):
            for position, text in zip(rows, self._continue([prompts[row] for row in rows], [ids[row] for row in rows], words, decoding), strict=True):
                written[position] = text
            tick(len(rows))
        return written

    def _continue(self, prompts: Sequence[Prompt], ids: Sequence[list[int]], words: int, decoding: Decoding) -> list[str]:
        steps = min(words * _TOKENS_PER_WORD, self.positions - len(ids[0]) - 1)
        prefixes = torch.tensor([[self._tokens.end, *row] for row in ids], device=self._device)
        numbers = torch.from_numpy(uniform_numbers([prompt.id for prompt in prompts], self._setting.seed, decoding, steps)).to(self._device)
        known = [len(self._tokens.decode(row).split()) for row in ids]

        def texts(written: list[list[int]]) -> list[list[str]]:
            return [self._tokens.decode([*row, *new]).split()[count:] for row, new, count in zip(ids, written, known, strict=True)]

        # A word is finished when the next one has begun.
        banned = [self._tokens.end, *range(len(self._tokens), self._network.config.vocab_size)]
        rows = continue_rows(self._network, prefixes, numbers, decoding, banned, lambda written: all(len(text) > words for text in texts(written)))
        return [" ".join(text[:words]) for text in texts(rows)]

    def _batches(self, texts: Sequence[Sequence[int]], generator: np.random.Generator) -> Iterator[Tensor]:
        """One epoch: the texts in random order, packed, and the blocks in random order."""
        try:
            blocks = torch.from_numpy(pack(texts, generator.permutation(len(texts)), self._tokens.end, self._settings.block_length))
        except ValueError as error:
            raise EmohubError(str(error)) from error
        yield from torch.split(blocks[generator.permutation(len(blocks))], self._settings.batch_size)

    def _step(self, spread: "Spread[_TrainingStep]", batch: Tensor, objective: EMOLoss, optimizer: torch.optim.Optimizer, schedule: Any, tick: Tick) -> float:
        share, weight = share_of(len(batch))
        spread.step.train()
        loss = spread(batch[share].to(self._device), objective) * weight
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(spread.step.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        tick()
        return mean_over_processes(spread.step.objective_loss * weight)

    def _window_nats(self, batch: Sequence[Window]) -> npt.NDArray[np.float64]:
        """Returns the negative log likelihood of every window, (windows,)."""
        pad = nn.utils.rnn.pad_sequence
        inputs = pad([torch.tensor(one.inputs) for one in batch], batch_first=True, padding_value=self._tokens.end)
        targets = pad([torch.tensor(one.targets) for one in batch], batch_first=True, padding_value=-100).to(self._device)
        logits = self._network(input_ids=inputs.to(self._device), use_cache=False).logits.float()
        nats = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="none")
        summed: npt.NDArray[np.float64] = nats.view(targets.shape).double().sum(dim=1).cpu().numpy()
        return summed


class _TrainingStep(nn.Module):
    """From a batch to its loss, in one forward pass, which is what several processes need."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.objective_loss = torch.zeros(())
        """That of the last batch, without the balance losses of experts."""

    def forward(self, batch: Tensor, objective: EMOLoss) -> Tensor:
        """Returns the mean over the blocks, (rows, tokens)."""
        with torch.autocast(batch.device.type, torch.bfloat16, enabled=batch.device.type == "cuda"):
            hidden = self.network.base_model(input_ids=batch[:, :-1], use_cache=False).last_hidden_state
        loss = objective.from_hidden(hidden, self.network.get_output_embeddings(), batch[:, 1:], shift_labels=batch[:, 1:])
        self.objective_loss = loss.detach()
        return loss + auxiliary_loss(self.network)


def _cost_source(settings: LanguageModelSettings) -> str | None:
    return settings.objective.cost_embedding if isinstance(settings.objective, EMOSettings) else None


def _loss(settings: LanguageModelSettings, embeddings: Tensor | None) -> EMOLoss:
    match settings.objective:
        case EMOSettings(mode=mode, ratio=ratio):
            return EMOLoss(embeddings, objective="emo", mode=mode, ratio=ratio)
        case TaiLrSettings(gamma=gamma, form=form):
            return EMOLoss(objective="tailr", gamma=gamma, form=form)
        case MixCESettings(eta=eta):
            return EMOLoss(objective="mixce", eta=eta)
        case _:
            return EMOLoss(objective="mle")


def _equally_long(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yields the positions of rows of one length together, in batches: nothing needs padding, so nothing depends on it."""
    by_length: dict[int, list[int]] = {}
    for position, row in enumerate(rows):
        by_length.setdefault(len(row), []).append(position)
    for length in sorted(by_length):
        same = by_length[length]
        for start in range(0, len(same), _ROWS_AT_ONCE):
            yield same[start : start + _ROWS_AT_ONCE]


def _warm_then_linear(step: int, total: int, warmup_share: float) -> float:
    """Learning-rate factor: up over the warm-up, then down to 0 at the end."""
    warm = max(1, round(total * warmup_share))
    return (step + 1) / warm if step < warm else max(0.0, (total - step) / max(1, total - warm))
