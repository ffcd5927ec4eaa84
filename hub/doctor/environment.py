"""Python, packages, system libraries and programs."""

import ctypes
import platform
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from hub.doctor.finding import Check, Finding, Subject

_PYTHONS = ((3, 11), (3, 13))
_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
_OF_THEIR_OWN = ("vllm", "all")
"""Extras that are installed elsewhere, or only name others."""
_SKIA = {"libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libexpat.so.1": "libexpat1"}
"""What skia-python loads of the system, and Debian's package for each."""
_PROGRAM_SECONDS = 5


def python(_: Subject) -> Iterator[Finding]:
    version, here = platform.python_version(), sys.version_info[:2]
    if _PYTHONS[0] <= here <= _PYTHONS[1]:
        yield Finding("ok", f"{version} at {sys.executable}")
    else:
        yield Finding("problem", f"{version} at {sys.executable}", "emohub needs 3.11, 3.12 or 3.13: make PYTHON=python3.12 env")


def packages(_: Subject) -> Iterator[Finding]:
    if not _PYPROJECT.is_file():
        yield Finding("note", "the packages cannot be compared: there is no pyproject.toml beside the code")
        return
    yield from compare_packages(tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"])


def compare_packages(project: dict[str, Any]) -> Iterator[Finding]:
    """Compares what is installed with the ranges of a `[project]` table of pyproject.toml."""
    extras = {name: wanted for name, wanted in project.get("optional-dependencies", {}).items() if name not in _OF_THEIR_OWN}
    groups = {"": project["dependencies"], **extras}
    complete: list[str] = []
    for extra, wanted in groups.items():
        absent, unfit = _compared(wanted)
        install = f"pip install -c constraints.txt -e '.{f'[{extra}]' if extra else ''}'"
        of = f" of the extra {extra!r}" if extra else ""
        yield from (Finding("problem", f"{sentence}{of}", install) for sentence in unfit)
        if absent:
            yield Finding("note" if extra else "problem", f"not installed{of}: {', '.join(absent)}", install)
        if not absent and not unfit:
            complete.append(extra or "core")
    if complete:
        yield Finding("ok", f"complete and in their ranges: {', '.join(complete)}")


def _compared(wanted: list[str]) -> tuple[list[str], list[str]]:
    """The names that are not installed, and a sentence for every version that does not fit."""
    from packaging.requirements import Requirement

    absent, unfit = [], []
    for one in map(Requirement, wanted):
        try:
            version = metadata.version(one.name)
        except metadata.PackageNotFoundError:
            absent.append(one.name)
            continue
        if not one.specifier.contains(version, prereleases=True):
            unfit.append(f"{one.name} {version} is outside {one.specifier}")
    return absent, unfit


def system_libraries(_: Subject) -> Iterator[Finding]:
    if not sys.platform.startswith("linux"):
        yield Finding("ok", "looked at on Linux alone")
        return
    missing = [name for name in _SKIA if not _loads(name)]
    if missing:
        install = f"apt-get install {' '.join(_SKIA[name] for name in missing)}"
        yield Finding("problem", f"{', '.join(missing)} cannot be loaded, so skia-python cannot draw", install)
    else:
        yield Finding("ok", f"what skia-python needs is there: {', '.join(_SKIA)}")


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def programs(subject: Subject) -> Iterator[Finding]:
    path = f"{Path(sys.executable).parent}:{subject.environment.get('PATH', '')}"
    for name, why, advice in (
        ("git", "code revisions are recorded by it", "install git"),
        ("dvc", "`emohub repro` runs it", "pip install -c constraints.txt -e '.[pipeline]'"),
    ):
        found = shutil.which(name, path=path)
        if found is None:
            yield Finding("problem", f"{name} is not there; {why}", advice)
        elif name == "dvc":
            yield Finding("ok", f"dvc {_installed('dvc')} at {found}")
        else:
            yield Finding("ok", f"{_version_of(found)} at {found}")


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "of another environment"


def _version_of(program: str) -> str:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_PROGRAM_SECONDS, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return f"{Path(program).name} (does not tell its version)"
    return said.strip().partition("\n")[0]


ENVIRONMENT: tuple[tuple[str, Check], ...] = (("python", python), ("packages", packages), ("system libraries", system_libraries), ("programs", programs))
