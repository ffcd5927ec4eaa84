"""Trains and scores one image model on one task, seed by seed."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from benchmarks.examples import Labels, Probabilities
from benchmarks.image_examples import ImageExamples, ImageSplits
from benchmarks.launch import launched
from benchmarks.methods.base import FirstStage, Setting
from benchmarks.runners.decision import choose, decide
from benchmarks.runners.fitting import Classifier, Fit, fit, fit_once
from benchmarks.runners.image_scoring import multi_label_metrics, scores_by_domain, single_label_metrics
from benchmarks.runners.run import Run, Runner, checkpoint_folder, complete_record
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


@dataclass(frozen=True)
class Material:
    """The task's images, and what a first stage pretrains on."""

    splits: ImageSplits
    first: FirstStage | None

    @property
    def fingerprint(self) -> str:
        return digest([self.splits.fingerprint, [self.first.images.fingerprint, self.first.class_names] if self.first else None])


def read(run: ImageRun) -> Material:
    """Reads the task's images and, for a model with a first stage on another task, that task's training and validation images.

    Raises:
        DeclarationError: the model's method has no first stage, or the other task is not of images.
    """
    network = run.profile.bench.network
    return Material(read_image_splits(run.task, run.project, run.params, network), _first_stage(run))


def _first_stage(run: ImageRun) -> FirstStage | None:
    if run.model.pretrain_on is None:
        return None
    where, earlier = f"benchmarks/models/{run.model.name}.yaml", run.registry.task(run.model.pretrain_on)
    if not isinstance(earlier, ImageClassificationTask):
        raise DeclarationError(f"{where}: 'pretrain_on' names {earlier.name!r}, which is no image classification")
    if not getattr(load_object(run.model.method, run.project.root), "first_stage", False):
        raise DeclarationError(f"{where}: 'pretrain_on' does not go with {run.model.method}, which pretrains on nothing")
    splits = read_image_splits(earlier.for_profile(run.profile.name), run.project, run.params, run.profile.bench.network)
    return FirstStage(splits.train.followed_by(splits.validation), splits.classes)


def run_seed(run: ImageRun, material: Material, seed: int) -> tuple[RunRecord, pa.Table]:
    """Trains and scores one seed."""
    data = material.splits
    classifier, done = _train(run, material, seed)
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
            pretrained_on=run.model.pretrain_on,
        ),
        Cost(train_seconds=round(done.seconds, 3), predict_seconds=round(predict_seconds, 3), parameters=classifier.parameters),
        per_label=per_label(truth, decided, data.classes),
        parts=scores_by_domain(data.test.domains, truth, decided, probabilities, run.task.multi_label),
        decision=decision,
        interval_method=_INTERVAL.format(replicates=replicates),
        curve=done.curve,
        launch=done.launch,
    )
    return record, prediction_table([(data.test.ids, truth, decided, probabilities)], data.classes)


def train(run: ImageRun, material: Material, seed: int) -> None:
    """Trains and keeps what a seed trains: what processes that were started for it do."""
    _train(run, material, seed)


def _metrics(task: ImageClassificationTask, truth: Labels, decided: Labels, probabilities: Probabilities, replicates: int) -> Mapping[str, Score]:
    metrics = multi_label_metrics if task.multi_label else single_label_metrics
    return metrics(truth, decided, probabilities, replicates)


def _train(run: ImageRun, material: Material, seed: int) -> tuple[Classifier[ImageExamples], Fit]:
    data, method = material.splits, load_object(run.model.method, run.project.root)
    setting = Setting(len(data.classes), seed, run.threads, run.profile.bench.network, data.classes, run.project.work, material.first)
    classifier: Classifier[ImageExamples] = method(run.settings, setting)
    title = f"{run.task.name} × {run.model.name}, seed {seed}"
    if classifier.checkpoints:
        return classifier, fit_once(classifier, data.train, data.validation, title, _checkpoint(run, classifier, material, seed), launched(run, seed))
    return classifier, fit(classifier, data.train, data.validation, title)


def _probabilities(classifier: Classifier[ImageExamples], examples: ImageExamples, run: ImageRun) -> Probabilities:
    found = classifier.predict(examples)
    wanted = examples.labels.shape
    if found.shape != wanted or not ((found >= 0) & (found <= 1)).all():
        raise EmohubError(f"{run.model.method} gave {found.shape} numbers, some perhaps none or outside 0 to 1; expected {wanted} probabilities")
    return found


def _checkpoint(run: ImageRun, classifier: Classifier[ImageExamples], material: Material, seed: int) -> Path:
    """Where a model trained on these images is kept. Validation counts, because a method may keep the state that does best on it."""
    data, first = material.splits, material.first
    given = [data.train.fingerprint, data.validation.fingerprint, data.classes, [first.images.fingerprint, first.class_names] if first else None]
    return checkpoint_folder(run, run.settings, classifier.inference_settings, given, seed)


RUNNER = Runner(__name__, read, run_seed)


def bench(workspace: Workspace, task: ImageClassificationTask, model: ModelSpec, only_seed: int | None = None) -> None:
    """Runs one pair in the workspace's profile and writes what came of it."""
    RUNNER.bench(workspace, task, model, only_seed)
