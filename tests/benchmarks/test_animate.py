"""`emohub animate` as a user meets it: rendered portraits, rendered drivers, and what is written looked at with PyAV."""

import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from builders.emojibench.photos import read_photos
from hub import cli
from hub.engine.render import Expression, Identity, Rendering
from hub.faces import FaceTrack, write_track
from hub.faces.video import read_video, write_video
from tests.support.faces import FACES_PYTHON, needs_mediapipe, rendered, true_track
from tests.support.projects import REPOSITORY
from tests.support.text_project import make_text_project, write_model, write_yaml
from tests.support.tinting_animator import REFERENCE, keep

EMOHUB = Path(sys.executable).with_name("emohub")
FRAMES = 5
COPY = "benchmarks.methods.portrait_baselines.copy_reference:CopyReference"
WARP = "benchmarks.methods.portrait_baselines.warp_reference:WarpReference"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a task of 64 pixels and models, a portrait of 96, a driver of five frames, and their landmarks; the current folder is there."""
    make_text_project(tmp_path)
    task = {"name": "own", "title": "Own", "summary": "For tests.", "type": "portrait_animation", "reenactment": "self", "size": 64, "main_metric": "ssim"}
    source = {"kind": "published", "dataset": "emojibench", "configuration": "pairs_self"}
    write_yaml(tmp_path / "benchmarks" / "tasks" / "own.yaml", {**task, "source": source})
    for name, method, settings in (("copy", COPY, {}), ("warp", WARP, {}), ("tint", REFERENCE, {}), ("other_tint", REFERENCE, {"red": 2})):
        write_model(tmp_path, name, method, task_type="portrait_animation", settings=settings)
    write_model(tmp_path, "texts", "benchmarks.methods.tfidf_logreg:TfidfLogReg")
    write_portrait(tmp_path, rendered(Expression(), Identity(skin=0.2), 96))
    driver = [rendered(Expression({26: at, 25: at}, yaw=12 * at), Identity(skin=0.8), 64) for at in np.linspace(0, 1, FRAMES)]
    write_video(tmp_path / "driver.mp4", [one.pixels for one in driver], 10)
    write_track(tmp_path / "driver.parquet", true_track(driver), "rendered")
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_portrait(folder: Path, drawn: Rendering) -> None:
    Image.fromarray(drawn.pixels).save(folder / "portrait.png")
    write_track(folder / "portrait.parquet", true_track([drawn]), "rendered")


GIVEN = ("--portrait-landmarks", "portrait.parquet", "--driving-landmarks", "driver.parquet")


def animate(*arguments: str, driving: str = "driver.mp4", out: str = "out.mp4", task: str = "own") -> tuple[str, ...]:
    return ("animate", "--portrait", "portrait.png", "--driving", driving, "--out", out, "--task", task, *arguments)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.run([EMOHUB, *arguments], env=variables, capture_output=True, text=True, timeout=120)


def run_here(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Runs the command line in this process, which is quicker."""
    monkeypatch.setattr(sys, "argv", ["emohub", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


def written(path: Path) -> tuple[np.ndarray, float]:
    """Returns the frames of a video, (frames, height, width, 3), and its rate, by PyAV."""
    with av.open(str(path)) as container:
        rate = container.streams.video[0].average_rate
        assert rate is not None
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]), float(rate)


def test_a_portrait_is_moved_at_the_drivers_rate_and_the_tasks_size(place: Path) -> None:
    result = run(*animate("--model", "copy", *GIVEN))
    assert result.returncode == 0, result.stderr
    frames, rate = written(place / "out.mp4")
    assert frames.shape == (FRAMES, 64, 64, 3) and rate == 10
    assert result.stdout == "out.mp4: 5 frames at 10 a second\n"
    assert "portrait moved by driver.mp4: 5/5" in result.stderr
    portrait = np.asarray(Image.open(place / "portrait.png").resize((64, 64), Image.Resampling.LANCZOS)).astype(float)
    assert np.abs(frames - portrait).mean() < 6


def test_quiet_says_the_result_alone(place: Path) -> None:
    result = run("--quiet", *animate("--model", "copy", *GIVEN))
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "out.mp4: 5 frames at 10 a second\n")


