"""Files that are small and claim to be enormous, or are not what they are called."""

import io
import struct
import zlib
from pathlib import Path

from PIL import Image


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_zeros(width: int, height: int, whole: bool = True) -> bytes:
    """A true PNG, one bit a pixel, all black: a few hundred kilobytes for 3.6 gigapixels; without `whole`, its header and the first rows alone."""
    squeezed = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    rows = b"".join(squeezed.compress(row) for _ in range(height if whole else 4)) + squeezed.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def png_with_long_note() -> bytes:
    """A PNG of one pixel with 64 MB of compressed text beside it."""
    note = b"note\0\0" + zlib.compress(bytes(64 * 2**20), 9)
    data = encoded("PNG", (1, 1))
    return data[:33] + _chunk(b"zTXt", note) + data[33:]


def gif(width: int, height: int, frames: int, hundredths: int = 4) -> bytes:
    """A GIF whose every frame is one pixel, 30 bytes each, on a canvas of the given size."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + gif_frame(hundredths) * frames + b";"


def gif_frame(hundredths: int) -> bytes:
    control = b"\x21\xf9\x04\0" + struct.pack("<H", hundredths) + b"\0\0"
    return control + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"


def encoded(kind: str, size: tuple[int, int] = (16, 12), frames: int = 1) -> bytes:
    """A harmless picture; with several frames, a moving one."""
    pictures = [Image.new("RGB", size, (40 * number % 256, 90, 200)) for number in range(frames)]
    written = io.BytesIO()
    moving = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(written, kind, **moving)
    return written.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/hostname"/></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n(/etc/hostname) (r) file\nshowpage\n%%EOF\n"
HTML = b"<html><script>alert(1)</script></html>"


def billion_laughs() -> str:
    """YAML of half a kilobyte that stands for 9^9 values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 9)]
    return "\n".join(lines) + "\n"


def large_json(path: Path, megabytes: int = 200) -> None:
    """A file of that size, most of it a hole that takes no room on the disk."""
    with path.open("wb") as file:
        file.write(b'{"rows": "')
        file.truncate(megabytes * 10**6)
