"""Scores of portrait animation: every metric of a test pair, and bootstrap intervals over pairs from resamples that all models of a task share."""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
from skimage.draw import polygon2mask

from benchmarks.judges import Judges, JudgesSettings, judges
from benchmarks.metrics.animation.frechet_video import PooledPixels, VideoMae, frechet_distance, frechet_replicates
from benchmarks.metrics.animation.landmark_errors import expression_error, eye_opening_error, mouth_opening_error, pose_error, pupil_error
from benchmarks.metrics.animation.motion import landmark_jitter
from benchmarks.metrics.animation.perceptual import Lpips, load_lpips
from benchmarks.metrics.animation.pixels import l1, psnr, region_l1, ssim
from benchmarks.portrait_examples import Clip, Pair, PairSplits, Pixels
from benchmarks.runners.scoring import BOOTSTRAP_SEED, score_of
from hub.console import progress, say
from hub.errors import EmohubError
from hub.faces import FACE_70, FaceTrack
from hub.results import Score
from hub.results.intervals import Floats, bootstrap_weights

Mask = npt.NDArray[np.bool_]
Floats32 = npt.NDArray[np.float32]

LPIPS_VARIABLE = "EMOHUB_LPIPS_ALEXNET"
"""Names a safetensors file with AlexNet's weights: with it LPIPS is scored."""
VIDEOMAE_VARIABLE = "EMOHUB_VIDEOMAE"
"""Names a folder with a VideoMAE: with it its Fréchet distance is scored."""
JUDGES = JudgesSettings()
FRECHET_REPLICATES = 1000
"""The most resamples of a Fréchet distance."""
_OF_PARTS = ("ssim", "l1", "mouth_l1", "expression_error", "mouth_opening_error", "eye_opening_error", "pupil_error", "pose_error")
_OF_TRUTH = ("expression_error", "mouth_opening_error", "eye_opening_error", "pupil_error", "pose_error", "identity_similarity", "jitter")
"""What the judges say of real frames; in pixels they are the truth itself."""


@dataclass(frozen=True)
class PairScores:
    """What every metric says of every pair, and the features of outputs and targets for metrics of whole sets."""

    values: Mapping[str, tuple[float | None, ...]]
    """By metric, a value a pair; None where the pair has no target or shows nothing that the metric is about."""
    features: Mapping[str, tuple[Floats, Floats]]
    """By metric: of outputs and of targets, (pairs with a target, dimensions)."""

    def mean(self, metric: str, rows: Sequence[int]) -> float | None:
        """Returns a metric's mean over those of some pairs that have one."""
        known = [value for row in rows if (value := self.values[metric][row]) is not None]
        return float(np.mean(known)) if known else None


@dataclass(frozen=True)
class Scorer:
    """The judges, and the networks for which weights are at hand."""

    judges: Judges
    lpips: Lpips | None
    extractors: tuple[PooledPixels | VideoMae, ...]

    @classmethod
    def make(cls, pairs: PairSplits, work: Path, threads: int, judge_steps: int) -> Self:
        """Trains the judges on the training pairs, or takes them from the work folder.

        Raises:
            EmohubError: no training clip has landmarks in all of its frames.
            DeclarationError, DataUnavailableError: an environment variable names weights that cannot be read.
        """
        weights, videomae = os.environ.get(LPIPS_VARIABLE), os.environ.get(VIDEOMAE_VARIABLE)
        extractors: list[PooledPixels | VideoMae] = [PooledPixels()]
        if videomae:
            extractors.append(VideoMae(Path(videomae)))
        return cls(_judges(pairs, work, JUDGES.with_detector_steps(judge_steps).on(threads)), load_lpips(Path(weights) if weights else None), tuple(extractors))

    @property
    def extractor_settings(self) -> dict[str, dict[str, int | str]]:
        """What each Fréchet distance depends on beside the videos."""
        return {f"fvd_{extractor.name}": dict(extractor.settings) for extractor in self.extractors}

    @property
    def frechet_parts(self) -> dict[str, Mapping[str, float]]:
        """The numbers of those settings, as a record's parts."""
        return {name: {key: float(value) for key, value in found.items() if isinstance(value, int)} for name, found in self.extractor_settings.items()}

    def score(self, pairs: Sequence[Pair], outputs: Sequence[Pixels], title: str) -> PairScores:
        """Returns what there is to say of each output, (frames, height, width, 3), as an animation of its pair."""
        found = _each(lambda pair, output: self._judged(pair, output) | self._compared(pair, output), pairs, outputs, title)
        return PairScores(found, self._features(pairs, outputs))

    def judge(self, pairs: Sequence[Pair], outputs: Sequence[Pixels], title: str) -> PairScores:
        """Returns what the judges alone say of each output."""
        return PairScores(_each(self._judged, pairs, outputs, title), {})

    def _judged(self, pair: Pair, output: Pixels) -> dict[str, float]:
        found = {"identity_similarity": _cosine(self.judges.identity.embed(output), self.judges.identity.embed(pair.portrait.image[None]))}
        if pair.target is None:
            return found
        points, truth = self.judges.landmarks.detect(output), pair.target.face.points
        return found | {
            "expression_error": expression_error(points, truth),
            "mouth_opening_error": mouth_opening_error(points, truth),
            "eye_opening_error": eye_opening_error(points, truth),
            "pupil_error": pupil_error(points, truth),
            "pose_error": pose_error(points, truth),
            "jitter": landmark_jitter(points, truth),
        }

    def _compared(self, pair: Pair, output: Pixels) -> dict[str, float]:
        """What the frames say beside the target's."""
        if pair.target is None:
            return {}
        target = pair.target.frames
        found = {
            "ssim": ssim(output, target),
            "l1": l1(output, target),
            "psnr": psnr(output, target),
            "mouth_l1": region_l1(output, target, mouth_masks(pair.target)),
        }
        return found if self.lpips is None else found | {"lpips": self.lpips.distance(output, target)}

    def _features(self, pairs: Sequence[Pair], outputs: Sequence[Pixels]) -> dict[str, tuple[Floats, Floats]]:
        known = [(output, pair.target.frames) for pair, output in zip(pairs, outputs, strict=True) if pair.target is not None]
        if len(known) < 2:
            return {}
        return {f"fvd_{extractor.name}": (extractor([made for made, _ in known]), extractor([real for _, real in known])) for extractor in self.extractors}


