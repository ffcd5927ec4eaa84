"""The head's surface, its silhouette, and the curves that things are drawn with."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.engine.render.figure.curves import Pose, along, limb, rotation
from hub.engine.render.figure.features import features_of
from hub.engine.render.figure.landmarks import face_truth
from hub.engine.render.figure.proportions import proportions_of
from hub.engine.render.figure.skull import Skull, normals, outline
from hub.engine.render.parameters import STYLES, Expression, Identity, Species


def test_a_head_is_as_high_as_its_unit() -> None:
    mesh = Skull(proportions_of(Identity(), "realistic")).mesh()
    assert mesh[..., 1].min() == pytest.approx(-0.5)
    assert mesh[..., 1].max() == pytest.approx(0.5)


def test_normals_point_outwards() -> None:
    mesh = Skull(proportions_of(Identity(), "realistic")).mesh()
    inner = mesh[3:-3]
    outward = np.einsum("ijk,ijk->ij", normals(mesh)[3:-3], inner - (0.0, 0.05, 0.0))
    assert (outward > 0).mean() > 0.98
    np.testing.assert_allclose(np.linalg.norm(normals(mesh), axis=-1), 1.0)


def test_a_lowered_jaw_leaves_the_forehead_where_it_is() -> None:
    measures = proportions_of(Identity(), "realistic")
    rest, lowered = Skull(measures).mesh(), Skull(measures, 0.1).mesh()
    upper = rest[..., 1] < 0.1
    np.testing.assert_array_equal(rest[upper], lowered[upper])
    assert lowered[-1, 0, 1] - rest[-1, 0, 1] == pytest.approx(0.1)


@settings(max_examples=40, deadline=None)
@given(st.floats(-60, 60), st.floats(-40, 40), st.floats(-40, 40), st.sampled_from(STYLES), st.sampled_from(["human", "cat"]))
def test_visible_landmarks_lie_within_the_silhouette(yaw: float, pitch: float, roll: float, style: str, species: Species) -> None:
    features = features_of(proportions_of(Identity(species=species), style), Expression())  # type: ignore[arg-type]
    pose = Pose(200.0, 200.0, 100.0, rotation(yaw, pitch, roll))
    rim = outline(features.skull.mesh(), pose, (0.0, 0.05, 0.0))
    centre = pose.flat(np.array([0.0, 0.05, 0.0]))
    truth = face_truth(features, pose, Expression(), 400)
    offsets = truth.points[truth.visible, :2] - centre
    angles = np.arctan2(offsets[:, 1], offsets[:, 0])
    radii = np.interp(angles, 2 * np.pi * np.arange(120) / 120, np.linalg.norm(rim - centre, axis=1), period=2 * np.pi)
    assert (np.linalg.norm(offsets, axis=1) <= radii + 4.0).all()


@given(st.floats(-90, 90), st.floats(-90, 90), st.floats(-180, 180))
def test_rotations_keep_lengths_and_handedness(yaw: float, pitch: float, roll: float) -> None:
    matrix = rotation(yaw, pitch, roll)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1.0)


def test_a_curve_passes_through_its_points() -> None:
    points = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0], [4.0, 4.0]])
    np.testing.assert_allclose(along(points, 7)[::2], points, atol=1e-12)


def test_a_limb_reaches_half_its_width_beyond_its_ends() -> None:
    bounds = limb(np.array([10.0, 10.0]), np.array([10.0, 50.0]), 8.0, 4.0).computeTightBounds()
    assert (bounds.left(), bounds.top(), bounds.right(), bounds.bottom()) == pytest.approx((6.0, 6.0, 14.0, 52.0), abs=0.1)
