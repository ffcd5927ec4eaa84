"""MAUVE (Pillutla et al. 2021, arXiv 2102.01454): how much the distribution of generated texts overlaps that of human ones, over features of whole texts.

Both sets are clustered together; p and q are the shares of generated and human texts by cluster. The divergence curve has the points
(exp(-c KL(q | m)), exp(-c KL(p | m))) for mixtures m = l p + (1 - l) q, and MAUVE is the area under it: 1 for equal distributions, near 0 for disjoint ones.
Written here, with scikit-learn's k-means, because the authors' package has another licence; the tests compare the two.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.results.intervals import bootstrap_weights

Floats = npt.NDArray[np.float64]
Features = npt.NDArray[np.floating]
"""(texts, dimensions)."""

_SCALE = 5.0
"""c."""
_MIXTURES = np.linspace(1e-6, 1 - 1e-6, 25)
_TEXTS_PER_CLUSTER = 10
FEWEST_TEXTS = 2 * _TEXTS_PER_CLUSTER
"""On each side."""
_EXPLAINED_VARIANCE = 0.9
_STARTS = 5


@dataclass(frozen=True)
class Quantised:
    """The cluster of every text."""

    generated: npt.NDArray[np.int64]
    human: npt.NDArray[np.int64]
    clusters: int


def mauve(generated: Features, human: Features, seed: int = 0) -> float:
    """Returns MAUVE, between 0 and 1.

    It depends on the number of texts (more of them, more clusters), so only like amounts can be compared. `seed` is that of the clustering.

    Raises:
        ValueError: there are fewer than 20 texts on a side, too few for two clusters.
    """
    return from_clusters(quantise(generated, human, seed))


def quantise(generated: Features, human: Features, seed: int = 0) -> Quantised:
    """Clusters both sets together: rows to length one, the principal components that explain 90 % of the variance, k-means with a cluster for 10 texts a side.

    Raises:
        ValueError: there are fewer than 20 texts on a side.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import normalize

    fewest = min(len(generated), len(human))
    if fewest < FEWEST_TEXTS:
        raise ValueError(f"MAUVE of {len(generated)} generated and {len(human)} human texts: at least {FEWEST_TEXTS} of each are needed")
    clusters = fewest // _TEXTS_PER_CLUSTER
    rows = normalize(np.concatenate([generated, human]).astype(np.float64))
    components = PCA(n_components=None, random_state=seed).fit(rows)
    kept = int(np.searchsorted(np.cumsum(components.explained_variance_ratio_), _EXPLAINED_VARIANCE)) + 1
    labels = KMeans(clusters, n_init=_STARTS, random_state=seed).fit_predict(components.transform(rows)[:, :kept]).astype(np.int64)
    return Quantised(labels[: len(generated)], labels[len(generated) :], clusters)


def from_clusters(quantised: Quantised) -> float:
    """Returns MAUVE of texts in clusters."""
    shares = [np.bincount(labels, minlength=quantised.clusters) / len(labels) for labels in (quantised.generated, quantised.human)]
    return float(area(shares[0][None], shares[1][None])[0])


def replicates(quantised: Quantised, count: int, seed: int) -> Floats:
    """Returns MAUVE in `count` bootstrap resamples, of which each draws prompts with their generated and human continuation; the clusters stay.

    Resampled shares lie further apart than the ones they were drawn from, so these are lower than MAUVE as a whole: use their spread, not their place.

    Raises:
        ValueError: the texts are not pairs.
    """
    rows = len(quantised.generated)
    if rows != len(quantised.human):
        raise ValueError(f"{rows} generated and {len(quantised.human)} human texts are not pairs")
    weights = bootstrap_weights(rows, count, seed).astype(np.float64)
    members = [np.eye(quantised.clusters)[labels] for labels in (quantised.generated, quantised.human)]
    return area(weights @ members[0] / rows, weights @ members[1] / rows)


def area(p: Floats, q: Floats) -> Floats:
    """Returns the area under the divergence curve between the rows of p and q, each (pairs, clusters) with rows that add up to 1."""
    mixtures = _MIXTURES[:, None, None] * p + (1 - _MIXTURES[:, None, None]) * q
    x, y = np.exp(-_SCALE * _divergence(q, mixtures)), np.exp(-_SCALE * _divergence(p, mixtures))
    ends = np.zeros((1, len(p))), np.ones((1, len(p)))
    # From the corner where the mixture is q to the one where it is p.
    x, y = np.concatenate([ends[1], x, ends[0]]), np.concatenate([ends[0], y, ends[1]])
    found: Floats = -np.trapezoid(y, x, axis=0)
    return found


def _divergence(shares: Floats, mixtures: Floats) -> Floats:
    """Kullback-Leibler divergence from every mixture, (mixtures, pairs)."""
    ratio = np.divide(shares, mixtures, out=np.ones_like(mixtures), where=(shares > 0) & (mixtures > 0))
    found: Floats = (shares * np.log(ratio)).sum(-1)
    return found
