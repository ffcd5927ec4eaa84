"""What every command starts from."""

import shutil
from pathlib import Path

import pytest
import yaml

from hub.errors import DeclarationError
from hub.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    monkeypatch.delenv("EMOHUB_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def name_data(project: Path, profile: dict[str, str], params: dict[str, str | None]) -> None:
    path = project / "profiles" / "local.yaml"
    value = yaml.safe_load(path.read_text(encoding="utf-8"))
    value["bench"]["data"] = profile
    path.write_text(yaml.safe_dump(value), encoding="utf-8")
    (project / "params.yaml").write_text(yaml.safe_dump({"profile": "local", "data": params}), encoding="utf-8")


def test_the_profile_is_the_one_in_params_unless_another_is_named(project: Path) -> None:
    assert Workspace.open().profile.name == "local"
    assert Workspace.open("paper").profile.name == "paper"


def test_a_profile_may_name_where_data_lies(project: Path) -> None:
    name_data(project, {"goemotions": "of/the/profile"}, {"goemotions": None, "isear": None})
    assert Workspace.open().params.data == {"goemotions": "of/the/profile"}


def test_params_go_before_the_profile(project: Path) -> None:
    name_data(project, {"goemotions": "of/the/profile"}, {"goemotions": "of/params"})
    assert Workspace.open().params.data == {"goemotions": "of/params"}


def test_a_project_is_found_from_inside(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "profiles")
    assert Workspace.open().project.root == project


def test_a_dataset_that_the_profile_does_not_generate_is_named_with_the_nearest(project: Path) -> None:
    with pytest.raises(DeclarationError, match="did you mean 'emo_pillars'"):
        Workspace.open().generation("emo_pilars")
