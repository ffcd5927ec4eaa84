"""Where the fine-grained loss looks more closely."""

from dataclasses import replace

import numpy as np
import pytest
from skimage.draw import polygon2mask
from skimage.morphology import convex_hull_image

from benchmarks.methods.follow_your_emoji.drawing import draw_landmarks
from benchmarks.methods.follow_your_emoji.masks import expression_mask, face_mask
from hub.engine.render import Expression, Identity
from hub.faces import FACE_70, MEDIAPIPE_478, FaceTrack
from tests.support.posed_faces import posed

SIZE = 64


@pytest.fixture(scope="module")
def track() -> FaceTrack:
    return posed(Identity(), [Expression(), Expression({27: 1.0}, yaw=-40, roll=15), Expression(pitch=25)], SIZE)[0]


def test_masks_have_the_grids_shape_and_shares_from_0_to_1(track: FaceTrack) -> None:
    for mask in (face_mask(track, SIZE, 8), expression_mask(track, SIZE, 8), expression_mask(track, SIZE, 12, radius=3)):
        assert mask.shape in {(3, 8, 8), (3, 12, 12)} and mask.dtype == np.float32
        assert mask.min() >= 0 and 0.3 < mask.max() <= 1


def test_the_face_is_the_convex_area_of_jaw_and_brows(track: FaceTrack) -> None:
    for frame, mask in enumerate(face_mask(track, 256, 256)):
        points = track.resized(256, 256).points[frame, [*FACE_70.oval, *FACE_70.brows[0], *FACE_70.brows[1]], 1::-1]
        corners = np.clip(points, 0, 255).astype(int)
        filled = np.zeros((256, 256), dtype=bool)
        filled[corners[:, 0], corners[:, 1]] = True
        expected = convex_hull_image(filled)
        assert (expected != (mask > 0.5)).mean() < 0.01


def test_the_forehead_of_schemes_that_have_one_is_left_out() -> None:
    scheme, angles = MEDIAPIPE_478, np.linspace(np.pi, -np.pi, len(MEDIAPIPE_478.oval))
    points = np.full((1, 478, 3), 32.0, dtype=np.float32)
    points[0, list(scheme.oval), :2] = 32 + 24 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for brow, side in zip(scheme.brows, (-1, 1), strict=True):
        points[0, list(brow), :2] = (32 + 8 * side, 24)
    mesh = FaceTrack(scheme, points, np.ones((1, 478), dtype=bool), np.zeros((1, 3), dtype=np.float32), SIZE, SIZE)
    mask = face_mask(mesh, SIZE, SIZE)[0]
    assert not mask[:20].any()
    below = polygon2mask((SIZE, SIZE), 32 + 24 * np.stack([np.sin(angles), np.cos(angles)], axis=1))
    assert (mask[28:] > 0.5)[below[28:]].mean() > 0.97


def test_the_expression_mask_covers_what_is_drawn_and_grows_with_its_radius(track: FaceTrack) -> None:
    drawn = draw_landmarks(track, SIZE).any(axis=3)
    tight, wide = (expression_mask(track, SIZE, SIZE, radius) for radius in (0, 4))
    assert np.array_equal(tight > 0, drawn)
    assert (wide >= tight).all() and wide.sum() > 2 * tight.sum()
    rows, columns = np.nonzero(drawn[0])
    assert wide[0, rows.max() + 4, columns[rows.argmax()]] == 1
    assert not wide[0, rows.max() + 5 :].any()


def test_the_grid_holds_the_mean_of_its_pixels(track: FaceTrack) -> None:
    for mask in (face_mask, expression_mask):
        fine, coarse = mask(track, SIZE, SIZE), mask(track, SIZE, 8)
        assert coarse == pytest.approx(fine.reshape(3, 8, 8, 8, 8).mean(axis=(2, 4)), abs=1 / 255)


def test_a_frame_without_a_face_has_empty_masks(track: FaceTrack) -> None:
    points = track.points.copy()
    points[1] = np.nan
    without = replace(track, points=points)
    for mask in (face_mask(without, SIZE, 8), expression_mask(without, SIZE, 8)):
        assert not mask[1].any() and mask[0].any() and mask[2].any()


def test_impossible_grids_and_radii_are_refused(track: FaceTrack) -> None:
    with pytest.raises(ValueError, match="grid from 1 to 64"):
        face_mask(track, SIZE, 65)
    with pytest.raises(ValueError, match="grid from 1 to 64"):
        expression_mask(track, SIZE, 0)
    with pytest.raises(ValueError, match="at least 0 pixels"):
        expression_mask(track, SIZE, 8, radius=-1)
