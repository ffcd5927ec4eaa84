"""Equal-sized k-means over the keys of a feed-forward layer (EMoE, arXiv 2310.10908, section 3: one expert per cluster of neurons).

With unit-length keys and equal sizes s, the inertia is n - sum_c |S_c|^2 / s, where S_c is the sum of the keys of cluster c. So the search below only
ever needs the sums and one product of keys with sums per round. It starts from k-means++ centres, moves all neurons at once while that helps, and then
exchanges pairs of neurons between clusters. Unlike the assignment step of k-means, an exchange compares a neuron with its own cluster *without* the neuron
(Hartigan's criterion, 1975). That matters here: with some 50 neurons a cluster and hundreds of dimensions, a neuron is near its own centre mostly because
it is part of it, and Lloyd's iteration stops after a few steps far from a good optimum.
"""

import torch
from torch import Tensor

_SEEDING_SAMPLE = 16
"""k-means++ looks at this many keys a cluster: enough to have every cluster in the sample, and a small Gram matrix."""
_SEEDING_TRIALS = 4
_REASSIGNMENTS = 4
_EXCHANGE_ROUNDS = 30
_CANDIDATES = 2
"""For every ordered pair of clusters, the best so many neurons to move may take part in one round."""
_FEWEST_PAIRS = 64
"""At least so many pairs are looked at closely in one round."""
_WORTHWHILE = 2e-4
"""Rounds go on while one lowers the inertia by at least this share."""


def balanced_kmeans(keys: Tensor, num_clusters: int, seed: int = 0) -> Tensor:
    """Groups keys into clusters of equal size and low inertia.

    Keys are L2-normalised here, so their lengths do not matter; a key of length zero stays zero. The same keys, seed and number of threads give
    the same labels.

    Args:
        keys: (neurons, hidden), any floating type; the work is done in float32 on the CPU.
        num_clusters: must divide the number of neurons.
        seed: of the k-means++ start.

    Returns:
        Labels (neurons,), int64, on the CPU; every value in [0, num_clusters) occurs neurons / num_clusters times.

    Raises:
        ValueError: the sizes cannot be equal, or a key is not finite.
    """
    check_divisible(len(keys), num_clusters)
    points = normalised(keys).float().contiguous()
    if not bool(points.isfinite().all()):
        raise ValueError("the keys hold values that are not finite; clusters of them would mean nothing: check the weights")
    size = len(points) // num_clusters
    if num_clusters == 1 or size == 1:
        return torch.arange(len(points)) // size
    generator = torch.Generator().manual_seed(seed)
    labels = _assign(points @ _initial_centres(points, num_clusters, generator).T, size)
    labels, sums = _reassign(points, labels, num_clusters)
    return _exchange_while_worthwhile(points, labels, sums)


def random_partition(count: int, num_clusters: int, seed: int = 0) -> Tensor:
    """Returns labels (count,) of a random partition into clusters of equal size: the "random cluster" ablation, shuffled.

    The released code takes contiguous blocks of the original neuron order under this name.

    Raises:
        ValueError: the sizes cannot be equal.
    """
    check_divisible(count, num_clusters)
    shuffled = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    labels = torch.empty(count, dtype=torch.int64)
    labels[shuffled] = torch.arange(count) // (count // num_clusters)
    return labels


def inertia(keys: Tensor, labels: Tensor) -> float:
    """Returns the sum of squared distances of the L2-normalised keys (neurons, hidden) to the means of their clusters, in float64."""
    points = normalised(keys.double())
    count = int(labels.max()) + 1
    sizes = torch.bincount(labels, minlength=count).clamp(min=1).unsqueeze(1)
    means = torch.zeros(count, points.shape[1], dtype=points.dtype).index_add_(0, labels, points) / sizes
    return float((points - means[labels]).square().sum())


def check_divisible(neurons: int, num_clusters: int) -> None:
    """Raises ValueError unless `neurons` fall into `num_clusters` clusters of equal size."""
    if num_clusters < 1 or neurons % num_clusters:
        raise ValueError(f"{neurons} neurons cannot be split into {num_clusters} experts of equal size; take a number of experts that divides {neurons}")


def normalised(keys: Tensor) -> Tensor:
    """Returns the keys (neurons, hidden) on the CPU with rows of length one; rows of zeros stay zero."""
    return torch.nn.functional.normalize(keys.detach().cpu().to(torch.promote_types(keys.dtype, torch.float32)), dim=1)


