"""The method as a runner sees it."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.methods.animation import AnimationSetting
from benchmarks.methods.follow_your_emoji.animator import FollowYourEmoji
from hub.errors import DeclarationError
from hub.faces import FaceTrack
from tests.support.tiny_animation import SIZE, load_animator, make_settings, rendered_pair

PAIR = rendered_pair(0)
LONG = rendered_pair(0, frames=13)


def untrained(**changes: object) -> FollowYourEmoji:
    return FollowYourEmoji(make_settings(**changes), AnimationSetting(seed=0, threads=1, size=SIZE))


@pytest.fixture(scope="module")
def trained() -> FollowYourEmoji:
    torch.set_num_threads(1)
    model = untrained()
    model.fit([PAIR, rendered_pair(1)], [PAIR], lambda count=1: None)
    return model


class TestAnimate:
    def test_gives_one_picture_a_driving_frame(self, trained: FollowYourEmoji) -> None:
        frames = trained.animate(PAIR.portrait, PAIR.driving.face)
        assert frames.shape == (4, SIZE, SIZE, 3)
        assert frames.dtype == np.uint8

    def test_is_the_same_every_time(self, trained: FollowYourEmoji) -> None:
        assert np.array_equal(trained.animate(PAIR.portrait, PAIR.driving.face), trained.animate(PAIR.portrait, PAIR.driving.face))

    @pytest.mark.parametrize("strategy", ["windows", "progressive"])
    def test_a_long_clip_comes_in_chunks_that_are_the_whole(self, strategy: str) -> None:
        model = untrained(generation={"strategy": strategy})
        model._add_motion()
        chunks = list(model.stream(LONG.portrait, LONG.driving.face))
        assert len(chunks) > 1
        assert sum(len(chunk) for chunk in chunks) == 13

    def test_frames_without_motion_modules_depend_on_their_own_landmarks_alone(self) -> None:
        model = untrained(motion=None)
        whole = model.animate(LONG.portrait, LONG.driving.face)
        # The first frame stays, because translations are relative to it.
        beginning = model.animate(LONG.portrait, LONG.driving.face.frames(slice(0, 6)))
        assert np.abs(whole[:6].astype(int) - beginning.astype(int)).max() <= 1

    def test_a_portrait_without_landmarks_is_animated_unaligned(self, trained: FollowYourEmoji) -> None:
        assert trained.animate(dataclasses.replace(PAIR.portrait, face=None), PAIR.driving.face).shape == (4, SIZE, SIZE, 3)

    def test_a_driving_frame_without_a_face_is_refused(self, trained: FollowYourEmoji) -> None:
        points = PAIR.driving.face.points.copy()
        points[2] = np.nan
        with pytest.raises(ValueError, match="no face was found in frame 2"):
            trained.animate(PAIR.portrait, dataclasses.replace(PAIR.driving.face, points=points))

    def test_a_portrait_of_another_size_is_refused(self, trained: FollowYourEmoji) -> None:
        wide = dataclasses.replace(PAIR.portrait, image=np.zeros((SIZE, 2 * SIZE, 3), dtype=np.uint8))
        with pytest.raises(ValueError, match="128 × 64 pixels, and this model is for 64 × 64"):
            trained.animate(wide, PAIR.driving.face)

    def test_landmarks_of_another_picture_size_are_brought_to_the_models(self, trained: FollowYourEmoji) -> None:
        driving: FaceTrack = PAIR.driving.face.resized(4 * SIZE, 4 * SIZE)
        off = np.abs(trained.animate(PAIR.portrait, driving).astype(int) - trained.animate(PAIR.portrait, PAIR.driving.face).astype(int))
        assert off.max() <= 1


class TestSaving:
    def test_what_is_loaded_animates_as_what_was_saved(self, trained: FollowYourEmoji, tmp_path: Path) -> None:
        trained.save(tmp_path)
        again = load_animator(tmp_path)
        assert np.array_equal(trained.animate(PAIR.portrait, PAIR.driving.face), again.animate(PAIR.portrait, PAIR.driving.face))

    def test_files_hold_no_code(self, trained: FollowYourEmoji, tmp_path: Path) -> None:
        trained.save(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {"model.safetensors", "animator.json"}


class TestAblations:
    def test_raw_landmarks_are_the_drivers_own(self) -> None:
        other = rendered_pair(2)
        aware, raw = untrained(), untrained(landmarks="raw")
        face, driving = PAIR.portrait.face, other.driving.face
        assert raw._target(face, driving) is driving
        assert not np.allclose(aware._target(face, driving).points, driving.points)

    def test_only_motion_is_left_out_without_motion(self) -> None:
        assert untrained(motion=None).rounds([]) == 4
        assert untrained().rounds([]) == 7


class TestSettings:
    def test_a_clip_longer_than_positions_are_known_for_is_refused(self) -> None:
        with pytest.raises(DeclarationError, match="longer than motion.maximum_frames"):
            untrained(training={"clip_frames": 9})

    def test_key_frames_further_apart_than_a_window_are_refused(self) -> None:
        with pytest.raises(DeclarationError, match="less than a window of 4 frames apart"):
            untrained(generation={"stride": 4, "strategy": "progressive"})

    def test_channels_that_heads_cannot_share_are_refused(self) -> None:
        with pytest.raises(DeclarationError, match="cannot be cut by head_width"):
            untrained(network={"unet": {"kind": "small", "channels": [20, 32], "head_width": 16, "groups": 4}})
