"""Videos, gifs, folders of pictures and single pictures as frames, and frames as mp4 or gif."""

import contextlib
import itertools
import math
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from hub.errors import EmohubError
from hub.files import replacing
from hub.untrusted_images import MOST_PIXELS, check_size, open_image

Frame = npt.NDArray[np.uint8]

VIDEO_ENDINGS = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi")
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
DEFAULT_RATE = 25.0
"""Frames a second of what says nothing of it: pictures, and videos without a rate."""

# Playlists and the like would make FFmpeg open other files.
_OPENING = {"format_whitelist": "mov,mp4,matroska,webm,avi", "protocol_whitelist": "file"}
_PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
_MOST_FRAMES = 100_000
"""Of a gif, a frame that is shown long counted as often as it comes: an hour at 25 a second and some."""
_MOST_BYTES = 16 * 2**30
"""Of all frames that are held at once."""
_PALETTE_SAMPLES = 1024
"""Pixels of a frame that a gif's palette is worked out from."""


@dataclass(frozen=True, slots=True)
class Video:
    """All frames of a clip."""

    frames: Frame
    """(T, H, W, 3) RGB, T at least 1."""
    fps: float


@dataclass(frozen=True, slots=True)
class FrameStream:
    """Frames that are read as they are asked for, once."""

    frames: Iterator[Frame]
    """(H, W, 3) RGB, all of one size."""
    fps: float
    count: int
    """About how many there are; 0 where the file says nothing of it."""


def read_video(path: Path, maximum_frames: int | None = None) -> Video:
    """Reads a video, a gif, a folder of pictures in the order of their names, or one picture.

    Raises:
        EmohubError: it is missing, unreadable or of an unknown ending, has no frames, or frames of different sizes.
    """
    with stream_frames(path) as stream:
        frames: list[Frame] = []
        for frame in itertools.islice(stream.frames, maximum_frames):
            frames.append(frame)
            if len(frames) * frame.nbytes > _MOST_BYTES:
                raise EmohubError(f"{path}: more than {_MOST_BYTES // 2**30} GB of frames, which are all held at once: cut it, or make it smaller")
        return Video(np.stack(frames), stream.fps)


@contextlib.contextmanager
def stream_frames(path: Path) -> Iterator[FrameStream]:
    """Yields the frames of what `read_video` reads, held one at a time. Errors come as there, from here or from the frames."""
    if not path.exists():
        raise EmohubError(f"{path}: there is no such file or folder")
    ending = path.suffix.lower()
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in PICTURE_ENDINGS)
        yield FrameStream(_one_size(path, (_picture(file) for file in files)), DEFAULT_RATE, len(files))
    elif ending == ".gif":
        yield _gif_stream(path)
    elif ending in PICTURE_ENDINGS:
        yield FrameStream(iter([_picture(path)]), DEFAULT_RATE, 1)
    elif ending in VIDEO_ENDINGS:
        with _opened(path) as container:
            stream = container.streams.video[0]
            fps = float(stream.average_rate or stream.guessed_rate or DEFAULT_RATE)
            count = stream.frames or round((container.duration or 0) / av.time_base * fps)
            yield FrameStream(_one_size(path, _decoded(path, container)), fps, count)
    else:
        raise EmohubError(f"{path}: unknown ending {ending!r}; expected a folder of pictures or one of {', '.join((*VIDEO_ENDINGS, '.gif', *PICTURE_ENDINGS))}")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator["av.container.InputContainer"]:
    try:
        container = av.open(str(path.resolve()), options=_OPENING)
    except (av.FFmpegError, OSError) as error:
        raise EmohubError(f"{path}: not a readable video ({error.strerror})") from error
    with container:
        if not container.streams.video:
            raise EmohubError(f"{path}: the file has no pictures, only sound or text")
        codec = container.streams.video[0].codec_context
        _refuse_large(path, codec.width, codec.height)
        # FFmpeg refuses frames that are larger than the file said at its beginning.
        codec.options = {"max_pixels": str(MOST_PIXELS)}
        yield container


def _decoded(path: Path, container: "av.container.InputContainer") -> Iterator[Frame]:
    try:
        for frame in container.decode(video=0):
            _refuse_large(path, frame.width, frame.height)
            # Phones store upright pictures lying, with a note.
            yield np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), k=frame.rotation // 90))
    except av.FFmpegError as error:
        raise EmohubError(f"{path}: the video breaks off or is damaged ({error.strerror})") from error


