"""Patches and masks."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import ViTMAEConfig, ViTMAEForPreTraining

from benchmarks.methods.uniemox.masking import patchify, random_masking, unpatchify


@given(st.integers(1, 4), st.integers(2, 40), st.floats(0.01, 0.99), st.integers(0, 2**31))
@settings(deadline=None)
def test_every_image_hides_as_many_patches_and_never_all_or_none(images: int, patches: int, ratio: float, seed: int) -> None:
    masking = random_masking(torch.rand(images, patches, generator=torch.Generator().manual_seed(seed)), ratio)
    hidden = masking.mask.sum(dim=1)
    assert (hidden == hidden[0]).all() and 1 <= hidden[0] < patches
    assert abs(int(hidden[0]) - patches * ratio) < 1 or int(hidden[0]) in (1, patches - 1)
    for row in range(images):
        assert sorted(masking.kept[row].tolist()) == (~masking.mask[row]).nonzero()[:, 0].tolist()


def test_the_noisiest_patches_are_hidden() -> None:
    masking = random_masking(torch.tensor([[0.9, 0.1, 0.5, 0.3]]), 0.5)
    assert masking.kept.tolist() == [[1, 3]] and masking.mask.tolist() == [[True, False, True, False]]


def test_a_tenth_of_ten_patches_is_one() -> None:
    assert random_masking(torch.rand(1, 10), 0.9).mask.sum() == 9
    assert random_masking(torch.rand(1, 196), 0.75).mask.sum() == 147


def test_patches_are_those_of_transformers_and_come_back() -> None:
    images = torch.rand(2, 3, 24, 24)
    oracle = ViTMAEForPreTraining(
        ViTMAEConfig(
            image_size=24,
            patch_size=8,
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=1,
            intermediate_size=8,
            decoder_hidden_size=8,
            decoder_num_hidden_layers=1,
            decoder_num_attention_heads=1,
            decoder_intermediate_size=8,
        )
    )
    assert torch.equal(patchify(images, 8), oracle.patchify(images))
    assert torch.equal(unpatchify(patchify(images, 8), 8), images)
    assert torch.equal(patchify(unpatchify(patchify(images, 4), 4), 4), patchify(images, 4))


def test_what_cannot_be_masked_or_cut_is_named() -> None:
    with pytest.raises(ValueError, match="at least 2 patches"):
        random_masking(torch.rand(3, 1), 0.5)
    with pytest.raises(ValueError, match="ratio is 1"):
        random_masking(torch.rand(3, 4), 1)
    with pytest.raises(ValueError, match="that 7 divides"):
        patchify(torch.rand(1, 3, 16, 16), 7)
    with pytest.raises(ValueError, match="square number"):
        unpatchify(torch.rand(1, 3, 48), 4)
