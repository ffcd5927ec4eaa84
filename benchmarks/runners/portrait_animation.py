"""Trains one animator on one task and scores what it makes of the test pairs, seed by seed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from benchmarks.launch import launched
from benchmarks.methods.animation import AnimationSetting, Animator
from benchmarks.portrait_examples import Pair, PairSplits, Pixels
from benchmarks.runners import showcase
from benchmarks.runners.animation_scoring import FRECHET_REPLICATES, PairScores, Scorer, animation_metrics, animation_parts
from benchmarks.runners.fitting import Fit, fit, fit_once
from benchmarks.runners.memory import peak_memory
from benchmarks.runners.run import Run, Runner, checkpoint_folder, complete_record
from benchmarks.sources.published_clips import read_pairs
from hub.console import progress
from hub.errors import DeclarationError, EmohubError
from hub.files import digest
from hub.imports import load_object
from hub.results import Cost, Data, RunRecord, Score
from hub.spec import ModelSpec, PortraitAnimationTask
from hub.workspace import Workspace

AnimationRun = Run[PortraitAnimationTask]
_INTERVAL = (
    "95 % percentile bootstrap over test pairs, {replicates:,} replicates; Fréchet distances: the spread of at most {frechet:,} around the score, "
    "since resampling raises them; none for time and memory"
)


@dataclass(frozen=True)
class Material:
    """The pairs, who judges what is made of them, and what the judges say of the real frames: the best that can be reached."""

    pairs: PairSplits
    scorer: Scorer
    truth: PairScores

    @property
    def fingerprint(self) -> str:
        return digest([self.pairs.fingerprint, self.scorer.judges.digest, self.scorer.extractor_settings, self.scorer.lpips is not None])


@dataclass(frozen=True)
class Animated:
    """What a model made of the test pairs, and what that took."""

    outputs: tuple[Pixels, ...]
    seconds: float
    peak_megabytes: float

    @property
    def frames(self) -> int:
        return sum(len(output) for output in self.outputs)


def read(run: AnimationRun) -> Material:
    """Reads the task's pairs, trains the judges on its training clips or takes them from the work folder, and has them judge the real frames.

    Raises:
        DeclarationError: the model pretrains on another task, which animators do not.
        EmohubError: no test pair has a target.
    """
    if run.model.pretrain_on is not None:
        raise DeclarationError(f"benchmarks/models/{run.model.name}.yaml: 'pretrain_on' does not go with {run.model.method}, which pretrains on nothing")
    pairs = read_pairs(run.task, run.project)
    known = [pair for pair in pairs.test if pair.target is not None]
    if not known:
        raise EmohubError(f"none of the {len(pairs.test)} test pairs of {run.task.name!r} has a target, so that there is nothing to score against")
    scorer = Scorer.make(pairs, run.project.work, run.threads, run.task.judge_steps)
    truth = scorer.judge(known, [pair.target.frames for pair in known if pair.target is not None], "judging the real frames")
    return Material(pairs, scorer, truth)


def run_seed(run: AnimationRun, material: Material, seed: int) -> tuple[RunRecord, pa.Table]:
    """Trains, animates and scores one seed."""
    pairs = material.pairs
    animator, done = _train(run, pairs, seed)
    animated = _animate(run, animator, pairs.test, seed)
    scores = material.scorer.score(pairs.test, animated.outputs, f"judging {run.model.name}, seed {seed}")
    replicates = run.profile.bench.bootstrap_replicates
    record = complete_record(
        run,
        seed,
        animation_metrics(scores, replicates)
        | {
            "seconds_per_frame": Score(value=round(animated.seconds / animated.frames, 6)),
            "peak_memory_megabytes": Score(value=round(animated.peak_megabytes, 1)),
        },
        Data(
            name=run.task.title,
            source="published",
            revision=pairs.revision,
            fingerprint=pairs.fingerprint,
            train=len(pairs.train),
            validation=len(pairs.validation),
            test=len(pairs.test),
        ),
        Cost(train_seconds=round(done.seconds, 3), predict_seconds=round(animated.seconds, 3), parameters=animator.parameters),
        parts=animation_parts(pairs.test, scores, material.truth) | material.scorer.frechet_parts,
        interval_method=_INTERVAL.format(replicates=replicates, frechet=FRECHET_REPLICATES),
        curve=done.curve,
        launch=done.launch,
    )
    table = prediction_table(pairs.test, scores, animated.outputs)
    return record, table.replace_schema_metadata({"judges": material.scorer.judges.digest})


def train(run: AnimationRun, material: Material, seed: int) -> None:
    """Trains and keeps what a seed trains: what processes that were started for it do."""
    _train(run, material.pairs, seed)


def _train(run: AnimationRun, pairs: PairSplits, seed: int) -> tuple[Animator, Fit]:
    method = load_object(run.model.method, run.project.root)
    animator: Animator = method(run.settings, AnimationSetting(seed, run.threads, pairs.size, run.profile.bench.network, run.project.work))
    title = f"{run.task.name} × {run.model.name}, seed {seed}"
    if not animator.checkpoints:
        return animator, fit(animator, pairs.train, pairs.validation, title)
    # What is tested does not count, so that both kinds of reenactment share one training.
    folder = checkpoint_folder(run, run.settings, animator.inference_settings, pairs.training_fingerprint, seed)
    return animator, fit_once(animator, pairs.train, pairs.validation, title, folder, launched(run, seed))


def _animate(run: AnimationRun, animator: Animator, pairs: Sequence[Pair], seed: int) -> Animated:
    """Animates every pair with nothing of the driver but its landmarks. The seconds are those of the method alone, its first call's preparations included."""
    outputs: list[Pixels] = []
    seconds = 0.0
    with progress(f"{run.task.name} × {run.model.name}, seed {seed}, animating", len(pairs)) as tick, peak_memory() as peak:
        for pair in pairs:
            started = time.perf_counter()
            made = animator.animate(pair.portrait, pair.driving.face)
            seconds += time.perf_counter() - started
            _refuse_other_than_frames(made, pair, run)
            outputs.append(made)
            tick()
    return Animated(tuple(outputs), seconds, peak.megabytes)


