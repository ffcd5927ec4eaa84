"""One dataset's generation in one profile: opens the engine, runs the chain, accounts for every answer, writes the raw tables."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from hub.console import progress, say
from hub.durable.checksums import forget_sums, write_sums
from hub.engine import Completion, Engine, open_engine
from hub.files import write_json
from hub.generate.narratives import Narrative, read_narratives
from hub.generate.runner import answer_all
from hub.generate.step import In, Out, Reject, Step
from hub.generate.store import AnswerStore
from hub.imports import load_object
from hub.paths import Project
from hub.shard import WHOLE, Shard
from hub.spec import TextDatasetSpec, TextGenerationSpec
from hub.spec.engine import LanguageModelSpec
from hub.spec.profile import HubNarratives, NarrativeSpec
from hub.tables import Tables, table_of, write_tables

_RETRIED = frozenset({"truncated", "empty", "malformed"})
"""Reasons for which another seed may help. A refusal or a wrong label is an answer; asking until it changes would bend the data."""

REJECTS = pa.schema([(name, pa.string()) for name in ("step", "id", "reason", "label", "text", "detail")] + [("attempt", pa.int32()), ("final", pa.bool_())])


@dataclass
class StepAccount:
    """What one step cost and gave. All of it follows from the answers, so that a resumed run accounts the same."""

    step: str
    prompt: str
    requests: int = 0
    rows: int = 0
    finish_reasons: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    def count(self, completion: Completion) -> None:
        self.requests += 1
        self.finish_reasons[completion.finish_reason] += 1
        if completion.prompt_tokens is not None:
            self.prompt_tokens = (self.prompt_tokens or 0) + completion.prompt_tokens
        if completion.completion_tokens is not None:
            self.completion_tokens = (self.completion_tokens or 0) + completion.completion_tokens

    def as_dict(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "prompt": self.prompt,
            "requests": self.requests,
            "rows": self.rows,
            "finish_reasons": dict(sorted(self.finish_reasons.items())),
            "rejects": dict(sorted(self.rejects.items())),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
        }


@dataclass
class GenerationJob:
    """What a dataset's chain works with."""

    spec: TextDatasetSpec
    settings: TextGenerationSpec
    folder: Path
    """The dataset's own folder, with its prompts and label file."""
    engine: Engine
    stores: Path
    all_narratives: list[Narrative]
    shard: Shard = WHOLE
    """Which of the narratives are asked about here."""
    accounts: list[StepAccount] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    @property
    def narratives(self) -> list[Narrative]:
        """Those that are asked about here."""
        return self.shard.of(self.all_narratives)

    def answerable(self, step: Step[In, Out, Any], item: In) -> bool:
        """Whether the engine has anything to say about an item. Only the embedded engine ever says no."""
        return self.engine.can_answer(step.name, step.inputs(item))

    async def run(self, step: Step[In, Out, Any], items: Sequence[In]) -> list[Out]:
        """Asks about every item and returns the rows, in the order of the items. Rejects and counts are kept in the job."""
        account = StepAccount(step.name, f"{step.prompt.path.name}")
        rows: dict[int, list[Out]] = {}
        pending = list(enumerate(items))
        position = len(self.accounts) + 1
        part = None if self.shard.whole else self.shard.name
        with AnswerStore(self.stores, step.fingerprint(self.engine.identity, self.settings.sampling), part) as store:
            for attempt in range(self.settings.attempts):
                requests = [step.request(item, self.settings.sampling, attempt) for _, item in pending]
                known = [store.get(request) for request in requests]
                title = f"{self.spec.name}: step {position}/{len(self.spec.steps)} {step.spec.title}" + (f", attempt {attempt + 1}" if attempt else "")
                with progress(title, len(requests), len(known) - known.count(None)) as tick:
                    completions = await answer_all(requests, self.engine, store, tick, known)
                last = attempt == self.settings.attempts - 1
                again = []
                for (index, item), completion in zip(pending, completions, strict=True):
                    account.count(completion)
                    found, rejects = step.parse(item, completion, attempt)
                    retry = not found and not last and any(reject.reason in _RETRIED for reject in rejects)
                    if retry:
                        again.append((index, item))
                        rejects = [replace(reject, final=False) for reject in rejects]
                    rows[index] = found
                    self.rejects.extend(rejects)
                    account.rejects.update(reject.reason for reject in rejects)
                pending = again
                if not pending:
                    break
        found_rows = [row for index in range(len(items)) for row in rows[index]]
        account.rows = len(found_rows)
        self.accounts.append(account)
        return found_rows


