"""A user's recordings as driving clips: sampled in time, cut around the face, named and grouped, kept in the dataset."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.emojibench.photos import read_photos
from builders.emojibench.videos import cut, identity_name, read_recordings, sampled, square_around
from hub.curate import curate
from hub.engine.render import Expression
from hub.errors import EmohubError
from hub.faces import DetectorSpec, FaceTrack
from hub.faces.video import write_video
from hub.generate.pictures import generate_images
from hub.publish.build import build
from hub.tables import read_table
from tests.support.emojibench_project import copy_emojibench, emojibench_settings, emojibench_spec
from tests.support.faces import MEDIAPIPE, needs_mediapipe, rendered, true_track


def _record(path: Path, photo: int = 0, frames: int = 9, shift: int = 4) -> None:
    """Writes a video, 24 frames a second, of a photograph that slides over a wider grey ground."""
    image = read_photos(160)[photo].image
    ground = np.full((frames, 200, 280, 3), 128, dtype=np.uint8)
    for number in range(frames):
        ground[number, 20:180, 40 + number * shift : 200 + number * shift] = image
    write_video(path, list(ground), 24)


def test_frames_nearest_to_even_times_are_taken() -> None:
    assert sampled(24, 12, 5) == [0, 2, 4, 6, 8]
    assert sampled(30, 12, 5) == [0, 3, 5, 8, 10]
    assert sampled(12, 12, 3) == [0, 1, 2]


@given(st.floats(1, 240), st.floats(1, 60), st.integers(1, 100))
@settings(max_examples=50, deadline=None)
def test_no_frame_is_taken_twice_and_none_is_further_from_its_time_than_half_a_frame(rate: float, fps: float, most: int) -> None:
    chosen = sampled(rate, fps, most)
    assert len(set(chosen)) == len(chosen) <= most
    assert all(min(abs(number / rate - moment / fps) for moment in range(most)) <= 0.5 / rate + 1e-9 for number in chosen)


@pytest.mark.parametrize(
    ("file", "identity"), [("anna__smile.mp4", "video-anna"), ("anna__2.mov", "video-anna"), ("Clip 7.mp4", "video-clip-7"), ("a_b.mp4", "video-a-b")]
)
def test_a_recording_is_its_files_or_the_person_named_before_two_underscores(file: str, identity: str) -> None:
    assert identity_name(Path(file)) == identity


def test_the_square_holds_the_face_of_every_frame_and_lies_in_the_picture() -> None:
    track = true_track([rendered(Expression(yaw=yaw), size=128) for yaw in (-30, 0, 30)])
    left, top, side = square_around(track)
    assert left >= 0 and left + side <= 128 and top >= 0 and top + side <= 128
    assert (track.points[..., 0] >= left).all() and (track.points[..., 0] < left + side).all()


def test_without_a_face_the_middle_is_cut() -> None:
    nothing = FaceTrack(
        true_track([rendered(Expression())]).scheme,
        np.full((2, 70, 3), np.nan, dtype=np.float32),
        np.zeros((2, 70), dtype=bool),
        np.full((2, 3), np.nan, dtype=np.float32),
        90,
        60,
    )
    assert square_around(nothing) == (15, 0, 60)


def test_landmarks_are_moved_with_the_pixels() -> None:
    drawn = rendered(Expression(), size=128)
    frames, track = np.pad(drawn.pixels, ((0, 0), (30, 30), (0, 0)))[None], true_track([drawn])
    shifted = FaceTrack(track.scheme, track.points + np.float32([30, 0, 0]), track.visible, track.rotation, 188, 128)
    pixels, moved = cut(frames, shifted, 64)
    left, top, side = square_around(shifted)
    assert pixels.shape == (1, 64, 64, 3) and (moved.width, moved.height) == (64, 64)
    assert np.allclose(moved.points[..., :2], (shifted.points[..., :2] - [left, top]) * 64 / side, atol=1e-4)
    assert np.allclose(moved.points[..., 2], shifted.points[..., 2] * 64 / side, atol=1e-4)


def test_without_an_environment_that_finds_faces_one_sentence_says_so(tmp_path: Path) -> None:
    _record(tmp_path / "anna.mp4")
    with pytest.raises(EmohubError, match="make env-faces"):
        read_recordings(tmp_path, 64, 4, 12, DetectorSpec(tmp_path / "no-python"))


def test_folders_without_videos_and_doubled_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="no such folder"):
        read_recordings(tmp_path / "clips", 64, 4, 12, MEDIAPIPE)
    with pytest.raises(EmohubError, match="holds no video"):
        read_recordings(tmp_path, 64, 4, 12, MEDIAPIPE)
    for name in ("A b.mp4", "a-b.mp4"):
        (tmp_path / name).touch()
    with pytest.raises(EmohubError, match="several files would be called 'video-a-b'"):
        read_recordings(tmp_path, 64, 4, 12, MEDIAPIPE)


@needs_mediapipe
def test_recordings_become_portraits_clips_and_pairs_of_the_test_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = copy_emojibench(tmp_path)
    monkeypatch.setenv("EMOHUB_FACES_PYTHON", str(MEDIAPIPE.python))
    (tmp_path / "clips").mkdir()
    _record(tmp_path / "clips" / "eileen__still.mp4", 0)
    _record(tmp_path / "clips" / "eileen__again.mp4", 0, shift=2)
    _record(tmp_path / "clips" / "chelsea.mp4", 2)
    options = {"videos": "clips", "videos_licence": "CC0-1.0", "frames": 3}
    generate_images(project, emojibench_spec(project), emojibench_settings(**options))
    curate(project, emojibench_spec(project), "local", True)
    build(project, emojibench_spec(project))
    clean = {name: read_table(project.clean("emojibench") / f"{name}.parquet").to_pylist() for name in ("portraits", "driving", "pairs_self", "pairs_cross")}
    clips = {row["id"]: row for row in clean["driving"] if row["source"] == "video"}
    assert set(clips) == {"video-eileen-still", "video-eileen-again"}
    for row in clips.values():
        assert (row["split"], row["identity_id"], row["landmarks"], row["licence"], row["frame_count"]) == ("test", "video-eileen", "detected", "CC0-1.0", 3)
        assert row["detector"].startswith("mediapipe") and not row["action_units"]
    assert {row["portrait_id"] for row in clean["pairs_self"] if row["clip_id"] in clips} == {f"{id}-first" for id in clips}
    driven = [row for row in clean["pairs_cross"] if row["clip_id"] in clips]
    assert len(driven) == 2 * 5 and all(row["target_id"] is None for row in driven)
    # The cat has no face that the detector finds: a portrait without landmarks, and no clip.
    rejects = {row["id"] for row in read_table(project.clean("emojibench") / "rejects.parquet").to_pylist() if row["reason"] == "unlabelled"}
    assert rejects == {"video-chelsea"}
    assert {row["id"]: row["landmarks"] for row in clean["portraits"]}["video-chelsea-first"] == "none"
    card = (project.published("emojibench") / "README.md").read_text(encoding="utf-8")
    assert "2 clips are recordings that whoever built this copy supplied" in card
    shutil.rmtree(project.published("emojibench"))
