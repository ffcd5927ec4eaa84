"""What a model is called in fingerprints, tables and cards."""

from pathlib import Path

from hub.files import digest, file_digest

_TELLING = ("*.safetensors", "*.json", "*.jinja")
"""The files of a model folder that change what it answers."""


def model_name(model: str) -> str:
    """Returns a Hub id as it is; of a folder its name and a hash of its contents: another training under the same name is another model.

    No path, for a path says nothing on another machine. Reads the whole folder: a second or two for each gigabyte.
    """
    folder = Path(model)
    if not folder.is_dir():
        return model
    paths = sorted(path for pattern in _TELLING for path in folder.glob(pattern))
    return f"{folder.resolve().name}@{digest({path.name: file_digest(path) for path in paths})[:16]}"
