"""Scores of portrait animation, against known answers: here the judges are told the truth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from benchmarks.metrics.animation.frechet_video import PooledPixels, frechet_distance
from benchmarks.portrait_examples import Clip, Pair, Pixels, Portrait
from benchmarks.runners.animation_scoring import PairScores, Scorer, animation_metrics, animation_parts, mouth_masks
from benchmarks.runners.scoring import BOOTSTRAP_SEED
from hub.faces import FACE_70, FaceTrack
from hub.results.intervals import bootstrap_weights
from tests.support.portrait_bench import tiny_rows

SIZE, FRAMES = 64, 4


@dataclass(frozen=True)
class ToldLandmarks:
    """Finds the points it was told, whatever it is shown."""

    points: Any

    def detect(self, frames: Pixels) -> Any:
        return self.points[: len(frames), :, :2]


class MeanColour:
    """Takes the mean colour for who someone is."""

    def embed(self, frames: Pixels) -> Any:
        colours = frames.reshape(len(frames), -1, 3).mean(axis=1)
        return colours / np.linalg.norm(colours, axis=1, keepdims=True)


@dataclass(frozen=True)
class ToldJudges:
    """Stands where trained judges do."""

    landmarks: ToldLandmarks
    identity: MeanColour


def _clip(id: str = "clip", style: str = "human", family: str = "talking", seed: int = 0) -> Clip:
    row = tiny_rows()["driving"]["test"][0]
    pixels = np.random.default_rng(seed).integers(0, 255, (FRAMES, SIZE, SIZE, 3), dtype=np.uint8)
    points, visible = np.array(row["face_points"], dtype=np.float32), np.array(row["face_visible"])
    return Clip(id, "ada", style, family, pixels, FaceTrack(FACE_70, points, visible, np.zeros((FRAMES, 3), dtype=np.float32), SIZE, SIZE))


def _pair(id: str, target: bool = True, **who: Any) -> Pair:
    clip = _clip(**who)
    return Pair(id, Portrait("portrait", "ada", clip.style, clip.frames[0], None), clip, clip if target else None)


def _scorer(points: Any = None) -> Scorer:
    told: Any = ToldJudges(ToldLandmarks(_clip().face.points if points is None else points), MeanColour())
    return Scorer(told, None, (PooledPixels(),))


def _scores(values: dict[str, Sequence[float | None]]) -> PairScores:
    return PairScores({name: tuple(found) for name, found in values.items()}, {})


def test_real_frames_are_perfect_in_pixels_and_in_landmarks() -> None:
    pair = _pair("one")
    found = _scorer().score([pair], [pair.driving.frames], "real").values
    assert (found["ssim"][0], found["l1"][0], found["psnr"][0], found["mouth_l1"][0]) == (1, 0, 60, 0)
    for metric in ("expression_error", "pupil_error", "pose_error", "jitter"):
        assert found[metric][0] == pytest.approx(0, abs=1e-2), metric
    assert "lpips" not in found


def test_an_opened_mouth_that_should_be_shut_is_an_expression_error_and_no_pose_error() -> None:
    points = _clip().face.points.copy()
    points[:, 64:68, 1] += 5
    pair = _pair("one")
    found = _scorer(points).score([pair], [pair.driving.frames], "wrong").values
    assert found["expression_error"][0] > 0.01
    assert found["pose_error"][0] == pytest.approx(0, abs=1e-2)


def test_what_needs_a_target_is_left_open_where_there_is_none() -> None:
    pairs = [_pair("one"), _pair("two", target=False)]
    found = _scorer().score(pairs, [pair.driving.frames for pair in pairs], "some").values
    assert found["ssim"][1] is None and found["expression_error"][1] is None
    assert found["identity_similarity"][1] == pytest.approx(1, abs=1e-3)


def test_mouths_are_open_where_the_renderer_opened_them() -> None:
    areas = mouth_masks(_clip()).sum(axis=(1, 2))
    assert areas[0] == 0 and areas[-1] > 5 and (np.diff(areas) >= 0).all()


def test_a_mouth_that_nobody_knows_is_no_region() -> None:
    clip = _clip()
    lost = replace(clip.face, points=np.full_like(clip.face.points, np.nan))
    assert not mouth_masks(replace(clip, face=lost)).any()


def test_means_and_intervals_are_those_of_the_pairs_that_have_a_value() -> None:
    values = [0.2, None, 0.4, 0.9, 0.1]
    score = animation_metrics(_scores({"l1": values}), 300)["l1"]
    known = np.array([0.2, 0.4, 0.9, 0.1])
    drawn = bootstrap_weights(4, 300, BOOTSTRAP_SEED) @ known / 4
    assert score.value == pytest.approx(known.mean())
    assert (score.low, score.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))
    assert score.replicates == pytest.approx(drawn[:200], abs=1e-6)


def test_a_metric_that_no_pair_has_is_left_out() -> None:
    assert animation_metrics(_scores({"mouth_l1": [None, None]}), 10) == {}


def test_the_frechet_distance_keeps_its_score_inside_the_spread_of_its_resamples() -> None:
    pairs = [_pair(str(seed), seed=seed) for seed in range(6)]
    outputs = [255 - pair.driving.frames for pair in pairs]
    scores = _scorer().score(pairs, outputs, "inverted")
    made, real = scores.features["fvd_pooled_pixels"]
    found = animation_metrics(scores, 50)["fvd_pooled_pixels"]
    assert found.value == pytest.approx(frechet_distance(made, real))
    assert found.low is not None and found.high is not None and found.low <= found.value <= found.high


def test_parts_are_styles_families_pairs_without_a_target_and_the_truth() -> None:
    pairs = [_pair("a"), _pair("b", family="pupils"), _pair("c", style="animal", target=False)]
    scores = _scores({"identity_similarity": [0.9, 0.8, 0.7], "ssim": [0.5, 0.7, None], "expression_error": [0.1, 0.3, None]})
    truth = _scores({"identity_similarity": [1.0, 0.9], "expression_error": [0.01, 0.03]})
    parts = animation_parts(pairs, scores, truth)
    assert list(parts) == ["style: animal", "style: human", "family: pupils", "family: talking", "without_target", "truth"]
    assert parts["style: animal"] == {"rows": 1}
    assert parts["style: human"] == {"rows": 2, "ssim": pytest.approx(0.6), "expression_error": pytest.approx(0.2)}
    assert parts["without_target"] == {"rows": 1, "identity_similarity": pytest.approx(0.7)}
    assert parts["truth"] == {"rows": 2, "identity_similarity": pytest.approx(0.95), "expression_error": pytest.approx(0.02)}