def test_landmarks_alone_drive_too_and_the_rate_and_size_can_be_chosen(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = ("--fps", "20", "--size", "48", "--portrait-landmarks", "portrait.parquet")
    assert run_here(monkeypatch, *animate("--model", "warp", *chosen, driving="driver.parquet", out="out.gif")) == 0
    video = read_video(place / "out.gif")
    assert video.frames.shape == (FRAMES, 48, 48, 3) and video.fps == 20
    assert np.abs(video.frames[-1].astype(float) - video.frames[0]).mean() > 1


def test_side_by_side_shows_portrait_driver_and_result(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_here(monkeypatch, *animate("--model", "copy", *GIVEN, "--side-by-side")) == 0
    frames, _ = written(place / "out.mp4")
    assert frames.shape == (FRAMES, 64, 192, 3)
    portrait, driver, result = np.split(frames.astype(float), 3, axis=2)
    assert np.abs(portrait - result).mean() < 3
    assert np.abs(driver - written(place / "driver.mp4")[0]).mean() < 6
    assert run_here(monkeypatch, *animate("--model", "copy", "--unaligned", "--side-by-side", driving="driver.parquet")) == 0
    drawn = np.split(written(place / "out.mp4")[0], 3, axis=2)[1]
    assert np.median(drawn) < 20 and drawn.max() > 100


def test_an_unaligned_portrait_needs_no_landmarks(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_here(monkeypatch, *animate("--model", "copy", "--unaligned", driving="driver.parquet")) == 0
    assert len(written(place / "out.mp4")[0]) == FRAMES


def test_a_portrait_that_is_not_square_is_cut_around_the_face_and_said_so(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = rendered(Expression(), size=96)
    wide = np.concatenate([np.zeros((96, 80, 3), np.uint8), drawn.pixels], axis=1)
    Image.fromarray(wide).save(place / "portrait.png")
    track = true_track([drawn])
    moved = FaceTrack(track.scheme, track.points + np.float32([80, 0, 0]), track.visible, track.rotation, 176, 96)
    write_track(place / "portrait.parquet", moved, "rendered")
    assert run_here(monkeypatch, *animate("--model", "warp", "--size", "96", *GIVEN)) == 0
    assert "portrait.png: 176x96 is not square: cut to 96x96 around the face" in capsys.readouterr().err
    frames, _ = written(place / "out.mp4")
    assert np.abs(frames[0, 30:60, 30:60].astype(float) - drawn.pixels[30:60, 30:60]).mean() < 20


def test_a_driver_that_is_not_square_is_cut_around_its_face(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = rendered(Expression(), size=64)
    tall = np.concatenate([drawn.pixels, np.full((40, 64, 3), 255, np.uint8)])
    write_video(place / "driver.mp4", [tall] * FRAMES, 10)
    track = true_track([drawn] * FRAMES)
    write_track(place / "driver.parquet", FaceTrack(track.scheme, track.points, track.visible, track.rotation, 64, 104), "rendered")
    assert run_here(monkeypatch, *animate("--model", "copy", "--unaligned", "--driving-landmarks", "driver.parquet", "--side-by-side")) == 0
    assert "driver.mp4: 64x104 is not square: cut to 64x64 around the face" in capsys.readouterr().err
    shown = np.split(written(place / "out.mp4")[0], 3, axis=2)[1]
    height = track.points[0, :, 1]
    top = round(max(float(height.min() + height.max()) / 2 - 32, 0))
    assert np.abs(shown[0].astype(float) - tall[top : top + 64]).mean() < 8


def test_the_newest_finished_training_with_the_models_settings_is_taken(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = place / ".emohub" / "checkpoints"
    for age, (name, red, settings, finished) in enumerate(
        [("unfinished", 9, {"red": 1}, False), ("another", 8, {"red": 2}, True), ("newest", 20, {"red": 1, "green": 5}, True), ("older", 7, {"red": 1}, True)]
    ):
        folder = keep(kept / name, red, settings, finished=finished)
        if finished:
            os.utime(folder / "fit.json", (1e9 - age, 1e9 - age))
    write_model(place, "tint", REFERENCE, task_type="portrait_animation", settings={"green": 100})
    assert run_here(monkeypatch, *animate("--model", "tint", *GIVEN)) == 0
    assert str(kept / "newest") in capsys.readouterr().err
    frames, _ = written(place / "out.mp4")
    np.testing.assert_allclose(frames.mean(axis=(1, 2))[:, 0], 20 * np.arange(FRAMES), atol=6)
    np.testing.assert_allclose(frames.mean(axis=(1, 2))[:, 1], 100, atol=6)


def test_a_training_can_be_named_and_says_the_size(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(place / "mine", 10, {"red": 5}, size=32, finished=False)
    assert run_here(monkeypatch, *animate("--model", "tint", "--checkpoint", "mine", *GIVEN)) == 0
    assert written(place / "out.mp4")[0].shape == (FRAMES, 32, 32, 3)


def test_nothing_trained_says_which_command_trains(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(monkeypatch, *animate("--model", "tint", *GIVEN)) == 2
    assert "`emohub bench own tint`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (animate("--model", "copy", *GIVEN, out="out.avi"), "'.avi'; animations are written as .mp4 or .gif"),
        (animate("--model", "copi", *GIVEN), "did you mean 'copy'?"),
        (animate("--model", "texts", *GIVEN), "is for text_classification, expected one whose task_type is portrait_animation"),
        (animate("--model", "copy", "--checkpoint", "mine", *GIVEN), "keeps no checkpoints"),
        (animate("--model", "tint", "--checkpoint", "nowhere", *GIVEN), "is not the folder of a trained animator"),
        (animate("--model", "tint", "--checkpoint", "damaged", *GIVEN), "animator.json: is damaged"),
        (animate("--model", "tint", "--checkpoint", "weightless", *GIVEN), "weightless: the trained weights are not there"),
        (animate("--model", "copy", "--checkpoint", "mine", *GIVEN, task="onw"), "did you mean 'own'?"),
        (animate("--model", "tint", "--checkpoint", "mine", "--size", "48", *GIVEN), "was trained at 64 pixels, not 48: leave out --size"),
        (animate("--model", "warp", "--fps", "0", *GIVEN), "0.0 frames a second cannot be written"),
        (animate("--model", "copy", *GIVEN, driving="nowhere.mp4"), "nowhere.mp4: there is no such file"),
        (animate("--model", "copy", *GIVEN, driving="broken.mp4"), "broken.mp4: not a readable video"),
        (animate("--model", "copy", *GIVEN, driving="driver.parquet"), "holds landmarks itself"),
        (animate("--model", "copy", *GIVEN, driving="longer.mp4"), "has landmarks of 5 frames, but longer.mp4 has 6"),
        (animate("--model", "copy", *GIVEN, driving="larger.mp4"), "are of 64x64 pixels, but larger.mp4 is 96x96"),
        (
            animate("--model", "copy", "--portrait-landmarks", "driver.parquet", driving="driver.parquet"),
            "has landmarks of 5 frames, expected those of the one",
        ),
        (animate("--model", "copy", "--portrait-landmarks", "small.parquet", driving="driver.parquet"), "are of 64x64 pixels, but portrait.png is 96x96"),
        (animate("--model", "copy", "--portrait-landmarks", "faceless.parquet", driving="driver.parquet"), "no face was found in the portrait"),
        (animate("--model", "copy", "--unaligned", driving="holes.parquet"), "no face in 2 of 5 driving frames (numbers 1, 3, counted from 0)"),
        (animate("--model", "copy", "--python", "python"), "make env-faces"),
        (
            ("animate", "--portrait", "broken.png", "--driving", "driver.parquet", "--out", "o.gif", "--model", "copy", "--task", "own"),
            "not a readable picture",
        ),
        (
            ("animate", "--portrait", "driver.mp4", "--driving", "driver.parquet", "--out", "o.gif", "--model", "copy", "--task", "own"),
            "a portrait is one picture",
        ),
    ],
)
def test_what_a_user_can_mend_is_one_sentence_and_nothing_is_written(
    arguments: tuple[str, ...], words: str, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(place)
    assert run_here(monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and "Traceback" not in error
    assert not list(place.glob("o*.[mga]*"))


def spoil(place: Path) -> None:
    """Adds files that do not fit."""
    keep(place / "mine", 10, {"red": 1})
    (keep(place / "weightless", 10, {}) / "red.json").unlink()
    (place / "damaged").mkdir()
    (place / "damaged" / "animator.json").write_text("{", encoding="utf-8")
    for name in ("broken.mp4", "broken.png"):
        (place / name).write_bytes(b"nothing of the kind")
    drawn = rendered(Expression(), size=64)
    write_video(place / "longer.mp4", [drawn.pixels] * 6, 10)
    write_video(place / "larger.mp4", [rendered(Expression(), size=96).pixels] * FRAMES, 10)
    write_track(place / "small.parquet", true_track([drawn]), "rendered")
    write_track(place / "holes.parquet", without_faces(true_track([drawn] * FRAMES), (1, 3)), "rendered")
    write_track(place / "faceless.parquet", without_faces(true_track([rendered(Expression(), size=96)]), (0,)), "rendered")


def without_faces(track: FaceTrack, frames: tuple[int, ...]) -> FaceTrack:
    points, visible, rotation = track.points.copy(), track.visible.copy(), track.rotation.copy()
    points[list(frames)], visible[list(frames)], rotation[list(frames)] = np.nan, False, np.nan
    return FaceTrack(track.scheme, points, visible, rotation, track.width, track.height)


@needs_mediapipe
def test_faces_are_found_where_no_landmarks_are_given(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = read_photos(192)[0].image
    Image.fromarray(photo).save(place / "portrait.png")
    write_video(place / "driver.mp4", [np.roll(photo, shift, axis=1) for shift in range(3)], 10)
    assert run_here(monkeypatch, *animate("--model", "warp", "--python", str(FACES_PYTHON))) == 0
    assert len(written(place / "out.mp4")[0]) == 3


@needs_mediapipe
def test_no_face_is_one_sentence(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (96, 96)).save(place / "portrait.png")
    assert run_here(monkeypatch, *animate("--model", "warp", "--python", str(FACES_PYTHON), driving="driver.parquet")) == 2
    assert "no face was found in the portrait" in capsys.readouterr().err
    write_video(place / "driver.mp4", [np.full((96, 96, 3), 60, np.uint8)] * 3, 10)
    assert run_here(monkeypatch, *animate("--model", "warp", "--unaligned", "--python", str(FACES_PYTHON))) == 2
    assert "driver.mp4: no face in 3 of 3 driving frames (numbers 0, 1, 2, counted from 0)" in capsys.readouterr().err
