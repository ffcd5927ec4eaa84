"""Pictures of somebody else's: only formats that are asked for, the size looked at before anything is decoded, one sentence for whatever is wrong with them.

Pillow recognises files by their first bytes, whatever they are called, and among its formats are some that call other programs (EPS calls Ghostscript). A few
kilobytes can claim to be gigabytes of pixels. So pictures that come from outside are opened here and nowhere else.
"""

import io
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import EmohubError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""Pillow's names. All are decoded inside the process, and none can name another file."""
MOST_PIXELS = 50_000_000
"""Of one picture or frame: 200 MB once it is decoded."""
MOST_BYTES = 256 * 2**20
"""Of one encoded picture."""

# What Pillow's decoders were seen to raise for damaged files, beside its own errors, which are among these.
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, struct.error, LookupError, TypeError, ArithmeticError, AttributeError)


class ImageError(EmohubError):
    """A picture is damaged, of a format that is not read, or too large."""


@contextmanager
def open_image(source: bytes | Path, formats: Sequence[str] = FORMATS, most_pixels: int = MOST_PIXELS) -> Iterator["Image"]:
    """Yields a picture whose size is bearable, not decoded yet. What fails in the block, where it is decoded, is told like what fails here.

    Of a moving picture it stands at the first frame; after `seek`, call `check_size`.

    Args:
        source: the encoded picture, or its file. A file's name says nothing of its format.
        formats: names of `FORMATS`.
        most_pixels: width times height.

    Raises:
        ImageError: a sentence that begins with the file's name where there is one.
    """
    from PIL import Image, UnidentifiedImageError

    where = f"{source}: " if isinstance(source, Path) else ""
    try:
        length = source.stat().st_size if isinstance(source, Path) else len(source)
        if length > MOST_BYTES:
            raise ImageError(f"{where}a picture of {length:,} bytes is not read; at most {MOST_BYTES:,} are")
        with Image.open(source if isinstance(source, Path) else io.BytesIO(source), formats=tuple(formats)) as image:
            check_size(image, most_pixels, where)
            yield image
    except Image.DecompressionBombError as error:
        raise ImageError(f"{where}a picture claims more pixels than any here may have; at most {most_pixels:,} are read") from error
    except UnidentifiedImageError as error:
        expected = "gif" if tuple(formats) == ("GIF",) else f"picture; expected one of {', '.join(formats)}"
        raise ImageError(f"{where}not a readable {expected}") from error
    except _DAMAGE as error:
        raise ImageError(f"{where}not a readable picture ({_said(error)})") from error


def check_size(image: "Image", most_pixels: int = MOST_PIXELS, where: str = "") -> None:
    """Raises ImageError if a picture, or the frame it stands at, has more pixels."""
    if image.width * image.height > most_pixels:
        raise ImageError(f"{where}a picture of {image.width:,} × {image.height:,} pixels is not read; at most {most_pixels:,} pixels are")


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
