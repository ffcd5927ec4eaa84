"""`emohub landmarks` as a user meets it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from builders.emojibench.photos import read_photos
from hub.faces import read_track
from hub.faces.video import write_video
from tests.support.faces import FACES_PYTHON, needs_mediapipe

EMOHUB = Path(sys.executable).with_name("emohub")


def landmarks(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([EMOHUB, "landmarks", *arguments], cwd=folder, capture_output=True, text=True, timeout=120)


@needs_mediapipe
def test_a_videos_landmarks_are_written_and_counted(tmp_path: Path) -> None:
    photo = read_photos(192)[0].image
    write_video(tmp_path / "clip.mp4", [photo, photo, np.full_like(photo, 60)], 10)
    result = landmarks(tmp_path, "clip.mp4", "--out", "clip.parquet", "--python", str(FACES_PYTHON))
    assert result.returncode == 0, result.stderr
    assert "a face in 2 of 3 frames, none in 1" in result.stdout
    assert "landmarks of clip.mp4: 3/3" in result.stderr
    stored = read_track(tmp_path / "clip.parquet")
    assert (len(stored.track), stored.track.missing, stored.track.width) == (3, (2,), 192)
    assert stored.source.startswith("clip.mp4, mediapipe ")


@needs_mediapipe
def test_no_face_is_one_sentence_and_no_file(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "black.png")
    result = landmarks(tmp_path, "black.png", "--out", "out.parquet", "--python", str(FACES_PYTHON))
    assert result.returncode == 2 and "no face was found" in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none.mp4", "--out", "out.parquet", "--python", "python"), "there is no such file"),
        (("black.png", "--out", "out.npy", "--python", "python"), "written as .parquet"),
        (("black.png", "--out", "out.parquet", "--python", "python"), "make env-faces"),
    ],
)
def test_what_a_user_can_mend_is_one_sentence(arguments: tuple[str, ...], words: str, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "black.png")
    result = landmarks(tmp_path, *arguments)
    assert result.returncode == 2 and words in result.stderr and "Traceback" not in result.stderr
