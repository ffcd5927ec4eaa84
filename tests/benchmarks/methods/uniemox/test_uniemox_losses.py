"""The three losses: what the formulae promise, in float64."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from benchmarks.methods.uniemox import reconstruction_loss, relation_distillation_loss, similarity_loss

SEEDS = st.integers(0, 2**31)


def _drawn(seed: int, *shapes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in shapes]


def test_the_losses_agree_with_plain_loops() -> None:
    fused, images, texts = (tensor.numpy() for tensor in _drawn(0, (5, 3), (5, 3), (5, 3)))

    def cosine(one: "np.ndarray", other: "np.ndarray") -> float:
        return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    similarity = np.mean([1 - cosine(fused[i], images[i]) for i in range(5)])
    relation = np.mean([1 - cosine(np.array([fused[i] @ text for text in texts]), np.array([images[i] @ text for text in texts])) for i in range(5)])
    assert similarity_loss(*map(torch.from_numpy, (fused, images))).item() == pytest.approx(similarity, abs=1e-12)
    assert relation_distillation_loss(*map(torch.from_numpy, (fused, images, texts))).item() == pytest.approx(relation, abs=1e-12)


def test_gradients_are_right() -> None:
    fused, images, texts, prediction, target = _drawn(1, (4, 3), (4, 3), (4, 3), (2, 4, 6), (2, 4, 6))
    mask = torch.tensor([[1, 0, 1, 1], [0, 1, 0, 0]], dtype=torch.bool)
    assert torch.autograd.gradcheck(similarity_loss, (fused.requires_grad_(), images.requires_grad_()))
    assert torch.autograd.gradcheck(relation_distillation_loss, (fused, images, texts.requires_grad_()))
    assert torch.autograd.gradcheck(lambda values: reconstruction_loss(values, target, mask), (prediction.requires_grad_(),))


@given(SEEDS, st.integers(1, 6))
@settings(deadline=None, max_examples=30)
def test_a_student_that_agrees_with_the_teacher_loses_nothing(seed: int, images: int) -> None:
    teacher, texts = _drawn(seed, (images, 4), (images, 4))
    assert similarity_loss(3 * teacher, teacher).item() == pytest.approx(0, abs=1e-12)
    assert relation_distillation_loss(teacher, teacher, texts).item() == pytest.approx(0, abs=1e-12)


@given(SEEDS, st.integers(1, 6), st.floats(0.01, 100), st.floats(0.01, 100))
@settings(deadline=None, max_examples=30)
def test_neither_length_nor_logit_scale_matters_and_both_lie_between_0_and_2(seed: int, images: int, length: float, logit_scale: float) -> None:
    fused, teacher, texts = _drawn(seed, (images, 4), (images, 4), (images, 4))
    lengths = _drawn(seed + 1, (images, 1))[0].abs() + length
    plain = relation_distillation_loss(fused, teacher, texts).item()
    assert 0 - 1e-12 <= plain <= 2 + 1e-12
    assert 0 - 1e-12 <= similarity_loss(fused, teacher).item() <= 2 + 1e-12
    assert relation_distillation_loss(lengths * fused, teacher, logit_scale * texts).item() == pytest.approx(plain, abs=1e-9)
    assert similarity_loss(lengths * fused, teacher).item() == pytest.approx(similarity_loss(fused, teacher).item(), abs=1e-9)


@given(SEEDS, st.permutations(range(5)))
@settings(deadline=None, max_examples=30)
def test_the_order_of_a_batch_does_not_matter(seed: int, order: list[int]) -> None:
    fused, teacher, texts = _drawn(seed, (5, 4), (5, 4), (5, 4))
    plain = relation_distillation_loss(fused, teacher, texts).item()
    assert relation_distillation_loss(fused[order], teacher[order], texts[order]).item() == pytest.approx(plain, abs=1e-12)
    # The texts alone may be permuted too: every row of A and C is permuted alike.
    assert relation_distillation_loss(fused, teacher, texts[order]).item() == pytest.approx(plain, abs=1e-12)
    assert similarity_loss(fused[order], teacher[order]).item() == pytest.approx(similarity_loss(fused, teacher).item(), abs=1e-12)


def test_only_masked_patches_are_reconstructed() -> None:
    prediction, target = _drawn(2, (2, 4, 6), (2, 4, 6))
    mask = torch.tensor([[True, False, False, True], [False, False, True, False]])
    loss = reconstruction_loss(prediction.requires_grad_(), target, mask)
    assert loss.item() == pytest.approx(((prediction - target) ** 2)[mask].mean().item(), abs=1e-12)
    loss.backward()
    assert prediction.grad is not None and not prediction.grad[~mask].any() and prediction.grad[mask].all()
    assert reconstruction_loss(prediction, target, torch.zeros_like(mask)).item() == 0


def test_one_image_is_enough() -> None:
    fused, teacher, texts, pixels = _drawn(3, (1, 4), (1, 4), (1, 4), (1, 4, 6))
    for loss in (similarity_loss(fused, teacher), relation_distillation_loss(fused, teacher, texts), reconstruction_loss(pixels, pixels + 1, torch.ones(1, 4))):
        assert loss.shape == () and torch.isfinite(loss)


def test_wrong_shapes_are_named() -> None:
    fused, other, patches = torch.zeros(2, 4), torch.zeros(2, 5), torch.zeros(2, 4, 6)
    with pytest.raises(ValueError, match=r"similarity_loss: fused \(2, 4\), image_features \(2, 5\)"):
        similarity_loss(fused, other)
    with pytest.raises(ValueError, match="at least one image"):
        similarity_loss(fused[:0], fused[:0])
    with pytest.raises(ValueError, match=r"text_features \(1, 4\)"):
        relation_distillation_loss(fused, fused, fused[:1])
    with pytest.raises(ValueError, match=r"mask is \(2, 6\)"):
        reconstruction_loss(patches, patches, torch.zeros(2, 6))
