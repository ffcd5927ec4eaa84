"""The losses on logits: what the transport cost is, what the mixtures are, and that nothing they meet in training breaks them. Exact claims in float64."""

from typing import Any

import numpy as np
import pytest
import torch
from emo import EMOLoss as PublishedEMOLoss
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from torch import Tensor
from torch.nn import functional as F

from benchmarks.methods.emo import emo_loss, mixce_loss, mle_loss, tailr_loss
from benchmarks.methods.emo.losses import token_terms, transport_costs

N, V, D = 7, 11, 5
MODES, RATIOS = ("mle", "emo"), ("gt", "plain", "clamp")
LOSSES = {"emo": emo_loss, "mle": mle_loss, "tailr": tailr_loss, "mixce": mixce_loss}


def _batch(seed: int = 0, tokens: int = N, classes: int = V, width: int = D, scale: float = 2.0) -> tuple[Tensor, Tensor, Tensor]:
    """Returns logits that want a gradient, labels and embeddings."""
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(tokens, classes, generator=generator, dtype=torch.float64)
    labels = torch.randint(classes, (tokens,), generator=generator)
    return logits.requires_grad_(), labels, torch.randn(classes, width, generator=generator, dtype=torch.float64)


def _gradient(loss: Tensor, logits: Tensor) -> Tensor:
    return torch.autograd.grad(loss, logits)[0]


def _cost(logits: Tensor, labels: Tensor, embeddings: Tensor) -> Tensor:
    return token_terms(logits, labels, embeddings).cost


def _costs_and_probabilities(logits: Tensor, embeddings: Tensor) -> tuple[Tensor, Tensor]:
    unit = F.normalize(embeddings, dim=1)
    return 1 - unit @ unit.t(), logits.detach().softmax(1)


# The transport cost


def test_the_cost_is_the_earth_movers_distance_to_the_one_hot_label() -> None:
    logits, labels, embeddings = _batch(tokens=3, classes=6)
    costs, probabilities = _costs_and_probabilities(logits, embeddings)
    classes = logits.shape[1]
    for row, (label, found) in enumerate(zip(labels, _cost(logits, labels, embeddings), strict=True)):
        goal = F.one_hot(label, classes).double()
        leaves = np.kron(np.eye(classes), np.ones((1, classes)))
        arrives = np.kron(np.ones((1, classes)), np.eye(classes))
        plan = linprog(costs.flatten(), A_eq=np.vstack([leaves, arrives]), b_eq=torch.cat([probabilities[row], goal]), method="highs")
        assert found.item() == pytest.approx(plan.fun, abs=1e-10)


def test_the_cost_equals_its_three_textbook_forms() -> None:
    logits, labels, embeddings = _batch()
    costs, probabilities = _costs_and_probabilities(logits, embeddings)
    unit = F.normalize(embeddings, dim=1)
    found = _cost(logits, labels, embeddings)
    torch.testing.assert_close(found, (probabilities * costs[labels]).sum(1), rtol=0, atol=1e-14)
    torch.testing.assert_close(found, 1 - ((probabilities @ unit) * unit[labels]).sum(1), rtol=0, atol=1e-14)
    squared = (unit.unsqueeze(0) - unit[labels].unsqueeze(1)).square().sum(2)
    torch.testing.assert_close(found, 0.5 * (probabilities * squared).sum(1), rtol=0, atol=1e-14)


def test_the_gradient_of_the_cost_is_probability_times_cost_above_average() -> None:
    logits, labels, embeddings = _batch()
    costs, probabilities = _costs_and_probabilities(logits, embeddings)
    cost = _cost(logits, labels, embeddings)
    expected = probabilities * (costs[labels] - cost.detach().unsqueeze(1))
    torch.testing.assert_close(_gradient(cost.sum(), logits), expected, rtol=0, atol=1e-15)


def test_cost_and_likelihood_pass_gradcheck() -> None:
    logits, labels, embeddings = _batch(tokens=3, classes=5)
    assert torch.autograd.gradcheck(lambda scores: _cost(scores, labels, embeddings), (logits,))
    assert torch.autograd.gradcheck(lambda scores: token_terms(scores, labels, None).mle, (logits,))


