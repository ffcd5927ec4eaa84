"""Trains and scores one text model on one task, seed by seed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.examples import Labels, Probabilities, Splits, TextExamples
from benchmarks.launch import launched
from benchmarks.methods.base import Setting, TextClassifier
from benchmarks.processes import processes
from benchmarks.runners.decision import choose, decide
from benchmarks.runners.fitting import Fit, fit, fit_once
from benchmarks.runners.run import Run, Runner, checkpoint_folder, complete_record
from benchmarks.runners.scoring import calibration_metrics, f1_metrics, per_label, prediction_table
from benchmarks.sources import classes_of, read_splits
from hub.files import digest
from hub.imports import load_object
from hub.results import Cost, CurvePoint, Data, Decision, Launch, RunRecord
from hub.spec import ModelSpec, TextClassificationTask
from hub.spec.task import CrossValidationProtocol, HoldoutProtocol
from hub.workspace import Workspace

TextRun = Run[TextClassificationTask]
_INTERVAL = "95 % percentile bootstrap over test rows, {replicates:,} replicates"


@dataclass(frozen=True)
class Material:
    """The task's data, and what a first stage learns from."""

    splits: Splits
    first: Splits | None
    classes: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        return digest([self.splits.fingerprint, self.first.fingerprint if self.first else None, self.classes])


@dataclass(frozen=True)
class Fold:
    """What one training is given. A holdout task has one fold."""

    train: TextExamples
    validation: TextExamples
    test: TextExamples


@dataclass(frozen=True)
class Prediction:
    """What a fold's model said of its test rows, in columns of the task's own labels."""

    test: TextExamples
    truth: Labels
    probabilities: Probabilities
    decided: Labels
    decision: Decision
    curve: tuple[CurvePoint, ...]
    launch: Launch | None
    train_seconds: float
    predict_seconds: float
    parameters: int


def read(run: TextRun) -> Material:
    """Reads the task's data, and that of the model's first stage."""
    classes = classes_of(run.task, run.project)
    first = None
    if run.model.pretrain_on is not None:
        earlier = run.registry.task(run.model.pretrain_on)
        assert isinstance(earlier, TextClassificationTask)
        first = share_of(read_splits(earlier, classes, run.project, run.params, run.profile.bench.network), run.model.pretrain_share)
    return Material(read_splits(run.task, classes, run.project, run.params, run.profile.bench.network), first, classes)


def share_of(splits: Splits, share: float) -> Splits:
    """Returns splits with a share of their training rows, at least one, chosen by id; validation and test stay whole."""
    if share == 1:
        return splits
    return replace(splits, train=splits.train.sample(max(1, round(len(splits.train) * share))))


def run_seed(run: TextRun, material: Material, seed: int) -> tuple[RunRecord, pa.Table]:
    """Trains and scores one seed."""
    folds = _titled_folds(run.task, material.splits, seed)
    predictions = [_train_and_predict(run, material, fold, seed, title) for title, fold in folds.items()]
    truth = np.concatenate([prediction.truth for prediction in predictions])
    probabilities = np.concatenate([prediction.probabilities for prediction in predictions])
    decided = np.concatenate([prediction.decided for prediction in predictions])
    labels = list(run.task.labels or material.classes)
    scored = [labels.index(label) for label in run.task.scored_labels] if run.task.scored_labels else list(range(len(labels)))
    replicates = run.profile.bench.bootstrap_replicates
    splits = material.splits
    record = complete_record(
        run,
        seed,
        {**f1_metrics(truth[:, scored], decided[:, scored], replicates), **calibration_metrics(truth, probabilities)},
        Data(
            name=run.task.title,
            source=splits.source,
            revision=splits.revision,
            fingerprint=splits.fingerprint,
            train=len(next(iter(folds.values())).train) if run.model.adapt else 0,
            validation=len(next(iter(folds.values())).validation),
            test=len(truth),
            test_fingerprint=splits.test.fingerprint if len(splits.test) else None,
            pretrained_on=run.model.pretrain_on,
            pretrain_rows=len(material.first.train) if material.first is not None else None,
            adapted=run.model.adapt,
        ),
        Cost(
            train_seconds=round(sum(prediction.train_seconds for prediction in predictions), 3),
            predict_seconds=round(sum(prediction.predict_seconds for prediction in predictions), 3),
            parameters=predictions[0].parameters,
        ),
        per_label=per_label(truth, decided, labels),
        decision=common_decision([prediction.decision for prediction in predictions]),
        interval_method=_INTERVAL.format(replicates=replicates),
        curve=predictions[0].curve,
        launch=predictions[0].launch,
    )
    table = prediction_table(((one.test.ids, one.truth, one.decided, one.probabilities) for one in predictions), labels)
    return record, table


