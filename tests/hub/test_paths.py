"""The project is found from inside it, or named by EMOHUB_ROOT."""

from pathlib import Path

import pytest

from hub.errors import EmohubError
from hub.paths import Project


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("EMOHUB_ROOT", raising=False)
    (tmp_path / "project" / "profiles").mkdir(parents=True)
    (tmp_path / "project" / "dvc.yaml").write_text("")
    (tmp_path / "project" / "deep" / "inside").mkdir(parents=True)
    return tmp_path / "project"


def test_found_at_or_above_a_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Project.find(root).root == root
    assert Project.find(root / "deep" / "inside").root == root
    monkeypatch.chdir(root / "deep")
    assert Project.find().root == root


def test_outside_one_the_error_says_what_to_do(root: Path) -> None:
    with pytest.raises(EmohubError, match=r"is not inside an emohub project .*: cd into one or set EMOHUB_ROOT"):
        Project.find(root.parent)


def test_the_environment_variable_comes_first(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOHUB_ROOT", str(root))
    assert Project.find(tmp_path).root == root


def test_everything_lands_inside_the_project(root: Path) -> None:
    project = Project(root)
    places = [project.params, project.runs, project.predictions, project.board, project.work, project.raw("d"), project.clean("d"), project.published("d")]
    assert len(set(places)) == len(places)
    assert all(place.is_relative_to(root) for place in places)
