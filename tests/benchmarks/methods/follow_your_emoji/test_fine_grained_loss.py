"""The facial fine-grained loss: what the formula promises, in float64."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import mse_loss

from benchmarks.methods.follow_your_emoji.losses import facial_fine_grained_loss

SEEDS = st.integers(0, 2**31)
WEIGHTS = st.floats(0, 10)


def _drawn(seed: int, binary: bool = True) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    pred, target = torch.randn(2, 4, 3, 5, 6, generator=generator, dtype=torch.float64)
    face, expression = torch.rand(2, 4, 5, 6, generator=generator, dtype=torch.float64)
    if binary:
        face, expression = (face > 0.5).double(), (expression > 0.7).double()
    return pred, target, face, expression


def _gradient(pred: Tensor, *others: Tensor, **weights: float) -> Tensor:
    leaf = pred.clone().requires_grad_()
    facial_fine_grained_loss(leaf, *others, **weights).backward()
    assert leaf.grad is not None
    return leaf.grad


@given(SEEDS, WEIGHTS, WEIGHTS)
@settings(max_examples=30, deadline=None)
def test_it_is_the_sum_of_three_means(seed: int, face_weight: float, expression_weight: float) -> None:
    pred, target, face, expression = _drawn(seed, binary=False)
    error = pred - target
    expected = error.square().mean() + face_weight * (error * face[:, None]).square().mean() + expression_weight * (error * expression[:, None]).square().mean()
    assert facial_fine_grained_loss(pred, target, face, expression, face_weight, expression_weight).item() == pytest.approx(expected.item(), rel=1e-12)


@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_without_weights_or_without_masks_it_is_the_plain_mean_squared_error(seed: int) -> None:
    pred, target, face, expression = _drawn(seed)
    plain = pytest.approx(mse_loss(pred, target).item(), rel=1e-12)
    assert facial_fine_grained_loss(pred, target, face, expression, 0, 0).item() == plain
    assert facial_fine_grained_loss(pred, target, torch.zeros_like(face), torch.zeros_like(face), 3, 5).item() == plain


@given(SEEDS, WEIGHTS, WEIGHTS)
@settings(max_examples=30, deadline=None)
def test_gradients_are_the_plain_ones_outside_the_masks_and_scaled_inside(seed: int, face_weight: float, expression_weight: float) -> None:
    pred, target, face, expression = _drawn(seed)
    plain = 2 * (pred - target) / pred.numel()
    found = _gradient(pred, target, face, expression, face_weight=face_weight, expression_weight=expression_weight)
    outside = ((face == 0) & (expression == 0))[:, None].expand_as(pred)
    assert torch.allclose(found[outside], plain[outside], rtol=1e-12, atol=0)
    assert torch.allclose(found, plain * (1 + face_weight * face + expression_weight * expression)[:, None], rtol=1e-12, atol=0)


def test_its_gradient_is_right_numerically() -> None:
    pred, target, face, expression = _drawn(0, binary=False)
    weight = torch.tensor([1.0, 0.0, 0.5, 2.0], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda leaf: facial_fine_grained_loss(leaf, target, face, expression, 1.5, 0.5, weight), pred.requires_grad_())


def test_frames_given_clean_count_for_nothing() -> None:
    pred, target, face, expression = _drawn(1)
    weight = torch.tensor([0.0, 1.0, 1.0, 0.0], dtype=torch.float64)
    between = slice(1, 3)
    alone = facial_fine_grained_loss(pred[between], target[between], face[between], expression[between])
    leaf = pred.clone().requires_grad_()
    loss = facial_fine_grained_loss(leaf, target, face, expression, frame_weight=weight)
    loss.backward()
    assert loss.item() == pytest.approx(alone.item(), rel=1e-12)
    assert leaf.grad is not None and not leaf.grad[[0, 3]].any() and leaf.grad[between].all()
    assert facial_fine_grained_loss(pred, target, face, expression, frame_weight=torch.zeros(4, dtype=torch.float64)).item() == 0
    assert facial_fine_grained_loss(pred, target, face, expression, frame_weight=torch.ones(4, dtype=torch.float64)).item() == pytest.approx(
        facial_fine_grained_loss(pred, target, face, expression).item(), rel=1e-12
    )


def test_a_perfect_prediction_costs_nothing() -> None:
    pred, _, face, expression = _drawn(2)
    assert facial_fine_grained_loss(pred, pred, face, expression).item() == 0


def test_shapes_that_do_not_fit_and_negative_weights_are_refused() -> None:
    pred, target, face, expression = _drawn(3)
    with pytest.raises(ValueError, match=r"face_mask has shape \(4, 5, 5\), expected \(4, 5, 6\)"):
        facial_fine_grained_loss(pred, target, face[..., :5], expression)
    with pytest.raises(ValueError, match="target has shape"):
        facial_fine_grained_loss(pred, target[:1], face, expression)
    with pytest.raises(ValueError, match="frame_weight has shape"):
        facial_fine_grained_loss(pred, target, face, expression, frame_weight=torch.ones(3))
    with pytest.raises(ValueError, match="at least 0"):
        facial_fine_grained_loss(pred, target, face, expression, face_weight=-1)
