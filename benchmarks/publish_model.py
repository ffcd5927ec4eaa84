"""Publishes what a benchmark run trained: the checkpoint of (task, model, seed), exported into a stock class of transformers, with the run's own numbers."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.examples import TextExamples
from benchmarks.methods.base import Setting
from benchmarks.methods.encoder import EncoderSettings
from benchmarks.methods.stock_export import Outputs, export_encoder, exportable_settings, fits, stock_probabilities
from benchmarks.methods.weights import MINILM, locate
from benchmarks.runners.run import Run, checkpoint_folder
from benchmarks.runners.text_classification import Material, TextRun, read
from hub.console import say
from hub.errors import EmohubError
from hub.files import file_digest
from hub.hugging_face import Hub
from hub.imports import load_object
from hub.publish.model_card import Agreement, BaseEncoder, ModelFacts, TrainingData
from hub.publish.model_release import DRAFT, ModelRelease, put_model, stage_model
from hub.publish.repositories.reference import is_on_hub, open_repository
from hub.publish.version import parse_version, tag_of
from hub.results import RunRecord, read_record
from hub.results.environment import code_revision
from hub.spec import Registry, TextClassificationTask
from hub.spec.task import HoldoutProtocol, PublishedSource
from hub.tables import read_table
from hub.workspace import Workspace

CHECKED_ROWS = 64
"""Test rows, chosen by id, on which the exported files are compared with the trained model, and that with the record's predictions."""
SAME_MODEL = 1e-6
"""How far the exported files' probabilities may be from the trained model's."""
SAME_RUN = 1e-3
"""How far the trained model's may be from the recorded ones: another machine or number of threads rounds otherwise."""
_ENGLISH = ("en",)
_LICENCES = {
    "FacebookAI/roberta-large": "mit",
    "google-bert/bert-large-cased": "apache-2.0",
    "sentence-transformers/all-MiniLM-L6-v2": "apache-2.0",
}
"""What the encoders that our models start from say on the Hub."""
_HUB_NAMES = {MINILM: "sentence-transformers/all-MiniLM-L6-v2"}


@dataclass(frozen=True, slots=True)
class _Trained:
    """A finished run that can be published."""

    run: TextRun
    material: Material
    record: RunRecord
    checkpoint: Path
    method: Any
    settings: EncoderSettings

    @property
    def outputs(self) -> Outputs:
        classes = self.material.classes
        labels = self.run.task.labels or classes
        assert self.record.decision is not None
        return Outputs(tuple(labels), tuple(classes.index(label) for label in labels), self.record.decision)


def publish_model(
    workspace: Workspace,
    task: str,
    model: str,
    seed: int,
    to: str | None = None,
    version: str | None = None,
    private: bool = False,
    dry_run: bool = False,
    hub: Hub | None = None,
) -> ModelRelease:
    """Publishes the model that a run of the workspace's profile trained. Without a version only `main` moves.

    Args:
        to: `organisation/name` on the Hub, or a folder; `data/models/<task>-<model>` when not given.
        version: `v1.2.0`; it is tagged and never changes.
        private: a repository made on the Hub is private.
        dry_run: everything but the publishing itself.
        hub: which server; the environment's when not given.

    Raises:
        EmohubError: there is no such checkpoint or record, no stock class computes what was trained, or the place refuses.
        DataUnavailableError: the task's data or the encoder's configuration is not on this machine.
        GateError: the exported files do not answer as the trained model does.
    """
    trained = find_trained(workspace, task, model, seed)
    name = f"{task}-{model}"
    repository = open_repository(to or f"./data/models/{name}", "model", private, workspace.project, hub)
    on_hub = to is not None and is_on_hub(to, workspace.project.root)
    if on_hub:
        _may_be_shared(workspace.registry, trained.run)
    wanted = parse_version(version) if version else None
    work = workspace.project.work
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".model.", dir=work) as temporary:
        folder = Path(temporary)
        export_encoder(trained.checkpoint, trained.settings, trained.outputs, trained.run.profile.bench.network, folder)
        agreement = check_export(trained, folder)
        facts = _facts(workspace, trained, name, agreement, folder)
        address = repository.address if on_hub else None
        manifest = stage_model(folder, facts, str(wanted or DRAFT), address, code_revision(workspace.project.root))
        say(f"{name}: on {agreement.rows:,} test rows the exported model is within {agreement.largest:.1e} of the trained one")
        if dry_run:
            return ModelRelease(manifest, repository.address, None, tag_of(wanted) if wanted else None)
        return put_model(repository, folder, manifest, wanted)


