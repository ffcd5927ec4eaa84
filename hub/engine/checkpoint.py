"""A causal language model with its tokenizer, from a folder or the Hub: safetensors only, no code from others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.engine.base import Message
from hub.engine.decoding import GrammarRows, Grammars, Interruption, chances, penalties
from hub.engine.device import device_of, first_line
from hub.engine.model_name import model_name
from hub.errors import EngineError
from hub.spec.engine import Sampling, TransformersEngineSpec


@dataclass(frozen=True, slots=True)
class Decoded:
    """One answer. `complete` says whether it is a whole JSON value; `tokens` counts the end token too."""

    text: str
    tokens: int
    complete: bool


@dataclass(frozen=True)
class Checkpoint:
    """A loaded model. `positions` is the most tokens it can look at, None where it does not say."""

    name: str
    revision: str | None
    dtype: str
    positions: int | None
    model: Any
    tokenizer: Any
    grammars: Grammars
    end_tokens: tuple[int, ...]

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """Returns the tokens of a conversation, by the model's chat template; without one the turns are joined plainly."""
        from jinja2 import TemplateError

        if not self.tokenizer.chat_template:
            plain: list[int] = self.tokenizer("\n\n".join(message.content for message in messages) + "\n\n")["input_ids"]
            return plain
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            text = self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        except TemplateError as error:
            raise EngineError(f"the chat template of {self.name!r} does not take the conversation: {error}") from error
        tokens: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens

    def decode(
        self,
        prompts: Sequence[list[int]],
        schema: Mapping[str, Any],
        sampling: Sampling,
        max_tokens: int,
        seeds: Sequence[int],
        stopped: Callable[[], bool] = lambda: False,
    ) -> list[Decoded]:
        """Answers a batch of prompts. `stopped` is asked after every token, and ends the answers where they are.

        Raises:
            EngineError: the memory does not suffice, or the schema cannot be enforced.
        """
        import torch
        from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

        width, pad = max(len(prompt) for prompt in prompts), self.end_tokens[0]
        tokens = torch.tensor([[pad] * (width - len(prompt)) + prompt for prompt in prompts], device=self.model.device)
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=self.model.device)
        rows = GrammarRows([self.grammars.matcher(schema) for _ in prompts], width, self.end_tokens)
        # Greedy always: chance, where wanted, comes from SeededChance. The model's own generation defaults do not count.
        settings = GenerationConfig(max_new_tokens=max_tokens, do_sample=False, pad_token_id=pad, eos_token_id=list(self.end_tokens))  # type: ignore[no-untyped-call]
        try:
            with torch.inference_mode():
                written = self.model.generate(
                    input_ids=tokens,
                    attention_mask=mask,
                    generation_config=settings,
                    logits_processor=LogitsProcessorList([*penalties(sampling, mask), rows, *chances(sampling, seeds)]),
                    stopping_criteria=StoppingCriteriaList([Interruption(stopped)]),
                )
        except torch.OutOfMemoryError as error:
            raise EngineError(f"the memory of {self.model.device} does not suffice for a batch of {len(prompts)}: lower engine.batch_size") from error
        rows.consume(written)
        return [self._decoded(written[row, width:].tolist(), rows.complete(row)) for row in range(len(prompts))]

    def _decoded(self, tokens: list[int], complete: bool) -> Decoded:
        end = next((place for place, token in enumerate(tokens) if token in self.end_tokens), len(tokens))
        # By the grammar's own bytes: a tokenizer's decoding may tidy spaces away.
        text = self.grammars.tokenizer.decode_bytes(tokens[:end]).decode("utf-8", errors="replace")
        return Decoded(text, min(end + 1, len(tokens)), complete)


def load_checkpoint(spec: TransformersEngineSpec) -> Checkpoint:
    """Loads the model that a profile names.

    Raises:
        EngineError: it is missing, is not in safetensors, needs code of its own, or has no fast tokenizer or end token.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig, PreTrainedTokenizerFast

    folder = Path(spec.model).expanduser()
    if folder.is_dir():
        _check_folder(folder)
    elif folder.is_absolute() or spec.model.startswith((".", "~")) or spec.model.count("/") > 1:
        raise EngineError(f"there is no model folder {spec.model!r}: mend engine.model in the profile")
    device, source = device_of(spec.device), str(folder) if folder.is_dir() else spec.model
    options: dict[str, Any] = {"revision": spec.revision or "main", "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True, **options)
        model = AutoModelForCausalLM.from_pretrained(source, use_safetensors=True, dtype=_dtype(spec.dtype, device), **options)
        model = model.to(device).eval()
    except Exception as error:  # Every broken file brings an exception of its own: OSError, ValueError, KeyError, SafetensorError, RuntimeError ...
        raise EngineError(
            f"the model {spec.model!r} cannot be loaded ({first_line(error)}): engine.model must be a folder with config.json, a tokenizer and "
            "*.safetensors, or a Hub id that can be reached"
        ) from error
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        raise EngineError(f"the model {spec.model!r} has no fast tokenizer (tokenizer.json), which the JSON grammar needs")
    end_tokens = _end_tokens(model.generation_config.eos_token_id, tokenizer.eos_token_id)
    if not end_tokens:
        raise EngineError(f"the model {spec.model!r} names no end-of-sequence token: set eos_token_id in its generation_config.json")
    model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
    config = model.config.get_text_config()
    return Checkpoint(
        name=model_name(spec.model),
        revision=None if folder.is_dir() else (getattr(model.config, "_commit_hash", None) or spec.revision),
        dtype=str(model.dtype).removeprefix("torch."),
        positions=getattr(config, "max_position_embeddings", None),
        model=model,
        tokenizer=tokenizer,
        grammars=Grammars(tokenizer, config.vocab_size, end_tokens),
        end_tokens=end_tokens,
    )


def _check_folder(folder: Path) -> None:
    for pattern in ("config.json", "*.safetensors"):
        if not any(folder.glob(pattern)):
            raise EngineError(f"{folder}: holds no {pattern}; engine.model must be a folder with a model saved in safetensors")


def _dtype(wanted: str, device: Any) -> Any:
    import torch

    if wanted == "auto":
        return torch.float32 if device.type == "cpu" else "auto"
    return getattr(torch, wanted)


def _end_tokens(*named: int | list[int] | None) -> tuple[int, ...]:
    """The end tokens that a model and its tokenizer name, each once."""
    found: dict[int, None] = {}
    for one in named:
        found.update(dict.fromkeys([one] if isinstance(one, int) else one or []))
    return tuple(found)
