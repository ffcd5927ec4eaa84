"""The fused loss: the same values and gradients as the loss on logits, whatever the chunks, without the logits ever being there."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.methods.emo import emo_loss, linear_emo_loss
from benchmarks.methods.emo.linear import default_chunk_size, linear_objective_loss
from benchmarks.methods.emo.losses import objective_loss
from benchmarks.methods.emo.objectives import MLE, MixCE, Objective, TaiLr

MODES, RATIOS = ("mle", "emo"), ("gt", "plain", "clamp")
Batch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


def _batch(seed: int = 0, tokens: int = 13, classes: int = 17, hidden: int = 6, width: int = 5, known: int | None = None) -> Batch:
    """Returns hidden states, weight and bias that want gradients, labels with some repeated and some ignored, embeddings with a row of zeros."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    labels = torch.randint(-1, classes, (tokens,), generator=generator)
    embeddings = normal(known or classes, width)
    embeddings[0] = 0
    return normal(tokens, hidden).requires_grad_(), normal(classes, hidden).requires_grad_(), normal(classes).requires_grad_(), labels, embeddings


def _gradients(loss: Tensor, *of: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(loss, of, retain_graph=True))


def _logits(batch: Batch) -> Tensor:
    return F.linear(*batch[:3])


def _assert_same(found: list[Tensor], expected: list[Tensor], tolerance: float = 1e-10) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


@given(st.data())
def test_value_and_gradients_equal_those_on_logits(data: st.DataObject) -> None:
    tokens, classes = data.draw(st.integers(1, 12)), data.draw(st.integers(2, 14))
    chunk = data.draw(st.sampled_from([1, 2, tokens, tokens + 3, None]))
    known = data.draw(st.integers(1, classes))
    batch = _batch(data.draw(st.integers(0, 1000)), tokens, classes, data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6)), known)
    kwargs: dict[str, Any] = {"mode": data.draw(st.sampled_from(MODES)), "ratio": data.draw(st.sampled_from(RATIOS)), "ignore_index": -1}
    kwargs["reduction"] = data.draw(st.sampled_from(["mean", "sum"]))
    expected = emo_loss(_logits(batch), *batch[3:], **kwargs)
    found = linear_emo_loss(*batch[:2], *batch[3:], bias=batch[2], chunk_size=chunk, **kwargs)
    _assert_same([found, *_gradients(found, *batch[:3])], [expected, *_gradients(expected, *batch[:3])])


@pytest.mark.parametrize("chunk", [1, 4, 13, None])
def test_losses_of_single_tokens_take_any_upstream_gradient(chunk: int | None) -> None:
    batch = _batch()
    upstream = torch.randn(13, dtype=torch.float64)
    expected = emo_loss(_logits(batch), *batch[3:], ignore_index=-1, reduction="none")
    found = linear_emo_loss(*batch[:2], *batch[3:], bias=batch[2], chunk_size=chunk, ignore_index=-1, reduction="none")
    _assert_same([found], [expected])
    _assert_same(_gradients(found @ upstream, *batch[:3]), _gradients(expected @ upstream, *batch[:3]))


@pytest.mark.parametrize("objective", [MLE(), TaiLr(0.2), TaiLr(0.2, "repository"), MixCE(0.4)])
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_the_other_objectives_are_fused_too(objective: Objective, reduction: Any) -> None:
    batch = _batch()
    expected = objective_loss(_logits(batch), batch[3], objective, None, ignore_index=-1, reduction=reduction)
    found = linear_objective_loss(*batch[:2], batch[3], objective, None, bias=batch[2], chunk_size=4, ignore_index=-1, reduction=reduction)
    _assert_same([found, *_gradients(found.sum(), *batch[:3])], [expected, *_gradients(expected.sum(), *batch[:3])])


def test_the_loss_may_be_scaled_and_differentiated_twice_over() -> None:
    batch = _batch()
    found = 3 * linear_emo_loss(*batch[:2], *batch[3:], bias=batch[2], ignore_index=-1)
    expected = 3 * emo_loss(_logits(batch), *batch[3:], ignore_index=-1)
    for _ in range(2):
        _assert_same(_gradients(found, *batch[:3]), _gradients(expected, *batch[:3]))


def test_num_items_in_batch_divides_the_sum() -> None:
    batch = _batch()
    total = linear_emo_loss(*batch[:2], *batch[3:], ignore_index=-1, reduction="sum")
    torch.testing.assert_close(linear_emo_loss(*batch[:2], *batch[3:], ignore_index=-1, num_items_in_batch=torch.tensor(50)), total / 50)


@pytest.mark.parametrize("wanted", [(0,), (1,), (2,), (0, 2), (1, 2)])
@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_only_the_gradients_that_are_asked_for_are_made(wanted: tuple[int, ...], reduction: Any) -> None:
    batch = _batch()
    for number, tensor in enumerate(batch[:3]):
        tensor.requires_grad_(number in wanted)
    of = [batch[number] for number in wanted]
    expected = emo_loss(_logits(batch), *batch[3:], ignore_index=-1, reduction=reduction).sum()
    found = linear_emo_loss(*batch[:2], *batch[3:], bias=batch[2], chunk_size=4, ignore_index=-1, reduction=reduction).sum()
    _assert_same(_gradients(found, *of), _gradients(expected, *of))


