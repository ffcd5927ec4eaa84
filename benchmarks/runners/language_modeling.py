"""Trains a language model on running text, and scores how well it predicts text and how close what it writes is to what people wrote, seed by seed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.examples import Splits, sample_by_id
from benchmarks.launch import launched
from benchmarks.methods.base import Setting
from benchmarks.methods.language.decoding import DECODINGS
from benchmarks.methods.language.language_model import CausalLanguageModel, Prompt, Surprisals
from benchmarks.methods.weights import locate
from benchmarks.metrics import mauve
from benchmarks.metrics.generated_text import distinct_n, rouge, sequence_repetition, words
from benchmarks.metrics.text_features import features
from benchmarks.processes import processes
from benchmarks.runners.few_shot import Answers, answer_questions
from benchmarks.runners.fitting import Fit, fit, fit_once
from benchmarks.runners.run import Run, Runner, checkpoint_folder, complete_record
from benchmarks.runners.scoring import BOOTSTRAP_SEED, score_of
from benchmarks.sources import classes_of, read_splits
from benchmarks.sources.corpora import Corpus, TextRow, read_corpus
from hub.console import progress, say
from hub.errors import EmohubError
from hub.files import digest
from hub.imports import load_object
from hub.results import Cost, Data, RunRecord, Score
from hub.results.intervals import bootstrap_weights, percentile_interval
from hub.spec import LanguageModelingTask, ModelSpec, TextClassificationTask
from hub.workspace import Workspace

LanguageRun = Run[LanguageModelingTask]
_INTERVAL = "95 % bootstrap over test texts ({replicates:,} replicates); MAUVE over prompts with its clusters held fixed"
_SPARE_WORDS = 10
"""A test text that is continued has so many words more than its prefix and continuation (EMO's evaluation)."""


@dataclass(frozen=True)
class Material:
    """The text, and the labelled texts of few-shot questions."""

    corpus: Corpus
    labelled: Splits | None
    classes: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        return digest([self.corpus.fingerprint, self.labelled.fingerprint if self.labelled else None, self.classes])


@dataclass(frozen=True)
class Continuations:
    """What followed the prompts: in the test texts, and in what the model wrote, by way of decoding. All in the model's own spelling."""

    prompts: tuple[Prompt, ...]
    human: tuple[str, ...]
    written: dict[str, tuple[str, ...]]


def read(run: LanguageRun) -> Material:
    """Reads the text, and what few-shot questions are made of. Nothing is trained when MAUVE's features are not at hand."""
    network = run.profile.bench.network
    if run.task.prompts:
        locate(run.task.mauve_features, network)
    corpus = read_corpus(run.task, run.project, run.params, network)
    if run.task.few_shot is None:
        return Material(corpus, None, ())
    labelled = run.registry.task(run.task.few_shot.task)
    if not isinstance(labelled, TextClassificationTask):
        raise EmohubError(f"benchmarks/tasks/{run.task.name}.yaml: few_shot.task {labelled.name!r} is no text classification")
    classes = classes_of(labelled, run.project)
    return Material(corpus, read_splits(labelled, classes, run.project, run.params, network), classes)


def run_seed(run: LanguageRun, material: Material, seed: int) -> tuple[RunRecord, pa.Table]:
    """Trains and scores one seed."""
    corpus, task = material.corpus, run.task
    model = _untrained(run, corpus, seed)
    continued = _prompts(task, corpus.test)
    model.require_room(_beginnings(task, continued), task.continuation_words)
    done = _fit(run, model, corpus, seed)
    trained = time.perf_counter()
    surprisals = model.surprisals([row.text for row in corpus.test])
    metrics = _perplexities(corpus.test, surprisals, run.profile.bench.bootstrap_replicates)
    continuations = _continue(task, model, continued, f"{task.name} × {run.model.name}, seed {seed}, writing") if continued else None
    parts: dict[str, dict[str, float]] = {}
    if continuations is not None:
        closeness = _closeness(run, continuations)
        parts = _parts(continuations, closeness)
        metrics |= _named(parts, closeness)
    answers = None
    if task.few_shot is not None and material.labelled is not None:
        answers = answer_questions(task.few_shot, model, material.labelled, material.classes, run.profile.bench.network)
        metrics |= answers.scores(run.profile.bench.bootstrap_replicates)
    if task.main_metric not in metrics:
        raise EmohubError(f"benchmarks/tasks/{task.name}.yaml: 'main_metric' is {task.main_metric!r}, but the task asks for nothing that gives it")
    record = complete_record(
        run,
        seed,
        metrics,
        Data(
            name=task.title,
            source=corpus.source,
            revision=corpus.revision,
            fingerprint=material.fingerprint,
            train=len(corpus.train),
            validation=len(corpus.validation),
            test=len(corpus.test),
        ),
        Cost(
            train_seconds=round(done.seconds, 3),
            predict_seconds=round(time.perf_counter() - trained, 3),
            parameters=model.parameters,
        ),
        parts=parts,
        interval_method=_INTERVAL.format(replicates=run.profile.bench.bootstrap_replicates),
        curve=done.curve,
        launch=done.launch,
    )
    return record, _table(corpus, surprisals, continuations, answers)


def train(run: LanguageRun, material: Material, seed: int) -> None:
    """Trains and keeps what a seed trains: what processes that were started for it do."""
    _fit(run, _untrained(run, material.corpus, seed), material.corpus, seed)


def _untrained(run: LanguageRun, corpus: Corpus, seed: int) -> CausalLanguageModel:
    method = load_object(run.model.method, run.project.root)
    model: CausalLanguageModel = method(run.settings, Setting(0, seed, run.threads, run.profile.bench.network), [row.text for row in corpus.train])
    return model


def _fit(run: LanguageRun, model: CausalLanguageModel, corpus: Corpus, seed: int) -> Fit:
    """Trains here and keeps nothing, or in other processes, which have to keep it."""
    texts, watched = [row.text for row in corpus.train], [row.text for row in corpus.validation]
    title, elsewhere = f"{run.task.name} × {run.model.name}, seed {seed}", launched(run, seed)
    if elsewhere is None and not processes().launched:
        return fit(model, texts, watched, title)
    # Validation counts, because the state that does best on it is kept.
    folder = checkpoint_folder(run, run.settings, model.inference_settings, [digest(texts), digest(watched)], seed)
    return fit_once(model, texts, watched, title, folder, elsewhere)


def _perplexities(rows: Sequence[TextRow], surprisals: Surprisals, replicates: int) -> dict[str, Score]:
    """Perplexity by plain cross-entropy, whatever the model was trained by: per token of its own, and per word of the text, which all tokenisations share."""
    spoken = np.array([len(row.text.split()) for row in rows])
    weights = bootstrap_weights(len(rows), replicates, BOOTSTRAP_SEED)
    nats = weights @ surprisals.nats
    return {
        name: score_of(float(np.exp(surprisals.nats.sum() / units.sum())), np.exp(nats / (weights @ units)))
        for name, units in (("perplexity", surprisals.tokens), ("word_perplexity", spoken))
    }


def _prompts(task: LanguageModelingTask, rows: Sequence[TextRow]) -> list[TextRow]:
    """The test texts that are continued."""
    if not task.prompts:
        return []
    needed = task.prefix_words + task.continuation_words
    least = needed + (_SPARE_WORDS if task.continuation_words >= 2 * _SPARE_WORDS else 0)
    fit = [row for row in rows if len(row.text.split()) >= least and "==" not in row.text]
    chosen = [fit[position] for position in sample_by_id([row.id for row in fit], task.prompts)]
    say(f"{task.name}: {len(chosen):,} of {len(rows):,} test texts are continued; {len(rows) - len(fit):,} have under {least} words or hold '=='")
    if len(chosen) < mauve.FEWEST_TEXTS:
        raise EmohubError(
            f"{task.name}: {len(chosen)} test texts can be continued, and MAUVE needs {mauve.FEWEST_TEXTS}; lower prefix_words or continuation_words"
        )
    return chosen


def _beginnings(task: LanguageModelingTask, rows: Sequence[TextRow]) -> tuple[Prompt, ...]:
    return tuple(Prompt(row.id, " ".join(row.text.split()[: task.prefix_words])) for row in rows)


def _continue(task: LanguageModelingTask, model: CausalLanguageModel, rows: Sequence[TextRow], title: str) -> Continuations:
    """Has the model continue the beginnings of test texts in every way of decoding."""
    prompts = _beginnings(task, rows)
    end = task.prefix_words + task.continuation_words
    human = model.as_written([" ".join(row.text.split()[task.prefix_words : end]) for row in rows])
    with progress(title, len(prompts) * len(DECODINGS)) as tick:
        written = {decoding.name: tuple(model.write(prompts, task.continuation_words, decoding, tick)) for decoding in DECODINGS}
    return Continuations(prompts, tuple(human), written)


def _closeness(run: LanguageRun, found: Continuations) -> dict[str, Score]:
    """MAUVE by way of decoding. Of continuations alone: their prefixes are the same on both sides and would hide how they differ."""
    task, network = run.task, run.profile.bench.network
    human = features(found.human, task.mauve_features, network)
    return {name: _mauve(features(texts, task.mauve_features, network), human, run.profile.bench.bootstrap_replicates) for name, texts in found.written.items()}


def _mauve(written: npt.NDArray[np.float32], human: npt.NDArray[np.float32], replicates: int) -> Score:
    clusters = mauve.quantise(written, human)
    value = mauve.from_clusters(clusters)
    drawn = mauve.replicates(clusters, min(replicates, 1000), BOOTSTRAP_SEED)
    # Resampling lowers MAUVE as a whole, so the interval takes the spread of the resamples and not their place.
    score = score_of(value, drawn)
    around = percentile_interval(drawn - drawn.mean() + value)
    return score.model_copy(update={"low": max(0.0, around.low), "high": min(1.0, around.high)})


def _named(parts: dict[str, dict[str, float]], closeness: dict[str, Score]) -> dict[str, Score]:
    """The scores of every way of decoding, MAUVE with its interval. Sampling from the whole distribution is the main one and has no suffix."""
    suffixes = {decoding.name: "" if decoding == DECODINGS[0] else f"_{decoding.name}" for decoding in DECODINGS}
    return {
        f"{metric}{suffix}": closeness[name] if metric == "mauve" else Score(value=value)
        for name, suffix in suffixes.items()
        for metric, value in parts[name].items()
    }


def _parts(found: Continuations, closeness: dict[str, Score]) -> dict[str, dict[str, float]]:
    lines = {name: {"mauve": closeness[name].value, **_variety(texts), **rouge(texts, found.human)} for name, texts in found.written.items()}
    return {name: {key: round(value, 6) for key, value in line.items()} for name, line in {**lines, "people": _variety(found.human)}.items()}


def _variety(texts: Sequence[str]) -> dict[str, float]:
    split = [words(text) for text in texts]
    return {**{f"distinct_{n}": distinct_n(split, n) for n in (1, 2, 3)}, "repetition_4": sequence_repetition(split, 4)}


def _table(corpus: Corpus, surprisals: Surprisals, found: Continuations | None, answers: Answers | None) -> pa.Table:
    """How surprising every test text was, what the model wrote after its beginning, and its answers. After texts of others, what it wrote is not kept."""
    written: dict[str, dict[str, str]] = {}
    if found is not None and corpus.source == "published":
        written = {name: dict(zip((prompt.id for prompt in found.prompts), texts, strict=True)) for name, texts in found.written.items()}
    ids = [row.id for row in corpus.test]
    columns: dict[str, list[object]] = {
        "id": list(ids),
        "nats": surprisals.nats.tolist(),
        "tokens": surprisals.tokens.tolist(),
        **{decoding.name: [written.get(decoding.name, {}).get(one) for one in ids] for decoding in DECODINGS},
        "truth": [None] * len(ids),
        "answered": [None] * len(ids),
    }
    if answers is not None:
        for name in columns:
            columns[name] += [None] * len(answers.ids)
        columns["id"][len(ids) :] = answers.ids
        columns["truth"][len(ids) :] = [answers.labels[one] for one in answers.truth]
        columns["answered"][len(ids) :] = [answers.labels[one] for one in answers.answered]
    kinds = {"nats": pa.float64(), "tokens": pa.int64()}
    return pa.table(columns, schema=pa.schema([(name, kinds.get(name, pa.string())) for name in columns]))


RUNNER = Runner(__name__, read, run_seed)


def bench(workspace: Workspace, task: LanguageModelingTask, model: ModelSpec, only_seed: int | None = None) -> None:
    """Runs one pair in the workspace's profile and writes what came of it."""
    RUNNER.bench(workspace, task, model, only_seed)
