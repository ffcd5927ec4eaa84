"""What portrait animation is measured against."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage.transform import PiecewiseAffineTransform, warp

from benchmarks.methods.animation import AnimationSetting, Animator
from benchmarks.methods.follow_your_emoji.retargeting import retarget
from benchmarks.methods.portrait_baselines.copy_reference import CopyReference
from benchmarks.methods.portrait_baselines.nearest_frame import NearestTrainingFrame
from benchmarks.methods.portrait_baselines.warp_reference import WarpReference
from benchmarks.portrait_examples import Clip, Pair, Portrait
from hub.engine.render import Expression, Identity
from hub.errors import DeclarationError, EmohubError
from hub.faces import FACE_70
from tests.support.posed_faces import posed, rise_and_fall

SIZE = 64
SETTING = AnimationSetting(seed=0, threads=1, size=SIZE)
ANNA, BEN, CLEO = Identity(hair_style="bald"), Identity(age=60, face_width=0.8, eye_size=0.6), Identity(species="cat")
MOUTH = rise_and_fall(Expression({26: 0.9, 25: 1.0, 12: 0.5, 1: 0.6}))
TURN = rise_and_fall(Expression(yaw=40, roll=10))
ALL = [CopyReference, WarpReference, NearestTrainingFrame]


def _unheard(count: int = 1) -> None: ...


def _pair(identity: Identity, name: str, moves: list[Expression]) -> Pair:
    track, pixels = posed(identity, moves, SIZE)
    portrait = Portrait(f"portrait-{name}", name, "human", pixels[0], track.frames([0]))
    clip = Clip(f"clip-{name}", name, "human", "talking", pixels, track)
    return Pair(name, portrait, clip, clip)


@pytest.fixture(scope="module")
def pairs() -> tuple[Pair, Pair, Pair]:
    return _pair(ANNA, "anna", MOUTH), _pair(BEN, "ben", MOUTH), _pair(CLEO, "cleo", TURN)


@pytest.fixture(params=ALL)
def animator(request: pytest.FixtureRequest, pairs: tuple[Pair, ...]) -> Animator:
    made: Animator = request.param({}, SETTING)
    assert made.fit(pairs, pairs, _unheard) == ()
    return made


def test_frames_come_one_for_each_driving_frame_at_the_tasks_size(animator: Animator, pairs: tuple[Pair, ...]) -> None:
    for pair in pairs:
        for driver in pairs:
            frames = animator.animate(pair.portrait, driver.driving.face)
            assert frames.shape == (len(driver.driving.frames), SIZE, SIZE, 3) and frames.dtype == np.uint8


def test_nothing_is_learnt_in_rounds_and_nothing_is_saved(animator: Animator, pairs: tuple[Pair, ...], tmp_path: Path) -> None:
    assert (animator.parameters, animator.checkpoints, animator.rounds(pairs)) == (0, False, 0)
    for kept in (animator.save, animator.load):
        with pytest.raises(EmohubError, match="learns nothing"):
            kept(tmp_path)


def test_a_frame_without_a_driver_repeats_the_one_before_it_or_the_first(animator: Animator, pairs: tuple[Pair, ...]) -> None:
    face = pairs[1].driving.face
    points = face.points.copy()
    points[[0, 4]] = np.nan
    frames = animator.animate(pairs[0].portrait, replace(face, points=points))
    whole = animator.animate(pairs[0].portrait, face.frames([1, 1, 2, 3, 3, 5, 6]))
    assert np.array_equal(frames, whole)


def test_a_portrait_without_landmarks_is_animated_all_the_same(animator: Animator, pairs: tuple[Pair, ...]) -> None:
    unknown = replace(pairs[0].portrait, face=None)
    frames = animator.animate(unknown, pairs[1].driving.face)
    assert frames.shape == (7, SIZE, SIZE, 3)
    if not isinstance(animator, NearestTrainingFrame):
        assert (frames == unknown.image).all()


@pytest.mark.parametrize("method", ALL)
def test_settings_that_do_not_exist_are_refused(method: Callable[[dict[str, int], AnimationSetting], Animator]) -> None:
    with pytest.raises(DeclarationError, match="smoothness"):
        method({"smoothness": 3}, SETTING)


def test_the_copy_is_the_portrait(pairs: tuple[Pair, ...]) -> None:
    assert (CopyReference({}, SETTING).animate(pairs[0].portrait, pairs[1].driving.face) == pairs[0].portrait.image).all()


def test_the_warp_of_a_face_to_where_it_is_changes_nothing(pairs: tuple[Pair, ...]) -> None:
    for pair in pairs:
        assert np.array_equal(WarpReference({}, SETTING).animate(pair.portrait, pair.driving.face)[0], pair.portrait.image)


@pytest.mark.parametrize("strongest", [Expression(pitch=20), Expression(roll=25), Expression(yaw=15, roll=5)], ids=["pitch", "roll", "yaw"])
def test_the_warp_of_a_head_that_turns_is_nearer_to_the_truth_than_the_copy(strongest: Expression) -> None:
    """On average: where hair and ears come into view, a single warp may be further off than no motion at all."""
    far = np.zeros(2)
    for identity in (ANNA, BEN, CLEO):
        pair = _pair(identity, "somebody", rise_and_fall(strongest, frames=5))
        frames = [method({}, SETTING).animate(pair.portrait, pair.driving.face) for method in (WarpReference, CopyReference)]
        far += [np.abs(found - pair.driving.frames.astype(float)).mean() for found in frames]
    assert far[0] < 0.9 * far[1]


@pytest.mark.parametrize("landmark", [8, 36, 30, 19])
def test_the_warp_carries_pixels_to_where_their_landmark_goes(pairs: tuple[Pair, ...], landmark: int) -> None:
    portrait, driving = pairs[0].portrait, pairs[1].driving.face
    assert portrait.face is not None
    down, across = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    x, y = portrait.face.points[0, landmark, :2]
    spot = 255 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / 8)
    image = np.repeat(spot.round().astype(np.uint8)[..., None], 3, axis=2)
    frames = WarpReference({}, SETTING).animate(replace(portrait, image=image), driving)[..., 0].astype(float)
    found = np.stack([(frames * axis).sum(axis=(1, 2)) / frames.sum(axis=(1, 2)) for axis in (across, down)], axis=1)
    assert found == pytest.approx(retarget(driving, portrait.face).points[:, landmark, :2], abs=1.0)


def test_the_warp_agrees_with_scikit_image(pairs: tuple[Pair, ...]) -> None:
    """scikit-image lays its triangles over the target, so the two differ where triangles do, and it has neither ring nor near and far."""
    portrait, driving = pairs[0].portrait, pairs[1].driving.face.frames([0, 1])
    assert portrait.face is not None
    border = np.array([[x, y] for x in (0, SIZE / 2, SIZE) for y in (0, SIZE / 2, SIZE) if (x, y) != (SIZE / 2, SIZE / 2)])
    inside = [*FACE_70.oval, *FACE_70.outer_lips, *FACE_70.nose, *FACE_70.brows[0], *FACE_70.brows[1]]
    source, target = (np.concatenate([points[inside, :2], border]) - 0.5 for points in (portrait.face.points[0], retarget(driving, portrait.face).points[1]))
    theirs = warp(portrait.image, PiecewiseAffineTransform.from_estimate(target, source), order=1, mode="edge", preserve_range=True)
    ours = WarpReference({}, SETTING).animate(portrait, driving)[1]
    chin, brows = int(target[8, 1]), int(target[len(inside) - 8, 1])
    face = (slice(brows, chin), slice(int(target[2, 0]), int(target[14, 0])))
    moved = np.abs(portrait.image[face].astype(float) - theirs[face]).mean()
    assert np.abs(ours[face] - theirs[face]).mean() < 0.6 * moved


def test_the_warp_leaves_no_holes_however_the_head_turns(pairs: tuple[Pair, ...]) -> None:
    moves = [Expression(), Expression({27: 1.0}, yaw=55, pitch=20, roll=30), Expression({43: 1.0}, yaw=-55, pitch=-25, roll=-30)]
    driving = posed(BEN, moves, SIZE)[0]
    plain = replace(pairs[0].portrait, image=np.full((SIZE, SIZE, 3), 77, dtype=np.uint8))
    assert (WarpReference({}, SETTING).animate(plain, driving) == 77).all()


def test_the_nearest_frame_of_a_clip_seen_in_training_is_itself(pairs: tuple[Pair, ...]) -> None:
    method = NearestTrainingFrame({}, SETTING)
    method.fit(pairs, (), _unheard)
    for pair in pairs[:2]:
        frames = method.animate(pair.portrait, pair.driving.face)
        differs = np.abs(frames.astype(int) - pair.driving.frames).mean(axis=(1, 2, 3))
        assert (differs < 1e-9).sum() >= 6


def test_of_equally_near_frames_the_first_is_taken_and_clips_count_once(pairs: tuple[Pair, ...]) -> None:
    anna = pairs[0]
    dark = replace(anna, driving=replace(anna.driving, id="dark", frames=anna.driving.frames // 2))
    for order, expected in (((anna, anna, dark), anna), ((dark, anna), dark)):
        method = NearestTrainingFrame({}, SETTING)
        method.fit(order, (), _unheard)
        assert np.array_equal(method.animate(anna.portrait, anna.driving.face.frames([0]))[0], expected.driving.frames[0])


def test_the_nearest_frame_is_brought_to_the_tasks_size(pairs: tuple[Pair, ...]) -> None:
    method = NearestTrainingFrame({}, replace(SETTING, size=32))
    method.fit(pairs, (), _unheard)
    assert method.animate(pairs[0].portrait, pairs[0].driving.face).shape == (7, 32, 32, 3)


def test_looking_for_the_nearest_among_none_is_an_error(pairs: tuple[Pair, ...]) -> None:
    method = NearestTrainingFrame({}, SETTING)
    with pytest.raises(EmohubError, match="call fit first"):
        method.animate(pairs[0].portrait, pairs[0].driving.face)
    with pytest.raises(EmohubError, match="has a face"):
        method.fit([], (), _unheard)
