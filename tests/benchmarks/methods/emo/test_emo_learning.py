"""What the loss is for, on a bigram model with planted synonyms: the mass that misses the data's token goes to tokens of like meaning."""

from typing import Any

import pytest
import torch
from torch import Tensor

from benchmarks.methods.emo import emo_loss, linear_emo_loss, mle_loss
from benchmarks.perf.emo import Sizes, report, rounds_of, ways

MEANINGS, SYNONYMS = 8, 3
VOCABULARY = MEANINGS * SYNONYMS
STEPS = 60


def _embeddings() -> Tensor:
    """Returns one direction a meaning, its synonyms close around it: token i means i // SYNONYMS."""
    generator = torch.Generator().manual_seed(0)
    directions = torch.linalg.qr(torch.randn(16, 16, generator=generator))[0][:MEANINGS]
    return directions.repeat_interleave(SYNONYMS, 0) + 0.05 * torch.randn(VOCABULARY, 16, generator=generator)


def _bigrams() -> tuple[Tensor, Tensor]:
    """Returns contexts and the tokens after them: seven times in ten the context's own token, else any; synonyms never more than others."""
    generator = torch.Generator().manual_seed(1)
    contexts = torch.arange(VOCABULARY).repeat(40)
    noise = torch.randint(VOCABULARY, contexts.shape, generator=generator)
    return contexts, torch.where(torch.rand(contexts.shape, generator=generator) < 0.7, _follower(contexts), noise)


def _follower(contexts: Tensor) -> Tensor:
    return (7 * contexts + 2) % VOCABULARY


def _learn(loss: Any) -> tuple[float, float]:
    """Returns the mass on the right followers, and the share of the remaining mass that is on their synonyms, after STEPS steps."""
    contexts, tokens = _bigrams()
    table = torch.zeros(VOCABULARY, VOCABULARY, requires_grad=True)
    optimizer = torch.optim.Adam([table], lr=0.1)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(table[contexts], tokens).backward()
        optimizer.step()
    probabilities, every = table.detach().softmax(1), torch.arange(VOCABULARY)
    right = probabilities[every, _follower(every)]
    alike = (every.unsqueeze(0) // SYNONYMS == _follower(every).unsqueeze(1) // SYNONYMS).float()
    return right.mean().item(), (((probabilities * alike).sum(1) - right) / (1 - right)).mean().item()


@pytest.mark.parametrize("ratio", ["gt", "plain"])
def test_emo_puts_more_of_the_wrong_mass_on_synonyms_than_cross_entropy_does(ratio: Any) -> None:
    embeddings = _embeddings()
    right_mle, synonyms_mle = _learn(mle_loss)
    right_emo, synonyms_emo = _learn(lambda logits, tokens: emo_loss(logits, tokens, embeddings, mode="emo", ratio=ratio))
    chance = (SYNONYMS - 1) / (VOCABULARY - 1)
    assert min(right_mle, right_emo) > 0.6
    assert synonyms_mle < 1.2 * chance
    assert synonyms_emo > 2 * synonyms_mle


def test_the_fused_loss_learns_the_very_same() -> None:
    embeddings, identity = _embeddings(), torch.eye(VOCABULARY)
    plain = _learn(lambda logits, tokens: emo_loss(logits, tokens, embeddings))
    fused = _learn(lambda logits, tokens: linear_emo_loss(logits, identity, tokens, embeddings))
    assert fused == pytest.approx(plain, rel=1e-3)


def test_the_measuring_script_runs_every_way() -> None:
    seconds = rounds_of(Sizes(32, 100, 8, "cpu", torch.float32), 1)
    table = report(Sizes(32, 100, 8, "cpu", torch.float32), seconds, dict.fromkeys(ways(), 1.0))
    assert all(name in table for name in ways())