def find_trained(workspace: Workspace, task_name: str, model_name: str, seed: int) -> _Trained:
    """Finds the checkpoint and the record of a run, exactly as the runner keys them.

    Raises:
        EmohubError: the run has no checkpoint that can be published, or none was kept; the sentence says which command makes it.
    """
    task, model = workspace.registry.task(task_name).for_profile(workspace.profile.name), workspace.registry.model(model_name)
    if not isinstance(task, TextClassificationTask):
        raise EmohubError(
            f"{task_name!r} is a {task.type} task: only models of text classification can be published, since only they have an exact stock class"
        )
    run: TextRun = Run(workspace.project, workspace.registry, workspace.params, workspace.profile, task, model, seed)
    method = load_object(model.method, workspace.project.root)
    settings = exportable_settings(method, run.settings, model_name)
    if model.pretrain_on is not None and model.adapt:
        raise EmohubError(f"{model_name!r} is trained in two stages, and only the first one's checkpoint is kept; publish a model without 'pretrain_on'")
    if not isinstance(task.protocol, HoldoutProtocol):
        raise EmohubError(f"{task_name!r} is scored by cross-validation: there is one model a fold and none for all; publish one of a holdout task")
    material = read(run)
    learnt = (material.first or material.splits).train
    checkpoint = checkpoint_folder(run, run.settings, method.inference_settings, learnt.fingerprint, seed)
    file = workspace.project.runs / workspace.profile.name / task_name / model_name / f"{seed}.json"
    again = f"run `emohub bench {task_name} {model_name} --profile {workspace.profile.name} --seed {seed}`"
    # fit.json is written last: a folder without it was interrupted.
    if not (checkpoint / "fit.json").is_file():
        raise EmohubError(f"there is no checkpoint of {task_name} × {model_name}, seed {seed}, by the present code, settings and data: {again}")
    if not file.is_file():
        raise EmohubError(f"there is no record of {task_name} × {model_name}, seed {seed}: {again}")
    record = read_record(file)
    if record.status != "complete" or record.settings != run.settings or record.data.fingerprint != material.splits.fingerprint:
        raise EmohubError(f"the record of {task_name} × {model_name}, seed {seed}, is of other settings or data than the checkpoint: {again}")
    return _Trained(run, material, record, checkpoint, method, settings)


def check_export(trained: _Trained, folder: Path) -> Agreement:
    """Compares three answers to the same test rows: the exported folder's, the trained model's, and those that the record was scored on.

    Raises:
        EmohubError: the record's predictions are missing, or are not those of this checkpoint.
        GateError: the exported folder answers differently.
    """
    run, outputs = trained.run, trained.outputs
    test = trained.material.splits.test.sample(CHECKED_ROWS)
    classifier = trained.method(run.settings, Setting(len(trained.material.classes), trained.record.seed, run.threads, run.profile.bench.network))
    classifier.load(trained.checkpoint)
    # Row by row: in float32 the trained model itself differs by more than SAME_MODEL with what else is in a batch.
    ours = np.concatenate([classifier.predict(test.take([row])) for row in range(len(test))])[:, list(outputs.rows)]
    if np.abs(ours - _recorded(trained, test)).max() > SAME_RUN:
        raise EmohubError(f"the record of {run.task.name} × {run.model.name} was scored on other weights than the checkpoint's: run `{run.command}`")
    rows = fits(folder, test)
    largest = float(np.abs(ours[rows] - stock_probabilities(folder, test.take(rows))).max())
    if largest > SAME_MODEL:
        raise EmohubError(
            f"the exported model of {run.model.name!r} differs from the trained one by {largest:.1e}, more than {SAME_MODEL:.0e}: it is not published"
        )
    return Agreement(len(rows), largest)


def _recorded(trained: _Trained, test: TextExamples) -> Any:
    """Returns the recorded probabilities of rows, (rows, labels)."""
    record, run = trained.record, trained.run
    file = run.project.root / "results" / (record.predictions or "none")
    if record.predictions is None or not file.is_file() or file_digest(file) != record.predictions_sha256:
        raise EmohubError(f"the predictions behind the record of {run.task.name} × {run.model.name} are not on this machine: run `{run.command}`")
    table = read_table(file)
    place = {id: row for row, id in enumerate(table["id"].to_pylist())}
    return np.array(table["probabilities"].to_pylist(), dtype=np.float32)[[place[id] for id in test.ids]]