def train(run: TextRun, material: Material, seed: int) -> None:
    """Trains and keeps all that a seed trains: what processes that were started for it do."""
    for title, fold in _titled_folds(run.task, material.splits, seed).items():
        _trained(run, material, fold, seed, title)


def common_decision(decisions: list[Decision]) -> Decision:
    """Returns one rule for the record; over folds the threshold is their mean."""
    thresholds = [decision.threshold for decision in decisions if decision.threshold is not None]
    if not thresholds:
        return decisions[0]
    return decisions[0].model_copy(update={"threshold": round(float(np.mean(thresholds)), 6)})


def _titled_folds(task: TextClassificationTask, splits: Splits, seed: int) -> dict[str, Fold]:
    folds = list(_folds(task, splits, seed))
    return {f", fold {number}/{len(folds)}" if len(folds) > 1 else "": fold for number, fold in enumerate(folds, start=1)}


def _folds(task: TextClassificationTask, splits: Splits, seed: int) -> Iterator[Fold]:
    if not isinstance(task.protocol, CrossValidationProtocol):
        yield Fold(splits.train, splits.validation, splits.test)
        return
    everything = splits.train
    order = np.random.default_rng(seed).permutation(len(everything))
    for held_out in np.array_split(order, task.protocol.folds):
        # In shuffled order, so that validation is drawn from everywhere and not from the top of the file.
        rest = order[~np.isin(order, held_out)]
        validation = round(len(rest) * task.protocol.validation_share)
        yield Fold(everything.take(rest[validation:]), everything.take(rest[:validation]), everything.take(np.sort(held_out)))


def _train_and_predict(run: TextRun, material: Material, fold: Fold, seed: int, title: str) -> Prediction:
    columns = [material.classes.index(label) for label in run.task.labels or material.classes]
    classifier, done = _trained(run, material, fold, seed, title)
    started = time.perf_counter()
    probabilities = classifier.predict(fold.test)[:, columns]
    predict_seconds = time.perf_counter() - started
    decision = choose(run.task.decision, fold.validation.labels[:, columns], classifier.predict(fold.validation)[:, columns], "validation")
    truth, decided = fold.test.labels[:, columns], decide(decision, probabilities)
    return Prediction(fold.test, truth, probabilities, decided, decision, done.curve, done.launch, done.seconds, predict_seconds, classifier.parameters)


def _trained(run: TextRun, material: Material, fold: Fold, seed: int, title: str) -> tuple[TextClassifier, Fit]:
    """A model after its one or two stages, and the fit of the last one with the seconds of both."""
    method = load_object(run.model.method, run.project.root)
    classifier: TextClassifier = method(run.settings, Setting(len(material.classes), seed, run.threads, run.profile.bench.network))
    name, first, elsewhere = f"{run.model.name}, seed {seed}", material.first, launched(run, seed)
    fits: list[Fit] = []
    if first is not None:
        folder = _checkpoint(run, classifier, seed, first.train.fingerprint)
        fits.append(fit_once(classifier, first.train, first.validation, f"{run.model.pretrain_on} × {name}, first stage", folder, elsewhere))
    alone = first is None and isinstance(run.task.protocol, HoldoutProtocol)
    # What is trained in other processes has to be kept to be taken from there.
    if run.model.adapt and classifier.checkpoints and (alone or elsewhere or processes().launched):
        data = fold.train.fingerprint if first is None else [first.train.fingerprint, fold.train.fingerprint]
        folder = _checkpoint(run, classifier, seed, data)
        fits.append(fit_once(classifier, fold.train, fold.validation, f"{run.task.name} × {name}{title}", folder, elsewhere))
    elif run.model.adapt:
        fits.append(fit(classifier, fold.train, fold.validation, f"{run.task.name} × {name}{title}"))
    launch = next((one.launch for one in reversed(fits) if one.launch), None)
    return classifier, Fit(fits[-1].curve, sum(one.seconds for one in fits), launch)


def _checkpoint(run: TextRun, classifier: TextClassifier, seed: int, data: str | list[str]) -> Path:
    """Where a model trained on this data, or on one after the other, is kept. Its name is no part of it: a first stage is some other model's only one."""
    return checkpoint_folder(run, run.settings, classifier.inference_settings, data, seed)


RUNNER = Runner(__name__, read, run_seed)


def bench(workspace: Workspace, task: TextClassificationTask, model: ModelSpec, only_seed: int | None = None) -> None:
    """Runs one pair in the workspace's profile and writes what came of it."""
    RUNNER.bench(workspace, task, model, only_seed)
