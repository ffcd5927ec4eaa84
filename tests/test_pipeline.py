"""The whole graph under DVC, as a user runs it: a git repository of its own, twelve story kits, few and small pictures, the plain models only."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pytest
import yaml

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def run(project: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("EMOHUB_", "GIT_"))}
    variables |= {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"} | environment
    return subprocess.run(command, cwd=project, env=variables, capture_output=True, text=True, timeout=300)


def succeed(project: Path, *command: str, **environment: str) -> str:
    result = run(project, *command, **environment)
    assert result.returncode == 0, f"{command}: {result.stdout}\n{result.stderr}"
    return result.stdout + result.stderr


_FEW_PICTURES = {"images": 120, "people": 20, "animals": 10, "scenes_per_place": 10}
_FEW_CLIPS = {"identities": 12, "clips": 3, "drivers": 1, "frames": 2}


def _change(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(declared)
    path.write_text(yaml.safe_dump(declared, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with little in it, after its first `emohub repro`."""
    folder = tmp_path_factory.mktemp("project")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in ("dvc.yaml", "params.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("profiles", "benchmarks", "builders", "hub"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    kits = sorted((folder / "builders/emo_pillars/kits").glob("*.yaml"))
    for kit in set(kits) - set(kits[::6]):
        kit.unlink()
    for model in (folder / "benchmarks/models").glob("*.yaml"):
        if model.stem not in ("tfidf_logreg", "colour_histogram"):
            model.unlink()
    _change(folder / "builders/emo_pillars/dataset.yaml", lambda declared: declared.update(gates={"maximum_duplicate_share": 0.01}))
    _change(folder / "builders/emo8/dataset.yaml", lambda declared: declared.update(gates={"maximum_imbalance": 1.0}))
    _change(folder / "builders/emojibench/dataset.yaml", lambda declared: declared.update(gates={}))
    _change(folder / "profiles/local.yaml", lambda declared: declared["datasets"]["emo8"].update(size=64, options=_FEW_PICTURES))
    _change(folder / "profiles/local.yaml", lambda declared: declared["datasets"]["emojibench"].update(size=64, options=_FEW_CLIPS))
    shutil.copytree(ROOT / "results" / "imported", folder / "results" / "imported", ignore=shutil.ignore_patterns("*.json"))
    succeed(folder, "git", "init", "--quiet")
    succeed(folder, "git", "config", "user.email", "someone@example.org")
    succeed(folder, "git", "config", "user.name", "Someone")
    succeed(folder, "dvc", "init", "--quiet")
    shutil.copytree(ROOT / ".dvc/plots", folder / ".dvc/plots", dirs_exist_ok=True)
    succeed(folder, "emohub", "repro")
    succeed(folder, "git", "add", "--all")
    succeed(folder, "git", "commit", "--quiet", "-m", "The first run")
    return folder


def test_everything_is_built_published_trained_and_shown(project: Path) -> None:
    assert (project / "data/published/emo_pillars/README.md").is_file()
    metrics = json.loads((project / "results/board/metrics.json").read_text(encoding="utf-8"))
    assert metrics["local"]["emo_pillars_contextless"]["tfidf_logreg"] > 0.2
    assert (project / "data/published/emo8/images").is_dir()
    assert (project / "data/published/emojibench/pairs_cross").is_dir()
    assert 0 <= metrics["local"]["emo8"]["colour_histogram"] < 0.5


def test_a_second_run_does_nothing_and_says_so(project: Path) -> None:
    assert "Nothing to do" in succeed(project, "emohub", "repro")
    assert "Data and pipelines are up to date" in succeed(project, "dvc", "repro")
    assert succeed(project, "git", "status", "--porcelain") == ""


def test_small_results_are_in_git_and_large_ones_in_the_cache(project: Path) -> None:
    tracked = succeed(project, "git", "ls-files").splitlines()
    assert "results/runs/local/emo_pillars_contextless/tfidf_logreg/0.json" in tracked
    assert "results/datasets/local/emo_pillars.json" in tracked
    assert not [path for path in tracked if path.endswith(".parquet")]


def test_dvc_shows_the_graph_the_metrics_and_the_plots(project: Path) -> None:
    assert "bench@goemotions-tfidf_logreg" in succeed(project, "dvc", "dag")
    assert "emo_pillars_contextless" in succeed(project, "dvc", "metrics", "show")
    succeed(project, "dvc", "plots", "show", "--out", "plots")
    assert (project / "plots" / "index.html").is_file()
    shutil.rmtree(project / "plots")


def test_what_is_missing_is_recorded_as_unavailable(project: Path) -> None:
    record = json.loads((project / "results/runs/local/isear/tfidf_logreg/0.json").read_text(encoding="utf-8"))
    assert record["status"] == "unavailable" and "EMOHUB_DATA_ISEAR" in record["reason"]


@pytest.mark.parametrize("name", ["emo_pillars", "emo8", "emojibench"])
def test_every_dataset_is_published_as_a_draft_that_anybody_can_verify(project: Path, name: str) -> None:
    record = json.loads((project / f"results/releases/local/{name}.json").read_text(encoding="utf-8"))
    assert (record["version"], record["tag"], record["repository"]) == ("0.1.0-dev", None, f"data/releases/{name}")
    assert all(gate["passed"] for gate in record["gates"])
    assert "all is well" in succeed(project, "emohub", "verify", f"data/releases/{name}/main")


def test_the_description_tells_the_stages_that_made_the_data(project: Path) -> None:
    described = json.dumps(json.loads((project / "data/releases/emo8/main/croissant.json").read_text(encoding="utf-8")))
    for stage in ("generate@emo8", "curate@emo8", "build@emo8"):
        assert stage in described


def test_a_version_is_published_pulled_and_compared(project: Path, tmp_path: Path) -> None:
    assert "nothing is written" in succeed(project, "emohub", "publish", "emo_pillars", "--dry-run")
    succeed(project, "emohub", "publish", "emo_pillars", "--version", "v0.1.0")
    rows = datasets.load_dataset(str(project / "data/releases/emo_pillars/v0.1.0"), split="test", cache_dir=str(tmp_path / "cache"))
    assert "utterance" in rows.column_names
    pulled = tmp_path / "pulled"
    assert str(pulled) in succeed(project, "emohub", "pull", "emo_pillars@v0", "--out", str(pulled))
    assert "all is well" in succeed(tmp_path, "emohub", "verify", str(pulled))
    assert "nothing changed" in succeed(project, "emohub", "diff", "data/releases/emo_pillars/v0.1.0", "emo_pillars@main")
    (pulled / "README.md").write_text("another card", encoding="utf-8")
    result = run(tmp_path, "emohub", "verify", str(pulled))
    assert result.returncode == 1 and "README.md" in result.stdout and "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("publish",), "name one dataset, or none and --all"),
        (("publish", "emo8", "--version", "one"), "no semantic version"),
        (("publish", "emo8", "--force", " "), "needs a reason"),
        (("publish", "emo8", "--to", "results"), "results"),
        (("pull", "emo8@v7"), "there is no version 'v7'"),
        (("diff", "emo8", "emo9@v1"), "emo9"),
        (("publish-model", "emo_pillars_contextless", "tfidf_logreg"), "tfidf_logreg"),
        (("results", "import", "nowhere.json"), "nowhere.json"),
        (("annotate", "report", "nowhere"), "nowhere"),
    ],
)
def test_a_mistake_is_one_sentence(project: Path, arguments: tuple[str, ...], words: str) -> None:
    result = run(project, "emohub", *arguments)
    assert result.returncode == 2, result.stdout + result.stderr
    assert words in result.stderr and "Traceback" not in result.stderr


