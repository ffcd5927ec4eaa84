"""The command line as a user meets it: real processes, in a copy of the project's declarations."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EMOHUB = Path(sys.executable).with_name("emohub")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own with four story kits: declarations copied, code as it is."""
    for name in ("dvc.yaml", "params.yaml", "graph.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    shutil.copytree(ROOT / "benchmarks", tmp_path / "benchmarks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "builders", tmp_path / "builders", ignore=shutil.ignore_patterns("__pycache__", "kits"))
    kits = tmp_path / "builders" / "emo_pillars" / "kits"
    kits.mkdir()
    for kit in sorted((ROOT / "builders" / "emo_pillars" / "kits").glob("*.yaml"))[:12]:
        shutil.copy(kit, kits)
    return tmp_path


def emohub(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    variables = {key: value for key, value in os.environ.items() if not key.startswith("EMOHUB_")} | environment
    return subprocess.run([EMOHUB, *arguments], cwd=project, env=variables, capture_output=True, text=True, timeout=120)


def edit(path: Path, **changes: object) -> None:
    value = yaml.safe_load(path.read_text(encoding="utf-8"))
    for place, new in changes.items():
        inner = value
        *outer, last = place.split("__")
        for key in outer:
            inner = inner[key]
        inner[last] = new
    path.write_text(yaml.safe_dump(value), encoding="utf-8")


def fails_with(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_validate_says_what_it_checked(project: Path) -> None:
    result = emohub(project, "validate")
    assert result.returncode == 0, result.stderr
    assert "3 datasets" in result.stdout and "all valid" in result.stdout


def test_a_wrong_key_in_any_declaration_is_one_sentence_and_nothing_runs(project: Path) -> None:
    edit(project / "profiles" / "local.yaml", bench__seedz=[1])
    fails_with(emohub(project, "generate", "emo_pillars"), "profiles/local.yaml", "bench.seedz", "did you mean 'seeds'?")
    assert not (project / "data").exists()


def test_an_unknown_engine_names_the_nearest_one(project: Path) -> None:
    edit(project / "profiles" / "local.yaml", datasets__emo_pillars__engine={"kind": "vlm", "model": "m"})
    fails_with(emohub(project, "generate", "emo_pillars"), "'vlm'", "did you mean 'vllm'?")


def test_an_unknown_dataset_names_the_nearest_one(project: Path) -> None:
    fails_with(emohub(project, "generate", "emo_pilars"), "did you mean 'emo_pillars'?")


def test_a_model_that_names_a_missing_task_fails_validation(project: Path) -> None:
    edit(project / "benchmarks" / "models" / "emo_pillars.yaml", pretrain_on="emo_pillars_contextles")
    fails_with(emohub(project, "validate"), "did you mean 'emo_pillars_contextless'?")


def test_a_new_model_is_a_new_file_and_the_graph_follows(project: Path) -> None:
    text = (project / "benchmarks" / "models" / "tfidf_logreg.yaml").read_text(encoding="utf-8")
    (project / "benchmarks" / "models" / "tfidf_strong.yaml").write_text(text.replace("name: tfidf_logreg", "name: tfidf_strong"), encoding="utf-8")
    fails_with(emohub(project, "validate"), "graph.yaml is out of date", "emohub graph")
    assert emohub(project, "graph").returncode == 0
    assert "goemotions-tfidf_strong" in yaml.safe_load((project / "graph.yaml").read_text(encoding="utf-8"))["bench"]
    assert emohub(project, "validate").returncode == 0


def test_an_unreachable_endpoint_is_one_sentence(project: Path) -> None:
    engine = {"kind": "endpoint", "url": "http://127.0.0.1:9/v1", "model": "any", "attempts": 2}
    edit(project / "profiles" / "local.yaml", datasets__emo_pillars__engine=engine)
    fails_with(emohub(project, "generate", "emo_pillars"), "http://127.0.0.1:9/v1")


def test_a_narrative_file_in_another_encoding_is_named_with_its_line(project: Path) -> None:
    (project / "stories.jsonl").write_bytes('{"text": "Sie ging über die Brücke."}\n'.encode("latin-1"))
    narratives = {"kind": "jsonl", "path": "stories.jsonl", "licence": "cc0-1.0"}
    edit(project / "profiles" / "local.yaml", datasets__emo_pillars__narratives=narratives)
    fails_with(emohub(project, "generate", "emo_pillars"), "stories.jsonl:1", "UTF-8")


def test_ten_megabytes_in_one_line_are_refused_at_once(project: Path) -> None:
    (project / "stories.jsonl").write_text('{"text": "' + "a" * 10_000_000 + '"}\n', encoding="utf-8")
    narratives = {"kind": "jsonl", "path": "stories.jsonl", "licence": "cc0-1.0"}
    edit(project / "profiles" / "local.yaml", datasets__emo_pillars__narratives=narratives)
    fails_with(emohub(project, "generate", "emo_pillars"), "stories.jsonl:1", "one narrative a line")


def test_too_few_rows_stop_at_the_gate_and_the_report_can_be_read(project: Path) -> None:
    assert emohub(project, "generate", "emo_pillars").returncode == 0
    fails_with(emohub(project, "curate", "emo_pillars"), "rows in context-less", "at least 6,000")
    assert (project / "results" / "datasets" / "local" / "emo_pillars.json").is_file()
    assert not (project / "data" / "clean").exists()


def test_the_text_chain_from_kits_to_a_score(project: Path) -> None:
    edit(project / "profiles" / "local.yaml", datasets__emo_pillars__maximum_narratives=12)
    for step in ("generate", "curate", "build"):
        result = emohub(project, step, "emo_pillars")
        assert result.returncode == 0, result.stderr
    result = emohub(project, "bench", "emo_pillars_contextless", "tfidf_logreg")
    assert result.returncode == 0, result.stderr
    assert emohub(project, "bench", "isear", "tfidf_logreg").returncode == 0
    table = emohub(project, "results").stdout
    assert "tfidf_logreg" in table or "TF-IDF" in table
    assert "unavailable" in table
    assert emohub(project, "board").returncode == 0
    assert (project / "results" / "board" / "metrics.json").is_file()


def test_quiet_says_nothing(project: Path) -> None:
    result = emohub(project, "--quiet", "generate", "emo_pillars")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_paper_plan_adds_up_before_anything_is_spent(project: Path) -> None:
    result = emohub(project, "plan", "emo_pillars", "--profile", "paper")
    assert result.returncode == 0, result.stderr
    assert "632,000" in result.stdout and "GPU hours" in result.stdout
    assert not (project / "data").exists()


def test_outside_a_project_the_command_says_so(tmp_path: Path) -> None:
    fails_with(emohub(tmp_path, "validate"), "not inside an emohub project")


def test_schemas_are_written_for_every_kind(project: Path) -> None:
    result = emohub(project, "schema")
    assert result.returncode == 0
    assert {path.name.partition(".")[0] for path in (project / "schemas").iterdir()} == {"dataset", "task", "model", "profile", "claim", "params", "taxonomy"}
