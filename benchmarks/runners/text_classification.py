"""Trains and scores one text model on one task, seed by seed."""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.examples import Labels, Probabilities, Splits, TextExamples
from benchmarks.methods.base import Setting, TextClassifier
from benchmarks.metrics.scores import brier_score, expected_calibration_error, label_scores, macro_f1, micro_f1
from benchmarks.runners.decision import choose, decide
from benchmarks.runners.fitting import Fit, fit, fit_once
from benchmarks.sources import read_splits
from hub.console import say
from hub.errors import DataUnavailableError
from hub.files import digest, file_digest, write_text
from hub.imports import load_object, source_closure
from hub.paths import Project
from hub.results import Cost, CurvePoint, Data, Decision, RunRecord, Score, read_record, write_record
from hub.results.environment import code_revision, describe_environment, usable_cores
from hub.results.intervals import f1_replicates, percentile_interval
from hub.spec import ModelSpec, ParamsSpec, ProfileSpec, Registry, TaskSpec
from hub.spec.task import CrossValidationProtocol, HoldoutProtocol
from hub.tables import read_table, write_table
from hub.taxonomy import Taxonomy
from hub.workspace import Workspace

_BOOTSTRAP_SEED = 20_250
_INTERVAL = "95 % percentile bootstrap over test rows, {replicates:,} replicates"


@dataclass(frozen=True)
class Run:
    """One (task, model) of a profile, with everything it needs."""

    project: Project
    registry: Registry
    params: ParamsSpec
    profile: ProfileSpec
    task: TaskSpec
    model: ModelSpec
    only_seed: int | None = None
    """One seed instead of all of the profile's."""

    @property
    def seeds(self) -> tuple[int, ...]:
        if self.only_seed is not None:
            return (self.only_seed,)
        return self.profile.bench.seeds[:1] if self.model.deterministic else self.profile.bench.seeds

    @cached_property
    def taxonomy(self) -> Taxonomy:
        return Taxonomy.read(self.project.root / self.task.taxonomy)

    @property
    def threads(self) -> int:
        return self.profile.bench.threads or usable_cores()

    @property
    def settings(self) -> dict[str, Any]:
        return self.model.settings_for(self.profile.name)

    @property
    def command(self) -> str:
        seed = "" if self.only_seed is None else f" --seed {self.only_seed}"
        return f"emohub bench {self.task.name} {self.model.name} --profile {self.profile.name}{seed}"

    def splits_of(self, task: TaskSpec) -> Splits:
        return read_splits(task, self.taxonomy.labels, self.project, self.params, self.profile.bench.network)


@dataclass(frozen=True)
class Fold:
    """What one training is given. A holdout task has one fold."""

    train: TextExamples
    validation: TextExamples
    test: TextExamples


@dataclass(frozen=True)
class Prediction:
    """What a fold's model said of its test rows. `columns` of the classes are the task's own labels."""

    test: TextExamples
    probabilities: Probabilities
    decided: Labels
    decision: Decision
    curve: tuple[CurvePoint, ...]
    train_seconds: float
    predict_seconds: float
    parameters: int


def run_pair(run: Run) -> list[tuple[RunRecord, pa.Table | None]]:
    """Returns one record, and the predictions behind it, a seed. A seed that an interrupted run finished is taken from the work folder.

    Missing data or weights give a single record that says so.
    """
    try:
        splits, first = run.splits_of(run.task), _first_stage(run)
        return [_resumed(run, splits, first, seed) for seed in run.seeds]
    except DataUnavailableError as error:
        say(f"{run.task.name} × {run.model.name}: unavailable: {error}")
        return [(_unavailable(run, str(error)), None)]


def _resumed(run: Run, splits: Splits, first: Splits | None, seed: int) -> tuple[RunRecord, pa.Table]:
    code = _code_digest(run, __name__ + ":run_seed")
    model = [run.model.name, run.model.method, run.settings, run.model.pretrain_on, run.model.adapt]
    data = [splits.fingerprint, first.fingerprint if first else None, run.taxonomy.labels]
    key = digest([run.profile.name, run.profile.bench.bootstrap_replicates, run.task.model_dump(mode="json"), model, data, seed, code])
    folder = run.project.work / "bench" / key[:24]
    record_file, table_file = folder / "record.json", folder / "predictions.parquet"
    if not record_file.is_file():
        record, table = run_seed(run, splits, first, seed)
        write_table(table_file, table)
        write_text(record_file, record.model_dump_json())
    return read_record(record_file), read_table(table_file)


