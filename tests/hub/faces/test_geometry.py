"""How a head is turned, against the renderer, which knows it."""

import itertools

import numpy as np
import pytest

from hub.engine.render import Expression, Identity
from hub.faces import FACE_70
from hub.faces.geometry import centred_depth, facing, head_axes, inside, rotation_of
from tests.support.faces import rendered, true_track

GRID = list(itertools.product((-45.0, -20.0, 0.0, 30.0, 45.0), (-25.0, 0.0, 20.0), (-30.0, 0.0, 15.0)))


@pytest.mark.parametrize("species", ["human", "cat", "rabbit"])
@pytest.mark.parametrize("units", [{}, {1: 1.0, 6: 1.0, 9: 1.0, 26: 1.0}])
def test_rotation_is_recovered_from_the_points_alone_whatever_the_face_does(species: str, units: dict[int, float]) -> None:
    identity = Identity(species=species, nose_length=0.8, face_length=-0.7)  # type: ignore[arg-type]
    drawn = [rendered(Expression(units, yaw=yaw, pitch=pitch, roll=roll), identity) for yaw, pitch, roll in (GRID if species == "human" else GRID[::4])]
    truth = true_track(drawn)
    assert np.abs(rotation_of(truth.points, FACE_70) - truth.rotation).max() < 0.01


def test_the_axes_of_a_head_are_a_rotation() -> None:
    axes = head_axes(true_track([rendered(Expression(yaw=30, pitch=10, roll=-20))]).points, FACE_70)
    assert np.allclose(axes @ axes.transpose(0, 2, 1), np.eye(3))
    assert np.allclose(np.linalg.det(axes), 1.0)


def test_an_upright_head_that_looks_at_the_viewer_is_not_rotated() -> None:
    assert np.allclose(head_axes(true_track([rendered(Expression())]).points, FACE_70), np.eye(3), atol=1e-4)


def test_depth_from_anywhere_is_centred_as_the_renderer_centres_it() -> None:
    truth = true_track([rendered(Expression(yaw=yaw), size=128) for yaw in (-40.0, 0.0, 25.0)])
    moved = truth.points + np.float32([0, 0, 57.0])
    width = np.linalg.norm(truth.points[0, 16] - truth.points[0, 0])
    assert np.abs(centred_depth(moved, FACE_70) - truth.points).max() < 0.05 * width


def test_the_side_that_is_seen_is_nearly_the_one_the_renderer_knows() -> None:
    truth = true_track([rendered(Expression(yaw=yaw, pitch=pitch), size=64) for yaw in (-45.0, -30.0, 0.0, 15.0, 40.0) for pitch in (-15.0, 0.0, 15.0)])
    seen = facing(truth.points, FACE_70) & inside(truth.points, 64, 64)
    assert (seen == truth.visible).mean() > 0.9
    assert seen[7].all()


def test_a_missing_face_has_no_rotation_and_no_visible_point() -> None:
    points = np.full((1, 70, 3), np.nan, dtype=np.float32)
    assert np.isnan(rotation_of(points, FACE_70)).all()
    assert not facing(points, FACE_70).any() and not inside(points, 10, 10).any()