@given(st.integers(0, 10_000), st.floats(0.1, 30))
def test_the_cost_is_never_negative_and_never_above_two(seed: int, scale: float) -> None:
    cost = _cost(*_batch(seed, scale=scale))
    assert (cost >= 0).all()
    assert (cost <= 2).all()


def test_with_orthonormal_embeddings_the_cost_is_the_probability_of_being_wrong() -> None:
    logits, labels, _ = _batch()
    probabilities = logits.detach().softmax(1)[torch.arange(N), labels]
    torch.testing.assert_close(_cost(logits, labels, torch.eye(V, dtype=torch.float64)), 1 - probabilities, rtol=0, atol=1e-15)


def test_lengths_and_rotations_of_the_embeddings_do_not_matter() -> None:
    logits, labels, embeddings = _batch()
    lengths = torch.rand(V, 1, dtype=torch.float64) * 100 + 0.01
    rotation = torch.linalg.qr(torch.randn(D, D, dtype=torch.float64))[0]
    plain, changed = emo_loss(logits, labels, embeddings), emo_loss(logits, labels, lengths * embeddings @ rotation)
    torch.testing.assert_close(changed, plain, rtol=1e-12, atol=0)


def test_a_certain_and_right_model_costs_nothing_and_gets_no_gradient() -> None:
    _, labels, embeddings = _batch()
    logits = (1000 * F.one_hot(labels, V).double()).requires_grad_()
    for mode in MODES:
        for ratio in ("plain", "clamp"):
            loss = emo_loss(logits, labels, embeddings, mode=mode, ratio=ratio)
            assert loss.item() == 0
            assert not _gradient(loss, logits).any()


def test_the_embeddings_get_no_gradient() -> None:
    logits, labels, embeddings = _batch()
    embeddings.requires_grad_()
    emo_loss(logits, labels, embeddings).backward()
    assert embeddings.grad is None


# The mixtures


@pytest.mark.parametrize("ratio", ["gt", "plain"])
def test_the_mle_anchored_loss_has_the_value_of_cross_entropy(ratio: Any) -> None:
    logits, labels, embeddings = _batch()
    torch.testing.assert_close(emo_loss(logits, labels, embeddings, ratio=ratio), F.cross_entropy(logits, labels), rtol=1e-12, atol=0)


def test_the_emo_anchored_loss_has_twice_the_value_of_the_cost() -> None:
    logits, labels, embeddings = _batch()
    cost, probability = _cost(logits, labels, embeddings), logits.softmax(1)[torch.arange(N), labels]
    torch.testing.assert_close(emo_loss(logits, labels, embeddings, mode="emo", ratio="plain"), 2 * cost.mean(), rtol=1e-12, atol=0)
    torch.testing.assert_close(emo_loss(logits, labels, embeddings, mode="emo"), 2 * (cost + probability).mean(), rtol=1e-12, atol=0)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("mode", MODES)
def test_the_gradient_is_that_of_the_formula_with_its_ratio_held_constant(mode: Any, ratio: Any) -> None:
    logits, labels, embeddings = _batch()
    costs, _ = _costs_and_probabilities(logits, embeddings)
    probabilities = logits.softmax(1)
    mle, cost = F.cross_entropy(logits, labels, reduction="none"), (probabilities * costs[labels]).sum(1)
    constant = cost + probabilities[torch.arange(N), labels] if ratio == "gt" else cost
    share = (mle / constant if mode == "mle" else constant / mle).detach()
    share = share.clamp(max=3) if ratio == "clamp" else share
    expected = 0.5 * (mle + share * cost) if mode == "mle" else cost + share * mle
    found = emo_loss(logits, labels, embeddings, mode=mode, ratio=ratio)
    torch.testing.assert_close(_gradient(found, logits), _gradient(expected.mean(), logits), rtol=0, atol=1e-14)


def test_the_emo_anchored_ratio_never_needs_a_clamp() -> None:
    for seed in range(20):
        logits, labels, embeddings = _batch(seed, scale=8)
        plain, clamp = (emo_loss(logits, labels, embeddings, mode="emo", ratio=ratio, reduction="none") for ratio in ("plain", "clamp"))
        assert torch.equal(plain, clamp)


