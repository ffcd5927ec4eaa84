"""How a language model's next-token probabilities become text: by sampling, by sampling from the likeliest tokens, or by always taking the likeliest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from hub.files import seed_from

_CHECKED_EVERY = 8
"""Tokens after which it is looked whether all rows are long enough."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """A way of decoding. Nothing else, such as a temperature, is applied."""

    name: str
    top_p: float
    """The smallest set of likeliest tokens that together have this probability is sampled from (Holtzman et al. 2020); 1: all tokens; 0: the likeliest."""


DECODINGS = (Decoding("sampling", 1.0), Decoding("top_p", 0.95), Decoding("greedy", 0.0))
"""The three that every model is scored under."""


def uniform_numbers(ids: Sequence[str], seed: int, decoding: Decoding, steps: int) -> npt.NDArray[np.float64]:
    """Returns (rows, steps) numbers in [0, 1) for sampling. A row's depend on its id, the seed and the decoding, and not on the other rows."""
    return np.stack([np.random.default_rng(seed_from("decoding", decoding.name, str(seed), one)).random(steps) for one in ids])


def choose(probabilities: Tensor, numbers: Tensor, decoding: Decoding) -> Tensor:
    """Returns a token for every row, (rows,), by inverting the cumulative distribution at the row's number.

    Args:
        probabilities: (rows, V), float64.
        numbers: (rows,), in [0, 1).
    """
    if decoding.top_p == 0:
        return probabilities.argmax(dim=1)
    if decoding.top_p < 1:
        ranked, tokens = probabilities.sort(dim=1, descending=True, stable=True)
        before = ranked.cumsum(dim=1) - ranked
        chosen = _invert(torch.where(before < decoding.top_p, ranked, 0.0), numbers)
        return tokens.gather(1, chosen[:, None]).squeeze(1)
    return _invert(probabilities, numbers)


def _invert(weights: Tensor, numbers: Tensor) -> Tensor:
    cumulative = weights.cumsum(dim=1)
    chosen = torch.searchsorted(cumulative, (numbers * cumulative[:, -1])[:, None], right=True).squeeze(1)
    # Rounding may put the number at the very end of the distribution.
    last = (weights > 0).cumsum(dim=1).argmax(dim=1)
    return torch.minimum(chosen, last)


@torch.no_grad()
def continue_rows(
    network: Any, prefixes: Tensor, numbers: Tensor, decoding: Decoding, banned: Sequence[int], is_enough: Callable[[list[list[int]]], bool]
) -> list[list[int]]:
    """Returns the tokens that a causal language model of transformers writes after prefixes of one length, (rows, length).

    Args:
        numbers: (rows, steps): as many tokens are written at most.
        banned: Tokens that are never written.
        is_enough: Whether what has been written so far is long enough for every row; asked now and then.
    """
    cache, inputs = None, prefixes
    written: list[Tensor] = []
    for step in range(numbers.shape[1]):
        outputs = network(input_ids=inputs, past_key_values=cache, use_cache=True)
        cache, logits = outputs.past_key_values, outputs.logits[:, -1].double()
        logits[:, list(banned)] = -torch.inf
        token = choose(logits.softmax(dim=1), numbers[:, step], decoding)
        written.append(token)
        inputs = token[:, None]
        if (step + 1) % _CHECKED_EVERY == 0 and is_enough(torch.stack(written, dim=1).tolist()):
            break
    rows: list[list[int]] = torch.stack(written, dim=1).tolist()
    return rows
