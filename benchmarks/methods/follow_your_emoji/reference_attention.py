"""Reference attention: the portrait's hidden states in a ReferenceNet become further keys and values of the denoiser's spatial self-attention.

Follow-Your-Emoji as released (reference part A2): states are taken after the first norm and before the self-attention of every transformer block; queries are
the denoiser's own tokens, keys and values its own and the portrait's. No parameters are added.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from diffusers.models.attention_processor import Attention, AttnProcessor2_0

_SUFFIX = "attn1.processor"
Tokens = dict[str, torch.Tensor]


class SavingProcessor(AttnProcessor2_0):
    """Self-attention that keeps what it was given."""

    def __init__(self, name: str, bank: Tokens) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = name
        self._bank = bank

    def __call__(self, attn: Attention, hidden_states: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        self._bank[self._name] = hidden_states
        return super().__call__(attn, hidden_states, *args, **kwargs)


class ReadingProcessor(AttnProcessor2_0):
    """Self-attention that also looks at the tokens in the bank; with an empty bank it is plain self-attention."""

    def __init__(self, name: str, bank: Tokens) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = name
        self._bank = bank

    def __call__(self, attn: Attention, hidden_states: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        portrait = self._bank.get(self._name)
        if portrait is not None:
            # One portrait a clip: its tokens are the same for every frame.
            portrait = portrait.repeat_interleave(len(hidden_states) // len(portrait), dim=0)
            kwargs["encoder_hidden_states"] = torch.cat([hidden_states, portrait], dim=1)
        return super().__call__(attn, hidden_states, **kwargs)


def _spatial(network: Any) -> Iterator[str]:
    """The names of the processors of spatial self-attention, which are the same in the 2-D network and in the one with motion modules."""
    return (name for name in network.attn_processors if name.endswith(_SUFFIX) and "motion_modules" not in name)


def save_tokens(reference_net: Any, bank: Tokens) -> None:
    """Makes every spatial self-attention of a ReferenceNet put its input, (pictures, tokens, channels), into `bank`."""
    _set(reference_net, {name: SavingProcessor(name, bank) for name in _spatial(reference_net)})


def read_tokens(denoiser: Any, bank: Tokens) -> None:
    """Makes every spatial self-attention of a denoiser look at what is in `bank` under its name."""
    _set(denoiser, {name: ReadingProcessor(name, bank) for name in _spatial(denoiser)})


def _set(network: Any, processors: Mapping[str, AttnProcessor2_0]) -> None:
    network.set_attn_processor({**network.attn_processors, **processors})


@contextmanager
def filled(bank: Tokens, tokens: Mapping[str, torch.Tensor]) -> Iterator[None]:
    """Has `tokens` in the bank for a while."""
    bank.clear()
    bank.update(tokens)
    try:
        yield
    finally:
        bank.clear()


def freeze_unused(reference_net: Any) -> None:
    """Freezes what a ReferenceNet computes after its last self-attention was given its input: nothing of it is ever read, so it would get no gradient."""
    blocks = list(reference_net.up_blocks)
    while blocks and not getattr(blocks[-1], "attentions", None):
        blocks.pop().requires_grad_(False)
    last = blocks[-1].attentions[-1]
    block = last.transformer_blocks[-1]
    after = [block.attn1, block.attn2, block.norm2, block.norm3, block.ff, last.proj_out, reference_net.conv_norm_out, reference_net.conv_out]
    upsamplers = blocks[-1].upsamplers
    for module in (*after, *([upsamplers] if upsamplers is not None else [])):
        module.requires_grad_(False)
