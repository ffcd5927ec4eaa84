"""Leaves one domain out, trains on the others, selects on their validation rows as DomainBed does, and tests on the one left out; each domain once.

DomainBed: Gulrajani and Lopez-Paz 2021, training-domain validation set: the candidate that does best on the union of the training domains' validation rows.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.domain_examples import DomainRows, Rows
from benchmarks.examples import Labels, Probabilities
from benchmarks.launch import launched
from benchmarks.methods.base import Setting
from benchmarks.runners.decision import choose, decide
from benchmarks.runners.domain_folds import Fold, folds
from benchmarks.runners.domain_scores import mean_scores, scores
from benchmarks.runners.fitting import Classifier, Fit, fit, fit_once
from benchmarks.runners.run import Run, Runner, checkpoint_folder, complete_record
from benchmarks.runners.scoring import calibration_metrics, per_label, prediction_table
from benchmarks.runners.text_classification import common_decision
from benchmarks.sources.image_domains import read_image_domains
from benchmarks.sources.text_domains import read_text_domains
from hub.errors import DeclarationError
from hub.imports import load_object
from hub.results import Cost, CurvePoint, Data, Decision, Launch, RunRecord
from hub.spec import DomainGeneralizationTask, ModelSpec
from hub.workspace import Workspace

DomainRun = Run[DomainGeneralizationTask]
_INTERVAL = "95 % percentile bootstrap over test rows within every domain, {replicates:,} replicates"


@dataclass(frozen=True)
class Choice:
    """The candidate that did best on validation."""

    candidate: int
    """Its number in the model's `candidates`, from 1."""
    decision: Decision
    validation: float
    """The main metric on the pooled validation rows, with the decision rule tuned there."""
    curve: tuple[CurvePoint, ...]
    launch: Launch | None


@dataclass(frozen=True)
class Prediction:
    """What the chosen model said of the domain left out."""

    fold: Fold
    choice: Choice
    probabilities: Probabilities
    decided: Labels
    train_seconds: float
    """Of all candidates."""
    predict_seconds: float
    parameters: int


def read(run: DomainRun) -> DomainRows:
    """Reads all domains.

    Raises:
        DeclarationError: the model has a first stage, whose data could be the domain left out.
    """
    if run.model.pretrain_on is not None:
        raise DeclarationError(
            f"benchmarks/models/{run.model.name}.yaml: 'pretrain_on' does not go with domain generalization; its data may hold the domain left out"
        )
    if run.task.inputs.kind == "text":
        data = read_text_domains(run.task, run.project)
    else:
        data = read_image_domains(run.task, run.project, run.params, run.profile.bench.network)
    return data if run.task.rows_per_domain is None else data.limited(run.task.rows_per_domain)


def run_seed(run: DomainRun, data: DomainRows, seed: int) -> tuple[RunRecord, pa.Table]:
    """Trains, selects and scores one seed, domain by domain."""
    predictions = [_predict_left_out(run, data, fold, seed) for fold in folds(data, run.task.validation_share, seed)]
    truth = np.concatenate([one.fold.test.labels for one in predictions])
    probabilities = np.concatenate([one.probabilities for one in predictions])
    replicates = run.profile.bench.bootstrap_replicates
    record = complete_record(
        run,
        seed,
        {**mean_scores([(one.fold.test.labels, one.decided) for one in predictions], replicates), **calibration_metrics(truth, probabilities)},
        Data(
            name=run.task.title,
            source=data.source,
            revision=data.revision,
            fingerprint=data.fingerprint,
            train=len(predictions[0].fold.train),
            validation=len(predictions[0].fold.validation),
            test=len(truth),
        ),
        Cost(
            train_seconds=round(sum(one.train_seconds for one in predictions), 3),
            predict_seconds=round(sum(one.predict_seconds for one in predictions), 3),
            parameters=predictions[0].parameters,
        ),
        per_label=per_label(truth, np.concatenate([one.decided for one in predictions]), data.classes),
        parts={one.fold.left_out: _part(one, run.task.main_metric) for one in predictions},
        decision=common_decision([one.choice.decision for one in predictions]),
        interval_method=_INTERVAL.format(replicates=replicates),
        curve=predictions[0].choice.curve,
        launch=predictions[0].choice.launch,
    )
    table = prediction_table(((one.fold.test.ids, one.fold.test.labels, one.decided, one.probabilities) for one in predictions), data.classes)
    return record, table.replace_schema_metadata({**table.schema.metadata, "domains": json.dumps(data.names)})


