"""From a cell of the leaderboard back to the prompts: which record the score comes from, what it was measured on, and how that was made.

Every link says whether its thing is on this machine, and whether it is the thing that the link before it means. Nothing is run or written; files are
bounded, and what is too large to be hashed while somebody waits is said to be unchecked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import EmohubError
from hub.files import digest, file_digest
from hub.paths import Project
from hub.publish.lineage import STEPS, Stage, dvc_files, folder_md5, read_stages
from hub.publish.manifest import MANIFEST, fingerprint_of, read_manifest_facts
from hub.results.board.views import TaskBoard
from hub.results.display import printable, score_text, setting_text
from hub.results.record import Count, RunRecord
from hub.results.untrusted import read_untrusted
from hub.spec import Registry, TaskSpec, TextDatasetSpec
from hub.spec.task import PublishedSource

Kind = Literal["score", "record", "predictions", "data", "stages", "generation", "prompts"]
State = Literal["matches", "here", "differs", "absent", "elsewhere"]
"""`matches`: here, and what was recorded. `here`: here, and there is nothing to compare it with. `elsewhere`: made by others and never copied."""

_LARGEST_HASHED = 64_000_000
_LARGEST_MANIFEST = 16_000_000
_LARGEST_LOCK = 20_000_000
_MOST_FILES = 5_000
_LARGEST_PROMPT = 40_000


@dataclass(frozen=True, slots=True)
class Prompt:
    """One template as it stands in the repository."""

    step: str
    file: str
    """Relative to the dataset's folder. Its version stands in its name."""
    text: str | None
    """None where there is no such file."""


@dataclass(frozen=True, slots=True)
class Link:
    """One step back. All texts are printable."""

    kind: Kind
    title: str
    state: State
    said: str
    """In a sentence: whether it is here, and the thing that is meant."""
    facts: tuple[tuple[str, str], ...] = ()
    dataset: str | None = None
    """The declared dataset it is about."""
    configuration: str | None = None
    prompts: tuple[Prompt, ...] = ()