def _facts(workspace: Workspace, trained: _Trained, name: str, agreement: Agreement, folder: Path) -> ModelFacts:
    run, record = trained.run, trained.record
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    citations = [run.model.citation, run.task.citation, *(dataset.citation for dataset in _datasets(workspace.registry, run))]
    return ModelFacts(
        name=name,
        title=run.model.title,
        summary=run.model.summary,
        architecture=config["architectures"][0],
        task_title=run.task.title,
        task_summary=run.task.summary,
        labels=trained.outputs.labels,
        maximum_length=trained.settings.maximum_length,
        base=base_encoder(trained.settings, run.profile.bench.network),
        data=_training_data(workspace, trained),
        record=record,
        seeds=_all_seeds(workspace, record),
        agreement=agreement,
        citations=tuple(dict.fromkeys(one for one in citations if one is not None)),
    )


def base_encoder(settings: EncoderSettings, network: bool) -> BaseEncoder:
    """Returns what a model starts from, with its licence: as the Hub says for the encoders we name, as its README says for a folder.

    Raises:
        EmohubError: nothing says under which licence it is.
    """
    place = Path(locate(settings.encoder, network))
    weights = place / "model.safetensors"
    digest = file_digest(weights) if weights.is_file() else None
    name = _HUB_NAMES.get(settings.encoder, settings.encoder)
    if name in _LICENCES:
        return BaseEncoder(name, True, _LICENCES[name], settings.revision, digest)
    card = place / "README.md"
    parts = card.read_text(encoding="utf-8").split("---\n") if card.is_file() else []
    front = yaml.safe_load(parts[1]) if len(parts) > 2 and not parts[0] else None
    if not isinstance(front, dict) or not isinstance(front.get("license"), str):
        raise EmohubError(f"nothing says under which licence the encoder {place.name!r} is: write `license: ...` into the front matter of its README.md")
    return BaseEncoder(place.name, False, front["license"], settings.revision, digest)


def _training_data(workspace: Workspace, trained: _Trained) -> TrainingData:
    task, splits = _learnt_task(workspace.registry, trained.run), trained.material.first or trained.material.splits
    if isinstance(task.source, PublishedSource):
        dataset = workspace.registry.dataset(task.source.dataset)
        generation = workspace.profile.datasets.get(dataset.name)
        target = generation.publish.to if generation is not None and generation.publish is not None else None
        hub_id = target if target is not None and is_on_hub(target, workspace.project.root) else None
        where = f"{dataset.name}, built by this project"
        return TrainingData(task.title, where, dataset.licence, dataset.languages, hub_id, task.source.configuration, splits.revision, splits.train.fingerprint)
    source = task.source
    return TrainingData(task.title, splits.source, source.licence, _ENGLISH, source.hub_id, source.hub_configuration, splits.revision, splits.train.fingerprint)


def _learnt_task(registry: Registry, run: TextRun) -> TextClassificationTask:
    """The task whose training rows the model learnt from."""
    task = registry.task(run.model.pretrain_on) if run.model.pretrain_on else run.task
    assert isinstance(task, TextClassificationTask)
    return task


def _datasets(registry: Registry, run: TextRun) -> list[Any]:
    sources = (run.task.source, _learnt_task(registry, run).source)
    return [registry.dataset(source.dataset) for source in sources if isinstance(source, PublishedSource)]


def _all_seeds(workspace: Workspace, record: RunRecord) -> tuple[RunRecord, ...]:
    folder = workspace.project.runs / record.profile / record.task / record.model
    others: Sequence[RunRecord] = [read_record(path) for path in sorted(folder.glob("*.json"))]
    # Seeds of other data, settings or code are not this model's.
    return tuple(one for one in others if (one.data, one.settings, one.code_revision) == (record.data, record.settings, record.code_revision))


def _may_be_shared(registry: Registry, run: TextRun) -> None:
    source = _learnt_task(registry, run).source
    if not isinstance(source, PublishedSource) and " " in source.licence:
        raise EmohubError(f"the data that {run.model.name!r} learnt from is not under an open licence ({source.licence}): publish it to a folder of your own")