def test_without_gradients_the_value_is_the_same_and_nothing_is_tracked() -> None:
    batch = _batch()
    expected = linear_emo_loss(*batch[:2], *batch[3:], ignore_index=-1)
    with torch.no_grad():
        found = linear_emo_loss(*batch[:2], *batch[3:], ignore_index=-1)
    assert torch.equal(found, expected)
    assert not found.requires_grad


def test_a_batch_in_which_everything_is_ignored_is_zero_with_zero_gradients() -> None:
    batch = _batch()
    for reduction in ("mean", "sum", "none"):
        loss = linear_emo_loss(*batch[:2], torch.full((13,), -100), batch[4], bias=batch[2], reduction=reduction).sum()
        assert loss.item() == 0
        assert not any(gradient.any() for gradient in _gradients(loss, *batch[:3]))


def test_in_bfloat16_it_is_the_exact_loss_of_the_rounded_tensors() -> None:
    batch = tuple(tensor.detach().bfloat16().requires_grad_() if tensor.is_floating_point() else tensor for tensor in _batch())
    exact = tuple(tensor.detach().double().requires_grad_() if tensor.is_floating_point() else tensor for tensor in batch)
    found = linear_emo_loss(*batch[:2], *batch[3:], bias=batch[2], ignore_index=-1)
    expected = emo_loss(_logits(exact), *exact[3:], ignore_index=-1)
    assert found.dtype is torch.float32
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=0)
    for ours, theirs in zip(_gradients(found, *batch[:3]), _gradients(expected, *exact[:3]), strict=True):
        assert ours.dtype is torch.bfloat16
        torch.testing.assert_close(ours.double(), theirs, rtol=0.01, atol=1e-4)


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_autocast_changes_nothing(reduction: Any) -> None:
    batch = tuple(tensor.detach().float().requires_grad_() if tensor.is_floating_point() else tensor for tensor in _batch())
    plain = linear_emo_loss(*batch[:2], *batch[3:], ignore_index=-1, reduction=reduction).sum()
    expected = _gradients(plain, *batch[:2])
    with torch.autocast("cpu", torch.bfloat16):
        found = linear_emo_loss(*batch[:2], *batch[3:], ignore_index=-1, reduction=reduction).sum()
        assert torch.equal(found, plain)
        _assert_same(_gradients(found, *batch[:2]), expected, tolerance=0)


def test_a_large_bfloat16_margin_gives_no_nan_in_any_mode() -> None:
    _, _, _, labels, embeddings = _batch()
    hidden = (25 * F.one_hot(labels.clamp_min(0), 17)).bfloat16().requires_grad_()
    for weight in (torch.eye(17).bfloat16(), torch.eye(17).roll(1, 0).bfloat16()):
        for mode in MODES:
            for ratio in RATIOS:
                loss = linear_emo_loss(hidden, weight, labels, embeddings.bfloat16(), mode=mode, ratio=ratio, ignore_index=-1)
                assert loss.isfinite()
                assert loss >= 0
                assert _gradients(loss, hidden)[0].isfinite().all()


class _LargestTensor(TorchDispatchMode):
    """Watches every operation for the largest tensor that it makes."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(tensor, Tensor):
                self.elements = max(self.elements, tensor.numel())
        return result


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_no_tensor_is_ever_as_large_as_the_logits_of_two_chunks(reduction: Any) -> None:
    tokens, classes, chunk = 64, 300, 8
    batch = _batch(tokens=tokens, classes=classes, hidden=4, width=4)
    with _LargestTensor() as watch:
        linear_emo_loss(*batch[:2], *batch[3:], chunk_size=chunk, ignore_index=-1, reduction=reduction).sum().backward()
    assert 0 < watch.elements < 2 * chunk * classes


def test_default_chunks_shrink_with_the_vocabulary_and_stay_large_enough_for_fast_products() -> None:
    assert [default_chunk_size(size) for size in (100, 32_000, 152_064)] == [1024, 524, 256]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": torch.zeros(13)}, r"hidden has the shape \(13,\)"),
        ({"weight": torch.zeros(17, 5)}, r"weight \(17, 5\); they must be"),
        ({"bias": torch.zeros(3)}, r"bias has the shape \(3,\); it must be \(17,\)"),
        ({"chunk_size": 0}, "chunk_size is 0"),
        ({"labels": torch.full((13,), 17)}, "label 17 is outside the vocabulary"),
        ({"embeddings": torch.zeros(18, 5)}, "embeddings have 18 rows for a vocabulary of 17"),
        ({"embeddings": torch.zeros(0, 5)}, r"embeddings have the shape \(0, 5\)"),
        ({"embeddings": None}, "needs the embeddings"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    hidden, weight, bias, labels, embeddings = _batch()
    given = {"hidden": hidden, "weight": weight, "labels": labels, "embeddings": embeddings, "bias": bias, "ignore_index": -1, **change}
    with pytest.raises(ValueError, match=message):
        linear_emo_loss(**given)
