"""What every runner shares: one (task, model) of a profile, run seed by seed, resumed where it was interrupted, and written as records."""

import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import pyarrow as pa

from benchmarks.runners.energy import EnergyMeter, metered
from hub.console import listening, say
from hub.durable.lock import locked
from hub.durable.sealed import intact, seal
from hub.errors import DataUnavailableError
from hub.files import digest, file_digest, write_text
from hub.imports import source_closure
from hub.live_state import show, working
from hub.paths import Project
from hub.results import Cost, Data, RunRecord, Score, read_record, write_record
from hub.results.environment import code_revision, describe_environment, usable_cores
from hub.results.running.run_log import RunLog, log_file, logged
from hub.spec import ModelSpec, ParamsSpec, ProfileSpec, Registry, TaskSpec
from hub.tables import read_table, write_table
from hub.workspace import Workspace

Task = TypeVar("Task", bound=TaskSpec)


@dataclass(frozen=True)
class Run(Generic[Task]):
    """One (task, model) of a profile, with everything it needs."""

    project: Project
    registry: Registry
    params: ParamsSpec
    profile: ProfileSpec
    task: Task
    model: ModelSpec
    only_seed: int | None = None
    """One seed instead of all of the profile's."""

    @property
    def seeds(self) -> tuple[int, ...]:
        if self.only_seed is not None:
            return (self.only_seed,)
        return self.profile.bench.seeds_for(self.model)

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


class Material(Protocol):
    """What a runner reads once for all seeds."""

    @property
    def fingerprint(self) -> str:
        """A hash of everything that was read."""
        ...


Read = TypeVar("Read", bound=Material)
Outcome = tuple[RunRecord, pa.Table | None]
"""A record, and the predictions behind it."""


@dataclass(frozen=True)
class Runner(Generic[Task, Read]):
    """How one type of task is run. `module` is where its code starts: that code is part of what an interrupted run is recognised by."""

    module: str
    read: Callable[[Run[Task]], Read]
    """Raises DataUnavailableError where data or weights are not at hand."""
    run_seed: Callable[[Run[Task], Read, int], tuple[RunRecord, pa.Table]]

    def bench(self, workspace: Workspace, task: Task, model: ModelSpec, only_seed: int | None) -> None:
        """Runs one pair in the workspace's profile and writes what came of it."""
        run = Run(workspace.project, workspace.registry, workspace.params, workspace.profile, task, model, only_seed)
        with locked(workspace.project.lock("bench", f"{run.profile.name}-{task.name}-{model.name}"), f"running {task.name} × {model.name}"):
            write_outcome(run, self.run_pair(run))

    def keep_seed(self, workspace: Workspace, task: Task, model: ModelSpec, seed: int) -> None:
        """Runs one seed of a pair and leaves it in the work folder, where `bench` finds it. Missing data or weights leave nothing, and `bench` says so."""
        run = Run(workspace.project, workspace.registry, workspace.params, workspace.profile, task, model)
        try:
            self._resumed(run, self.read(run), seed, ())
        except DataUnavailableError as error:
            say(f"{run.task.name} × {run.model.name}: unavailable: {error}")

    def run_pair(self, run: Run[Task]) -> list[Outcome]:
        """Returns one outcome a seed. A seed that an interrupted run finished is taken from the work folder.

        Missing data or weights give a single record that says so.
        """
        heard: list[str] = []
        outcomes: list[Outcome] = []
        with working(f"{run.task.name} × {run.model.name}", len(run.seeds)) as work:
            try:
                with listening(heard.append):
                    material = self.read(run)
                for seed in run.seeds:
                    outcomes.append(self._resumed(run, material, seed, heard))
                    work.done += 1
                    show(at_once=True)
            except DataUnavailableError as error:
                say(f"{run.task.name} × {run.model.name}: unavailable: {error}")
                return [(_unavailable(run, str(error)), None)]
        return outcomes

    def _resumed(self, run: Run[Task], material: Read, seed: int, heard: Sequence[str]) -> Outcome:
        code = code_digest(run, f"{self.module}:bench")
        model = [run.model.name, run.model.method, run.settings, run.model.pretrain_on, run.model.adapt]
        key = digest([run.profile.name, run.profile.bench.bootstrap_replicates, run.task.model_dump(mode="json"), model, material.fingerprint, seed, code])
        folder = run.project.work / "bench" / key[:24]
        record_file, table_file = folder / "record.json", folder / "predictions.parquet"
        if not (intact(table_file) and intact(record_file)):
            record, table = self._watched(run, material, seed, heard)
            write_table(table_file, table)
            write_text(record_file, record.model_dump_json())
            seal(table_file)
            seal(record_file)
        return read_record(record_file), read_table(table_file)

    def _watched(self, run: Run[Task], material: Read, seed: int, heard: Sequence[str]) -> tuple[RunRecord, pa.Table]:
        """Runs a seed with its log and the energy meter on. `heard` is what was said before, of all seeds."""
        path = log_file(run.project, run.profile.name, run.task.name, run.model.name, seed)
        with logged(path, run.project.root) as log:
            _begin_log(log, run, seed, heard)
            started = time.perf_counter()
            with metered() as meter:
                record, table = self.run_seed(run, material, seed)
            record = with_energy(record, meter, time.perf_counter() - started)
            log.close(record)
        return record, table


