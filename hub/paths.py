"""Where everything lands, in one place."""

import os
from dataclasses import dataclass
from pathlib import Path

from hub.errors import EmohubError


@dataclass(frozen=True)
class Project:
    """The folder that holds `dvc.yaml`, and the places inside it."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Project":
        """Finds the project: `EMOHUB_ROOT`, else the nearest folder at or above `start` with a dvc.yaml and a profiles folder."""
        named = os.environ.get("EMOHUB_ROOT")
        if named:
            return cls(Path(named).resolve())
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "dvc.yaml").is_file() and (folder / "profiles").is_dir():
                return cls(folder)
        raise EmohubError(f"{here} is not inside an emohub project (no dvc.yaml with a profiles folder above it): cd into one or set EMOHUB_ROOT")

    @property
    def params(self) -> Path:
        return self.root / "params.yaml"

    @property
    def runs(self) -> Path:
        return self.root / "results" / "runs"

    @property
    def predictions(self) -> Path:
        return self.root / "results" / "predictions"

    @property
    def board(self) -> Path:
        return self.root / "results" / "board"

    @property
    def work(self) -> Path:
        """Stores and work in progress: outside every DVC output, so that a retried stage finds them again."""
        return self.root / ".emohub"

    def lock(self, verb: str, name: str) -> Path:
        """The lock that a verb on a name holds while it runs; see `hub.durable.lock`."""
        return self.work / "locks" / f"{verb}-{name}.lock"

    def raw(self, dataset: str) -> Path:
        return self.root / "data" / "raw" / dataset

    def clean(self, dataset: str) -> Path:
        return self.root / "data" / "clean" / dataset

    def published(self, dataset: str) -> Path:
        return self.root / "data" / "published" / dataset

    def releases(self, dataset: str) -> Path:
        return self.root / "data" / "releases" / dataset
