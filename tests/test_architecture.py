"""The rules that keep the code apart: imports go one way, heavy packages come late, nothing untrusted is run, files stay small."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What each top-level folder may import of the others.
ALLOWED = {
    "hub": {"hub"},
    "builders": {"builders", "hub"},
    "benchmarks": {"benchmarks", "hub"},
    "leaderboard": {"leaderboard", "hub"},
}
HEAVY = ("torch", "transformers", "datasets", "streamlit", "diffusers", "sentence_transformers", "evaluate", "sklearn", "pandas", "vllm", "outlines")
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve"}
UNSAFE_CALLS = {"torch.load", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "joblib.load", "joblib.dump", "eval", "exec", "os.system"}
LONGEST = 600


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


OURS = sources(*ALLOWED)
EVERYTHING = [*OURS, *sources("tests", "bench")]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports anywhere, inside functions too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            yield node.module or ""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("folder", ALLOWED)
def test_imports_go_one_way(folder: str) -> None:
    others = {*ALLOWED, "tests", "bench"} - ALLOWED[folder]
    wrong = [f"{name(path)} imports {module}" for path in sources(folder) for module in imported(path) if module.partition(".")[0] in others]
    assert sources(folder)
    assert wrong == []


def test_hub_names_no_object_of_the_others_in_a_text_either() -> None:
    reference = re.compile(r"(builders|benchmarks|leaderboard)(\.\w+)+:\w+")
    wrong = [
        f"{name(path)}:{node.lineno}: {node.value}"
        for path in sources("hub")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and reference.fullmatch(node.value)
    ]
    assert wrong == []


def heavy_modules_after(code: str) -> str:
    """Runs code in a fresh interpreter; returns the heavy packages it loaded, joined."""
    script = f"{code}\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize("module", ["hub.cli", "hub.spec", "hub.generate", "hub.curate", "hub.results"])
def test_importing_a_part_of_hub_loads_nothing_heavy(module: str) -> None:
    assert heavy_modules_after(f"import {module}") == ""


def test_importing_all_of_hub_loads_nothing_heavy() -> None:
    modules = [name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in sources("hub")]
    assert heavy_modules_after("import " + ", ".join(modules)) == ""


def test_validating_all_declarations_loads_nothing_heavy() -> None:
    code = "from hub.paths import Project\nfrom hub.spec import Registry\nr = Registry(Project.find())\n"
    code += "for kind in ('dataset', 'task', 'model', 'profile'):\n    for one in r.files(kind): getattr(r, kind)(one)"
    assert heavy_modules_after(code) == ""


def test_help_answers_without_loading_anything_of_size() -> None:
    emohub = Path(sys.executable).with_name("emohub")
    # The command's own list of what it loads stands on standard error.
    environment = os.environ | {"PYTHONPROFILEIMPORTTIME": "1"}
    result = subprocess.run([emohub, "--help"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert "validate" in result.stdout
    loaded = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")}
    assert "hub.cli" in loaded
    assert not loaded & {*HEAVY, "numpy", "pyarrow", "pydantic", "yaml", "jinja2", "scipy", "httpx", "huggingface_hub"}


def test_no_file_is_long() -> None:
    assert [name(path) for path in EVERYTHING if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST] == []


def called(node: ast.Call) -> str:
    return ast.unparse(node.func)


def is_true(keyword: ast.keyword) -> bool:
    return isinstance(keyword.value, ast.Constant) and keyword.value.value is True


def test_nothing_reads_pickles_or_runs_code_from_elsewhere() -> None:
    wrong = []
    for path in OURS:
        wrong += [f"{name(path)} imports {module}" for module in imported(path) if module.partition(".")[0] in UNSAFE_MODULES]
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                switched = {keyword.arg for keyword in node.keywords if is_true(keyword)} & {"trust_remote_code", "allow_pickle", "shell"}
                if called(node) in UNSAFE_CALLS or switched:
                    wrong.append(f"{name(path)}:{node.lineno}: {ast.unparse(node)}")
    assert wrong == []


def test_no_error_is_swallowed_whole() -> None:
    bare = [
        f"{name(path)}:{node.lineno}"
        for path in OURS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "BaseException")
        # Clearing up and passing the error on is no swallowing.
        if not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert bare == []