class _Step(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    step: Annotated[str, Field(max_length=100)]
    prompt: Annotated[str, Field(max_length=200)]
    requests: Count
    rows: Count


class _Raw(BaseModel):
    """What is needed of data/raw/<dataset>/manifest.json."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    engine: dict[str, Any]
    sampling: dict[str, Any] = {}
    narratives: dict[str, Any] = {}
    steps: tuple[_Step, ...] = ()
    tables: dict[str, Count] = {}


def read_chain(project: Project, record: RunRecord, board: TaskBoard | None = None) -> tuple[Link, ...]:
    """Returns the links of one run, from the score back to the prompts; of a model with a first stage, that stage's data come last.

    Args:
        project: where everything lies.
        record: of the run.
        board: the table that the run stands in; the first link is left out without it.
    """
    links = [*_cell(board, record), _record(project, record), *_predictions(project, record)]
    registry = Registry(project)
    tasks = [(record.task, "What it was measured on", record.data.revision)]
    if record.data.pretrained_on:
        tasks.append((record.data.pretrained_on, "What it was first trained on", None))
    told: set[str] = set()
    for name, title, revision in tasks:
        task = _declared(registry, name, record.profile)
        if task is None:
            said = f"The task {printable(name, 80)} is no longer declared here, so its data cannot be followed."
            links.append(Link("data", title, "absent", said, _data_facts(record) if name == record.task else ()))
            continue
        facts = _data_facts(record) if name == record.task else (("Task", task.title),)
        if not isinstance(task.source, PublishedSource):
            links.append(_external(task, title, facts))
            continue
        link = _published(project, task.source, title, facts, revision)
        # How a dataset was made is told once, even where both stages of training read from it.
        if task.source.dataset in told:
            links.append(replace(link, said=f"{link.said} How this dataset was made stands above."))
        else:
            told.add(task.source.dataset)
            links += [link, *_making(project, registry, task.source.dataset)]
    return tuple(links)


def _cell(board: TaskBoard | None, record: RunRecord) -> Iterator[Link]:
    row = next((row for row in board.rows if row.profile == record.profile and row.model == record.model), None) if board else None
    if row is None:
        return
    if row.main is None:
        yield Link("score", "Cell of the leaderboard", "absent", "The model has no score on this board.")
        return
    facts = (("Score", score_text(row.main)), ("Interval", row.interval or "–"), ("Seeds", ", ".join(map(str, row.seeds))))
    if record.seed not in row.seeds:
        yield Link("score", "Cell of the leaderboard", "differs", "The board was made without this seed: bring it up to date.", facts)
        return
    only = record.score is not None and len(row.seeds) == 1
    same = not only or (record.score is not None and record.score.value == row.main.value)
    said = (
        ("It is this run's score." if only else "It is the mean of its seeds, of which this run is one.")
        if same
        else "The board shows another score: bring it up to date."
    )
    yield Link("score", "Cell of the leaderboard", "matches" if same else "differs", said, facts)


def _record(project: Project, record: RunRecord) -> Link:
    place = f"results/runs/{record.profile}/{record.task}/{record.model}/{record.seed}.json"
    facts = (("File", place), ("Seed", str(record.seed)), ("Code", record.code_revision or "–"), ("Command", printable(record.command, 300)))
    here = (project.root / place).is_file()
    return Link(
        "record", "Run record", "here" if here else "absent", "It is in git." if here else "Its file is gone: restore it from git or run its command.", facts
    )


def _predictions(project: Project, record: RunRecord) -> Iterator[Link]:
    if record.status != "complete":
        return
    if record.predictions is None:
        yield Link("predictions", "Predictions", "absent", "The record names none.")
        return
    path = project.root / "results" / record.predictions
    facts = (("File", f"results/{record.predictions}"), ("SHA-256", (record.predictions_sha256 or "–")[:16]))
    if not path.is_file():
        said = "They are not on this machine: run the record's command, or `dvc pull` where they are shared."
        yield Link("predictions", "Predictions", "absent", said, facts)
    elif record.predictions_sha256 is None:
        yield Link("predictions", "Predictions", "here", "The record keeps no hash of them.", facts)
    elif path.stat().st_size > _LARGEST_HASHED:
        yield Link("predictions", "Predictions", "here", "They are too large to be checked here.", facts)
    elif file_digest(path) == record.predictions_sha256:
        yield Link("predictions", "Predictions", "matches", "They have the hash that the record gives.", facts)
    else:
        yield Link("predictions", "Predictions", "differs", "The file is not the one that the record was made with: run its command again.", facts)


def _declared(registry: Registry, name: str, profile: str) -> TaskSpec | None:
    if name not in registry.files("task"):
        return None
    try:
        return registry.task(name).for_profile(profile)
    except (EmohubError, ValidationError):
        return None


def _data_facts(record: RunRecord) -> tuple[tuple[str, str], ...]:
    data = record.data
    rows = f"{data.train:,} train, {data.validation:,} validation, {data.test:,} test"
    return (
        ("Data", printable(data.name, 200)),
        ("Rows", rows),
        ("Revision", printable(data.revision or "–", 60)),
        ("Fingerprint", (data.fingerprint or "–")[:16]),
    )


def _external(task: TaskSpec, title: str, facts: tuple[tuple[str, str], ...]) -> Link:
    source = task.source
    assert not isinstance(source, PublishedSource)
    more = [("Hub", source.hub_id or "–"), ("Declared revision", source.hub_revision or "–"), ("Licence", source.licence)]
    said = "Others made it. It is read where it lies and never copied, so the record's fingerprint, which is of the rows as read, is checked by a run alone."
    return Link("data", title, "elsewhere", said, (*facts, *((name, printable(value, 200)) for name, value in more if value != "–")))


def _published(project: Project, source: PublishedSource, title: str, facts: tuple[tuple[str, str], ...], revision: str | None) -> Link:
    folder = project.published(source.dataset)
    where = (("Folder", f"data/published/{source.dataset}/{source.configuration}"),)
    if not (folder / MANIFEST).is_file():
        said = f"The dataset is not on this machine: `dvc repro build@{source.dataset}` makes it."
        return Link("data", title, "absent", said, (*facts, *where), source.dataset, source.configuration)
    try:
        manifest = read_manifest_facts(folder)
    except EmohubError as error:
        return Link("data", title, "differs", printable(str(error)), (*facts, *where), source.dataset, source.configuration)
    facts = (*facts, *where, ("Version", manifest.version), ("Fingerprint of the release", fingerprint_of(manifest.sha256)[:16]))
    if revision is None:
        return Link("data", title, "here", "The record keeps no revision to compare it with.", facts, source.dataset, source.configuration)
    if revision in _revisions(manifest.sha256, source.configuration):
        return Link(
            "data", title, "matches", "What is here, by its manifest, has the revision that the record gives.", facts, source.dataset, source.configuration
        )
    said = "What is here was built again since: its revision is another than the record's. The command makes the run again on it."
    return Link("data", title, "differs", said, facts, source.dataset, source.configuration)


def _revisions(sha256: Mapping[str, str], configuration: str) -> frozenset[str]:
    """What a run records of a published dataset: the hash of the configuration it reads, or of all of them where it reads several."""
    tables = {path: value for path, value in sha256.items() if path.endswith(".parquet")}
    own = {path.removeprefix(f"{configuration}/"): value for path, value in tables.items() if path.startswith(f"{configuration}/")}
    every = {path: value for path, value in tables.items() if path.count("/") == 1}
    return frozenset(digest(dict(sorted(found.items())))[:16] for found in (own, every))


def _making(project: Project, registry: Registry, dataset: str) -> Iterator[Link]:
    """How a dataset of this project came about."""
    stages = _locked(project, dataset)
    yield _stages(project, dataset, stages)
    raw = None
    path = project.raw(dataset) / "manifest.json"
    if not path.is_file():
        yield Link(
            "generation",
            "Generation",
            "absent",
            f"The raw data is not on this machine: `dvc repro generate@{dataset}` or `dvc pull` brings it.",
            dataset=dataset,
        )
    else:
        try:
            raw = read_untrusted(path, _Raw, _LARGEST_MANIFEST)
        except EmohubError as error:
            yield Link("generation", "Generation", "differs", printable(str(error)), dataset=dataset)
        else:
            yield _generation(project, dataset, raw, stages.get(f"generate@{dataset}"))
    yield _prompts(project, registry, dataset, raw, stages.get(f"generate@{dataset}"))


def _locked(project: Project, dataset: str) -> Mapping[str, Stage]:
    """What `dvc.lock` records of how a dataset was made; nothing where there is no such file, or it is not what DVC writes."""
    path = project.root / "dvc.lock"
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_LOCK:
            return {}
        return read_stages(path, [f"{step}@{dataset}" for step in STEPS])
    except (EmohubError, OSError):
        return {}


def _small_folder_md5(folder: Path) -> str | None:
    """DVC's hash of a folder; None where there is none, or where it is too large for somebody to wait."""
    files = dvc_files(folder)
    if not files or len(files) > _MOST_FILES or sum(path.stat().st_size for path in files.values()) > _LARGEST_HASHED:
        return None
    return folder_md5(folder)


def _stages(project: Project, dataset: str, stages: Mapping[str, Stage]) -> Link:
    title, names = "Stages", [f"{step}@{dataset}" for step in STEPS]
    absent = [name for name in names if name not in stages]
    if absent:
        return Link("stages", title, "absent", f"`dvc.lock` has no record of {absent[0]}.", dataset=dataset)
    generate, curate, build = (stages[name] for name in names)
    raw, clean, published = f"data/raw/{dataset}", f"data/clean/{dataset}", f"data/published/{dataset}"
    facts = tuple(
        (name, f"{printable(stages[name].command, 100)} → {(stages[name].output(out) or '–')[:12]}")
        for name, out in zip(names, (raw, clean, published), strict=True)
    )
    if generate.output(raw) != curate.dependency(raw) or curate.output(clean) != build.dependency(clean):
        return Link("stages", title, "differs", "In `dvc.lock`, a stage did not read what the one before it wrote last: `dvc repro` is due.", facts, dataset)
    built = _small_folder_md5(project.published(dataset))
    if built is None:
        return Link(
            "stages",
            title,
            "here",
            "`dvc.lock` records them, each reading what the one before it wrote. The built files are absent or too large to be checked here.",
            facts,
            dataset,
        )
    if built == build.output(published):
        return Link(
            "stages", title, "matches", "`dvc.lock` records them, each reading what the one before it wrote, the last one these very files.", facts, dataset
        )
    return Link("stages", title, "differs", "The files here were built outside DVC, or again since: `dvc.lock` records others.", facts, dataset)


def _generation(project: Project, dataset: str, raw: _Raw, stage: Stage | None) -> Link:
    engine = ", ".join(f"{printable(key, 40)}: {setting_text(key, value)}" for key, value in raw.engine.items())
    facts = [("Engine", printable(engine, 600))]
    if raw.sampling:
        facts.append(("Sampling", setting_text("sampling", raw.sampling)))
    if raw.narratives:
        facts.append(("Narratives", setting_text("narratives", raw.narratives)))
    facts += [(f"Step {printable(step.step, 60)}", f"{printable(step.prompt, 100)}: {step.requests:,} requests, {step.rows:,} rows") for step in raw.steps[:50]]
    facts.append(("Rows", ", ".join(f"{count:,} {printable(name, 60)}" for name, count in list(raw.tables.items())[:50])))
    made = stage.output(f"data/raw/{dataset}") if stage else None
    found = _small_folder_md5(project.raw(dataset)) if made else None
    if made is None or found is None:
        return Link(
            "generation",
            "Generation",
            "here",
            "The raw data is here; there is no hash to compare it with, or it is too large to be checked here.",
            tuple(facts),
            dataset,
        )
    if made == found:
        return Link("generation", "Generation", "matches", "The raw data here is what `dvc.lock` records.", tuple(facts), dataset)
    return Link("generation", "Generation", "differs", "The raw data here is not what `dvc.lock` records.", tuple(facts), dataset)


def _prompts(project: Project, registry: Registry, dataset: str, raw: _Raw | None, stage: Stage | None) -> Link:
    title = "Prompts"
    try:
        spec = registry.dataset(dataset)
    except EmohubError as error:
        return Link("prompts", title, "absent", printable(str(error).replace(f"{project.root}/", "")), dataset=dataset)
    if not isinstance(spec, TextDatasetSpec):
        said = "Its pictures are drawn from declared parameters, not from templates; each row carries what it was drawn from."
        return Link("prompts", title, "here", said, (("Declared in", f"builders/{dataset}"),), dataset)
    folder = project.root / "builders" / dataset
    prompts = tuple(Prompt(step.name, printable(step.prompt, 200), _template(folder, step.prompt)) for step in spec.steps)
    gone = [prompt.file for prompt in prompts if prompt.text is None]
    if gone:
        return Link("prompts", title, "absent", f"There is no {gone[0]} here.", (), dataset, prompts=prompts)
    used = {step.step: step.prompt for step in raw.steps} if raw else {}
    newer = [prompt for prompt in prompts if used.get(prompt.step, Path(prompt.file).name) != Path(prompt.file).name]
    if newer:
        said = f"The data were made with {printable(used[newer[0].step], 100)}; declared now is {newer[0].file}."
        return Link("prompts", title, "differs", said, (), dataset, prompts=prompts)
    recorded = stage.dependency(f"builders/{dataset}") if stage else None
    if recorded is None:
        return Link("prompts", title, "here", "There is no hash to compare them with.", (), dataset, prompts=prompts)
    if recorded == _small_folder_md5(folder):
        return Link(
            "prompts",
            title,
            "matches",
            "The dataset's folder, templates and all, is what `dvc.lock` says the data were made with.",
            (),
            dataset,
            prompts=prompts,
        )
    return Link(
        "prompts",
        title,
        "differs",
        "Something in the dataset's folder changed since the data were made; the versions of the templates did not.",
        (),
        dataset,
        prompts=prompts,
    )


def _template(folder: Path, file: str) -> str | None:
    path = folder / file
    try:
        # A declaration may come from others: a template lies in its dataset's folder.
        if not path.resolve().is_relative_to(folder.resolve()):
            return None
        with path.open(encoding="utf-8", errors="replace") as opened:
            text = opened.read(_LARGEST_PROMPT + 1)
    except OSError:
        return None
    clean = "".join(character if character.isprintable() or character == "\n" else " " for character in text[:_LARGEST_PROMPT])
    return clean + ("\n…" if len(text) > _LARGEST_PROMPT else "")