def train(run: DomainRun, data: DomainRows, seed: int) -> None:
    """Trains and keeps all that a seed trains: what processes that were started for it do."""
    for fold in folds(data, run.task.validation_share, seed):
        for number, settings in enumerate(candidates(run), start=1):
            _train(run, data, fold, seed, settings, number)


def _part(prediction: Prediction, main_metric: str) -> dict[str, float]:
    """Returns what the record says of one domain left out."""
    choice = prediction.choice
    found = {name: round(value, 6) for name, value in scores(prediction.fold.test.labels, prediction.decided).items()}
    found |= {"rows": len(prediction.fold.test), f"validation_{main_metric}": round(choice.validation, 6), "candidate": choice.candidate}
    return found if choice.decision.threshold is None else {**found, "threshold": choice.decision.threshold}


def _predict_left_out(run: DomainRun, data: DomainRows, fold: Fold, seed: int) -> Prediction:
    classifier, choice, train_seconds = _select(run, data, fold, seed)
    started = time.perf_counter()
    probabilities = classifier.predict(fold.test)
    predict_seconds = time.perf_counter() - started
    return Prediction(fold, choice, probabilities, decide(choice.decision, probabilities), train_seconds, predict_seconds, classifier.parameters)


def _select(run: DomainRun, data: DomainRows, fold: Fold, seed: int) -> tuple[Classifier[Rows], Choice, float]:
    """Returns the candidate with the best validation score, the first of equals, and the seconds of training all. The test rows are not looked at."""
    best: tuple[Classifier[Rows], Choice] | None = None
    seconds = 0.0
    for number, settings in enumerate(candidates(run), start=1):
        classifier, done = _train(run, data, fold, seed, settings, number)
        seconds += done.seconds
        truth, probabilities = fold.validation.labels, classifier.predict(fold.validation)
        decision = choose(run.task.decision, truth, probabilities, "validation")
        validation = scores(truth, decide(decision, probabilities))[run.task.main_metric]
        if best is None or validation > best[1].validation:
            best = classifier, Choice(number, decision, validation, done.curve, done.launch)
    assert best is not None
    return *best, seconds


def candidates(run: DomainRun) -> Iterator[dict[str, Any]]:
    """The model's settings once for each of its `candidates`, which replace some of them; the settings as they are when there are none.

    Raises:
        DeclarationError: `candidates` is no list of settings.
    """
    common = {name: value for name, value in run.settings.items() if name != "candidates"}
    declared = run.settings.get("candidates", [{}])
    if not isinstance(declared, list) or not declared or not all(isinstance(one, dict) for one in declared):
        raise DeclarationError(f"benchmarks/models/{run.model.name}.yaml: settings.candidates must be a list of settings, such as [{{learning_rate: 0.00001}}]")
    return ({**common, **one} for one in declared)


def _train(run: DomainRun, data: DomainRows, fold: Fold, seed: int, settings: dict[str, Any], number: int) -> tuple[Classifier[Rows], Fit]:
    method = load_object(run.model.method, run.project.root)
    setting = Setting(len(data.classes), seed, run.threads, run.profile.bench.network, data.classes, run.project.work)
    classifier: Classifier[Rows] = method(settings, setting)
    many = f", candidate {number}" if "candidates" in run.settings else ""
    title = f"{run.task.name} × {run.model.name}, seed {seed}, without {fold.left_out}{many}"
    if classifier.checkpoints:
        return classifier, fit_once(classifier, fold.train, fold.validation, title, _checkpoint(run, classifier, settings, fold, seed), launched(run, seed))
    return classifier, fit(classifier, fold.train, fold.validation, title)


def _checkpoint(run: DomainRun, classifier: Classifier[Rows], settings: dict[str, Any], fold: Fold, seed: int) -> Path:
    """Where a model trained on these rows is kept. Validation counts, because a method may keep the state that does best on it."""
    return checkpoint_folder(run, settings, classifier.inference_settings, [fold.train.fingerprint, fold.validation.fingerprint], seed)


RUNNER = Runner(__name__, read, run_seed)


def bench(workspace: Workspace, task: DomainGeneralizationTask, model: ModelSpec, only_seed: int | None = None) -> None:
    """Runs one pair in the workspace's profile and writes what came of it."""
    RUNNER.bench(workspace, task, model, only_seed)