def _begin_log(log: RunLog, run: Run[Any], seed: int, heard: Sequence[str]) -> None:
    log.add(f"{run.command}, seed {seed}, code {code_revision(run.project.root) or 'outside git'}")
    for line in heard:
        log.add(line)


def with_energy(record: RunRecord, meter: EnergyMeter, seconds: float) -> RunRecord:
    """Returns the record with what the meter counted in the `seconds` that it was on.

    A run that took its training from one that was kept counted only the rest of its energy, which would be too little beside its seconds: it gives none.
    """
    energy = meter.taken()
    if energy is None or record.cost is None or record.cost.train_seconds + record.cost.predict_seconds > seconds + 0.1:
        return record
    cost = record.cost.model_copy(update={"energy_kilowatt_hours": round(energy.kilowatt_hours, 9), "energy_method": energy.method})
    return record.model_copy(update={"cost": cost})


def complete_record(run: Run[Task], seed: int, metrics: Mapping[str, Score], data: Data, cost: Cost, **details: Any) -> RunRecord:
    """Returns the record of a finished seed; `details` are what only some tasks have."""
    record = RunRecord(
        status="complete",
        profile=run.profile.name,
        task=run.task.name,
        model=run.model.name,
        seed=seed,
        main_metric=run.task.main_metric,
        metrics=dict(metrics),
        data=data,
        environment=describe_environment(run.threads, _gpu()),
        cost=cost,
        settings=run.settings,
        code_revision=code_revision(run.project.root),
        command=run.command,
        finished=datetime.now(UTC),
        **details,
    )
    main = metrics[run.task.main_metric]
    interval = f" [{main.low:.3f}, {main.high:.3f}]" if main.low is not None and main.high is not None else ""
    say(f"{run.task.name} × {run.model.name}, seed {seed}: {run.task.main_metric} {main.value:.3f}{interval}")
    return record


def code_digest(run: Run[Task], *others: str) -> str:
    """Returns a hash of the benchmark code that a model's method, and `others`, are made of."""
    root = run.project.root
    files = {path for reference in (run.model.method, *others) for path in source_closure(reference, root) if path.is_relative_to(root / "benchmarks")}
    return digest({str(path.relative_to(root)): file_digest(path) for path in sorted(files)})


def checkpoint_folder(run: Run[Task], settings: Mapping[str, Any], inference_settings: frozenset[str], data: Any, seed: int) -> Path:
    """Returns where a model with these settings, trained on this data, is kept: one folder for all models that differ in `inference_settings` or in name alone.

    `data` is what of the data the training depends on, JSON-like.
    """
    relevant = {name: value for name, value in settings.items() if name not in inference_settings}
    return run.project.work / "checkpoints" / digest([run.model.method, relevant, data, seed, code_digest(run)])[:24]


def write_outcome(run: Run[Task], outcome: Sequence[Outcome]) -> None:
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


def _unavailable(run: Run[Task], reason: str) -> RunRecord:
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
