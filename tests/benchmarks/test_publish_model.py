"""A published model is the trained one: found as the runner keyed it, loaded by stock transformers, with the labels right."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from benchmarks.examples import TextExamples
from benchmarks.methods.base import Setting
from benchmarks.methods.emo_pillars import EmoPillarsClassifier
from benchmarks.publish_model import find_trained, publish_model
from hub.errors import EmohubError
from hub.hugging_face import Hub
from hub.paths import Project
from hub.publish.manifest import damage, read_manifest
from tests.support.loopback_hub import client_environment, loopback_hub
from tests.support.model_release import make_model_project, train, workspace_of
from tests.support.toy_texts import toy_texts

TOKEN = "hf_" + "s" * 34


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, tiny_bert: Path) -> Project:
    """A project in which `first` was trained on three tasks."""
    project = make_model_project(tmp_path_factory.mktemp("model"), tiny_bert)
    for task in ("pillars", "single", "closed"):
        train(project, task, "first")
    train(project, "target", "zero_shot")
    return project


@pytest.fixture(scope="module")
def published(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of version 0.1.0 of the model of `pillars`."""
    place = tmp_path_factory.mktemp("releases") / "place"
    publish_model(workspace_of(project), "pillars", "first", 0, to=str(place), version="v0.1.0")
    return place / "v0.1.0"


def _trained(project: Project, task: str = "pillars") -> EmoPillarsClassifier:
    found = find_trained(workspace_of(project), task, "first", 0)
    classifier = EmoPillarsClassifier(found.run.settings, Setting(28, 0, 1, network=False))
    classifier.load(found.checkpoint)
    return classifier


def _pipeline(folder: Path, **arguments: Any) -> Any:
    from transformers import pipeline

    return pipeline("text-classification", model=str(folder), device="cpu", **arguments)


def _classes(project: Project) -> list[str]:
    return list(find_trained(workspace_of(project), "pillars", "first", 0).material.classes)


def _single(examples: TextExamples) -> TextExamples:
    return TextExamples(examples.ids, examples.texts, ("",) * len(examples), examples.labels)


def test_the_pipeline_names_every_label_with_the_trained_models_probability(project: Project, published: Path) -> None:
    rows = _single(toy_texts(12, 9, classes=28))
    expected = _trained(project).predict(rows)
    for scores, probabilities in zip(_pipeline(published, top_k=None)(list(rows.texts), truncation=True), expected, strict=True):
        found = {one["label"]: one["score"] for one in scores}
        np.testing.assert_allclose([found[label] for label in _classes(project)], probabilities, rtol=0, atol=1e-6)


def test_context_and_utterance_are_a_pair(project: Project, published: Path) -> None:
    rows = toy_texts(12, 9, classes=28, in_context=True)
    expected = _trained(project).predict(rows)
    pairs = [{"text": context, "text_pair": text} for context, text in zip(rows.contexts, rows.texts, strict=True)]
    found = _pipeline(published)(pairs)
    classes = _classes(project)
    assert [one["label"] for one in found] == [classes[number] for number in expected.argmax(axis=1)]
    np.testing.assert_allclose([one["score"] for one in found], expected.max(axis=1), rtol=0, atol=1e-6)


def test_the_task_s_labels_are_the_outputs_in_their_order(project: Project, tmp_path: Path) -> None:
    publish_model(workspace_of(project), "single", "first", 0, to=str(tmp_path / "place"))
    config = json.loads((tmp_path / "place" / "main" / "config.json").read_text(encoding="utf-8"))
    assert config["id2label"] == {"0": "sadness", "1": "joy", "2": "anger"}
    assert config["decision_rule"] == "highest_probability"


def test_the_card_s_examples_run(published: Path) -> None:
    card = (published / "README.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", card, re.DOTALL)).replace("path/to/this/folder", str(published))
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("[")


