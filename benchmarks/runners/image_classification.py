"""Trains and scores one image model on one task, seed by seed."""

import time
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from benchmarks.examples import Labels, Probabilities
from benchmarks.image_examples import ImageExamples, ImageSplits
from benchmarks.methods.base import Setting
from benchmarks.runners.decision import choose, decide
from benchmarks.runners.fitting import Classifier, Fit, fit, fit_once
from benchmarks.runners.image_scoring import multi_label_metrics, scores_by_domain, single_label_metrics
from benchmarks.runners.run import Run, Runner, code_digest, complete_record
from benchmarks.runners.scoring import per_label, prediction_table
from benchmarks.sources.image_splits import read_image_splits
from hub.errors import DeclarationError, EmohubError
from hub.files import digest
from hub.imports import load_object
from hub.results import Cost, Data, RunRecord, Score
from hub.spec import ImageClassificationTask, ModelSpec
from hub.workspace import Workspace

ImageRun = Run[ImageClassificationTask]
_INTERVAL = "95 % percentile bootstrap over test rows, {replicates:,} replicates"


def read(run: ImageRun) -> ImageSplits:
    """Reads the task's images.

    Raises:
        DeclarationError: the model has a first stage on another task; what image models are pretrained on is a setting of theirs.
    """
    if run.model.pretrain_on is not None:
        raise DeclarationError(f"benchmarks/models/{run.model.name}.yaml: 'pretrain_on' does not go with image classification; name a checkpoint in 'settings'")
    return read_image_splits(run.task, run.project, run.params, run.profile.bench.network)


def run_seed(run: ImageRun, data: ImageSplits, seed: int) -> tuple[RunRecord, pa.Table]:
    """Trains and scores one seed."""
    classifier, done = _train(run, data, seed)
    started = time.perf_counter()
    probabilities = _probabilities(classifier, data.test, run)
    predict_seconds = time.perf_counter() - started
    decision = choose(run.task.decision, data.validation.labels, _probabilities(classifier, data.validation, run), "validation")
    truth, decided = data.test.labels, decide(decision, probabilities)
    replicates = run.profile.bench.bootstrap_replicates
    record = complete_record(
        run,
        seed,
        _metrics(run.task, truth, decided, probabilities, replicates),
        Data(
            name=run.task.title,
            source=data.source,
            revision=data.revision,
            fingerprint=data.fingerprint,
            train=len(data.train),
            validation=len(data.validation),
            test=len(data.test),
        ),
        Cost(train_seconds=round(done.seconds, 3), predict_seconds=round(predict_seconds, 3), parameters=classifier.parameters),
        per_label=per_label(truth, decided, data.classes),
        parts=scores_by_domain(data.test.domains, truth, decided, probabilities, run.task.multi_label),
        decision=decision,
        interval_method=_INTERVAL.format(replicates=replicates),
        curve=done.curve,
    )
    return record, prediction_table([(data.test.ids, truth, decided, probabilities)], data.classes)


def _metrics(task: ImageClassificationTask, truth: Labels, decided: Labels, probabilities: Probabilities, replicates: int) -> Mapping[str, Score]:
    metrics = multi_label_metrics if task.multi_label else single_label_metrics
    return metrics(truth, decided, probabilities, replicates)


def _train(run: ImageRun, data: ImageSplits, seed: int) -> tuple[Classifier[ImageExamples], Fit]:
    method = load_object(run.model.method, run.project.root)
    setting = Setting(len(data.classes), seed, run.threads, run.profile.bench.network, data.classes, run.project.work)
    classifier: Classifier[ImageExamples] = method(run.settings, setting)
    title = f"{run.task.name} × {run.model.name}, seed {seed}"
    if classifier.checkpoints:
        return classifier, fit_once(classifier, data.train, data.validation, title, _checkpoint(run, classifier, data, seed))
    return classifier, fit(classifier, data.train, data.validation, title)


def _probabilities(classifier: Classifier[ImageExamples], examples: ImageExamples, run: ImageRun) -> Probabilities:
    found = classifier.predict(examples)
    wanted = examples.labels.shape
    if found.shape != wanted or not ((found >= 0) & (found <= 1)).all():
        raise EmohubError(f"{run.model.method} gave {found.shape} numbers, some perhaps none or outside 0 to 1; expected {wanted} probabilities")
    return found


def _checkpoint(run: ImageRun, classifier: Classifier[ImageExamples], data: ImageSplits, seed: int) -> Path:
    """Where a model trained on these images is kept. Validation counts, because a method may keep the state that does best on it."""
    settings = {name: value for name, value in run.settings.items() if name not in classifier.inference_settings}
    given = [data.train.fingerprint, data.validation.fingerprint, data.classes]
    return run.project.work / "checkpoints" / digest([run.model.method, settings, given, seed, code_digest(run)])[:24]


RUNNER = Runner(__name__, read, run_seed)


def bench(workspace: Workspace, task: ImageClassificationTask, model: ModelSpec, only_seed: int | None = None) -> None:
    """Runs one pair in the workspace's profile and writes what came of it."""
    RUNNER.bench(workspace, task, model, only_seed)