def run_seed(run: Run, splits: Splits, first: Splits | None, seed: int) -> tuple[RunRecord, pa.Table]:
    """Trains and scores one seed. `first` is what a first stage learns from."""
    folds = list(_folds(run.task, splits, seed))
    titles = [f", fold {number}/{len(folds)}" if len(folds) > 1 else "" for number in range(1, len(folds) + 1)]
    predictions = [_train_and_predict(run, fold, seed, first, title) for fold, title in zip(folds, titles, strict=True)]
    columns = _columns(run)
    truth = np.concatenate([prediction.test.labels[:, columns] for prediction in predictions])
    probabilities = np.concatenate([prediction.probabilities for prediction in predictions])
    decided = np.concatenate([prediction.decided for prediction in predictions])
    labels = [run.taxonomy.labels[column] for column in columns]
    scored = [labels.index(label) for label in run.task.scored_labels] if run.task.scored_labels else list(range(len(labels)))
    replicates = run.profile.bench.bootstrap_replicates
    metrics = _metrics(truth[:, scored], decided[:, scored], truth, probabilities, replicates)
    per_label = label_scores(truth, decided)
    train_rows = len(folds[0].train) if run.model.adapt else 0
    record = RunRecord(
        status="complete",
        profile=run.profile.name,
        task=run.task.name,
        model=run.model.name,
        seed=seed,
        main_metric=run.task.main_metric,
        metrics=metrics,
        per_label={
            label: {
                "precision": round(float(per_label.precision[number]), 6),
                "recall": round(float(per_label.recall[number]), 6),
                "f1": round(float(per_label.f1[number]), 6),
                "support": int(per_label.support[number]),
            }
            for number, label in enumerate(labels)
        },
        decision=_common_decision([prediction.decision for prediction in predictions]),
        interval_method=_INTERVAL.format(replicates=replicates),
        data=Data(
            name=run.task.title,
            source=splits.source,
            revision=splits.revision,
            fingerprint=splits.fingerprint,
            train=train_rows,
            validation=len(folds[0].validation),
            test=len(truth),
            pretrained_on=run.model.pretrain_on,
            adapted=run.model.adapt,
        ),
        environment=describe_environment(run.threads, _gpu()),
        cost=Cost(
            train_seconds=round(sum(prediction.train_seconds for prediction in predictions), 3),
            predict_seconds=round(sum(prediction.predict_seconds for prediction in predictions), 3),
            parameters=predictions[0].parameters,
        ),
        curve=predictions[0].curve,
        settings=run.settings,
        code_revision=code_revision(run.project.root),
        command=run.command,
        finished=datetime.now(UTC),
    )
    main = metrics[run.task.main_metric]
    say(f"{run.task.name} × {run.model.name}, seed {seed}: {run.task.main_metric} {main.value:.3f} [{main.low:.3f}, {main.high:.3f}]")
    return record, _prediction_table(predictions, columns, labels)


def _metrics(truth: Labels, decided: Labels, all_truth: Labels, probabilities: Probabilities, replicates: int) -> dict[str, Score]:
    macro, micro = f1_replicates(truth, decided, replicates, _BOOTSTRAP_SEED)
    macro_interval, micro_interval = percentile_interval(macro), percentile_interval(micro)
    return {
        "macro_f1": Score(value=macro_f1(truth, decided), low=macro_interval.low, high=macro_interval.high),
        "micro_f1": Score(value=micro_f1(truth, decided), low=micro_interval.low, high=micro_interval.high),
        "brier_score": Score(value=brier_score(all_truth, probabilities)),
        "expected_calibration_error": Score(value=expected_calibration_error(all_truth, probabilities)),
    }


def _columns(run: Run) -> list[int]:
    """The classes, by position, that are this task's labels."""
    classes = run.taxonomy.labels
    return [classes.index(label) for label in run.task.labels] if run.task.labels else list(range(len(classes)))


def _folds(task: TaskSpec, splits: Splits, seed: int) -> Iterator[Fold]:
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


def _first_stage(run: Run) -> Splits | None:
    if run.model.pretrain_on is None:
        return None
    return run.splits_of(run.registry.task(run.model.pretrain_on))


def _train_and_predict(run: Run, fold: Fold, seed: int, first: Splits | None, title: str) -> Prediction:
    columns = _columns(run)
    classifier, curve, seconds = _trained(run, fold, seed, first, title)
    started = time.perf_counter()
    probabilities = classifier.predict(fold.test)[:, columns]
    predict_seconds = time.perf_counter() - started
    decision = choose(run.task.decision, fold.validation.labels[:, columns], classifier.predict(fold.validation)[:, columns], "validation")
    return Prediction(fold.test, probabilities, decide(decision, probabilities), decision, curve, seconds, predict_seconds, classifier.parameters)


