"""The folder of a Hugging Face Space that runs the real app: its code, the declarations, the results, and what the Space needs to start.

Spaces run Streamlit as a Docker Space (their own Streamlit SDK is deprecated): https://huggingface.co/docs/hub/spaces-sdks-docker.
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from hub.curate.secret_patterns import secret_in
from hub.errors import EmohubError
from hub.paths import Project
from hub.results.board.reading import read_overview
from hub.spec import Registry

PREDICTIONS_LIMIT = 50_000_000
"""Bytes of predictions and examples that go along, the smallest tasks first. The free hardware of a Space is slow to build and to start with more."""
REQUIRED = ("altair", "jinja2", "numpy", "pandas", "pillow", "pyarrow", "pydantic", "pyyaml", "rich", "scipy", "semver", "streamlit")
"""What the app imports on any of its pages."""
_FILES = (
    *("LICENSE", "dvc.yaml", "graph.yaml", "constraints.txt", ".streamlit/config.toml", "profiles/*.yaml"),
    *("hub/**/*", "leaderboard/**/*"),
    *("builders/*/*.yaml", "builders/*/*.j2", "builders/*/prompts/**/*"),
    *("benchmarks/reported.yaml", "benchmarks/tasks/*.yaml", "benchmarks/models/*.yaml", "benchmarks/claims/*.yaml", "benchmarks/labels/*.yaml"),
    *("results/board/**/*", "results/runs/**/*", "results/datasets/**/*", "results/releases/**/*", "results/imported/**/*"),
)
_TEXT = frozenset((".py", ".yaml", ".json", ".csv", ".txt", ".md", ".j2", ".jinja", ".toml", ".css", ".js", ".svg", ""))
_OPTIONAL = ("results/examples", "results/predictions")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==\S+")
_FRONT_MATTER = {
    "title": "emohub leaderboard",
    "emoji": "🎭",
    "colorFrom": "blue",
    "colorTo": "yellow",
    "sdk": "docker",
    "app_port": 8501,
    "pinned": False,
    "license": "apache-2.0",
    "short_description": "Emotion models, measured seed by seed",
    "tags": ["streamlit", "leaderboard", "emotion"],
}
_README = """
# emohub leaderboard

Datasets and benchmarks for recognising, writing and animating emotions, with every model run seed by seed and every score traced back to its run.
The datasets built here are synthetic; tasks on real data say so.

This folder was written by `emohub board export --space` and holds {runs:,} runs. Run it anywhere:

```bash
pip install -r requirements.txt -c constraints.txt
python -m streamlit run leaderboard/app.py
```

{left_out}
"""
_DOCKERFILE = """\
FROM python:3.11-slim
# Spaces run containers as user 1000.
RUN useradd --create-home --uid 1000 user
USER user
ENV HOME=/home/user PATH=/home/user/.local/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /home/user/app
COPY --chown=user requirements.txt constraints.txt ./
RUN pip install --no-cache-dir --user -r requirements.txt -c constraints.txt
COPY --chown=user . .
EXPOSE 8501
HEALTHCHECK CMD python -c "import urllib.request; urllib.request.urlopen('http://localhost:8501/_stcore/health')"
CMD ["python", "-m", "streamlit", "run", "leaderboard/app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true", \
"--server.fileWatcherType=none"]
"""


@dataclass(frozen=True, slots=True)
class _Extra:
    """Predictions or examples of one task, which go along whole or not at all."""

    folder: Path
    files: tuple[Path, ...]
    bytes: int


def write_space(project: Project, folder: Path, limit: int = PREDICTIONS_LIMIT) -> str:
    """Writes the Space into an empty folder, and returns what it holds in a few words.

    Raises:
        EmohubError: there is no readable board, or a file that would go along holds a secret or a path of this machine.
    """
    overview = read_overview(project)
    files = _sources(project.root)
    for path in files:
        _check(project.root, path)
    kept, left = _extras(project.root, limit)
    for path in [*files, *(path for extra in kept for path in extra.files)]:
        place = folder / path.relative_to(project.root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    said = _left_out(left, limit)
    front = yaml.safe_dump(_FRONT_MATTER, sort_keys=False, allow_unicode=True)
    _write(folder / "README.md", f"---\n{front}---\n{_README.format(runs=overview.runs, left_out=said)}".rstrip() + "\n")
    _write(folder / "Dockerfile", _DOCKERFILE)
    _write(folder / "requirements.txt", _requirements(project.root / "constraints.txt"))
    # Without the paths of this machine that it may name.
    _write(folder / "params.yaml", "profile: local\n")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"a Space of {size / 1e6:,.1f} MB{'; ' + said[:1].lower() + said[1:].rstrip('.') if said else ''}"


def _sources(root: Path) -> list[Path]:
    found = {path for pattern in _FILES for path in root.glob(pattern)}
    return sorted(path for path in found if path.is_file() and not path.is_symlink() and not _hidden(path.relative_to(root)))


def _hidden(path: Path) -> bool:
    parts = path.parts[1:] if path.parts[0] == ".streamlit" else path.parts
    return any(part.startswith(".") or part == "__pycache__" for part in parts)


def _check(root: Path, path: Path) -> None:
    if path.suffix not in _TEXT:
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    place = path.relative_to(root).as_posix()
    secret = secret_in(text)
    if secret is not None:
        raise EmohubError(f"{place}: seems to hold a secret ({secret}), which a Space would publish; take it out and export again")
    for local in (str(root), f"{Path.home()}/"):
        if len(local) > 1 and local in text:
            raise EmohubError(f"{place}: names a folder of this machine, which a Space would publish; take it out and export again")


def _extras(root: Path, limit: int) -> tuple[list[_Extra], list[_Extra]]:
    """What goes along and what does not, the smallest first."""
    found = sorted(_tasks(root), key=lambda extra: (extra.bytes, str(extra.folder)))
    kept: list[_Extra] = []
    for extra in found:
        if sum(one.bytes for one in kept) + extra.bytes > limit:
            break
        kept.append(extra)
    return kept, found[len(kept) :]


def _tasks(root: Path) -> Iterator[_Extra]:
    """Predictions of every task, and the examples of those whose rows this hub made: other people's rows are not ours to publish."""
    registry = Registry(Project(root))
    ours = {task for task in registry.files("task") if registry.task(task).source.kind == "published"}
    for name in _OPTIONAL:
        for folder in sorted((root / name).glob("*/*")):
            if name == "results/examples" and folder.stem not in ours:
                continue
            files = tuple(
                path for path in sorted([folder, *folder.rglob("*")]) if path.is_file() and not path.is_symlink() and not _hidden(path.relative_to(root))
            )
            if files:
                yield _Extra(folder.relative_to(root), files, sum(path.stat().st_size for path in files))


def _left_out(left: Iterable[_Extra], limit: int) -> str:
    names = ", ".join("/".join(extra.folder.parts[1:]) for extra in left)
    return f"Left out because all predictions and examples together would be more than {limit / 1e6:,.0f} MB: {names}." if names else ""


def _requirements(constraints: Path) -> str:
    """What the app needs, in the versions that this project is tested with."""
    pinned = [line for line in constraints.read_text(encoding="utf-8").splitlines() if (found := _PIN.match(line)) and found[1].lower() in REQUIRED]
    return "\n".join(pinned) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