def generate(project: Project, spec: TextDatasetSpec, settings: TextGenerationSpec, engine: Engine | None = None) -> None:
    """Runs a dataset's chain and writes `data/raw/<dataset>`: its tables, `rejects.parquet` and `manifest.json`.

    `engine` answers instead of the one that `settings` declares: for programs that bring their own.
    """
    job = _open_job(project, spec, settings, engine)
    cut = sum(narrative.cut for narrative in job.narratives)
    say(f"{spec.name}: {len(job.narratives):,} narratives" + (f", {cut:,} of them cut to {settings.maximum_characters:,} characters" if cut else ""))
    tables = _run_chain(project, job)
    raw = project.raw(spec.name)
    forget_sums(raw)
    write_tables(raw, {**tables, "rejects": table_of(job.rejects, REJECTS)})
    write_json(raw / "manifest.json", _manifest(job, tables))
    write_sums(raw)
    for account in job.accounts:
        rejected = ", ".join(f"{count:,} {reason}" for reason, count in sorted(account.rejects.items()))
        say(f"  {account.step}: {account.requests:,} answers, {account.rows:,} rows" + (f", rejected: {rejected}" if rejected else ""))


def answer_share(project: Project, spec: TextDatasetSpec, settings: TextGenerationSpec, shard: Shard) -> Mapping[str, Any] | None:
    """Asks what a dataset's chain needs for a share of the narratives, and keeps the answers in part stores, for `generate` to find once they are merged.

    Returns what the engine's identity was; None if there are fewer narratives than shares, and none is left for this one.
    """
    job = _open_job(project, spec, settings, None, shard)
    if not job.narratives:
        return None
    _run_chain(project, job)
    return job.engine.identity


def _open_job(project: Project, spec: TextDatasetSpec, settings: TextGenerationSpec, engine: Engine | None, shard: Shard = WHOLE) -> GenerationJob:
    folder = project.root / "builders" / spec.name
    responder = load_object(spec.authored, project.root)(folder)
    narratives = read_narratives(settings, responder.narratives(), project.root)
    answering = engine or open_engine(settings.engine, lambda: responder)
    return GenerationJob(spec, settings, folder, answering, project.work / "stores" / spec.name, narratives, shard)


def _run_chain(project: Project, job: GenerationJob) -> Tables:
    chain = load_object(job.spec.generate, project.root)

    async def run() -> Tables:
        async with job.engine:
            tables: Tables = await chain(job)
            return tables

    return asyncio.run(run())


def _manifest(job: GenerationJob, tables: Tables) -> dict[str, Any]:
    settings = job.settings.model_dump(mode="json")
    return {
        "dataset": job.spec.name,
        "version": job.spec.version,
        "engine": {**job.engine.identity, **_licence(job.settings)},
        "sampling": settings["sampling"],
        "attempts": settings["attempts"],
        "options": settings["options"],
        "narratives": {
            "kind": job.settings.narratives.kind,
            **_origin(job.settings.narratives),
            "count": len(job.narratives),
            "cut": sum(narrative.cut for narrative in job.narratives),
            "licences": sorted({narrative.licence for narrative in job.narratives}),
        },
        "steps": [account.as_dict() for account in job.accounts],
        "tables": {name: table.num_rows for name, table in sorted(tables.items())},
    }


def _licence(settings: TextGenerationSpec) -> dict[str, str]:
    licence = settings.engine.licence if isinstance(settings.engine, LanguageModelSpec) else None
    return {"licence": licence} if licence else {}


def _origin(narratives: NarrativeSpec) -> dict[str, str]:
    return {"id": narratives.id, "revision": narratives.revision} if isinstance(narratives, HubNarratives) else {}
