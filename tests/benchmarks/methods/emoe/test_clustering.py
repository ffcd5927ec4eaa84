"""Balanced k-means: equal sizes, low inertia, planted groups found, the same again by seed."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score
from torch import Tensor

from benchmarks.methods.emoe import balanced_kmeans, random_partition
from benchmarks.methods.emoe.clustering import inertia


def _keys(neurons: int, hidden: int, seed: int) -> Tensor:
    return torch.randn(neurons, hidden, generator=torch.Generator().manual_seed(seed))


def _planted(blocks: int, size: int, hidden: int, noise: float, seed: int) -> tuple[Tensor, Tensor]:
    """Returns keys around one centre a block, in random order and of random length, and the block of each."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.nn.functional.normalize(torch.randn(blocks, hidden, generator=generator), dim=1)
    truth = torch.arange(blocks).repeat_interleave(size)[torch.randperm(blocks * size, generator=generator)]
    keys = centres[truth] + noise / math.sqrt(hidden) * torch.randn(blocks * size, hidden, generator=generator)
    return keys * (0.1 + 5 * torch.rand(blocks * size, 1, generator=generator)), truth


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 12), st.integers(0, 5))
def test_every_neuron_has_a_cluster_and_all_clusters_are_of_one_size(clusters: int, size: int, hidden: int, seed: int) -> None:
    for labels in (balanced_kmeans(_keys(clusters * size, hidden, seed), clusters, seed), random_partition(clusters * size, clusters, seed)):
        assert torch.bincount(labels, minlength=clusters).tolist() == [size] * clusters


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 8), st.integers(4, 8), st.integers(8, 24), st.integers(0, 20))
def test_inertia_is_lower_than_that_of_random_partitions_on_average(clusters: int, size: int, hidden: int, seed: int) -> None:
    # A single one may be better by luck where there are few of them.
    keys = _keys(clusters * size, hidden, seed)
    random = [float(inertia(keys, random_partition(clusters * size, clusters, other))) for other in range(50)]
    assert float(inertia(keys, balanced_kmeans(keys, clusters, seed))) < sum(random) / len(random)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 20))
def test_hardly_any_exchange_of_two_neurons_would_still_lower_the_inertia(seed: int) -> None:
    keys = _keys(24, 12, seed)
    labels = balanced_kmeans(keys, 4, seed)
    found = inertia(keys, labels)
    for first in range(len(labels)):
        for second in range(first):
            swapped = labels.clone()
            swapped[first], swapped[second] = labels[second], labels[first]
            assert inertia(keys, swapped) > 0.97 * found


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 12), st.integers(4, 12), st.integers(0, 50))
def test_planted_blocks_are_recovered_exactly(blocks: int, size: int, seed: int) -> None:
    keys, truth = _planted(blocks, size, 48, 0.3, seed)
    assert adjusted_rand_score(truth, balanced_kmeans(keys, blocks, seed)) == 1


@settings(max_examples=15, deadline=None)
@given(st.integers(4, 12), st.integers(8, 12), st.integers(0, 50))
def test_a_random_partition_does_not_find_planted_blocks(blocks: int, size: int, seed: int) -> None:
    # Two blocks of four it would find once in 35 draws.
    _, truth = _planted(blocks, size, 48, 0.3, seed)
    assert adjusted_rand_score(truth, random_partition(len(truth), blocks, seed)) < 0.5


def test_permuting_the_neurons_permutes_the_planted_groups_only() -> None:
    keys, _ = _planted(6, 10, 32, 0.3, 0)
    order = torch.randperm(60, generator=torch.Generator().manual_seed(1))
    assert adjusted_rand_score(balanced_kmeans(keys, 6)[order], balanced_kmeans(keys[order], 6)) == 1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100))
def test_lengths_of_keys_do_not_matter(seed: int) -> None:
    keys = _keys(48, 16, seed)
    # Powers of two change no digit of the normalised keys, so the labels are the same and not only as good.
    scales = 2.0 ** torch.randint(-3, 4, (48, 1), generator=torch.Generator().manual_seed(seed))
    assert torch.equal(balanced_kmeans(keys, 6, seed), balanced_kmeans(keys * scales, 6, seed))


def test_the_same_seed_gives_the_same_labels_and_leaves_the_global_generator_alone() -> None:
    keys = _keys(96, 24, 0)
    before = torch.get_rng_state()
    assert torch.equal(balanced_kmeans(keys, 8, 3), balanced_kmeans(keys, 8, 3))
    assert torch.equal(random_partition(96, 8, 3), random_partition(96, 8, 3))
    assert not torch.equal(random_partition(96, 8, 3), random_partition(96, 8, 4))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_low_inertia_is_found_where_plain_k_means_with_unequal_sizes_finds_one() -> None:
    from sklearn.cluster import KMeans

    keys, _ = _planted(8, 12, 32, 0.5, 0)
    normalised = torch.nn.functional.normalize(keys, dim=1).numpy()
    free = KMeans(8, n_init=10, random_state=0).fit(normalised).inertia_
    assert inertia(keys, balanced_kmeans(keys, 8)) == pytest.approx(free, rel=1e-4)


def test_inertia_is_the_sum_of_squared_distances_to_the_means() -> None:
    keys, labels = torch.tensor([[1.0, 0], [0, 2], [3, 0], [0, -4]]), torch.tensor([0, 0, 1, 1])
    assert inertia(keys, labels) == pytest.approx(4 * 0.5)


def test_keys_of_zero_and_equal_keys_are_grouped_too() -> None:
    assert torch.bincount(balanced_kmeans(torch.zeros(12, 4), 3)).tolist() == [4, 4, 4]
    assert torch.bincount(balanced_kmeans(torch.ones(12, 4), 4)).tolist() == [3, 3, 3, 3]


def test_half_precision_keys_are_taken() -> None:
    assert torch.bincount(balanced_kmeans(_keys(24, 8, 0).bfloat16(), 4)).tolist() == [6] * 4


def test_a_number_of_clusters_that_does_not_divide_is_refused_in_one_sentence() -> None:
    for make in (lambda: balanced_kmeans(_keys(10, 4, 0), 3), lambda: random_partition(10, 3), lambda: balanced_kmeans(_keys(10, 4, 0), 0)):
        with pytest.raises(ValueError, match="10 neurons cannot be split into . experts of equal size; take a number of experts that divides 10"):
            make()


def test_keys_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        balanced_kmeans(torch.tensor([[1.0, float("nan")], [1.0, 2.0]]), 2)