def _each(
    scored: Callable[[Pair, Pixels], Mapping[str, float]], pairs: Sequence[Pair], outputs: Sequence[Pixels], title: str
) -> dict[str, tuple[float | None, ...]]:
    found: list[Mapping[str, float]] = []
    with progress(title, len(pairs)) as tick:
        for pair, output in zip(pairs, outputs, strict=True):
            found.append(scored(pair, output))
            tick()
    names = dict.fromkeys(name for one in found for name in one)
    return {name: tuple(_known(one.get(name)) for one in found) for name in names}


def _judges(pairs: PairSplits, work: Path, settings: JudgesSettings) -> Judges:
    """The judges of the training identities' clips and portraits whose landmarks are known."""
    faces: dict[str, tuple[Pixels, FaceTrack, str]] = {}
    for pair in pairs.train:
        faces[f"clip {pair.driving.id}"] = (pair.driving.frames, pair.driving.face, pair.driving.identity)
        if pair.portrait.face is not None:
            faces[f"portrait {pair.portrait.id}"] = (pair.portrait.image[None], pair.portrait.face, pair.portrait.identity)
    known = [(frames, face, identity) for frames, face, identity in faces.values() if not face.missing]
    if not known:
        raise EmohubError("no training clip has landmarks in all of its frames, so that there is nothing to train the judges on")
    shown = np.concatenate([frames for frames, _, _ in known])
    say(f"judges: trained on {len(shown):,} training frames, or taken from {work.name}/judges")
    identities = [identity for frames, _, identity in known for _ in frames]
    points = np.concatenate([face.points for _, face, _ in known])
    return judges(work, pairs.training_fingerprint, shown, points, identities, settings)


def mouth_masks(clip: Clip) -> Mask:
    """Returns (frames, height, width): the pixels whose centres lie between the inner lips. None do where the mouth is closed or no face is known."""
    shape = clip.frames.shape[1:3]
    lips = clip.face.points[:, list(FACE_70.inner_lips), 1::-1]
    # Pixel edges are at whole numbers, and polygon2mask has the centres there.
    return np.stack([_inside(shape, line - 0.5) for line in lips])


def _inside(shape: tuple[int, ...], line: Floats32) -> Mask:
    if not np.isfinite(line).all():
        return np.zeros(shape, dtype=np.bool_)
    mask: Mask = polygon2mask(shape, line)  # type: ignore[no-untyped-call]
    return mask


def animation_metrics(scores: PairScores, replicates: int) -> dict[str, Score]:
    """Returns every metric with its interval; means over the pairs that have one."""
    found: dict[str, Score] = {}
    for name, values in scores.values.items():
        known = np.array([value for value in values if value is not None], dtype=np.float64)
        if len(known):
            # The pairs that have a value are the same for all models: it is the target that decides.
            weights = bootstrap_weights(len(known), replicates, BOOTSTRAP_SEED)
            found[name] = score_of(float(known.mean()), weights @ known / len(known))
    for name, (made, real) in scores.features.items():
        value, drawn = frechet_distance(made, real), frechet_replicates(made, real, min(replicates, FRECHET_REPLICATES), BOOTSTRAP_SEED)
        # Resampling raises the distance as a whole, so the interval takes the spread of the resamples and not their place.
        found[name] = score_of(value, value + drawn - drawn.mean())
    return found


def animation_parts(pairs: Sequence[Pair], scores: PairScores, truth: PairScores) -> dict[str, Mapping[str, float]]:
    """Returns rows and scores by style and by family, of the pairs without a target, and what the judges say of the real frames."""
    parts: dict[str, Mapping[str, float]] = {}
    groups: tuple[tuple[str, Callable[[Pair], str]], ...] = (("style", lambda pair: pair.portrait.style), ("family", lambda pair: pair.driving.family))
    for kind, of in groups:
        for name in sorted({of(pair) for pair in pairs}):
            rows = [row for row, pair in enumerate(pairs) if of(pair) == name]
            parts[f"{kind}: {name}"] = _part(scores, rows, _OF_PARTS)
    lacking = [row for row, pair in enumerate(pairs) if pair.target is None]
    if lacking:
        parts["without_target"] = _part(scores, lacking, ("identity_similarity",))
    rows = list(range(len(next(iter(truth.values.values()), ()))))
    return parts | {"truth": _part(truth, rows, _OF_TRUTH)}


def _part(scores: PairScores, rows: Sequence[int], metrics: Sequence[str]) -> dict[str, float]:
    means = {metric: scores.mean(metric, rows) for metric in metrics if metric in scores.values}
    return {"rows": float(len(rows)), **{metric: round(value, 6) for metric, value in means.items() if value is not None}}


def _cosine(frames: Floats32, portrait: Floats32) -> float:
    """The mean over frames of the cosine with the portrait, of vectors of length one, (frames, dimensions) and (1, dimensions)."""
    return float((frames.astype(np.float64) @ portrait[0]).mean())


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
