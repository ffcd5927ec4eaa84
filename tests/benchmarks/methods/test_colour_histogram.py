"""The colour baseline tells colours apart, and no shapes."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.image_examples import ImageExamples
from benchmarks.methods.colour_histogram import ColourHistogramClassifier, colour_histograms
from hub.errors import EmohubError
from tests.benchmarks.methods.vision.captioned import accuracy, captioned_shapes, setting


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> ImageExamples:
    return captioned_shapes(tmp_path_factory.mktemp("shapes"), images=6)


def test_a_histogram_is_the_root_of_shares() -> None:
    image = np.zeros((1, 4, 4, 3), dtype=np.uint8)
    image[0, 0] = (255, 0, 0)
    found = colour_histograms(image, hues=6, saturations=2, values=2)
    assert found.shape == (1, 24)
    # Black: hue 0, no saturation, no value. Red: hue 0, full saturation and value.
    np.testing.assert_allclose(found[0, [0, 3]], np.sqrt([0.75, 0.25]), atol=1e-6)
    assert np.count_nonzero(found) == 2


def test_where_the_pixels_are_does_not_matter() -> None:
    image = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 3), dtype=np.uint8)
    shuffled = np.random.default_rng(1).permutation(image.reshape(1, 64, 3), axis=1).reshape(1, 8, 8, 3)
    assert np.array_equal(colour_histograms(image, 8, 4, 4), colour_histograms(shuffled, 8, 4, 4))


def test_grounds_are_told_apart_by_colour_and_the_answer_is_kept(shapes: ImageExamples, tmp_path: Path) -> None:
    grounds = sorted(set(shapes.domains))
    by_ground = ImageExamples.plain(shapes.ids, shapes.paths, shapes.domains, shapes.contents, np.array(shapes.domains)[:, None] == np.array(grounds))
    classifier, ticks = ColourHistogramClassifier({}, setting()), []
    classifier.fit(by_ground.take(range(0, 54, 2)), by_ground.take(range(1, 54, 2)), lambda count=1: ticks.append(count))
    found = classifier.predict(by_ground)
    assert accuracy(found, by_ground) == 1
    assert sum(ticks) == classifier.rounds(by_ground)
    classifier.save(tmp_path)
    other = ColourHistogramClassifier({}, setting(seed=3))
    other.load(tmp_path)
    assert np.array_equal(found, other.predict(by_ground))
    assert classifier.predict(by_ground.take([])).shape == (0, 3)


def test_before_it_has_learnt_it_says_so(shapes: ImageExamples) -> None:
    with pytest.raises(EmohubError, match="call fit or load"):
        ColourHistogramClassifier({}, setting()).predict(shapes)
