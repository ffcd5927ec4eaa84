"""Trembling is measured, motion is not."""

import numpy as np
import pytest

from benchmarks.metrics.animation.motion import flicker, landmark_jitter, pixel_jitter

GENERATOR = np.random.default_rng(0)
TIME = np.arange(9)[:, None, None]
TARGET = np.cumsum(GENERATOR.normal(size=(9, 70, 3)), axis=0)
TARGET[:, 36], TARGET[:, 45] = (0.0, 0.0, 0.0), (20.0, 0.0, 0.0)


def test_an_error_that_stays_or_grows_evenly_does_not_tremble() -> None:
    drifting = TARGET[:, :, :2] + 3 + 0.5 * TIME
    assert landmark_jitter(drifting, TARGET) == pytest.approx(0, abs=1e-9)


def test_a_face_that_jumps_every_other_frame_trembles_by_twice_its_jump() -> None:
    # Second differences of 0, 1, 0, 1 ... are +-2, here +-2 x 1 pixel to the right, in units of 20 pixels.
    jumping = TARGET[:, :, :2] + np.array([1.0, 0.0]) * (TIME % 2)
    assert landmark_jitter(jumping, TARGET) == pytest.approx(2 / 20)


def test_frames_without_a_face_are_left_out() -> None:
    missing = TARGET[:, :, :2] + np.array([1.0, 0.0]) * (TIME % 2)
    missing[4] = np.nan
    assert landmark_jitter(missing, TARGET) == pytest.approx(2 / 20)
    assert np.isnan(landmark_jitter(np.full_like(missing, np.nan), TARGET))


def test_clips_of_two_frames_have_no_jitter() -> None:
    assert np.isnan(landmark_jitter(TARGET[:2], TARGET[:2]))
    assert np.isnan(flicker(np.zeros((2, 8, 8, 3), dtype=np.uint8)))


def test_pixels_tremble_against_the_target() -> None:
    target = GENERATOR.integers(0, 200, (6, 8, 8, 3), dtype=np.uint8)
    assert pixel_jitter(target, target) == 0
    brighter = (target + 20).astype(np.uint8)
    assert pixel_jitter(brighter, target) == 0
    flashing = (target + 10 * (np.arange(6) % 2)[:, None, None, None]).astype(np.uint8)
    assert pixel_jitter(flashing, target) == pytest.approx(20 / 255)


def test_flicker_is_that_of_the_clip_alone() -> None:
    flashing = np.zeros((6, 8, 8, 3), dtype=np.uint8)
    flashing[1::2] = 10
    assert flicker(flashing) == pytest.approx(20 / 255)
    assert flicker(np.full((6, 8, 8, 3), 7, dtype=np.uint8)) == 0
    assert pixel_jitter(flashing, np.zeros_like(flashing)) == flicker(flashing)
