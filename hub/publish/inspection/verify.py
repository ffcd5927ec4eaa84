"""What a consumer can check of a published folder: every byte, every column, every count, and the gates of a release once more."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from hub.curate.gates import Gate
from hub.errors import EmohubError
from hub.publish.inspection.features import misfit
from hub.publish.inspection.published_folder import Configuration, PublishedFolder, Split, open_parquet, open_published, read_small_text, rows_of, shown
from hub.publish.inspection.release_gates import check_release
from hub.publish.manifest import CROISSANT, MANIFEST, Manifest, damage, files_below, read_manifest

_LARGEST_JSON = 16 * 2**20
_PROBLEMS_SHOWN = 20
_LONGEST_LINE = 500
_NAME = re.compile(r"(?P<configuration>[^/]+)/(?P<split>[^/]+)-(?P<number>\d{5})-of-(?P<total>\d{5})\.parquet")
_CODE = (
    ".py",
    ".pyc",
    ".pyo",
    ".pyd",
    ".so",
    ".dll",
    ".dylib",
    ".exe",
    ".sh",
    ".bash",
    ".bat",
    ".cmd",
    ".ps1",
    ".js",
    ".mjs",
    ".wasm",
    ".jar",
    ".rb",
    ".pl",
    ".ipynb",
)
_PICKLED = (".pkl", ".pickle", ".dill", ".joblib", ".pt", ".pth", ".ckpt", ".bin", ".npy", ".npz", ".h5", ".hdf5", ".keras", ".pb")
_PACKED = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")
_BEGINNINGS = {
    b"\x7fELF": "a program (ELF)",
    b"MZ": "a program (Windows)",
    b"\xfe\xed\xfa": "a program (macOS)",
    b"\xcf\xfa\xed\xfe": "a program (macOS)",
    b"#!": "a script",
    b"PK\x03\x04": "a ZIP archive, as weights in PyTorch's old format are",
    b"\x1f\x8b": "a compressed archive",
    b"\x93NUMPY": "a NumPy file, which can hold pickled objects",
}
_PICKLE = re.compile(rb"\x80[\x02-\x05]")


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `manifest` is None when it could not be read."""

    folder: str
    manifest: Manifest | None
    problems: tuple[str, ...]
    gates: tuple[Gate, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no problem and every gate holds. A release that was forced is not ok; `lines` says why it was."""
        return not self.problems and all(gate.passed for gate in self.gates)

    def lines(self) -> list[str]:
        """Returns what was found as lines for a terminal."""
        failed = [gate for gate in self.gates if not gate.passed]
        if self.manifest is None:
            title = self.folder
        else:
            title = f"{shown(self.manifest.name)} {self.manifest.version} ({self.manifest.kind}, {len(self.manifest.sha256):,} files)"
        lines = [f"{title}: {'all is well' if self.ok else 'not as it should be'}"]
        lines += [f"  - {shown(problem, _LONGEST_LINE)}" for problem in self.problems[:_PROBLEMS_SHOWN]]
        if len(self.problems) > _PROBLEMS_SHOWN:
            lines.append(f"  - and {len(self.problems) - _PROBLEMS_SHOWN:,} more problems")
        lines += [f"  - gate: {shown(gate.sentence, _LONGEST_LINE)}" for gate in failed]
        if self.manifest and self.manifest.forced:
            lines.append(f"  published although a gate did not hold, because: {shown(self.manifest.forced, _LONGEST_LINE)}")
        if self.gates and not failed:
            lines.append(f"  {len(self.gates)} gates hold")
        elif not self.gates and self.manifest and self.manifest.kind == "dataset":
            lines.append("  the gates were not measured: they need the card and the data as they are declared")
        return lines


def verify(folder: Path) -> Verification:
    """Checks a published folder, which may be anybody's, and reports all that is wrong. Nothing in it is run or unpickled, and nothing outside it is read.

    A dataset's manifest, file kinds, card, Parquet files and Croissant description are checked, then the gates; of a model, the manifest and the file kinds.
    """
    name = str(folder)
    if not folder.is_dir():
        return Verification(name, None, (f"{folder}: there is no such folder",), ())
    astray = tuple(_astray(folder))
    if astray:
        return Verification(name, None, astray, ())
    try:
        manifest = read_manifest(folder)
    except EmohubError as error:
        return Verification(name, None, (str(error), *_forbidden(folder)), ())
    problems = [*_damage(folder, manifest), *_forbidden(folder)]
    if manifest.kind == "model":
        return Verification(name, manifest, tuple(problems), ())
    gates: tuple[Gate, ...] = ()
    try:
        published = open_published(folder)
        unfit = list(_parquet_problems(published))
        problems += [*unfit, *_croissant_problems(folder, manifest)]
        if not unfit:
            gates = tuple(check_release(folder))
    except EmohubError as error:
        problems.append(str(error))
    return Verification(name, manifest, tuple(problems), gates)


def _astray(folder: Path) -> Iterator[str]:
    """Links that lead outside, links to folders, and things that are no files: none is followed or opened."""
    root = folder.resolve()
    for parent, folders, files in os.walk(folder):
        for entry in (*folders, *files):
            path = Path(parent) / entry
            name = shown(path.relative_to(folder).as_posix())
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
                yield f"{name}: is a link that leads outside the folder"
            elif path.is_symlink() and not path.is_file():
                yield f"{name}: is a link to no file"
            elif not path.is_dir() and not path.is_file():
                yield f"{name}: is neither a file nor a folder"


def _damage(folder: Path, manifest: Manifest) -> list[str]:
    try:
        return damage(folder, manifest)
    except OSError as error:
        return [f"{shown(str(error.filename))}: cannot be read ({error.strerror})"]


def _forbidden(folder: Path) -> Iterator[str]:
    """Files that run when they are opened, or may hold what does."""
    for name, path in files_below(folder).items():
        kind = _danger(path)
        if kind:
            yield f"{shown(name)}: {kind}; published folders hold data alone"
        elif path.name == "config.json" and '"auto_map"' in _text(path):
            yield f"{shown(name)}: `auto_map` asks for code from elsewhere; published models use the classes of their library alone"


def _danger(path: Path) -> str | None:
    ending = path.suffix.lower()
    for endings, what in (
        (_CODE, "is code"),
        (_PICKLED, "is of a kind that can hold pickled objects, which run when they are loaded"),
        (_PACKED, "is an archive"),
    ):
        if ending in endings:
            return what
    try:
        with path.open("rb") as file:
            beginning = file.read(8)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if _PICKLE.match(beginning):
        return "is a pickled object"
    return next((f"is {what}" for magic, what in _BEGINNINGS.items() if beginning.startswith(magic)), None)


def _text(path: Path) -> str:
    try:
        return read_small_text(path, _LARGEST_JSON)
    except EmohubError:
        return ""


def _parquet_problems(published: PublishedFolder) -> Iterator[str]:
    declared = {path for one in published.configurations for split in one.splits for path in split.files}
    for name, path in files_below(published.root).items():
        if name.endswith(".parquet") and path not in declared:
            yield f"{shown(name)}: belongs to no split of the card's `configs:`"
    for configuration in published.configurations:
        for split in configuration.splits:
            yield from _split_problems(published, configuration, split)


def _split_problems(published: PublishedFolder, configuration: Configuration, split: Split) -> Iterator[str]:
    where = f"{shown(configuration.name)}/{shown(split.name)}"
    names = [path.relative_to(published.root).as_posix() for path in split.files]
    expected = [f"{configuration.name}/{split.name}-{number:05d}-of-{len(names):05d}.parquet" for number in range(len(names))]
    if names != expected:
        match = next((match for name in names if (match := _NAME.fullmatch(name))), None)
        wanted = f"{int(match['total']):,} files" if match else f"{configuration.name}/{split.name}-00000-of-{len(names):05d}.parquet and so on"
        yield f"{where}: {len(names):,} files, the first {shown(names[0])}, but {wanted} should be there"
    readable = True
    for path, name in zip(split.files, names, strict=True):
        try:
            with open_parquet(published.root, path) as file:
                yield from (f"{shown(name)}: {problem}" for problem in _schema_problems(configuration, file.schema_arrow))
        except EmohubError as error:
            readable = False
            yield str(error)
    if readable and split.declared_rows is None:
        yield f"{where}: dataset_info does not say how many rows there are"
    elif readable and (rows := rows_of(published.root, split)) != split.declared_rows:
        yield f"{where}: holds {rows:,} rows, but dataset_info says {split.declared_rows:,}"


def _schema_problems(configuration: Configuration, schema: pa.Schema) -> Iterator[str]:
    found = {field.name: field.type for field in schema}
    if len(found) != len(schema):
        yield "two columns share a name"
    yield from (f"column {shown(name)} is missing" for name in configuration.features if name not in found)
    yield from (f"column {shown(name)} is not in dataset_info" for name in found if name not in configuration.features)
    for name, feature in configuration.features.items():
        if name in found and (sentence := misfit(feature, found[name], name)):
            yield f"column {sentence}"


def _croissant_problems(folder: Path, manifest: Manifest) -> Iterator[str]:
    """A Croissant description need not be there; where it is, its hashes are the manifest's."""
    if not (folder / CROISSANT).is_file():
        return
    try:
        described = json.loads(read_small_text(folder / CROISSANT, _LARGEST_JSON))
    except (ValueError, RecursionError):
        yield f"{CROISSANT}: is not JSON"
        return
    files = described.get("distribution") if isinstance(described, dict) else None
    if not isinstance(files, list):
        yield f"{CROISSANT}: has no list `distribution` of files"
        return
    hashes = {}
    for one in files:
        match one:
            case {"sha256": str(value), "contentUrl": str(address)}:
                hashes[_inside(address)] = value
    for name, value in hashes.items():
        if name not in manifest.sha256:
            yield f"{CROISSANT}: describes {shown(name)}, which {MANIFEST} does not list"
        elif manifest.sha256[name] != value:
            yield f"{CROISSANT}: has another hash of {shown(name)} than {MANIFEST}"
    yield from (f"{CROISSANT}: says nothing of {name}" for name in manifest.sha256 if name.endswith(".parquet") and name not in hashes)


def _inside(address: str) -> str:
    """The path in the folder: what an address on the Hub has after `/resolve/<revision>/`."""
    found: Any = re.search(r"/resolve/[^/]+/(.+)$", address)
    return str(found[1]) if found else address
