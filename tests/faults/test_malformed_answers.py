"""Ten thousand malformed answers: none crashes, every one is counted once, and nothing of them is unbounded or unseen in a row."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.emo_pillars.rows import Character, Cleaned, InContext, Labelled, Scene, SoftLabel, Utterance
from builders.emo_pillars.steps import ActorsStep, CleaningStep, ContextStep, LabelsStep, RewritingStep, UtterancesStep
from hub.engine.base import Completion, FinishReason, Request
from hub.files import fraction_from
from hub.generate import GenerationJob, Narrative, Reject, Step, generate
from hub.generate.filters import looks_hidden
from hub.generate.job import REJECTS
from hub.paths import Project
from hub.spec.engine import Sampling
from hub.tables import read_table, table_of, write_table
from hub.taxonomy import Taxonomy
from tests.support.malformed_answers import DAMAGES, REFUSALS, damaged, good_answer
from tests.support.projects import DATASET, REPOSITORY, copy_project, dataset, generation, raw_table

STEPS = ("actors", "utterances", "labels", "context", "cleaning", "rewriting")
ROUNDS = 17
PLOT = (
    "Ada, a baker, finds an old letter about a boat. Her son Bo takes the boat out at night, and it sinks before noon. He swims to the shore, and they laugh."
)
LONGEST_IN_A_ROW = 2_000
"""Characters: the longest text that an answer's schema allows."""

Tally = Callable[..., None]


