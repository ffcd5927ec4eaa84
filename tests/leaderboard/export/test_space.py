"""`emohub board export --space`: a folder that runs the app by itself, and publishes nothing that it should not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytest.importorskip("streamlit", reason="streamlit is not installed (pip install emohub[board])")

from hub.errors import EmohubError
from hub.paths import Project
from hub.results.board import write_board
from leaderboard.export.space import REQUIRED, write_space
from leaderboard.export_board import export_board
from tests.support.exchange import declared_project
from tests.support.records import fill_project

REPOSITORY = Path(__file__).parents[3]
OPEN_EVERY_PAGE = """
import importlib, sys
from pathlib import Path
sys.path.insert(0, "")
import hub, leaderboard
from streamlit.testing.v1 import AppTest
here = Path.cwd()
assert Path(hub.__file__).is_relative_to(here) and Path(leaderboard.__file__).is_relative_to(here)
app = AppTest.from_file("leaderboard/app.py", default_timeout=120).run()
assert not app.exception, app.exception
PAGE = "from leaderboard.opening import opened\\nfrom leaderboard.views import {0}\\nopened({0}.show)()"
for name in ("overview", "standings", "compare", "datasets", "claims", "runs", "synthetic"):
    app = AppTest.from_string(PAGE.format(name), default_timeout=120).run()
    assert not app.exception, (name, app.exception)
    assert not app.error, (name, [error.value for error in app.error])
    assert app.title, name
print("heavy:", *sorted({"torch", "datasets", "huggingface_hub", "sklearn", "matplotlib"} & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """This repository's code and declarations, with made-up results."""
    project, registry = declared_project(tmp_path_factory.mktemp("project"))
    unwanted = shutil.ignore_patterns("__pycache__")
    for name in ("hub", "leaderboard", ".streamlit", "builders", "benchmarks/claims"):
        shutil.copytree(REPOSITORY / name, project.root / name, ignore=unwanted, dirs_exist_ok=True)
    for name in ("constraints.txt", "dvc.yaml", "LICENSE", "benchmarks/reported.yaml"):
        shutil.copyfile(REPOSITORY / name, project.root / name)
    (project.root / "params.yaml").write_text("profile: local\ndata:\n  isear: /home/somebody/isear.csv\n", encoding="utf-8")
    (project.root / ".env").write_text("HF_TOKEN=secret", encoding="utf-8")
    for folder in ("data/raw/emo_pillars", ".emohub/stores", "results/predictions/local/goemotions/minilm", "results/predictions/local/isear/minilm"):
        (project.root / folder).mkdir(parents=True)
        (project.root / folder / "0.parquet").write_bytes(b"x" * (1000 if "isear" in folder else 10))
    fill_project(project.root)
    write_board(project, registry)
    return project


@pytest.fixture(scope="module")
def space(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "space"
    said = export_board(project, out, space=True)
    assert said.startswith("a Space of ")
    assert said.endswith(f"in {out}; upload it with: hf upload ORGANISATION/NAME {out} --repo-type space")
    return out


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_app_runs_from_the_folder_alone(space: Path) -> None:
    around = {name: value for name, value in os.environ.items() if not name.startswith(("EMOHUB_", "PYTHONPATH"))}
    result = subprocess.run([sys.executable, "-c", OPEN_EVERY_PAGE], cwd=space, env=around, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr[-3000:]
    assert result.stdout.strip().endswith("heavy:")


def test_the_board_is_not_older_than_what_lies_beside_it(space: Path) -> None:
    from leaderboard.export.material import read_material

    assert not read_material(Project(space)).stale


def test_the_readme_says_what_spaces_read(space: Path) -> None:
    front, text = (space / "README.md").read_text(encoding="utf-8").removeprefix("---\n").split("\n---\n", 1)
    values = yaml.safe_load(front)
    assert (values["sdk"], values["app_port"], values["license"]) == ("docker", 8501, "apache-2.0")
    assert {values["colorFrom"], values["colorTo"]} <= {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert len(values["short_description"]) <= 60
    assert "# emohub leaderboard" in text


def test_the_container_runs_as_user_1000_on_the_port_of_the_readme(space: Path) -> None:
    text = (space / "Dockerfile").read_text(encoding="utf-8")
    assert "--uid 1000" in text and "\nUSER user\n" in text
    assert "--server.port=8501" in text and "--server.address=0.0.0.0" in text


def test_requirements_are_pinned_to_what_the_project_is_tested_with(space: Path) -> None:
    lines = (space / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {line.partition("==")[0] for line in lines} == set(REQUIRED)
    assert set(lines) <= set((REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines())


def test_data_stores_secrets_and_paths_stay_at_home(project: Project, space: Path) -> None:
    found = names(space)
    assert not [name for name in found if name.startswith(("data/", ".emohub/", "tests/")) or name == ".env" or "__pycache__" in name]
    assert (space / "params.yaml").read_text(encoding="utf-8") == "profile: local\n"
    assert not [name for name in found if str(project.root).encode() in (space / name).read_bytes()]
    assert {"dvc.yaml", "profiles/local.yaml", "builders/emo_pillars/dataset.yaml", "results/board/overview.json"} <= found


def test_predictions_go_along_up_to_a_size_and_the_rest_is_named(project: Project, tmp_path: Path) -> None:
    said = write_space(project, tmp_path, limit=500)
    assert {name for name in names(tmp_path) if "predictions/local" in name} == {"results/predictions/local/goemotions/minilm/0.parquet"}
    assert "predictions/local/isear" in said
    assert "predictions/local/isear" in (tmp_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "reason"), [("token: hf_" + "aB3" * 12, r"seems to hold a secret \(Hugging Face token\)"), ("path: {root}/data", "names a folder of this machine")]
)
def test_a_file_with_a_secret_or_a_path_stops_the_export(project: Project, tmp_path: Path, text: str, reason: str) -> None:
    bad = project.root / "profiles" / "mine.yaml"
    bad.write_text(text.format(root=project.root), encoding="utf-8")
    try:
        with pytest.raises(EmohubError, match=rf"^profiles/mine\.yaml: {reason}"):
            export_board(project, tmp_path / "space", space=True)
    finally:
        bad.unlink()
    assert not (tmp_path / "space").exists()


def test_without_a_board_there_is_no_space(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="write it with `emohub board`"):
        write_space(Project(tmp_path), tmp_path / "space")
