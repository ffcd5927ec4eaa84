"""Whether what a row holds, its text or its pictures, stands in two splits. Kept are hashes, not rows."""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa

from hub.curate.gates import Gate
from hub.publish.inspection.features import Feature, Picture, inside
from hub.publish.inspection.published_folder import Batch, values_at
from hub.untrusted_images import ImageError, open_image

_NAMED = 5
_THREADS = 2
_NOTHING = b"\x00"


class ContentSeen:
    """The content of a configuration's rows, split by split.

    Texts are the same whatever their case and spacing. Pictures are the same when their pixels are: equal bytes have equal pixels, and pixels can be equal
    although a note inside the file or its compression differs, as it does in every picture that carries its own id. Near-duplicates are curation's business.
    A list is compared as a whole, and so are several columns.

    Args:
        paths: the columns, or fields inside them; empty when none are declared.
        features: the configuration's columns.
    """

    def __init__(self, paths: Sequence[str], features: Mapping[str, Feature]) -> None:
        self._fields = [path.split(".") for path in paths]
        self._first: dict[bytes, str] = {}
        self._repeated: list[str] = []
        self._unreadable: list[str] = []
        found = {name: dict(inside(feature, name)) for name, feature in features.items()}
        known = {path: one for paths_inside in found.values() for path, one in paths_inside.items()}
        self.fault = next((f"no column {path}" for path in paths if path not in known), None) if paths else "no columns declared"
        self.columns = [] if self.fault else list(dict.fromkeys(fields[0] for fields in self._fields))
        self.has_pictures = self.fault is None and any(isinstance(known[path], Picture) for path in paths)

    def add(self, batch: Batch) -> None:
        parts = [_keys(*values_at(batch.column(fields[0]), fields[1:]), len(batch.names)) for fields in self._fields]
        for row, name in enumerate(batch.names):
            keys = [part[row] for part in parts]
            if any(key is None for key in keys):
                self._unreadable.append(name)
                continue
            joined = hashlib.blake2b(b"".join(key for key in keys if key is not None), digest_size=16).digest()
            if self._first.setdefault(joined, batch.split) != batch.split:
                self._repeated.append(name)

    def gate(self, configuration: str) -> Gate:
        name = f"content in two splits of {configuration}"
        if self.fault:
            return Gate(name, False, self.fault, f"the columns of content as `release: content: {configuration}:`")
        return Gate(name, not self._repeated, f"{len(self._repeated):,}", "none", tuple(self._repeated[:_NAMED]))

    def unreadable_gate(self, configuration: str) -> Gate:
        name, count = f"pictures that cannot be decoded in {configuration}", len(self._unreadable)
        return Gate(name, not count, f"{count:,}", "none", tuple(self._unreadable[:_NAMED]))


def _keys(rows: pa.Array, values: pa.Array, count: int) -> list[bytes | None]:
    """Returns one key for each of `count` rows; None where a picture cannot be decoded."""
    keys: list[bytes | None] = [b""] * count
    for row, key in zip(rows.to_pylist(), _value_keys(values), strict=True):
        before = keys[row]
        keys[row] = None if key is None or before is None else before + key
    return keys


def _value_keys(values: pa.Array) -> list[bytes | None]:
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return [_NOTHING if text is None else _hash(" ".join(text.casefold().split()).encode()) for text in values.to_pylist()]
    if pa.types.is_struct(values.type) and {field.name for field in values.type} == {"bytes", "path"}:
        with ThreadPoolExecutor(_THREADS) as pool:
            return list(pool.map(_picture_key, values.to_pylist()))
    return [_hash(repr(value).encode()) for value in values.to_pylist()]


def _picture_key(picture: Mapping[str, Any] | None) -> bytes | None:
    if picture is None:
        return _NOTHING
    return pixel_hash(picture["bytes"]) if picture["bytes"] else None


def pixel_hash(content: bytes) -> bytes | None:
    """Returns a hash of a picture's size and pixels, as RGBA; of the bytes when it moves, for then one frame is not all of it. None if it cannot be decoded."""
    try:
        with open_image(content) as image:
            if getattr(image, "is_animated", False):
                return _hash(content)
            return _hash(f"{image.size}".encode() + image.convert("RGBA").tobytes())
    except ImageError:
        return None


def _hash(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
