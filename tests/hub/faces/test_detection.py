"""Finding faces with MediaPipe in its own environment: the real one where it is installed, and what is said where it is not."""

import sys
from pathlib import Path

import numpy as np
import pytest

from builders.emojibench.photos import read_photos
from hub.engine.render import Expression
from hub.errors import EmohubError
from hub.faces import DetectorSpec, detector_spec, find_faces, start_detector, to_face_70
from hub.faces.detection import INTERPRETER_VARIABLE
from tests.support.faces import FACES_PYTHON, MEDIAPIPE, needs_mediapipe, rendered, true_track

GREY = np.full((1, 48, 64, 3), 128, dtype=np.uint8)


def interpreter_that(tmp_path: Path, says: str) -> Path:
    """Returns a program that complains as a broken interpreter does."""
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\necho 'Traceback' >&2\necho \"{says}\" >&2\nexit 1\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_missing_interpreter_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="make env-faces"):
        find_faces(GREY, DetectorSpec(tmp_path / "python"))


def test_an_interpreter_without_mediapipe_says_so() -> None:
    with pytest.raises(EmohubError, match="No module named 'mediapipe'.*make env-faces"):
        find_faces(GREY, DetectorSpec(Path(sys.executable)))


@pytest.mark.parametrize("complaint", ["'google._upb._message.FieldDescriptor' object has no attribute 'label'", "'SymbolDatabase' has no 'GetPrototype'"])
def test_a_clash_with_protobuf_is_named(complaint: str, tmp_path: Path) -> None:
    python = interpreter_that(tmp_path, f"AttributeError: {complaint}")
    with pytest.raises(EmohubError, match="does not work with the protobuf.*make env-faces"):
        find_faces(GREY, DetectorSpec(python))


def test_a_file_that_is_no_program_is_named(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("no program", encoding="utf-8")
    with pytest.raises(EmohubError, match="cannot be run"):
        find_faces(GREY, DetectorSpec(tmp_path / "python"))


def test_a_missing_task_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"face\.task: there is no such task file"):
        find_faces(GREY, DetectorSpec(Path(sys.executable), tmp_path / "face.task"))


@pytest.mark.parametrize("shape", [(0, 8, 8, 3), (8, 8, 3), (1, 8, 8, 4)])
def test_frames_of_another_shape_are_refused_before_anything_starts(shape: tuple[int, ...], tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="expected"):
        find_faces(np.zeros(shape, dtype=np.uint8), DetectorSpec(tmp_path / "python"))


def test_the_interpreter_is_the_one_given_else_the_variables_else_the_projects(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(INTERPRETER_VARIABLE, "/named/python")
    assert detector_spec(Path("/given/python")).python == Path("/given/python")
    assert detector_spec().python == Path("/named/python")
    monkeypatch.delenv(INTERPRETER_VARIABLE)
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    assert detector_spec().python == tmp_path / ".venv-faces" / "bin" / "python"


@needs_mediapipe
def test_a_frame_without_a_face_is_missing_and_the_others_are_not() -> None:
    photo = read_photos(192)[0]
    track = find_faces(np.stack([photo.image, np.full_like(photo.image, 90), photo.image]), MEDIAPIPE)
    assert track.missing == (1,)
    assert not track.visible[1].any() and np.isnan(track.rotation[1]).all()
    assert track.visible[0].all()
    assert np.array_equal(track.points[0], track.points[2])


@needs_mediapipe
def test_what_was_recorded_of_the_photographs_is_found_again() -> None:
    for photo in read_photos(512):
        track = find_faces(photo.image[None], MEDIAPIPE)
        if photo.face is None:
            assert track.missing == (0,)
        else:
            between_eyes = np.linalg.norm(photo.face.points[0, 36] - photo.face.points[0, 45])
            distances = np.linalg.norm(to_face_70(track).points - photo.face.points, axis=2)
            assert distances.max() < 0.02 * between_eyes


@needs_mediapipe
def test_several_faces_are_said_and_the_largest_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    photo = read_photos(256)[1]
    small = np.full_like(photo.image, 200)
    small[64:256, 32:224] = read_photos(192)[1].image
    track = find_faces(np.concatenate([small, photo.image], axis=1)[None], MEDIAPIPE)
    assert "more than one face in 1 of 1 frames (numbers 0" in capsys.readouterr().err
    assert np.nanmin(track.points[0, :, 0]) > 256


@needs_mediapipe
def test_rendered_heads_are_found_where_they_are_and_turned_as_they_are() -> None:
    drawn = [rendered(Expression(yaw=yaw, pitch=pitch, roll=roll), size=192) for yaw, pitch, roll in ((0, 0, 0), (30, 0, 0), (-30, 5, 10), (0, -10, -20))]
    truth = true_track(drawn)
    found = to_face_70(find_faces(np.stack([one.pixels for one in drawn]), MEDIAPIPE))
    assert not found.missing
    # A detector trained on people sees the drawn head's pitch and yaw with some degrees of error.
    turned = (found.rotation - found.rotation[:1]) - (truth.rotation - truth.rotation[:1])
    assert np.abs(turned).max() < 12
    between_eyes = np.linalg.norm(truth.points[0, 36] - truth.points[0, 45])
    assert np.linalg.norm((found.points - truth.points)[:, 17:, :2], axis=2).mean() < 0.08 * between_eyes


@needs_mediapipe
def test_depth_grows_towards_the_viewer() -> None:
    points = to_face_70(find_faces(read_photos(256)[0].image[None], MEDIAPIPE)).points[0]
    nose, eyes, ears = points[30, 2], points[36:48, 2].mean(), points[[0, 16], 2].mean()
    assert nose > eyes > ears > 0


@needs_mediapipe
def test_a_detector_says_its_version_and_refuses_frames_of_another_size() -> None:
    with start_detector(MEDIAPIPE, 64, 48) as detector:
        assert detector.name.startswith("mediapipe ")
        with pytest.raises(EmohubError, match="frame 1 is .*all frames have one size"):
            detector.track([GREY[0], GREY[0, :10]])


@needs_mediapipe
def test_a_broken_task_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "face.task").write_bytes(b"no model")
    with pytest.raises(EmohubError, match=r"face\.task"):
        find_faces(GREY, DetectorSpec(FACES_PYTHON, tmp_path / "face.task"))
