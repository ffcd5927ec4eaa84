"""Checks all declarations together, and writes their JSON Schemas."""

from pathlib import Path

from pydantic import ValidationError

from hub.errors import DeclarationError, nearest
from hub.files import write_json
from hub.graph import graph_text
from hub.imports import load_object
from hub.spec import TextDatasetSpec
from hub.spec.base import Declaration
from hub.spec.dataset import DATASET_KINDS
from hub.spec.params import ParamsSpec
from hub.spec.registry import SPECS, Kind
from hub.spec.reported import read_reported
from hub.spec.task import (
    TASK_TYPES,
    DomainGeneralizationTask,
    ExternalSource,
    LabelledTask,
    LanguageModelingTask,
    PublishedSource,
    TaskSpec,
    TextClassificationTask,
)
from hub.taxonomy import Taxonomy, TaxonomySpec
from hub.workspace import Workspace


def validate(workspace: Workspace) -> str:
    """Reads every declaration and follows every name in it; returns one line that says what was checked.

    Raises:
        DeclarationError: with every mistake found, one a line.
    """
    problems: list[str] = []
    counts: dict[str, int] = {}
    for kind in SPECS:
        files = workspace.registry.files(kind)
        counts[kind] = len(files)
        for name in files:
            try:
                _check(workspace, kind, name)
            except DeclarationError as error:
                problems.append(str(error))
    problems.extend(_check_reported(workspace))
    if not problems:
        problems.extend(_check_graph(workspace))
    if problems:
        raise DeclarationError("\n".join(problems))
    return ", ".join(f"{count} {kind}{'s' if count != 1 else ''}" for kind, count in counts.items()) + ": all valid"


def write_schemas(folder: str) -> list[Path]:
    """Writes a JSON Schema for every kind of declaration and returns the files."""
    models: dict[str, type[Declaration]] = {"params": ParamsSpec, "taxonomy": TaxonomySpec}
    models.update((kind, model) for kind, model in SPECS.items() if kind not in ("task", "dataset"))
    models.update((f"dataset.{kind}", model) for kind, model in DATASET_KINDS.items())
    models.update((f"task.{kind}", model) for kind, model in TASK_TYPES.items())
    written = []
    for kind, model in models.items():
        path = Path(folder) / f"{kind}.schema.json"
        write_json(path, {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()})
        written.append(path)
    return written


def _check(workspace: Workspace, kind: Kind, name: str) -> None:
    registry, root = workspace.registry, workspace.project.root
    where = registry.files(kind)[name].relative_to(root)
    match kind:
        case "dataset":
            dataset = registry.dataset(name)
            Taxonomy.read(root / "builders" / name / dataset.taxonomy)
            for step in dataset.steps if isinstance(dataset, TextDatasetSpec) else ():
                if not (root / "builders" / name / step.prompt).is_file():
                    raise DeclarationError(f"{where}: steps.{step.name}.prompt: there is no file {step.prompt!r}")
            authored = [dataset.authored] if isinstance(dataset, TextDatasetSpec) else []
            for reference in (dataset.generate, dataset.curate, dataset.plan, *authored):
                _importable(reference, where, root)
        case "task":
            _check_task(workspace, registry.task(name), where)
        case "model":
            model = registry.model(name)
            for task_name in (*model.tasks, *([model.pretrain_on] if model.pretrain_on else [])):
                registry.task(task_name)
            for profile in (*model.profiles, *model.runs_in, *model.launch_in):
                registry.profile(profile)
            if model.launched:
                model.require_launchable(load_object(model.method, root))
        case "claim":
            for comparison in registry.claim(name).comparisons:
                task = registry.task(comparison.task)
                for model in (registry.model(comparison.model), registry.model(comparison.baseline)):
                    if (task.name, model.name) not in {(one.name, other.name) for one, other in registry.all_pairs()}:
                        raise DeclarationError(f"{where}: the model {model.name!r} is not run on the task {task.name!r}")
        case "profile":
            for dataset_name, settings in registry.profile(name).datasets.items():
                if registry.dataset(dataset_name).kind != settings.kind:
                    raise DeclarationError(f"{where}: datasets.{dataset_name}.kind is {settings.kind!r}, but its dataset.yaml says otherwise")


def _check_task(workspace: Workspace, task: TaskSpec, where: Path) -> None:
    registry, root = workspace.registry, workspace.project.root
    for profile in task.runs_in:
        registry.profile(profile)
    for profile in task.profiles:
        registry.profile(profile)
        try:
            task.for_profile(profile)
        except ValidationError as error:
            first = error.errors()[0]
            raise DeclarationError(f"{where}: profiles.{profile}.{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if isinstance(task, LabelledTask | DomainGeneralizationTask) and task.taxonomy:
        classes = Taxonomy.read(root / task.taxonomy).labels
        scored = task.scored_labels if isinstance(task, TextClassificationTask) else ()
        for label in (*task.labels, *task.mapping.values(), *scored):
            if label not in classes:
                raise DeclarationError(f"{where}: {label!r} is no class of {task.taxonomy}: {nearest(label, classes)}")
    if isinstance(task, LanguageModelingTask) and task.few_shot:
        registry.task(task.few_shot.task)
    match task.source:
        case PublishedSource(dataset=name, configuration=wrong):
            configurations = [one.name for one in registry.dataset(name).configurations]
            if wrong not in configurations:
                raise DeclarationError(f"{where}: source.configuration {wrong!r} is none of {name}: {nearest(wrong, configurations)}")
        case ExternalSource() as source:
            _importable(source.reader, where, root)
            if source.path_of:
                registry.task(source.path_of)


def _check_reported(workspace: Workspace) -> list[str]:
    try:
        numbers = read_reported(workspace.project.root)
        for number in numbers:
            workspace.registry.task(number.task)
    except DeclarationError as error:
        return [f"benchmarks/reported.yaml: {error}"]
    return []


def _importable(reference: str, where: Path, root: Path) -> None:
    try:
        load_object(reference, root)
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from error


def _check_graph(workspace: Workspace) -> list[str]:
    path = workspace.project.root / "graph.yaml"
    current = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [] if current == graph_text(workspace.registry, workspace.params.profile) else ["graph.yaml is out of date: run `emohub graph`"]
