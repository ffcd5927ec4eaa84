"""A project to examine, and what a check of `emohub doctor` says of it."""

import os
from pathlib import Path

import yaml

from hub.doctor import Subject
from hub.doctor.finding import Check
from hub.paths import Project

SECRET = "hf_" + "Xq7" * 12
AUTHORED = {"kind": "text", "engine": {"kind": "authored"}, "narratives": {"kind": "authored"}}


def subject(project: Project, **environment: str) -> Subject:
    return Subject(project, None, {"PATH": os.environ["PATH"], "HOME": str(project.root), "HF_HOME": str(project.root / "hf")} | environment)


def profile(project: Project, datasets: dict[str, object], **more: object) -> None:
    written = {"name": "local", "title": "t", "datasets": datasets, "bench": {"seeds": [0]}} | more
    (project.root / "profiles" / "local.yaml").write_text(yaml.safe_dump(written))


def found(check: Check, of: Subject) -> tuple[list[str], str]:
    """The levels of what a check finds, and all its words."""
    findings = list(check(of))
    return [one.level for one in findings], "\n".join(f"{one.what}: {one.advice}" for one in findings)


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def endpoint(url: str) -> dict[str, object]:
    return AUTHORED | {"engine": {"kind": "endpoint", "url": url, "model": "m", "api_key_variable": "MY_KEY"}}
