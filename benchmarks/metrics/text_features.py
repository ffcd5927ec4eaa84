"""One vector a text, for MAUVE: from MiniLM, which needs no network, or from a causal language model such as GPT-2 large, which the papers use."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.methods.weights import MINILM, load_encoder, load_tokenizer

_ROWS_AT_ONCE = 64
_LONGEST = 256
"""In tokens (EMO's own evaluation takes 256)."""


def features(texts: Sequence[str], model: str, network: bool, revision: str | None = None) -> npt.NDArray[np.float32]:
    """Returns (texts, hidden): for `minilm` the mean of the last layer over a text's tokens, for other models the last layer at the last token.

    Raises:
        DataUnavailableError: the weights are not on this machine and may not, or cannot, be downloaded.
    """
    import torch

    tokenizer, encoder = load_tokenizer(model, revision, network), load_encoder(model, revision, network)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    encoder = encoder.to(device).eval()
    tokenizer.padding_side = "right"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    found = np.zeros((len(texts), encoder.config.hidden_size), dtype=np.float32)
    with torch.no_grad():
        for start in range(0, len(order), _ROWS_AT_ONCE):
            rows = order[start : start + _ROWS_AT_ONCE]
            # A text without any token would have no last one.
            batch = tokenizer([texts[row] or " " for row in rows], padding=True, truncation=True, max_length=_LONGEST, return_tensors="pt").to(device)
            hidden = encoder(**batch).last_hidden_state.float()
            mask = batch["attention_mask"]
            if model == MINILM:
                pooled = (hidden * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
            else:
                pooled = hidden[torch.arange(len(rows), device=device), mask.sum(1) - 1]
            found[rows] = pooled.cpu().numpy()
    return found