def _picture(path: Path) -> Frame:
    with open_image(path, _PICTURE_FORMATS) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def _refuse_large(path: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise EmohubError(f"{path}: frames of {width:,} × {height:,} pixels are not read; at most {MOST_PIXELS:,} pixels are")


def _gif_stream(path: Path) -> FrameStream:
    """Reads a gif at the rate of its shortest common step: a frame shown twice as long as the step comes twice."""
    durations: list[int] = []
    with open_image(path, ["GIF"]) as image:
        # Not `n_frames`, which goes through the whole file before it says a number.
        for number in itertools.count():
            try:
                image.seek(number)
            except EOFError:
                break
            check_size(image, where=f"{path}: ")
            durations.append(round(image.info.get("duration", 0)) or round(1000 / DEFAULT_RATE))
            if number >= _MOST_FRAMES:
                raise _long(path)
    step = math.gcd(*durations)
    repeats = [duration // step for duration in durations]
    if sum(repeats) > _MOST_FRAMES:
        raise _long(path)
    return FrameStream(_gif_frames(path, repeats), 1000 / step, sum(repeats))


def _gif_frames(path: Path, repeats: list[int]) -> Iterator[Frame]:
    with open_image(path, ["GIF"]) as image:
        for number, count in enumerate(repeats):
            try:
                image.seek(number)
                frame = np.asarray(image.convert("RGB"))
            except (OSError, EOFError, SyntaxError) as error:
                raise EmohubError(f"{path}: the gif is damaged at frame {number} ({error})") from error
            yield from itertools.repeat(frame, count)


def _long(path: Path) -> EmohubError:
    return EmohubError(f"{path}: more than {_MOST_FRAMES:,} frames, or frames shown so unevenly that there would be; give a video, or cut it")


def _one_size(path: Path, frames: Iterable[Frame]) -> Iterator[Frame]:
    first: Frame | None = None
    for number, frame in enumerate(frames):
        if first is None:
            first = frame
        if frame.shape != first.shape:
            sizes = f"{frame.shape[1]}x{frame.shape[0]} after {first.shape[1]}x{first.shape[0]}"
            raise EmohubError(f"{path}: frame {number} is {sizes}: all frames must have one size")
        yield frame
    if first is None:
        raise EmohubError(f"{path}: there are no frames in it")


def write_video(path: Path, frames: Iterable[Frame], fps: float) -> None:
    """Writes frames as .mp4 or .gif, atomically.

    An mp4 (H.264, or MPEG-4 where there is no x264) is written frame by frame; an odd width or height is made even by repeating the last column or row. A gif
    has one palette of 256 colours and no dithering, so that what stands still does not flicker; its frames last whole hundredths of a second.

    Args:
        frames: (H, W, 3) RGB, all of one size, at least one.
        fps: frames a second.

    Raises:
        EmohubError: the ending is another one, there are no frames, or their sizes differ.
    """
    if not 0 < fps <= 1000:
        raise EmohubError(f"{path}: {fps} frames a second cannot be written; expected more than 0 and at most 1000")
    writers = {".mp4": _write_mp4, ".gif": _write_gif}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise EmohubError(f"{path}: unknown ending {path.suffix!r}; videos are written as {' or '.join(writers)}")
    with replacing(path) as temporary:
        writer(temporary, _one_size(path, frames), fps)


def _write_mp4(path: Path, frames: Iterator[Frame], fps: float) -> None:
    codec, options = ("libx264", {"crf": "16", "preset": "medium"}) if "libx264" in av.codecs_available else ("mpeg4", {"qscale": "2"})
    first = next(frames)
    height, width = first.shape[:2]
    with av.open(str(path), "w", format="mp4") as container:
        stream = cast("av.VideoStream", container.add_stream(codec, rate=Fraction(fps).limit_denominator(1001), options=options))
        stream.width, stream.height, stream.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
        for frame in itertools.chain([first], frames):
            even = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")))
        container.mux(stream.encode())


def _write_gif(path: Path, frames: Iterator[Frame], fps: float) -> None:
    """Keeps the frames in a file until their common palette is known."""
    samples: list[Frame] = []
    with tempfile.TemporaryFile(dir=path.parent) as spool:
        for frame in frames:
            shape = frame.shape
            spool.write(np.ascontiguousarray(frame).data)
            pixels = frame.reshape(-1, 3)
            samples.append(pixels[:: max(1, len(pixels) // _PALETTE_SAMPLES)])
        palette = Image.fromarray(np.concatenate(samples)[None]).quantize(256, method=Image.Quantize.MEDIANCUT)
        spool.seek(0)
        kept = (np.frombuffer(spool.read(math.prod(shape)), dtype=np.uint8).reshape(shape) for _ in samples)
        pictures = (Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in kept)
        duration = max(2, round(100 / fps)) * 10
        next(pictures).save(path, format="GIF", save_all=True, append_images=pictures, duration=duration, loop=0, optimize=False)


def crop_to_square(frames: Frame, box: tuple[int, int, int, int] | None = None) -> Frame:
    """Returns the part of (T, H, W, 3) frames in a square box (left, top, right, bottom in pixels), or their largest centred square.

    Raises:
        ValueError: the box is no square inside the frames.
    """
    height, width = frames.shape[1:3]
    if box is None:
        side = min(height, width)
        box = ((width - side) // 2, (height - side) // 2, (width - side) // 2 + side, (height - side) // 2 + side)
    left, top, right, bottom = box
    if not (0 <= left < right <= width and 0 <= top < bottom <= height and right - left == bottom - top):
        raise ValueError(f"box {box} is no square inside frames of {width}x{height}")
    return frames[:, top:bottom, left:right]


def resize_frames(frames: Frame, size: int) -> Frame:
    """Returns square (T, H, H, 3) frames at `size` pixels.

    Raises:
        ValueError: they are not square; `crop_to_square` makes them so.
    """
    if frames.shape[1] != frames.shape[2]:
        raise ValueError(f"frames of {frames.shape[2]}x{frames.shape[1]} are not square: crop them first")
    if frames.shape[1] == size:
        return frames
    return np.stack([np.asarray(Image.fromarray(frame).resize((size, size), Image.Resampling.LANCZOS)) for frame in frames])