class DamagingEngine:
    """Gives every request a bad answer, or a good one where `kind_of` says None."""

    concurrency = 16
    identity: Mapping[str, Any] = {"kind": "damaging"}

    def __init__(self, kind_of: Callable[[Request], str | None]) -> None:
        self._kind_of = kind_of
        self.asked = 0

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        self.asked += 1
        kind, number = self._kind_of(request), request.id.rpartition(" ")[2]
        prompt = request.messages[0].content
        text = damaged(kind, request.step, prompt, request.id, 1_000_000 if number == "0" else 5_000) if kind else json.dumps(_good(request))
        return Completion(text, _finish(request), 10, len(text) // 4, request.seed, 0.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


def _good(request: Request) -> dict[str, Any]:
    return good_answer(request.step, random.Random(request.id))


def _finish(request: Request) -> FinishReason:
    """Mostly complete; a few in every other way."""
    draw = fraction_from("finish", request.step, request.id)
    return "stop" if draw < 0.9 else "other" if draw < 0.96 else "length" if draw < 0.98 else "refusal" if draw < 0.99 else "rejected"


def the_steps(folder: Path) -> dict[str, Step[Any, Any, Any]]:
    project = Project(folder)
    spec, home = dataset(project), folder / "builders" / DATASET
    taxonomy = Taxonomy.read(home / spec.taxonomy)
    return {
        "actors": ActorsStep(spec.step("actors"), home),
        "utterances": UtterancesStep(spec, home, taxonomy),
        "labels": LabelsStep(spec, home, taxonomy),
        "context": ContextStep(spec.step("context"), home),
        "cleaning": CleaningStep(spec.step("cleaning"), home),
        "rewriting": RewritingStep(spec.step("rewriting"), home),
    }


def item(step: str, id: str) -> Any:
    """What a step is asked about: made from nothing but an id."""
    narrative = Narrative(id, "The Boat", PLOT, "tests", "cc0-1.0")
    scene = Scene(Character(id, narrative, "Ada", "a baker"), "whole")
    utterance = Utterance(id, scene, "joy", "I cannot believe you kept it all these years!", 1, "stop")
    told = InContext(Labelled(utterance, (), (SoftLabel("joy", 0.8),), "answered"), "Ada found the letter.")
    return {
        "actors": narrative,
        "utterances": scene,
        "labels": utterance,
        "context": told.labelled,
        "cleaning": told,
        "rewriting": Cleaned(told, told.context),
    }[step]


def parent(step: str, row: Any) -> str:
    """The id of the question that a row answers."""
    match step:
        case "actors":
            return cast(str, row.narrative.id)
        case "utterances":
            return cast(str, row.scene.id)
        case "labels":
            return cast(str, row.utterance.id)
        case "context":
            return cast(str, row.labelled.utterance.id)
        case "cleaning":
            return cast(str, row.told.labelled.utterance.id)
        case _:
            return cast(str, row.cleaned.told.labelled.utterance.id)


def texts_of(value: Any) -> list[str]:
    """Every text in a row, with those of the rows it was derived from."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in texts_of(one)]
    if isinstance(value, Sequence):
        return [text for one in value for text in texts_of(one)]
    if is_dataclass(value):
        return [text for field in fields(value) for text in texts_of(getattr(value, field.name))]
    return []


def assert_bounded(row: Any) -> None:
    for text in texts_of(row):
        assert len(text) <= LONGEST_IN_A_ROW
        assert not looks_hidden(text)
        text.encode()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return copy_project(tmp_path_factory.mktemp("malformed"), kits=1)


@pytest.fixture(scope="module")
def steps(project: Project) -> dict[str, Step[Any, Any, Any]]:
    return the_steps(project.root)


@pytest.mark.parametrize("name", STEPS)
def test_every_malformed_answer_ends_as_rows_or_rejects_and_is_counted_once(
    project: Project, steps: dict[str, Step[Any, Any, Any]], name: str, tmp_path: Path, tally: Tally
) -> None:
    step = steps[name]
    ids = [f"{kind} {number}" for kind in DAMAGES for number in range(ROUNDS)]
    items = [item(name, id) for id in ids]
    asked = [step.identify(one) for one in items]
    kinds = dict(zip(asked, (kind for kind in DAMAGES for _ in range(ROUNDS)), strict=True))

    def run(engine: DamagingEngine) -> tuple[GenerationJob, list[Any]]:
        job = GenerationJob(dataset(project), generation(), step.prompt.path.parents[1], engine, tmp_path / "stores", [])
        return job, asyncio.run(job.run(step, items))

    engine = DamagingEngine(lambda request: kinds[request.id])
    job, rows = run(engine)
    (account,) = job.accounts
    with_rows, rejected = {parent(name, row) for row in rows}, {reject.id for reject in job.rejects}
    neither = set(asked) - with_rows - rejected

    assert engine.asked == account.requests == sum(account.finish_reasons.values()) == len(items)
    assert account.rows == len(rows)
    assert account.rejects == Counter(reject.reason for reject in job.rejects)
    assert not neither
    assert with_rows | rejected == set(asked)
    for row in rows:
        assert_bounded(row)
    assert all(reject.final and len(reject.text) <= 500 and len(reject.label) <= 40 and len(reject.detail) <= 300 for reject in job.rejects)

    write_table(tmp_path / "rejects.parquet", table_of(job.rejects, REJECTS))
    assert [Reject(**row) for row in read_table(tmp_path / "rejects.parquet").to_pylist()] == job.rejects

    again = DamagingEngine(lambda request: kinds[request.id])
    job_again, rows_again = run(again)
    assert again.asked == 0
    assert (rows_again, job_again.rejects, job_again.accounts) == (rows, job.rejects, job.accounts)
    tally("malformed answers", len(items), lost=len(neither), repeated=again.asked, remark="rows or rejects, never neither")


def test_a_chain_with_every_second_answer_malformed_accounts_for_all_of_them(tmp_path: Path, tally: Tally) -> None:
    project = copy_project(tmp_path, kits=1)
    kinds = list(DAMAGES)

    def kind_of(request: Request) -> str | None:
        draw = fraction_from("kind", request.step, request.id)
        return kinds[int(2 * draw * len(kinds))] if draw < 0.5 else None

    stories = "".join(json.dumps({"id": f"story-{number}", "title": "The Boat", "text": PLOT}) + "\n" for number in range(150))
    (tmp_path / "stories.jsonl").write_text(stories, encoding="utf-8")
    engine = DamagingEngine(kind_of)
    generate(project, dataset(project), generation(narratives={"kind": "jsonl", "path": "stories.jsonl", "licence": "cc0-1.0"}), engine)

    manifest = json.loads((project.raw(DATASET) / "manifest.json").read_text(encoding="utf-8"))
    rejects = raw_table(project, "rejects").to_pylist()
    counted = {step["step"]: step for step in manifest["steps"]}
    assert tuple(counted) == STEPS
    for name in STEPS:
        assert counted[name]["rejects"] == dict(sorted(Counter(row["reason"] for row in rejects if row["step"] == name).items()))
        assert counted[name]["requests"] == sum(counted[name]["finish_reasons"].values())
    assert sum(step["requests"] for step in counted.values()) == engine.asked
    assert counted["labels"]["rows"] == raw_table(project, "utterances").num_rows > 0
    assert counted["rewriting"]["rows"] == raw_table(project, "contextual").num_rows > 0
    for table in ("utterances", "contextual"):
        for row in raw_table(project, table).to_pylist():
            assert_bounded(row)
    tally("malformed answers in a chain", engine.asked, remark="reject table and manifest agree")


@pytest.mark.parametrize("name", STEPS)
def test_refusals_in_many_wordings_are_refusals(steps: dict[str, Step[Any, Any, Any]], name: str) -> None:
    wordings = {text: steps[name].parse(item(name, "x"), Completion(text, "stop", None, None, 0, 0.0), 0) for text in REFUSALS}

    assert {text for text, (rows, rejects) in wordings.items() if rows or [reject.reason for reject in rejects] != ["refused"]} == set()


@pytest.mark.parametrize("kind", [kind for kind in DAMAGES if kind.startswith("endless") or kind.startswith("an endless")])
def test_a_million_characters_are_read_in_no_time(steps: dict[str, Step[Any, Any, Any]], kind: str) -> None:
    for name in STEPS:
        text = damaged(kind, name, "a prompt", "0", 1_000_000)
        started = time.process_time()
        steps[name].parse(item(name, "x"), Completion(text, "stop", None, None, 0, 0.0), 0)
        assert time.process_time() - started < 20  # With a pattern that backtracks it would be hours.


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=60) | st.sampled_from(["joy", "neutral", "anger", "Ada", "0.5", "1"])
KEYS = st.sampled_from(
    ["characters", "name", "description", "utterances", "emotion", "text", "labels", "label", "expressiveness", "context", "utterance"]
) | st.text(max_size=5)
ENTRIES = st.dictionaries(KEYS, SCALARS, max_size=5)
VALUES = st.dictionaries(KEYS, SCALARS | ENTRIES | st.lists(ENTRIES | SCALARS, max_size=6), max_size=4)
ANSWERS = st.text() | VALUES.map(json.dumps) | VALUES.map(lambda value: f"```json\n{json.dumps(value, ensure_ascii=False)}\n```")


@given(name=st.sampled_from(STEPS), text=ANSWERS, finish_reason=st.sampled_from(["stop", "length", "refusal", "rejected", "other"]))
def test_whatever_is_answered_gives_bounded_rows_or_rejects(steps: dict[str, Step[Any, Any, Any]], name: str, text: str, finish_reason: FinishReason) -> None:
    rows, rejects = steps[name].parse(item(name, "x"), Completion(text, finish_reason, None, None, 0, 0.0), 0)

    assert rows or rejects
    for row in rows:
        assert_bounded(row)
        assert parent(name, row) in ("x", "x/whole")
        assert not isinstance(row, Labelled) or (row.labels and all(0 <= label.expressiveness <= 1 for label in row.labels))


@given(step=st.sampled_from(STEPS), kind=st.sampled_from(sorted(DAMAGES)), seed=st.integers(0, 10**6))
def test_reading_an_answer_twice_gives_the_same(steps: dict[str, Step[Any, Any, Any]], step: str, kind: str, seed: int) -> None:
    completion = Completion(damaged(kind, step, "a prompt with an example {}", str(seed)), "stop", None, None, 0, 0.0)

    assert steps[step].parse(item(step, "x"), completion, 0) == steps[step].parse(item(step, "x"), completion, 0)


TAXONOMY = Taxonomy.read(REPOSITORY / "builders" / DATASET / "labels.yaml")


@given(st.text() | st.sampled_from(TAXONOMY.labels).flatmap(lambda word: st.text(max_size=4).map(lambda rest: word + rest)))
def test_any_word_leads_to_a_class_or_to_none(word: str) -> None:
    found = TAXONOMY.map(word)

    assert found.label is None or found.label in TAXONOMY.labels
    assert (found.label is None) == (found.how == "unmapped")
    assert TAXONOMY.map(found.word) == found
    assert 0 <= found.similarity <= 100


@given(st.sampled_from(TAXONOMY.labels), st.text(st.characters(categories=["P", "Z"]), max_size=3), st.booleans())
def test_case_and_punctuation_around_a_class_change_nothing(label: str, around: str, upper: bool) -> None:
    assert TAXONOMY.map(around + (label.upper() if upper else label) + around).label == label


def test_the_request_of_a_million_characters_still_is_one(steps: dict[str, Step[Any, Any, Any]]) -> None:
    narrative = Narrative("x", "x", "</plot>{{ 1 }}\x00\u202e" * 60_000, "tests", "cc0-1.0")
    request = steps["actors"].request(narrative, Sampling(), 0)

    assert request.messages[0].content.count("</plot>") == 1