def _trained(run: Run, fold: Fold, seed: int, first: Splits | None, title: str) -> tuple[TextClassifier, tuple[CurvePoint, ...], float]:
    """A model after its one or two stages, the curve of the last stage, and the seconds of both."""
    method = load_object(run.model.method, run.project.root)
    setting = Setting(len(run.taxonomy.labels), seed, run.threads, run.profile.bench.network)
    classifier: TextClassifier = method(run.settings, setting)
    name = f"{run.model.name}, seed {seed}"
    fits: list[Fit] = []
    if first is not None:
        folder = _checkpoint(run, seed, first.train.fingerprint)
        fits.append(fit_once(classifier, first.train, first.validation, f"{run.model.pretrain_on} × {name}, first stage", folder))
    if run.model.adapt and classifier.checkpoints and first is None and isinstance(run.task.protocol, HoldoutProtocol):
        fits.append(fit_once(classifier, fold.train, fold.validation, f"{run.task.name} × {name}", _checkpoint(run, seed, fold.train.fingerprint)))
    elif run.model.adapt:
        fits.append(fit(classifier, fold.train, fold.validation, f"{run.task.name} × {name}{title}"))
    return classifier, fits[-1].curve, sum(one.seconds for one in fits)


def _checkpoint(run: Run, seed: int, data: str) -> Path:
    """Where a model trained on this data alone is kept. The model's name is no part of it: a first stage is some other model's only one."""
    return run.project.work / "checkpoints" / digest([run.model.method, run.settings, data, seed, _code_digest(run)])[:24]


def _code_digest(run: Run, *others: str) -> str:
    """A hash of the benchmark code that a model's method, and `others`, are made of."""
    root = run.project.root
    files = {path for reference in (run.model.method, *others) for path in source_closure(reference, root) if path.is_relative_to(root / "benchmarks")}
    return digest({str(path.relative_to(root)): file_digest(path) for path in sorted(files)})


def _common_decision(decisions: list[Decision]) -> Decision:
    """One rule for the record; over folds the threshold is their mean."""
    thresholds = [decision.threshold for decision in decisions if decision.threshold is not None]
    if not thresholds:
        return decisions[0]
    return decisions[0].model_copy(update={"threshold": round(float(np.mean(thresholds)), 6)})


def _prediction_table(predictions: list[Prediction], columns: list[int], labels: list[str]) -> pa.Table:
    """Ids, truths, probabilities and decisions; never the text, which may not be ours to copy."""
    rows: dict[str, list[Any]] = {"id": [], "fold": [], "truth": [], "decided": [], "probabilities": []}
    for fold, prediction in enumerate(predictions):
        rows["id"] += prediction.test.ids
        rows["fold"] += [fold] * len(prediction.test)
        rows["truth"] += [np.flatnonzero(row).tolist() for row in prediction.test.labels[:, columns]]
        rows["decided"] += [np.flatnonzero(row).tolist() for row in prediction.decided]
        rows["probabilities"] += prediction.probabilities.tolist()
    members = pa.list_(pa.int16())
    schema = pa.schema(
        [("id", pa.string()), ("fold", pa.int16()), ("truth", members), ("decided", members), ("probabilities", pa.list_(pa.float32()))],
        metadata={"labels": json.dumps(labels)},
    )
    return pa.table(rows, schema=schema)


def _unavailable(run: Run, reason: str) -> RunRecord:
    return RunRecord(
        status="unavailable",
        reason=reason[:2000],
        profile=run.profile.name,
        task=run.task.name,
        model=run.model.name,
        seed=run.seeds[0],
        main_metric=run.task.main_metric,
        data=Data(name=run.task.title, source="none", pretrained_on=run.model.pretrain_on, adapted=run.model.adapt),
        environment=describe_environment(run.threads),
        code_revision=code_revision(run.project.root),
        command=run.command,
        finished=datetime.now(UTC),
    )


def _gpu() -> str | None:
    # Only if a method has imported torch already: the baselines have no use for it.
    torch = sys.modules.get("torch")
    return str(torch.cuda.get_device_name()) if torch is not None and torch.cuda.is_available() else None


def write_outcome(run: Run, outcome: list[tuple[RunRecord, pa.Table | None]]) -> None:
    """Writes the records to `results/runs` and the predictions to `results/predictions`. A run over all seeds clears what an earlier run of this pair left."""
    place = Path(run.profile.name) / run.task.name / run.model.name
    predictions = run.project.predictions / place
    for folder in (run.project.runs / place, predictions):
        if run.only_seed is None:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    for record, table in outcome:
        if table is not None:
            file = predictions / f"{record.seed}.parquet"
            write_table(file, table)
            record = record.model_copy(update={"predictions": f"predictions/{place}/{record.seed}.parquet", "predictions_sha256": file_digest(file)})
        write_record(run.project.runs, record)


def bench(workspace: Workspace, task: TaskSpec, model: ModelSpec, only_seed: int | None = None) -> None:
    """Runs one pair in the workspace's profile and writes what came of it."""
    run = Run(workspace.project, workspace.registry, workspace.params, workspace.profile, task, model, only_seed)
    write_outcome(run, run_pair(run))
