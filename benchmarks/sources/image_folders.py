"""Images in class folders, `<root>/<class>/…` or `<root>/<train|val|test>/<class>/…`: how FI, Emotion6, UnBiasedEmo and CAER-S come."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.sources.labelled_images import SUFFIXES, LabelledImage, Part, RawImages, look_at, part_name
from hub.errors import DataUnavailableError, EmohubError
from hub.spec.task import ExternalSource


def read(root: Path) -> RawImages:
    """Reads the images below class folders. A class is its folder's name in lower case; its number is nobody's business.

    Where a folder called train lies at the top, the folders train, val or validation, and test hold the classes; other folders beside them are passed over.

    Raises:
        EmohubError: `root` is no folder, or holds no images in folders of classes.
    """
    if not root.is_dir():
        raise EmohubError(f"{root}: not a folder; name the one that holds a folder for every class")
    found = [(part, label.name.lower(), path) for part, place in _parts(root) for label in _folders(place) for path in _images(label)]
    if not found:
        raise EmohubError(f"{root}: holds no images in folders <class>/ or <train, val, test>/<class>/")
    facts = look_at(path for _, _, path in found)
    parts: dict[Part, list[LabelledImage]] = {}
    unreadable = 0
    for part, label, path in found:
        seen = facts[path]
        if seen is None:
            unreadable += 1
            continue
        parts.setdefault(part, []).append(LabelledImage(path.relative_to(root).as_posix(), path, seen.content, (label,)))
    return RawImages(parts, {"cannot be decoded": unreadable} if unreadable else {})


def read_hub(source: ExternalSource) -> RawImages:
    """Reads the same from a dataset repository of the Hub whose files lie in class folders. Nothing of it is run."""
    return read(snapshot(source))


def snapshot(source: ExternalSource) -> Path:
    """Downloads a dataset repository and returns where it lies in the Hub's cache.

    Raises:
        DataUnavailableError: it cannot be downloaded.
    """
    import huggingface_hub

    assert source.hub_id is not None
    try:
        return Path(huggingface_hub.snapshot_download(source.hub_id, repo_type="dataset", revision=source.hub_revision))
    except (OSError, ValueError) as error:
        raise DataUnavailableError(f"{source.hub_id} cannot be downloaded from the Hub: {str(error).splitlines()[0]}") from error


def _parts(root: Path) -> Iterator[tuple[Part, Path]]:
    named = [(part, folder) for folder in _folders(root) if (part := part_name(folder.name))]
    if any(part == "train" for part, _ in named):
        yield from named
    else:
        yield "all", root


def _folders(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith("."))


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith("."))
