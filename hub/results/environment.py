"""Where and from what a run was made, without anything private: no host, user or path."""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

from hub.results.record import Environment

_PACKAGES = ("datasets", "numpy", "pyarrow", "scikit-learn", "torch", "transformers")


def describe_environment(threads: int, gpu: str | None = None) -> Environment:
    """Returns the machine and the versions that matter to a number."""
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        threads=threads,
        gpu=gpu,
        packages=versions,
    )


def code_revision(root: Path) -> str | None:
    """Returns the git commit, with `+changes` if tracked code differs from it; None outside git."""
    try:
        commit = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", "hub", "builders", "benchmarks")
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{commit}+changes" if changed else commit


def commit_day(root: Path) -> str | None:
    """Returns the day of the git commit, as `2026-11-27`, which is the same whenever something is made again from it; None outside git."""
    try:
        return _git(root, "show", "-s", "--format=%cs", "HEAD") or None
    except (OSError, subprocess.CalledProcessError):
        return None


def usable_cores() -> int:
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
