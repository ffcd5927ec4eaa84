"""A model's release is weights, configuration, tokenizer, card and manifest, and nothing that runs."""

import json
from pathlib import Path
from typing import Any

import pytest
from semver import Version

from hub.errors import EmohubError, GateError
from hub.publish.manifest import read_manifest
from hub.publish.model_release import put_model, stage_model
from hub.publish.repositories.folder_repository import FolderRepository
from tests.support.model_release import model_facts
from tests.support.records import LABELS


def _exported(folder: Path, **config: Any) -> Path:
    """A folder as an export leaves it, but for the weights, which are no weights."""
    folder.mkdir(parents=True)
    told = {"id2label": {str(number): label for number, label in enumerate(LABELS)}, "label2id": {label: number for number, label in enumerate(LABELS)}}
    (folder / "config.json").write_text(json.dumps({**told, "problem_type": "multi_label_classification", **config}), encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"weights")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text("{}", encoding="utf-8")
    return folder


def _stage(folder: Path, version: str = "0.1.0") -> None:
    stage_model(folder, model_facts(), version, None, "51ca33700c1d")


def test_a_staged_folder_has_a_card_and_a_manifest_of_a_model(tmp_path: Path) -> None:
    folder = _exported(tmp_path / "staged")
    _stage(folder)
    manifest = read_manifest(folder)
    assert (manifest.kind, manifest.name, manifest.version, manifest.code) == ("model", "goemotions-minilm_first", "0.1.0", "51ca33700c1d")
    assert set(manifest.sha256) == {"README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        # As transformers writes it: keys sorted as texts, so that 10 stands before 2.
        ({"id2label": dict(sorted((str(number), label) for number, label in enumerate(LABELS)))}, "sorted by number"),
        ({"id2label": {str(number): label for number, label in enumerate(reversed(LABELS))}}, "sorted by number"),
        ({"label2id": {}}, "does not invert"),
        ({"problem_type": "single_label_classification"}, "softmax"),
        ({"auto_map": {"AutoModel": "code.Model"}}, "remote code"),
    ],
)
def test_a_configuration_that_misleads_is_refused(tmp_path: Path, config: dict[str, Any], reason: str) -> None:
    with pytest.raises(GateError, match=reason):
        _stage(_exported(tmp_path / "staged", **config))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "modeling.py", "training_args.bin"])
def test_files_that_run_or_say_nothing_are_refused(tmp_path: Path, name: str) -> None:
    folder = _exported(tmp_path / "staged")
    (folder / name).write_bytes(b"x")
    with pytest.raises(GateError, match="none of the files of a model"):
        _stage(folder)


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    folder = _exported(tmp_path / "staged")
    (folder / "model.safetensors").unlink()
    with pytest.raises(GateError, match=r"model\.safetensors: is missing"):
        _stage(folder)


def test_a_version_is_immutable_and_publishing_it_again_is_free(tmp_path: Path) -> None:
    repository, version = FolderRepository(tmp_path / "place"), Version(0, 1, 0)
    folder = _exported(tmp_path / "staged")
    _stage(folder)
    released = put_model(repository, folder, read_manifest(folder), version)
    assert put_model(repository, folder, read_manifest(folder), version) == released
    assert released.lines()[0].startswith("goemotions-minilm_first v0.1.0 is published")
    other = _exported(tmp_path / "other", hidden_size=1)
    _stage(other)
    with pytest.raises(EmohubError, match="immutable"):
        put_model(repository, other, read_manifest(other), version)
    with pytest.raises(EmohubError, match="older than the newest"):
        put_model(repository, other, read_manifest(other), Version(0, 0, 9))


def test_a_draft_moves_main_and_tags_nothing(tmp_path: Path) -> None:
    repository = FolderRepository(tmp_path / "place")
    folder = _exported(tmp_path / "staged")
    _stage(folder, "0.1.0-dev")
    assert put_model(repository, folder, read_manifest(folder), None).tagged is None
    assert repository.versions() == {}
    assert (tmp_path / "place" / "main" / "model.safetensors").read_bytes() == b"weights"
