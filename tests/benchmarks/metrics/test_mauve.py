"""MAUVE against its authors' package, and what must hold of it."""

import contextlib
import io

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.metrics.mauve import Quantised, area, from_clusters, mauve, quantise, replicates

authors = pytest.importorskip("mauve.compute_mauve", reason="mauve-text is not installed (pip install emohub[test])")


def some(texts: int, shift: float = 0.0, seed: int = 0) -> npt.NDArray[np.float64]:
    return np.random.default_rng(seed).normal(shift, 1.0, (texts, 16))


def test_the_area_is_that_of_the_authors_package() -> None:
    generator = np.random.default_rng(0)
    p, q = generator.dirichlet(np.full(20, 0.5), 8), generator.dirichlet(np.full(20, 0.5), 8)
    mixtures = np.linspace(1e-6, 1 - 1e-6, 25)
    for one, other, ours in zip(p, q, area(p, q), strict=True):
        points = authors.get_divergence_curve_for_multinomials(one, other, mixtures, 5)
        # The package takes the area over either axis and means the two.
        x, y = points.T
        by_x, by_y = np.argsort(x), np.argsort(y)
        theirs = (np.trapezoid(y[by_x], x[by_x]) + np.trapezoid(x[by_y], y[by_y])) / 2
        assert ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0])
def test_the_whole_is_near_the_authors_package_up_to_the_clustering(shift: float) -> None:
    generated, human = some(400, shift, 1), some(400, 0.0, 2)
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = authors.compute_mauve(p_features=generated, q_features=human, verbose=False).mauve
    assert mauve(generated, human) == pytest.approx(theirs, abs=0.05)


def test_equal_sets_give_one_and_disjoint_ones_nearly_nothing() -> None:
    texts = some(100)
    assert mauve(texts, texts) == pytest.approx(1.0)
    assert mauve(texts + 20, texts - 20) < 0.01


def test_it_falls_as_the_distributions_part() -> None:
    human = some(300)
    scores = [mauve(some(300, shift, 1), human) for shift in (0.0, 0.2, 0.5, 1.0)]
    assert scores == sorted(scores, reverse=True)


def test_it_is_symmetric_in_clusters() -> None:
    generator = np.random.default_rng(3)
    p, q = generator.dirichlet(np.ones(6), 4), generator.dirichlet(np.ones(6), 4)
    assert area(p, q) == pytest.approx(area(q, p))


def test_the_same_texts_and_seed_give_the_same_number() -> None:
    assert mauve(some(60, 0.2, 1), some(60), seed=4) == mauve(some(60, 0.2, 1), some(60), seed=4)


def test_resampled_pairs_spread_around_what_a_plain_loop_gives() -> None:
    found = quantise(some(80, 0.3, 1), some(80))
    generator = np.random.default_rng(9)
    drawn = replicates(found, 20, 9)
    for replicate in drawn:
        rows = generator.integers(0, 80, 80)
        assert replicate == pytest.approx(from_clusters(Quantised(found.generated[rows], found.human[rows], found.clusters)))


def test_too_few_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 20 of each are needed"):
        mauve(some(19), some(100))
