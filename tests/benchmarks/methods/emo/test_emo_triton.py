"""The Triton kernels against the loss on logits: on a GPU where there is one, else in Triton's interpreter on the CPU."""

import os

import pytest
import torch

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"
pytest.importorskip("triton", reason="Triton is not installed")

from torch import Tensor

from benchmarks.methods.emo.losses import objective_loss
from benchmarks.methods.emo.objectives import EMO, MLE, Objective, TaiLr
from benchmarks.methods.emo.triton_linear import token_losses

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
# The interpreter (3.8.0) multiplies bfloat16 tiles as if they were whole numbers.
DTYPES = [torch.float32, torch.float16] + ([torch.bfloat16] if DEVICE == "cuda" else [])
OBJECTIVES = [EMO("mle", "gt"), EMO("mle", "clamp"), EMO("emo", "plain"), MLE(), TaiLr()]


def _tensor(generator: torch.Generator, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(*shape, generator=generator).to(DEVICE, dtype)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("objective", OBJECTIVES, ids=str)
def test_values_and_gradients_are_those_on_exact_logits(objective: Objective, with_bias: bool, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    # No edge divides a tile's, and six classes are without an embedding.
    tokens, classes, hidden_width, width = 70, 150, 37, 41
    hidden, weight = (_tensor(generator, rows, hidden_width, dtype=dtype).requires_grad_() for rows in (tokens, classes))
    bias = _tensor(generator, classes, dtype=dtype).requires_grad_() if with_bias else None
    embeddings = _tensor(generator, classes - 6, width, dtype=dtype)
    embeddings[3] = 0
    labels = torch.randint(classes, (tokens,), generator=generator).to(DEVICE)
    upstream = _tensor(generator, tokens)
    wanted = [hidden, weight] if bias is None else [hidden, weight, bias]

    found = token_losses(hidden, weight, bias, labels, embeddings if objective.needs_cost else None, objective)
    logits = hidden.double() @ weight.double().t() + (0 if bias is None else bias.double())
    expected = objective_loss(logits, labels, objective, embeddings, reduction="none")

    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)
    tolerance = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 2e-2}[dtype]
    gradients = (torch.autograd.grad((losses * upstream).sum(), wanted) for losses in (found, expected))
    for ours, theirs in zip(*gradients, strict=True):
        assert ours.dtype is dtype
        torch.testing.assert_close(ours.float(), theirs.float(), rtol=0, atol=tolerance * theirs.abs().max().item())


def test_a_share_of_the_vocabulary_that_is_ruled_out_gives_no_nan() -> None:
    generator = torch.Generator().manual_seed(0)
    hidden, weight = _tensor(generator, 5, 8).requires_grad_(), _tensor(generator, 200, 8)
    bias = torch.zeros(200, device=DEVICE).index_fill(0, torch.arange(64, 200, device=DEVICE), float("-inf"))
    labels, embeddings = torch.arange(5, device=DEVICE), _tensor(generator, 200, 8)
    losses = token_losses(hidden, weight, bias, labels, embeddings, EMO())
    expected = objective_loss(hidden @ weight.t() + bias, labels, EMO(), embeddings, reduction="none")
    torch.testing.assert_close(losses, expected, rtol=1e-4, atol=1e-5)
    assert torch.autograd.grad(losses.sum(), hidden)[0].isfinite().all()


def test_no_tokens_give_no_losses_and_zero_gradients() -> None:
    hidden, weight = torch.zeros(0, 8, device=DEVICE, requires_grad=True), torch.zeros(20, 8, device=DEVICE, requires_grad=True)
    losses = token_losses(hidden, weight, None, torch.zeros(0, dtype=torch.int64, device=DEVICE), weight.detach(), EMO())
    assert losses.shape == (0,)
    assert not torch.autograd.grad(losses.sum(), weight)[0].any()
