"""`MANIFEST.json`: what a published folder holds, byte for byte, and where it comes from. Others' manifests are untrusted and read strictly."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hub.errors import EmohubError
from hub.files import digest, file_digest, write_json
from hub.results.untrusted import read_untrusted
from hub.spec import ReleaseChecks

MANIFEST = "MANIFEST.json"
CARD = "README.md"
CROISSANT = "croissant.json"
Content = Literal["dataset", "model"]
_SHA256 = r"^[0-9a-f]{64}$"
LARGEST = 16 * 2**20
_LARGEST_LOOKED_AT = 16_000_000
"""Bytes."""


_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices, with any ending."""


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path or str(PurePosixPath(path)) != path:
        raise ValueError(f"{path!r} is no plain path inside the folder")
    if any(":" in part or part[-1] in ". " or _DEVICE.fullmatch(part) for part in parts):
        raise ValueError(f"{path!r} cannot be a file's name on Windows")
    return path


RelativePath = Annotated[str, Field(max_length=500), AfterValidator(_inside)]


class Manifest(BaseModel):
    """What a published folder holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Content = "dataset"
    name: Annotated[str, Field(max_length=200)]
    version: Annotated[str, Field(pattern=r"^\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9A-Za-z.-]{1,40})?$")]
    fingerprint: Annotated[str, Field(pattern=_SHA256)]
    """SHA-256 over the names and hashes of the data (Parquet) or weights (safetensors): the same data have the same, whatever the card says."""
    code: Annotated[str, Field(max_length=100)] | None = None
    """The revision of the code that built it, with `+changes` when the tree was not clean."""
    forced: Annotated[str, Field(max_length=2000)] | None = None
    """Why it was released although a gate did not hold."""
    checks: ReleaseChecks = ReleaseChecks()
    sha256: dict[RelativePath, Annotated[str, Field(pattern=_SHA256)]]
    """Every file but the manifest itself."""

    @property
    def content(self) -> dict[str, str]:
        """The hashes by which two releases are the same: all but Croissant's, which tells when and by what code it was made."""
        return {path: value for path, value in self.sha256.items() if path != CROISSANT}


class ManifestFacts(BaseModel):
    """What a manifest says of files in whichever format it is, older ones too: for who only looks."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: Annotated[str, Field(max_length=100)]
    sha256: dict[RelativePath, Annotated[str, Field(pattern=_SHA256)]]


def read_manifest_facts(folder: Path) -> ManifestFacts:
    """Raises EmohubError where there is no manifest, or it is none of any format."""
    return read_untrusted(folder / MANIFEST, ManifestFacts, _LARGEST_LOOKED_AT)


def files_below(folder: Path) -> dict[str, Path]:
    """The files of a published folder by their relative POSIX paths, sorted; the manifest left out."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {name: path for path in found if (name := path.relative_to(folder).as_posix()) != MANIFEST}


def published_files(folder: Path) -> dict[str, Path]:
    """The files of a published folder, its manifest among them where there is one."""
    return files_below(folder) | ({MANIFEST: folder / MANIFEST} if (folder / MANIFEST).is_file() else {})


def fingerprint_of(sha256: Mapping[str, str]) -> str:
    """Returns the fingerprint of the data or weights among hashed files."""
    return digest({path: value for path, value in sha256.items() if path.endswith((".parquet", ".safetensors"))})


def write_manifest(folder: Path, kind: Content, name: str, version: str, **facts: Any) -> Manifest:
    """Hashes the files of a folder and writes its manifest. `facts` are the manifest's other fields: `code`, `forced`, `checks`."""
    hashes = {path: file_digest(file) for path, file in files_below(folder).items()}
    manifest = Manifest(kind=kind, name=name, version=version, fingerprint=fingerprint_of(hashes), sha256=hashes, **facts)
    write_json(folder / MANIFEST, manifest.model_dump(mode="json"))
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Reads a folder's manifest.

    Raises:
        EmohubError: there is none, or it is none.
    """
    if not (folder / MANIFEST).is_file():
        raise EmohubError(f"{folder}: there is no {MANIFEST}, so this is no folder that emohub published; name the folder that holds it")
    return read_untrusted(folder / MANIFEST, Manifest, LARGEST)


def damage(folder: Path, manifest: Manifest) -> list[str]:
    """Returns a sentence for every file that is missing, changed or not in the manifest."""
    present = files_below(folder)
    missing = [f"{name}: is missing" for name in manifest.sha256 if name not in present]
    kept = {name: value for name, value in manifest.sha256.items() if name in present}
    changed = [f"{name}: has other bytes than the manifest says" for name, value in kept.items() if file_digest(present[name]) != value]
    return missing + changed + [f"{name}: is not in the manifest" for name in present if name not in manifest.sha256]
