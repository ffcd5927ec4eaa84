"""A model's name says which weights it has, on every machine."""

from pathlib import Path

from hub.engine.model_name import model_name


def folder(path: Path, weights: str) -> Path:
    path.mkdir(parents=True)
    (path / "model.safetensors").write_text(weights)
    (path / "README.md").write_text(str(path))
    return path


def test_a_hub_id_is_its_own_name() -> None:
    assert model_name("mistralai/Mistral-7B-Instruct-v0.2") == "mistralai/Mistral-7B-Instruct-v0.2"


def test_a_folder_is_named_by_what_is_in_it_wherever_it_lies(tmp_path: Path) -> None:
    here, there, other = (folder(tmp_path / place / "tiny", weights) for place, weights in (("a", "1"), ("b", "1"), ("c", "2")))
    assert model_name(str(here)) == model_name(str(there)) != model_name(str(other))
    assert model_name(str(here)).startswith("tiny@") and "/" not in model_name(str(here))
