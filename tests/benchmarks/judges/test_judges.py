"""Both judges learn from rendered faces, are kept, and judge faces of any size."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.judges import JudgesSettings, kept
from benchmarks.judges.augmentation import AugmentationSettings
from benchmarks.judges.identity_embedder import EmbedderSettings, equal_error_rate, train_embedder
from benchmarks.judges.landmark_detector import DetectorSettings, train_detector
from benchmarks.judges.landmark_network import places
from benchmarks.judges.training import TrainingSettings, as_pictures
from hub.engine.render import Expression, Identity, Person, Picture, render

torch.set_num_threads(1)
SIZE = 64
STILL = AugmentationSettings(shift=0, scale=0, rotation=0, mirror=False, colour=0.1, degraded=0.2)
WHO = (Identity(skin=0.1, hair_style="long", hair_colour="blond"), Identity(skin=0.9, hair_style="bald"), Identity(species="cat", skin=0.5), Identity(age=75.0))


def _face(number: int, identity: Identity) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(number)
    expression = Expression(action_units={26: float(chance.random()), 25: 1.0}, gaze=(float(chance.uniform(-25, 25)), 0.0), yaw=float(chance.uniform(-25, 25)))
    person = Person(identity, expression, x=float(chance.uniform(0.45, 0.55)), y=0.47, head=0.55)
    drawn = render(Picture("cartoon", person=person), SIZE)
    assert drawn.truth.face is not None
    return drawn.pixels, drawn.truth.face.points


DRAWN = [_face(number, WHO[number % len(WHO)]) for number in range(160)]
FRAMES, POINTS = np.stack([pixels for pixels, _ in DRAWN]), np.stack([points for _, points in DRAWN])
NAMES = np.array([f"person-{number % len(WHO)}" for number in range(160)])
DETECTOR = DetectorSettings(TrainingSettings(steps=150, batch=16), STILL)
EMBEDDER = EmbedderSettings(TrainingSettings(steps=40, batch=16), STILL)
TINY = JudgesSettings(DetectorSettings(TrainingSettings(steps=2, batch=4)), EmbedderSettings(TrainingSettings(steps=2, batch=4)))


@pytest.fixture(scope="module")
def detector() -> object:
    return train_detector(FRAMES[:128], POINTS[:128], DETECTOR)


def test_the_detector_follows_motion_it_has_not_seen(detector: object) -> None:
    found = detector.detect(FRAMES[128:])  # type: ignore[attr-defined]
    assert found.shape == (32, 70, 2) and found.dtype == np.float32
    error = np.linalg.norm(found - POINTS[128:, :, :2], axis=2).mean()
    guess = np.linalg.norm(POINTS[:128, :, :2].mean(axis=0) - POINTS[128:, :, :2], axis=2).mean()
    assert error < 0.6 * guess


def test_points_are_in_pixels_of_the_frames_given(detector: object) -> None:
    small = detector.detect(FRAMES[128:130])  # type: ignore[attr-defined]
    large = detector.detect(FRAMES[128:130].repeat(2, axis=1).repeat(2, axis=2))  # type: ignore[attr-defined]
    np.testing.assert_allclose(large, 2 * small, atol=3)


def test_the_mean_place_under_a_map_may_lie_between_cells() -> None:
    marginals = torch.zeros(1, 1, 2, 16)
    marginals[0, 0, 0, 7:9] = 0.5
    marginals[0, 0, 1, 0] = 1.0
    torch.testing.assert_close(places(marginals)[0, 0], torch.tensor([0.5, 0.5 / 16 * 1.2 - 0.1]))


def test_the_embedder_gives_unit_vectors_that_tell_people_apart() -> None:
    embedder = train_embedder(FRAMES[:128], NAMES[:128], EMBEDDER)
    vectors = embedder.embed(FRAMES[128:])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alike = vectors @ vectors.T
    same = NAMES[128:, None] == NAMES[None, 128:]
    off = ~np.eye(32, dtype=bool)
    assert alike[same & off].mean() > alike[~same].mean() + 0.3


def test_the_equal_error_rate_is_nought_for_separate_and_a_half_for_equal_similarities() -> None:
    assert equal_error_rate(np.array([0.8, 0.9, 0.7]), np.array([0.1, 0.2, 0.5])) == pytest.approx(0, abs=0.17)
    drawn = np.random.default_rng(0).random((2, 4000))
    assert equal_error_rate(drawn[0], drawn[1]) == pytest.approx(0.5, abs=0.03)


def test_judges_are_trained_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept.judges(tmp_path, "data", FRAMES, POINTS, list(NAMES), TINY)
    monkeypatch.setattr(kept, "train_detector", None)
    again = kept.judges(tmp_path, "data", FRAMES, POINTS, list(NAMES), TINY.on(threads=2))
    assert again.digest == first.digest
    np.testing.assert_array_equal(again.landmarks.detect(FRAMES[:3]), first.landmarks.detect(FRAMES[:3]))
    np.testing.assert_array_equal(again.identity.embed(FRAMES[:3]), first.identity.embed(FRAMES[:3]))
    assert {path.suffix for path in (tmp_path / "judges" / first.digest[:16]).iterdir()} == {".safetensors", ".json"}


def test_other_data_or_settings_are_other_judges(tmp_path: Path) -> None:
    first = kept.judges(tmp_path, "data", FRAMES, POINTS, list(NAMES), TINY)
    other = kept.judges(tmp_path, "other data", FRAMES, POINTS, list(NAMES), TINY)
    longer = replace(TINY, embedder=EmbedderSettings(TrainingSettings(steps=3, batch=4)))
    assert len({first.digest, other.digest, kept.judges(tmp_path, "data", FRAMES, POINTS, list(NAMES), longer).digest}) == 3


def test_equal_seeds_give_equal_judges() -> None:
    one, other = (kept.judges(None, "data", FRAMES, POINTS, list(NAMES), TINY) for _ in range(2))
    np.testing.assert_array_equal(one.landmarks.detect(FRAMES[:4]), other.landmarks.detect(FRAMES[:4]))
    np.testing.assert_array_equal(one.identity.embed(FRAMES[:4]), other.identity.embed(FRAMES[:4]))


def test_frames_of_another_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        as_pictures(FRAMES.astype(np.float32))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"\(frames, 70, 2\)"):
        train_detector(FRAMES, POINTS[:5], DETECTOR)
    with pytest.raises(ValueError, match="two people or more"):
        train_embedder(FRAMES, np.full(len(FRAMES), "one"), EMBEDDER)