@pytest.mark.parametrize(("number", "mode", "ratio"), [(1, "mle", "clamp"), (2, "emo", "plain")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_loss_and_gradient_are_those_of_the_published_package(number: int, mode: Any, ratio: Any, dtype: torch.dtype) -> None:
    batch, length = 3, 6
    logits, labels, embeddings = (tensor.detach() for tensor in _batch(tokens=batch * length))
    logits, embeddings = logits.to(dtype).view(batch, length, V).requires_grad_(), embeddings.to(dtype)
    labels = labels.view(batch, length).index_fill(1, torch.tensor([2]), -100)
    published = PublishedEMOLoss(logits, labels, embeddings, mode=number)
    ours = emo_loss(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), embeddings, mode=mode, ratio=ratio)
    tolerance = 1e-9 if dtype is torch.float64 else 2e-6
    torch.testing.assert_close(ours, published, rtol=tolerance, atol=0)
    torch.testing.assert_close(_gradient(ours, logits), _gradient(published, logits), rtol=0, atol=tolerance / 10)


def test_the_other_losses_are_their_formulas() -> None:
    logits, labels, _ = _batch()
    mle = F.cross_entropy(logits, labels, reduction="none")
    q = torch.exp(-mle).detach()
    formulas = {
        mle_loss(logits, labels): mle,
        tailr_loss(logits, labels, gamma=0.2): q / (0.2 + 0.8 * q) * mle,
        tailr_loss(logits, labels, gamma=0.2, form="repository"): 0.2 * mle + 0.8 * (q / (0.8 + 0.2 * q)).clamp(0.2, 1) * mle,
        mixce_loss(logits, labels, eta=0.4): 0.4 * mle + 0.6 * q * mle,
    }
    for found, expected in formulas.items():
        torch.testing.assert_close(found, expected.mean(), rtol=1e-13, atol=0)
        torch.testing.assert_close(_gradient(found, logits), torch.autograd.grad(expected.mean(), logits, retain_graph=True)[0], rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_called_alike(name: str) -> None:
    logits, labels, embeddings = _batch()
    losses = LOSSES[name](logits, labels, embeddings, ignore_index=-1, reduction="none")
    assert losses.shape == (N,)
    torch.testing.assert_close(LOSSES[name](logits, labels, embeddings, reduction="sum"), losses.sum())
    torch.testing.assert_close(LOSSES[name](logits, labels, embeddings, num_items_in_batch=40), losses.sum() / 40)
    torch.testing.assert_close(LOSSES[name](logits, labels, embeddings, num_items_in_batch=torch.tensor(40)), losses.sum() / 40)


# What training meets


@pytest.mark.parametrize("name", LOSSES)
def test_ignored_rows_change_nothing_whatever_they_hold(name: str) -> None:
    logits, labels, embeddings = _batch()
    ignored = torch.tensor([1, 4])
    masked = labels.index_fill(0, ignored, -100)
    kept = torch.tensor([row for row in range(N) if row not in ignored])
    broken = logits.detach().index_fill(0, ignored, float("nan")).requires_grad_()
    expected = LOSSES[name](logits[kept], labels[kept], embeddings)
    found = LOSSES[name](broken, masked, embeddings)
    assert found.item() == expected.item()
    gradient = _gradient(found, broken)
    assert torch.equal(gradient[kept], _gradient(expected, logits)[kept])
    assert not gradient[ignored].any()
    assert not LOSSES[name](broken, masked, embeddings, reduction="none")[ignored].any()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("items", [None, 0, 5])
def test_a_batch_in_which_everything_is_ignored_is_zero_with_zero_gradients(name: str, items: int | None) -> None:
    logits, labels, embeddings = _batch()
    loss = LOSSES[name](logits, torch.full_like(labels, -100), embeddings, num_items_in_batch=items)
    assert loss.item() == 0
    assert torch.equal(_gradient(loss, logits), torch.zeros_like(logits))


def test_rows_of_zeros_cost_one_and_give_no_nan() -> None:
    logits, labels, embeddings = _batch()
    labels[0] = 3
    embeddings[3] = 0
    costs = transport_costs(labels, embeddings, logits)
    assert torch.equal(costs[0], torch.ones(V, dtype=torch.float64))
    assert (costs[:, 3] == 1).all()
    probability = logits.softmax(1)[0, 3]
    torch.testing.assert_close(_cost(logits, labels, embeddings)[0], 1 - probability)
    assert _gradient(emo_loss(logits, labels, embeddings), logits).isfinite().all()


def test_classes_beyond_the_embeddings_are_as_rows_of_zeros() -> None:
    logits, labels, embeddings = _batch()
    labels[0] = V - 1
    padded = torch.cat([embeddings[: V - 3], torch.zeros(3, D, dtype=torch.float64)])
    assert torch.equal(emo_loss(logits, labels, embeddings[: V - 3]), emo_loss(logits, labels, padded))


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("right", [True, False])
def test_large_margins_in_bfloat16_are_as_exact_as_their_logits(mode: Any, ratio: Any, right: bool) -> None:
    exact, labels, embeddings = _batch()
    favoured = labels if right else (labels + 1) % V
    logits = (exact.detach() + 25 * F.one_hot(favoured, V)).bfloat16().requires_grad_()
    exact = logits.detach().double().requires_grad_()
    embeddings = embeddings.bfloat16()
    found, expected = emo_loss(logits, labels, embeddings, mode=mode, ratio=ratio), emo_loss(exact, labels, embeddings, mode=mode, ratio=ratio)
    assert found.dtype is torch.float32
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=0)
    torch.testing.assert_close(_gradient(found, logits).double(), _gradient(expected, exact), rtol=0.02, atol=1e-12)


def test_float32_keeps_four_digits_where_almost_all_mass_is_on_the_label() -> None:
    _, labels, embeddings = _batch()
    logits = torch.full((N, V), -19.5).scatter(1, labels.unsqueeze(1), 0.0)
    found, exact = (token_terms(logits.to(dtype), labels, embeddings.to(dtype)) for dtype in (torch.float32, torch.float64))
    assert (1 - exact.target_probability).max() < 5e-8
    assert torch.equal(logits.softmax(1).gather(1, labels.unsqueeze(1)), torch.ones(N, 1))
    torch.testing.assert_close(found.cost.double(), exact.cost, rtol=1e-4, atol=0)
    torch.testing.assert_close(found.mle.double(), exact.mle, rtol=1e-4, atol=0)


def test_autocast_changes_nothing() -> None:
    logits, labels, embeddings = (tensor.float() if tensor.is_floating_point() else tensor for tensor in _batch())
    plain = emo_loss(logits, labels, embeddings)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(emo_loss(logits, labels, embeddings), plain)


# What is refused


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"logits": torch.zeros(2, 3, V)}, r"logits have the shape \(2, 3, 11\)"),
        ({"labels": torch.zeros(3, dtype=torch.int64)}, r"labels have the shape \(3,\) for 7 rows"),
        ({"labels": torch.zeros(N)}, "labels are torch.float32"),
        ({"labels": torch.full((N,), V)}, "label 11 is outside the vocabulary"),
        ({"labels": torch.full((N,), -1)}, "label -1 is outside the vocabulary"),
        ({"embeddings": torch.zeros(V)}, r"embeddings have the shape \(11,\)"),
        ({"embeddings": torch.zeros(V + 1, D)}, "embeddings have 12 rows for a vocabulary of 11"),
        ({"mode": "mixed"}, "mode is 'mixed'; it must be one of mle, emo"),
        ({"ratio": "none"}, "ratio is 'none'; it must be one of gt, plain, clamp"),
        ({"reduction": "median"}, "reduction is 'median'"),
        ({"reduction": "sum", "num_items_in_batch": 3}, "num_items_in_batch divides the mean"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    logits, labels, embeddings = _batch()
    with pytest.raises(ValueError, match=message):
        emo_loss(**{"logits": logits, "labels": labels, "embeddings": embeddings, **change})


@pytest.mark.parametrize("gamma", [0.0, 1.0])
def test_tailr_refuses_a_gamma_at_the_borders(gamma: float) -> None:
    logits, labels, _ = _batch()
    with pytest.raises(ValueError, match=r"gamma is .*between 0 and 1"):
        tailr_loss(logits, labels, gamma=gamma)


def test_mixce_refuses_a_share_above_one() -> None:
    logits, labels, _ = _batch()
    with pytest.raises(ValueError, match=r"eta is 1\.5"):
        mixce_loss(logits, labels, eta=1.5)