def _refuse_other_than_frames(made: Pixels, pair: Pair, run: AnimationRun) -> None:
    wanted = pair.driving.frames.shape
    if made.shape != wanted or made.dtype != "uint8":
        raise EmohubError(f"{run.model.method} gave {made.shape} numbers of type {made.dtype} for {pair.id}; expected {wanted} of uint8")


def prediction_table(pairs: Sequence[Pair], scores: PairScores, outputs: Sequence[Pixels]) -> pa.Table:
    """Returns a row a pair with its scores; of a few pairs also the frames made, as PNG, a strip (PNG) and a moving picture (GIF)."""
    shown = {position: showcase.show(pairs[position], outputs[position]) for position in showcase.choose(pairs)}
    found = [shown.get(position) for position in range(len(pairs))]
    columns: dict[str, pa.Array] = {
        "id": pa.array([pair.id for pair in pairs], pa.string()),
        "style": pa.array([pair.portrait.style for pair in pairs], pa.string()),
        "family": pa.array([pair.driving.family for pair in pairs], pa.string()),
        **{name: pa.array(list(values), pa.float32()) for name, values in scores.values.items()},
        "frames": pa.array([list(one.frames) if one else None for one in found], pa.list_(pa.binary())),
        "strip": pa.array([one.strip if one else None for one in found], pa.binary()),
        "gif": pa.array([one.gif if one else None for one in found], pa.binary()),
    }
    return pa.table(columns)


RUNNER = Runner(__name__, read, run_seed)


def bench(workspace: Workspace, task: PortraitAnimationTask, model: ModelSpec, only_seed: int | None = None) -> None:
    """Runs one pair in the workspace's profile and writes what came of it."""
    RUNNER.bench(workspace, task, model, only_seed)
