"""A small project with everything that a fault can hit: a text dataset, an image dataset, a task and models. Its commands run as the command line runs them."""

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hub.files import file_digest
from hub.paths import Project
from tests.support.engines import LoggedEngine
from tests.support.projects import REPOSITORY, copy_project
from tests.support.spy_classifier import REFERENCE
from tests.support.text_project import write_model, write_task, write_yaml

TEXT, IMAGES = "emo_pillars", "emo8"
TASK, MODEL = "pillars", "spy"
SEEDS = (0, 1, 2)
HEAVY = ("datasets", "mlcroissant", "matplotlib.pyplot", "sklearn.linear_model", "hub.cli", "benchmarks.runners.text_classification")
"""Imported before the clock runs."""
COMMAND, SLOW_COMMAND, BACKWARD_COMMAND = f"{__name__}:emohub", f"{__name__}:emohub_slowly", f"{__name__}:emohub_backward"
"""For `Killable`: they take the project's folder and the command's arguments; the slow one takes its delay before these."""
EVERYTHING = (
    ("generate", TEXT),
    ("curate", TEXT),
    ("build", TEXT),
    ("publish", TEXT, "--version", "v0.1.0"),
    ("bench", TASK, MODEL),
    ("generate", IMAGES),
)
"""Every command that makes something, in order."""
_PICTURES = {"images": 80, "people": 20, "animals": 10, "scenes_per_place": 10}
_PASSING = (".emohub/live/", ".emohub/locks/", ".emohub/logs/", ".emohub/quarantine/")
"""What a killed process may leave behind: it is known for what it is."""


def make_project(root: Path, kits: int = 4) -> Project:
    """Makes the project in `root`, whose parent is its alone: the logs of what was asked and trained lie there."""
    project = copy_project(root, kits)
    shutil.copy(REPOSITORY / "builders" / TEXT / "card.md.j2", root / "builders" / TEXT)
    shutil.copytree(REPOSITORY / "builders" / IMAGES, root / "builders" / IMAGES, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for dataset, gates in ((TEXT, {"maximum_duplicate_share": 1.0}), (IMAGES, {"maximum_imbalance": 1.0})):
        declaration = root / "builders" / dataset / "dataset.yaml"
        declared = yaml.safe_load(declaration.read_text(encoding="utf-8"))
        write_yaml(declaration, {**declared, "gates": gates})
    write_yaml(root / "params.yaml", {"profile": "tiny", "data": {}})
    write_yaml(root / "dvc.yaml", {"stages": {}})
    write_profile(root)
    write_task(root, TASK, {"kind": "published", "dataset": TEXT, "configuration": "context-less"})
    write_model(root, MODEL, REFERENCE, settings={"log": "../fitted.jsonl"})
    write_model(root, "floor", "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression", deterministic=True)
    return project


def write_profile(root: Path, workers: int = 1) -> None:
    text = {"kind": "text", "engine": {"kind": "authored"}, "narratives": {"kind": "authored"}, "options": {"parts": ["first", "second"], "context_share": 1.0}}
    images = {"kind": "images", "engine": {"kind": "render", "workers": workers}, "size": 64, "batch_size": 10, "options": _PICTURES}
    bench = {"seeds": list(SEEDS), "bootstrap_replicates": 100, "threads": 1}
    write_yaml(root / "profiles" / "tiny.yaml", {"name": "tiny", "title": "Tiny", "datasets": {TEXT: text, IMAGES: images}, "bench": bench})


def asked(project: Project) -> Path:
    """Where questions are logged."""
    return project.root.parent / "asked.tsv"


def variables(project: Project) -> dict[str, str]:
    """The environment of a command: nothing of this process's project, no network, one thread, and its own place for temporary files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EMOHUB_", "GIT_", "HF_"))}
    passing = project.root.parent / "tmp"
    passing.mkdir(exist_ok=True)
    ours = {"EMOHUB_ROOT": str(project.root), "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    return kept | ours | {"HF_HOME": str(passing / "hf"), "TMPDIR": str(passing)}


def emohub(root: str, *arguments: str) -> None:
    """The command, in this process: for processes that are made to be killed."""
    from hub.cli import main

    os.environ["EMOHUB_ROOT"] = root
    os.chdir(root)
    sys.argv = ["emohub", *arguments]
    main()


def emohub_slowly(root: str, delay: str, *arguments: str) -> None:
    """The same with an engine for texts that takes its time (`delay`, in seconds) and logs every question."""
    project = Project(Path(root))

    def opened(*_: Any) -> LoggedEngine:
        return LoggedEngine(project, asked(project), float(delay))

    import hub.generate.job

    hub.generate.job.open_engine = opened  # type: ignore[assignment]
    emohub(root, *arguments)


def emohub_backward(root: str, *arguments: str) -> None:
    """The same in a time that runs backward: each look at Python's clock finds it an hour earlier."""
    began, looks = time.time(), itertools.count()
    time.time = lambda: began - 3600 * next(looks)  # type: ignore[assignment]
    emohub(root, *arguments)


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    said: str

    @property
    def is_clean(self) -> bool:
        """It did its work, or said in one sentence why not."""
        return self.code in (0, 2, 130) and "Traceback" not in self.said


def run(project: Project, *arguments: str, through: tuple[str, ...] = ()) -> Result:
    """Runs a command to its end, in a process that is started afresh, `through` another program."""
    command = [*through, sys.executable, "-c", "from hub.cli import main; main()", *arguments]
    done = subprocess.run(command, cwd=project.root, env=variables(project), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=500, check=False)
    return Result(done.returncode, done.stderr + done.stdout)


def stored(project: Project) -> dict[str, int]:
    """How often each question's answer is stored: by step and id, as the log of questions names them."""
    found: dict[str, int] = {}
    for path in (project.work / "stores" / TEXT).glob("*.sqlite"):
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30) as database:
                (step,) = database.execute("SELECT json_extract(value, '$.step') FROM about WHERE key = 'fingerprint'").fetchone() or ("",)
                for (id,) in database.execute("SELECT request_id FROM answers"):
                    found[f"{step}\t{id}"] = found.get(f"{step}\t{id}", 0) + 1
        except sqlite3.OperationalError:
            continue  # Killed before it had made its tables.
    return found


def content(folder: Path) -> dict[str, str]:
    """The hash of every file below a folder, hidden ones too, and where links lead."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    return {name: f"-> {path.readlink()}" if path.is_symlink() else file_digest(path) for name, path in found.items() if path.is_symlink() or path.is_file()}


def names(project: Project) -> set[str]:
    """Everything that lies in a project, but for what a killed process may leave."""
    found = (path.relative_to(project.root).as_posix() for path in project.root.rglob("*"))
    return {name for name in found if not f"{name}/".startswith(_PASSING) and not name.endswith(("-wal", "-shm"))}