def test_results_go_out_and_come_back_as_somebody_elses(project: Path, tmp_path: Path) -> None:
    succeed(project, "emohub", "results", "export", "--task", "emo_pillars_contextless", "--out", str(tmp_path / "out"))
    (file,) = (tmp_path / "out").rglob("*[0-9a-f].json")
    assert "1 imported" in succeed(project, "emohub", "results", "import", str(file), "--by", "A colleague")
    assert "A colleague" in succeed(project, "emohub", "results")
    shutil.rmtree(project / "results/imported/a-colleague")


def test_a_sample_for_raters_hides_the_answers(project: Path, tmp_path: Path) -> None:
    succeed(project, "emohub", "annotate", "export", "emo8", "--items", "8", "--out", str(tmp_path / "sample"))
    assert {"questions.json", "questions.csv", "key.csv", "label_studio", "images"} <= {path.name for path in (tmp_path / "sample").iterdir()}
    succeed(project, "git", "checkout", "--quiet", ".")


def test_data_named_by_the_environment_later_is_used(project: Path, tmp_path: Path) -> None:
    emotions = ("joy", "fear", "anger", "sadness", "disgust", "shame", "guilt")
    rows = [f"{emotion},I remember the day number {number} when {emotion} came over me" for number in range(12) for emotion in emotions]
    (tmp_path / "isear.csv").write_text("Field1,SIT\n" + "\n".join(rows) + "\n", encoding="utf-8")
    said = succeed(project, "emohub", "repro", EMOHUB_DATA_ISEAR=str(tmp_path))
    assert "EMOHUB_DATA_ISEAR now names its data" in said
    record = json.loads((project / "results/runs/local/isear/tfidf_logreg/0.json").read_text(encoding="utf-8"))
    assert record["status"] == "complete" and record["data"]["source"] == "local"
    succeed(project, "git", "checkout", "--quiet", ".")


def test_an_experiment_with_another_parameter_runs(project: Path) -> None:
    succeed(project, "dvc", "exp", "run", "--set-param", "profiles/local.yaml:bench.bootstrap_replicates=200")
    record = json.loads((project / "results/runs/local/emo_pillars_contextless/tfidf_logreg/0.json").read_text(encoding="utf-8"))
    assert "200 replicates" in record["interval_method"]
