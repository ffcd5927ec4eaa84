"""What happens to the scores of the next token: a grammar, a repetition penalty and seeded chance, each row of a batch by itself.

Tensors are torch's: `tokens` (rows, tokens so far) holds the left-padded prompts and what was generated; `scores` (rows, vocabulary).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hub.errors import EngineError
from hub.files import canonical_json
from hub.spec.engine import Sampling

if TYPE_CHECKING:
    from torch import FloatTensor, LongTensor

_LAYOUT: Mapping[str, Any] = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""JSON on one line, spaced as models are used to it; free whitespace lets a model run on for ever."""


class Grammars:
    """Compiles JSON Schemas for one tokenizer, each once."""

    def __init__(self, tokenizer: Any, vocabulary: int, end_tokens: Sequence[int]) -> None:
        """`vocabulary` is the number of scores a model gives, which may be above the number of tokens."""
        import llguidance.hf

        self.tokenizer = llguidance.hf.from_tokenizer(tokenizer, n_vocab=max(vocabulary, len(tokenizer)), eos_token=list(end_tokens))
        self._compiled: dict[str, Any] = {}

    def matcher(self, schema: Mapping[str, Any]) -> Any:
        """Returns a fresh `llguidance.LLMatcher` for a schema.

        Raises:
            EngineError: the schema holds something that cannot be enforced.
        """
        from llguidance import LLMatcher

        key = canonical_json(schema)
        if key not in self._compiled:
            # Not the canonical text: the order of the properties is the order they are written in.
            compiled = LLMatcher(self.tokenizer, LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides=dict(_LAYOUT)))  # type: ignore[arg-type]
            if compiled.is_error():
                raise EngineError(f"the answer schema {schema.get('title', '')!r} cannot be enforced token by token: {compiled.get_error()}")
            self._compiled[key] = compiled
        return self._compiled[key].deep_copy()


class GrammarRows:
    """Lets each row of a batch go on only with tokens that its grammar allows; a finished row may do nothing but end."""

    def __init__(self, matchers: Sequence[Any], prompt_width: int, end_tokens: Sequence[int]) -> None:
        self.matchers = list(matchers)
        self._ends = set(end_tokens)
        self._consumed = [prompt_width] * len(matchers)
        self._ended = [False] * len(matchers)

    def __call__(self, input_ids: "LongTensor", scores: "FloatTensor") -> "FloatTensor":
        import torch

        self.consume(input_ids)
        allowed = torch.zeros(scores.shape, dtype=torch.bool)
        for row, matcher in enumerate(self.matchers):
            if self._ended[row] or matcher.is_error():
                allowed[row, list(self._ends)] = True
            else:
                mask = torch.frombuffer(bytearray(matcher.compute_logit_bias()), dtype=torch.uint8)
                allowed[row, : len(mask)] = mask[: scores.shape[1]] > 0
        return scores.masked_fill(~allowed.to(scores.device), float("-inf"))  # type: ignore[return-value]

    def consume(self, input_ids: "LongTensor") -> None:
        """Takes note of the tokens that were added since the last call."""
        for row, matcher in enumerate(self.matchers):
            for token in input_ids[row, self._consumed[row] :].tolist():
                if token in self._ends:
                    self._ended[row] = True
                if not self._ended[row]:
                    matcher.consume_token(token)
            self._consumed[row] = input_ids.shape[1]

    def complete(self, row: int) -> bool:
        """Whether the row's answer is a whole JSON value."""
        matcher = self.matchers[row]
        return bool(matcher.is_accepting()) and not matcher.is_error()


class RepetitionPenalty:
    """Makes the tokens of a row's prompt and answer less likely. Padding does not count, so that a row's company changes nothing."""

    def __init__(self, penalty: float, prompt_mask: Any) -> None:
        self._penalty = penalty
        self._mask = prompt_mask.bool()

    def __call__(self, input_ids: "LongTensor", scores: "FloatTensor") -> "FloatTensor":
        padding = self._mask.shape[1] - self._mask.sum(dim=1)
        for row, start in enumerate(padding.tolist()):
            seen = input_ids[row, start:].unique()  # type: ignore[no-untyped-call]
            found = scores[row, seen]
            scores[row, seen] = found.where(found < 0, found / self._penalty).where(found > 0, found * self._penalty)
        return scores


class SeededChance:
    """Turns greedy decoding into sampling with one random stream a row: one number a token, looked up in the row's cumulative distribution.

    Only the draw is the processor's, so that a seed means the same whatever the model runs on; Gumbel noise would need one for every token there is.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        import torch

        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: "LongTensor", scores: "FloatTensor") -> "FloatTensor":
        import torch

        cumulative = scores.double().softmax(dim=-1).cumsum(dim=-1)
        draws = torch.stack([torch.rand(1, dtype=torch.float64, generator=generator) for generator in self._generators]).to(scores.device)
        # To the right of equals: a token without probability is never drawn. Rounding may lead beyond the last token.
        chosen = torch.searchsorted(cumulative, draws * cumulative[:, -1:], right=True).clamp_(max=scores.shape[1] - 1)
        return torch.full_like(scores, float("-inf")).scatter_(1, chosen, 0.0)  # type: ignore[return-value]


def penalties(sampling: Sampling, prompt_mask: Any) -> list[Any]:
    """What happens to the scores before the grammar."""
    return [RepetitionPenalty(sampling.repetition_penalty, prompt_mask)] if sampling.repetition_penalty != 1 else []


def chances(sampling: Sampling, seeds: Sequence[int]) -> list[Any]:
    """What happens to the scores after the grammar; nothing at temperature 0."""
    from transformers import TemperatureLogitsWarper, TopPLogitsWarper

    if sampling.temperature == 0:
        return []
    cut = [TopPLogitsWarper(sampling.top_p)] if sampling.top_p < 1 else []
    return [TemperatureLogitsWarper(sampling.temperature), *cut, SeededChance(seeds)]


class Interruption:
    """Ends a batch where it is, once nobody waits for it any more."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped

    def __call__(self, input_ids: "LongTensor", scores: "FloatTensor", **settings: Any) -> Any:
        import torch

        return torch.full((len(input_ids),), self._stopped(), dtype=torch.bool, device=input_ids.device)