def _initial_centres(points: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Returns centres (count, hidden) by greedy k-means++ (Arthur and Vassilvitskii 2007) on a sample."""
    sample = points[torch.randperm(len(points), generator=generator)[: _SEEDING_SAMPLE * count]]
    products = sample @ sample.T
    squares = products.diagonal()
    distances = (squares.unsqueeze(1) + squares - 2 * products).clamp_(min=0)
    chosen = [int(torch.randint(len(sample), (1,), generator=generator))]
    nearest = distances[chosen[0]]
    for _ in range(count - 1):
        # The small constant lets the draw work when every key is a copy of a centre.
        trials = torch.multinomial(nearest + 1e-12, _SEEDING_TRIALS, replacement=True, generator=generator)
        reached = torch.minimum(nearest, distances[trials])
        best = int(reached.sum(1).argmin())
        chosen.append(int(trials[best]))
        nearest = reached[best]
    return sample[chosen]


def _assign(affinity: Tensor, size: int) -> Tensor:
    """Gives every neuron a cluster, `size` neurons each, so that the affinities (neurons, clusters) add up high.

    Deferred choice by regret: every neuron without a place asks for its best open cluster, and a cluster that is asked by too many takes those that
    would lose most by going to their second best.
    """
    neurons, clusters = affinity.shape
    labels = torch.empty(neurons, dtype=torch.int64)
    room = torch.full((clusters,), size)
    waiting, affinity = torch.arange(neurons), affinity.clone()
    while len(waiting):
        best = affinity.topk(2, dim=1)
        regret = best.values[:, 0] - best.values[:, 1]
        order = regret.argsort(descending=True, stable=True)
        order = order[best.indices[order, 0].argsort(stable=True)]
        wanted = best.indices[order, 0]
        asked = torch.bincount(wanted, minlength=clusters)
        place = torch.arange(len(wanted)) - (asked.cumsum(0) - asked)[wanted]
        taken = place < room[wanted]
        labels[waiting[order[taken]]] = wanted[taken]
        room -= torch.bincount(wanted[taken], minlength=clusters)
        waiting, affinity = waiting[order[~taken]], affinity[order[~taken]]
        affinity[:, room == 0] = -torch.inf
    return labels


def _reassign(points: Tensor, labels: Tensor, clusters: int) -> tuple[Tensor, Tensor]:
    """Assigns all neurons anew, by their affinity to the other members of every cluster, while that helps. Returns labels and sums."""
    size = len(points) // clusters
    everyone = torch.arange(len(points))
    squares = points.square().sum(1)
    sums = _sums(points, labels, clusters)
    for _ in range(_REASSIGNMENTS):
        affinity = points @ sums.T
        affinity[everyone, labels] -= squares
        moved = _assign(affinity, size)
        moved_sums = _sums(points, moved, clusters)
        if _compactness(moved_sums) <= _compactness(sums):
            break
        labels, sums = moved, moved_sums
    return labels, sums


def _exchange_while_worthwhile(points: Tensor, labels: Tensor, sums: Tensor) -> Tensor:
    """Exchanges neurons between clusters, many pairs a round; every round lowers the inertia."""
    clusters = len(sums)
    size = len(points) // clusters
    squares = points.square().sum(1)
    total = float(squares.sum(dtype=torch.float64))
    for _ in range(_EXCHANGE_ROUNDS):
        affinity = points @ sums.T
        leaving = affinity - (affinity.gather(1, labels.unsqueeze(1)) - squares.unsqueeze(1))
        first, second = _exchanges(points, labels, leaving, size)
        before = _compactness(sums)
        # Exchanges of one round can undo each other's gain; the best one alone always helps, so halving ends.
        while len(first):
            changed = sums.clone()
            step = points[second] - points[first]
            changed.index_add_(0, labels[first], step).index_add_(0, labels[second], step, alpha=-1)
            if _compactness(changed) > before:
                break
            first, second = first[: len(first) // 2], second[: len(second) // 2]
        if not len(first):
            break
        labels = labels.clone()
        labels[first], labels[second] = labels[second], labels[first]
        sums = changed
        after = _compactness(sums)
        if after - before < _WORTHWHILE * (size * total - before):
            break
    return labels


def _exchanges(points: Tensor, labels: Tensor, leaving: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Returns pairs of neurons whose exchange lowers the inertia, best first, no neuron twice: two tensors of indices.

    `leaving` (neurons, clusters) is what the affinity of a neuron would rise by in another cluster. The inertia falls by 2 / size times the two rises
    less twice the product of the two keys, because each neuron would have met the other.
    """
    clusters = leaving.shape[1]
    order = labels.argsort(stable=True)
    best = leaving[order].view(clusters, size, clusters).topk(min(_CANDIDATES, size), dim=1)
    members = order.view(clusters, size, 1).expand(-1, -1, clusters).gather(1, best.indices)
    source, target = torch.triu_indices(clusters, clusters, 1)
    first, second = members[source, :, target].flatten(), members[target, :, source].flatten()
    gain = (best.values[source, :, target] + best.values[target, :, source]).flatten()
    # The product of two keys is small beside the rises, except in few dimensions; there a pair can be worth it although the rises are not.
    promising = gain.argsort(descending=True, stable=True)[: max(_FEWEST_PAIRS, int((gain > 0).sum()))]
    first, second, gain = first[promising], second[promising], gain[promising]
    rank = torch.arange(len(gain))
    earliest = torch.full((len(points),), len(gain)).scatter_reduce_(0, torch.cat([first, second]), rank.repeat(2), "amin")
    alone = (earliest[first] == rank) & (earliest[second] == rank)
    first, second, gain = first[alone], second[alone], gain[alone]
    gain = gain - 2 * (points[first] * points[second]).sum(1)
    by_gain = gain.argsort(descending=True, stable=True)
    by_gain = by_gain[gain[by_gain] > 0]
    return first[by_gain], second[by_gain]


def _sums(points: Tensor, labels: Tensor, clusters: int) -> Tensor:
    return torch.zeros(clusters, points.shape[1]).index_add_(0, labels, points)


def _compactness(sums: Tensor) -> float:
    return float(sums.double().square().sum())
