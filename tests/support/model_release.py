"""A text project whose encoder is tiny and says its licence, a trained run in it, and a model's facts that nothing was measured for."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.runners.run import write_outcome
from benchmarks.runners.text_classification import RUNNER
from hub.paths import Project
from hub.publish.model_card import Agreement, BaseEncoder, ModelFacts, TrainingData
from hub.spec.base import Citation
from hub.workspace import Workspace
from tests.support.projects import DATASET, REPOSITORY
from tests.support.records import FINGERPRINT, LABELS, make_record
from tests.support.text_project import make_run, make_text_project, write_goemotions, write_model, write_published, write_task, write_yaml
from tests.support.toy_texts import toy_texts

METHOD = "benchmarks.methods.emo_pillars:EmoPillarsClassifier"
_READER = {
    "kind": "external",
    "reader": "benchmarks.sources.goemotions:read",
    "licence": "cc-by-4.0",
    "how_to_get": "Ask the authors.",
    "hub_id": "them/target",
}


def make_model_project(root: Path, encoder: Path) -> Project:
    """Makes a project with the tasks `pillars` (published, contexts) and `target` (external), and models over a copy of the encoder."""
    project = make_text_project(root / "project")
    shutil.copy(REPOSITORY / "builders" / DATASET / "dataset.yaml", project.root / "builders" / DATASET)
    licensed = root / "tiny-encoder"
    shutil.copytree(encoder, licensed)
    (licensed / "README.md").write_text("---\nlicense: apache-2.0\n---\n\nTiny.\n", encoding="utf-8")
    splits = {split: toy_texts(rows, seed, in_context=True) for seed, (split, rows) in enumerate({"train": 90, "validation": 30, "test": 45}.items())}
    write_published(project, DATASET, "contextual", splits)
    given = write_goemotions(root / "given", {split: toy_texts(60, seed) for seed, split in enumerate(("train", "validation", "test"), 4)})
    write_yaml(project.params, {"profile": "tiny", "data": {"target": str(given)}})
    write_task(project.root, "pillars", {"kind": "published", "dataset": DATASET, "configuration": "contextual"})
    write_task(project.root, "target", _READER)
    write_task(project.root, "single", {**_READER, "path_of": "target"}, labels=["sadness", "joy", "anger"], decision={"kind": "highest_probability"})
    write_task(project.root, "folds", {**_READER, "path_of": "target"}, protocol={"kind": "cross_validation", "folds": 3})
    write_task(project.root, "closed", {**_READER, "path_of": "target", "licence": "signed release form"})
    settings = {"encoder": str(licensed), "pooling": "first", "epochs": 2, "batch_size": 16, "maximum_length": 32}
    settings |= {"learning_rate": 0.003, "head_learning_rate": 0.01}
    write_model(project.root, "first", METHOD, settings=settings)
    write_model(project.root, "mean", METHOD, settings=settings | {"pooling": "mean"})
    write_model(project.root, "two_stages", METHOD, settings=settings, pretrain_on="pillars")
    write_model(project.root, "zero_shot", METHOD, settings=settings, pretrain_on="pillars", adapt=False)
    experts = settings | {"experts": {"kind": "emoe", "num_experts": 8, "top_k": 2}}
    write_model(project.root, "experts", "benchmarks.methods.expert_encoder:ExpertEncoderClassifier", settings=experts)
    write_model(project.root, "floor", "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression", deterministic=True)
    return project


def train(project: Project, task: str, model: str, seed: int = 0) -> None:
    """Runs one seed as the command would, records and predictions included."""
    run = make_run(project, task, model, only_seed=seed)
    write_outcome(run, RUNNER.run_pair(run))


def workspace_of(project: Project) -> Workspace:
    run = make_run(project, "target", "first")
    return Workspace(project, run.registry, run.params, run.profile)


def model_facts(**changes: Any) -> ModelFacts:
    """Returns made-up facts; `changes` replace fields."""
    record = make_record(per_label={label: {"precision": 0.5, "recall": 0.25, "f1": 0.333333, "support": 1234} for label in LABELS})
    facts = ModelFacts(
        name="goemotions-minilm_first",
        title="MiniLM, first token",
        summary="A summary.",
        architecture="BertForSequenceClassification",
        task_title="GoEmotions",
        task_summary="Which emotions.",
        labels=LABELS,
        maximum_length=64,
        base=BaseEncoder("sentence-transformers/all-MiniLM-L6-v2", True, "apache-2.0", None, "ab" * 32),
        data=TrainingData("GoEmotions", "local", "cc-by-4.0", ("en",), "google-research-datasets/go_emotions", "simplified", None, FINGERPRINT),
        record=record,
        seeds=(record,),
        agreement=Agreement(256, 6e-8),
        citations=(Citation(title="A paper", authors="Somebody", year=2020, url="https://example.org/paper"),),
    )
    return replace(facts, **changes)
