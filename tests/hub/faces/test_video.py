"""Videos in and out."""

import struct
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from hub.engine.render import Expression
from hub.errors import EmohubError
from hub.faces import video
from hub.faces.video import Frame, crop_to_square, read_video, resize_frames, stream_frames, write_video
from tests.support.faces import rendered


@pytest.fixture(scope="module")
def clip() -> Frame:
    return np.stack([rendered(Expression(yaw=5.0 * step)).pixels for step in range(8)])


def psnr(one: Frame, other: Frame) -> float:
    return float(10 * np.log10(255**2 / np.mean((one.astype(float) - other) ** 2)))


@pytest.mark.parametrize("fps", [12.0, 25.0, 29.97])
def test_an_mp4_keeps_frames_rate_and_picture(clip: Frame, fps: float, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", iter(clip), fps)
    read = read_video(tmp_path / "clip.mp4")
    assert read.frames.shape == clip.shape and read.frames.dtype == np.uint8
    assert read.fps == pytest.approx(fps, rel=1e-3)
    assert psnr(read.frames, clip) > 30
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_an_mp4_is_written_without_x264_too(clip: Frame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", {"mpeg4"})
    write_video(tmp_path / "clip.mp4", clip, 12)
    assert psnr(read_video(tmp_path / "clip.mp4").frames, clip) > 26


def test_odd_sizes_are_made_even_by_repeating_the_edge(clip: Frame, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", clip[:, :33, :35], 12)
    read = read_video(tmp_path / "clip.mp4").frames
    assert read.shape == (8, 34, 36, 3)
    assert psnr(read[:, :33, :35], clip[:, :33, :35]) > 28


def test_a_gif_keeps_frames_and_a_rate_of_whole_hundredths(clip: Frame, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.gif", clip, 12)
    read = read_video(tmp_path / "clip.gif")
    assert read.frames.shape == clip.shape
    assert read.fps == 12.5
    assert psnr(read.frames, clip) > 28


def test_what_stands_still_in_a_gif_does_not_flicker(clip: Frame, tmp_path: Path) -> None:
    moving = np.concatenate([clip, clip[:1].repeat(8, axis=0)], axis=2)
    write_video(tmp_path / "clip.gif", moving, 10)
    still = read_video(tmp_path / "clip.gif").frames[:, :, 64:]
    assert (still == still[0]).all()


def test_a_gif_of_equal_frames_keeps_their_number(clip: Frame, tmp_path: Path) -> None:
    frames = clip[[0, 0, 1, 1, 1, 2]]
    write_video(tmp_path / "clip.gif", frames, 10)
    assert len(read_video(tmp_path / "clip.gif").frames) == 6


def test_a_folder_of_pictures_is_read_in_the_order_of_names(clip: Frame, tmp_path: Path) -> None:
    for number in (2, 0, 1):
        Image.fromarray(clip[number]).save(tmp_path / f"frame_{number:03d}.png")
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    read = read_video(tmp_path)
    assert np.array_equal(read.frames, clip[:3]) and read.fps == video.DEFAULT_RATE


def test_a_picture_is_a_clip_of_one_frame(clip: Frame, tmp_path: Path) -> None:
    Image.fromarray(clip[0]).save(tmp_path / "one.png")
    assert np.array_equal(read_video(tmp_path / "one.png").frames, clip[:1])


def test_no_more_frames_are_read_than_asked_for(clip: Frame, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", clip, 12)
    assert len(read_video(tmp_path / "clip.mp4", maximum_frames=3).frames) == 3


def test_a_stream_says_how_long_it_is(clip: Frame, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", clip, 12)
    with stream_frames(tmp_path / "clip.mp4") as stream:
        assert (stream.count, stream.fps) == (8, 12.0)
        assert sum(1 for _ in stream.frames) == 8


def test_a_webm_is_read_and_its_length_worked_out(clip: Frame, tmp_path: Path) -> None:
    with av.open(str(tmp_path / "clip.webm"), "w") as container:
        stream = container.add_stream("libvpx-vp9", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for frame in clip:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    with stream_frames(tmp_path / "clip.webm") as read:
        assert (read.count, read.fps) == (8, 10.0)
        assert sum(1 for _ in read.frames) == 8


def test_a_video_that_a_phone_stored_lying_is_read_upright(clip: Frame, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", clip[:, :32], 12)
    stored = (tmp_path / "clip.mp4").read_bytes()
    upright = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    clockwise = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    header = stored.index(b"tkhd")
    (tmp_path / "lying.mp4").write_bytes(stored[:header] + stored[header:].replace(upright, clockwise, 1))
    read = read_video(tmp_path / "lying.mp4").frames
    assert read.shape == (8, 64, 32, 3)
    assert psnr(read, np.rot90(clip[:, :32], k=-1, axes=(1, 2))) > 30


def test_a_long_mp4_is_written_and_read_in_flat_memory(tmp_path: Path) -> None:
    def frames() -> Iterator[Frame]:
        for step in range(150):
            yield np.full((128, 128, 3), step, dtype=np.uint8)

    tracemalloc.start()
    write_video(tmp_path / "long.mp4", frames(), 25)
    with stream_frames(tmp_path / "long.mp4") as stream:
        assert sum(1 for _ in stream.frames) == 150
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 128 * 128 * 3


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.mp4", None, "no such file"),
        ("text.mp4", b"no video at all", "not a readable video"),
        ("list.mp4", b"#EXTM3U\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n", "not a readable video"),
        ("text.gif", b"no gif", "not a readable gif"),
        ("text.png", b"no picture", "not a readable picture"),
        ("notes.txt", b"text", "unknown ending '.txt'"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(name: str, content: bytes | None, words: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(EmohubError, match=words) as caught:
        read_video(tmp_path / name)
    assert name in str(caught.value)


def test_a_folder_without_pictures_has_no_frames(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="no frames"):
        read_video(tmp_path)


def test_pictures_of_different_sizes_are_no_clip(clip: Frame, tmp_path: Path) -> None:
    Image.fromarray(clip[0]).save(tmp_path / "a.png")
    Image.fromarray(clip[1][:32]).save(tmp_path / "b.png")
    with pytest.raises(EmohubError, match="frame 1 is 64x32 after 64x64"):
        read_video(tmp_path)


def test_a_video_that_breaks_off_is_one_sentence_or_shorter(clip: Frame, tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", clip, 12)
    whole = (tmp_path / "clip.mp4").read_bytes()
    (tmp_path / "half.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EmohubError, match="half.mp4"):
        read_video(tmp_path / "half.mp4")


@pytest.mark.parametrize("ending", ["mp4", "gif"])
def test_a_failed_write_leaves_what_was_there_before(clip: Frame, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"clip.{ending}"
    path.write_bytes(b"before")
    for frames, words in (([], "no frames"), ([clip[0], clip[0, :32]], "all frames must have one size")):
        with pytest.raises(EmohubError, match=words):
            write_video(path, frames, 12)
    assert path.read_bytes() == b"before" and len(list(tmp_path.iterdir())) == 1


def test_other_endings_and_rates_are_refused(clip: Frame, tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"unknown ending '\.avi'"):
        write_video(tmp_path / "clip.avi", clip, 12)
    with pytest.raises(EmohubError, match="0 frames a second"):
        write_video(tmp_path / "clip.mp4", clip, 0)


def test_squares_are_cut_from_the_centre_or_a_box(clip: Frame) -> None:
    wide = clip[:, :40]
    assert np.array_equal(crop_to_square(wide), wide[:, :, 12:52])
    assert np.array_equal(crop_to_square(wide, (3, 5, 13, 15)), wide[:, 5:15, 3:13])
    with pytest.raises(ValueError, match="no square inside"):
        crop_to_square(wide, (0, 0, 41, 41))


def test_frames_are_resized_when_square(clip: Frame) -> None:
    assert resize_frames(clip, 32).shape == (8, 32, 32, 3)
    assert resize_frames(clip, 64) is clip
    with pytest.raises(ValueError, match="not square"):
        resize_frames(clip[:, :32], 16)