def test_the_numbers_of_the_card_are_the_record_s(project: Project, published: Path) -> None:
    card = (published / "README.md").read_text(encoding="utf-8")
    record = find_trained(workspace_of(project), "pillars", "first", 0).record
    score = record.metrics["macro_f1"]
    assert score.low is not None
    assert score.high is not None
    assert f"| macro_f1 (main) | {score.value:.4f} | {score.low:.4f} to {score.high:.4f} |" in card
    config = json.loads((published / "config.json").read_text(encoding="utf-8"))
    assert record.decision is not None
    assert config["decision_threshold"] == record.decision.threshold
    assert f"**{record.decision.threshold}**" in card
    assert "license: apache-2.0" in card


def test_it_is_safetensors_only_whole_and_tells_no_place_of_this_machine(project: Project, published: Path) -> None:
    manifest = read_manifest(published)
    assert (manifest.kind, manifest.name, manifest.version) == ("model", "pillars-first", "0.1.0")
    assert not damage(published, manifest)
    assert set(manifest.sha256) == {"README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    for name in manifest.sha256:
        assert str(project.root.parent).encode() not in (published / name).read_bytes()


def test_the_same_version_again_is_free_and_another_model_may_not_take_its_place(project: Project, published: Path) -> None:
    workspace, place = workspace_of(project), str(published.parent)
    first, again = (publish_model(workspace, "pillars", "first", 0, to=place, version="v0.1.0") for _ in range(2))
    assert first == again
    with pytest.raises(EmohubError, match="holds the model 'pillars-first'"):
        publish_model(workspace, "single", "first", 0, to=place)


def test_a_dry_run_writes_nothing(project: Project, tmp_path: Path) -> None:
    release = publish_model(workspace_of(project), "pillars", "first", 0, to=str(tmp_path / "place"), dry_run=True)
    assert release.revision is None
    assert "would be published" in release.lines()[0]
    assert not (tmp_path / "place").exists()


def test_without_a_target_it_goes_to_the_project_s_models(project: Project) -> None:
    release = publish_model(workspace_of(project), "target", "zero_shot", 0)
    folder = project.root / "data" / "models" / "target-zero_shot" / "main"
    assert release.manifest.version == "0.1.0-dev"
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "it never saw any" in card
    assert "emo_pillars, built by this project" in card


def test_a_missing_checkpoint_names_the_command(project: Project) -> None:
    with pytest.raises(EmohubError, match=re.escape("run `emohub bench pillars first --profile tiny --seed 1`")):
        publish_model(workspace_of(project), "pillars", "first", 1)


@pytest.mark.parametrize(
    ("task", "model", "reason"),
    [
        ("pillars", "mean", "pools by mean"),
        ("pillars", "experts", "has its experts"),
        ("pillars", "floor", "no text encoder"),
        ("target", "two_stages", "trained in two stages"),
        ("folds", "first", "cross-validation"),
    ],
)
def test_what_no_stock_class_computes_is_refused(project: Project, task: str, model: str, reason: str) -> None:
    with pytest.raises(EmohubError, match=reason):
        publish_model(workspace_of(project), task, model, 0)


def test_from_the_hub_the_pipeline_takes_a_version_by_name(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with loopback_hub(token=TOKEN) as server:
        release = publish_model(workspace_of(project), "pillars", "first", 0, to="org/feelings", version="v1.0.0", private=True, hub=Hub(server.endpoint))
        assert release.lines()[0] == "pillars-first v1.0.0 is published at org/feelings"
        card = server.files("org/feelings", "v1.0.0", "model")["README.md"].decode()
        (code, _) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
        environment = client_environment(tmp_path, server.endpoint, TOKEN)
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment)
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith("[")


def test_data_that_is_not_open_keeps_the_model_off_the_hub(project: Project) -> None:
    with pytest.raises(EmohubError, match="signed release form"):
        publish_model(workspace_of(project), "closed", "first", 0, to="somebody/model")


def test_a_record_of_other_weights_is_noticed(tmp_path: Path, tiny_bert: Path) -> None:
    project = make_model_project(tmp_path, tiny_bert)
    train(project, "target", "first")
    weights = find_trained(workspace_of(project), "target", "first", 0).checkpoint / "model.safetensors"
    save_file({name: value * 1.5 if name == "head.weight" else value for name, value in load_file(weights).items()}, weights)
    with pytest.raises(EmohubError, match="scored on other weights"):
        publish_model(workspace_of(project), "target", "first", 0)
