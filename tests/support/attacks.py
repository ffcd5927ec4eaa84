"""The corpus of hostile narratives, and an engine that obeys every one of them that reaches it. Run as a program, prints what became of each."""

import json
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import yaml

from builders.emo_pillars.splits import place_plots
from hub.engine.base import Completion, Request
from hub.errors import NarrativeError
from hub.generate import generate
from hub.generate.narratives import read_narratives
from hub.paths import Project
from tests.support.projects import REPOSITORY, copy_project, dataset, generation, raw_table

Outcome = Literal["refused", "kept out", "caught", "harmless", "through"]
"""refused: the narrative is not read at all. kept out: no prompt holds the attack. caught: a reject. harmless: obeyed, but no row holds what was wanted."""

BEFORE = "Ada, a baker, finds an old letter about a boat in the wooden drawer of her kitchen, and reads it twice before she calls her son."
AFTER = "Her son Bo takes the boat out at night, and it sinks before noon. He swims to the shore alone, and in the end they laugh about it."
_CARRIED_BY = {"name": "actors", "description": "actors", "utterance": "utterances", "context": "context"}
_LATE = ("context", "cleaning", "rewriting")


@dataclass(frozen=True)
class Attack:
    """One attack as `attacks.yaml` describes it."""

    family: str
    wants: str
    step: str
    attack: str
    where: Literal["plot", "title", "id", "name", "description", "utterance", "context"] = "plot"
    text: str | None = None
    label: str | None = None
    raw: str | None = None
    made: str | None = None
    proof: str | None = None

    @property
    def plot(self) -> str:
        return f"{BEFORE}\n{self.attack}\n{AFTER}" if self.where == "plot" else f"{BEFORE}\n{AFTER}"

    @property
    def obeyed(self) -> str:
        """What a model answers that does what the attack wants."""
        if self.raw is not None:
            return self.raw
        if self.made is not None:
            return json.dumps(_MADE[self.made], ensure_ascii=False)
        return json.dumps(_answer(self.step, self.text or "", self.label or "joy"), ensure_ascii=False)


@dataclass(frozen=True)
class Fate:
    """What became of an attack, and at which step for which reason if it was caught."""

    attack: Attack
    outcome: Outcome
    step: str = ""
    reason: str = ""


_MADE: Mapping[str, Any] = {
    "two hundred utterances": {"utterances": [{"emotion": "joy", "text": f"No, it is number {number}!"} for number in range(200)]},
    "ninety characters": {"characters": [{"name": f"Number {number}", "description": "a guest"} for number in range(90)]},
    "all labels": {"labels": [{"label": label, "expressiveness": 1.0} for label in ("joy", "anger", "fear", "love") for _ in range(7)]},
    "a book": {"context": "Ada went on and on along the shore, and nobody knew where. " * 400},
    "the same ten times": {"utterances": [{"emotion": "joy", "text": "The letter was here!"}] * 10},
    "no without end": {"context": "No, no, no, no, no, no. " * 60},
}


def read_attacks() -> list[Attack]:
    return [Attack(**one) for one in yaml.safe_load((REPOSITORY / "tests" / "faults" / "attacks.yaml").read_text(encoding="utf-8"))]


def measure(root: Path, attacks: Sequence[Attack]) -> list[Fate]:
    """Runs the whole chain over all attacks at once, in a project made in `root`, with an engine that obeys; returns each one's fate."""
    project = copy_project(root, kits=1)
    readable = [attack for attack in attacks if _is_read(project, attack)]
    ids = _ids(project, readable)
    stories = [{"id": id, "title": attack.attack if attack.where == "title" else "The Boat", "text": attack.plot} for id, attack in ids.items()]
    _write_stories(project, stories)
    engine = ObedientEngine(ids)
    generate(project, dataset(project), generation(narratives=_SOURCE, options={"parts": ["whole"], "context_share": 1.0}), engine)
    rejects = defaultdict(list)
    for row in raw_table(project, "rejects").to_pylist():
        rejects[engine.narrative_of(row["id"])].append(row)
    rows = defaultdict(list)
    for table, key in (("utterances", "id"), ("contextual", "utterance_id")):
        for row in raw_table(project, table).to_pylist():
            rows[engine.narrative_of(row[key])].append(row)
    fates = [_fate(attack, id in engine.obeyed, rows[id], rejects[id]) for id, attack in ids.items()]
    return fates + [Fate(attack, "refused") for attack in attacks if attack not in readable]


def _fate(attack: Attack, obeyed: bool, rows: list[dict[str, Any]], rejects: list[dict[str, Any]]) -> Fate:
    steps = {attack.step, _CARRIED_BY.get(attack.where, attack.step)}
    reject = next((one for one in rejects if one["step"] in steps), None)
    if obeyed and any(_shows(attack, row) for row in rows):
        return Fate(attack, "through", attack.step)
    if reject:
        return Fate(attack, "caught", reject["step"], reject["reason"])
    return Fate(attack, "harmless" if obeyed else "kept out", attack.step)


def _shows(attack: Attack, row: Mapping[str, Any]) -> bool:
    """Whether a row holds what the attack wanted."""
    if attack.step == "labels" and attack.label:
        return [(one["label"], round(one["expressiveness"], 1)) for one in row.get("labels", [])] == [(attack.label, 1.0)]
    wanted = attack.proof or attack.text
    if wanted is None:
        return False
    columns = ("character", "description", "utterance", "context", "cleaned_context", "rewritten", "answered")
    return any(_holds(str(row[column]), wanted) for column in columns if column in row)


class ObedientEngine:
    """Answers well, except where a prompt holds an attack on its step: there it does what the attack wants. `attacks` are by narrative id."""

    concurrency = 8
    identity: Mapping[str, Any] = {"kind": "obedient"}

    def __init__(self, attacks: Mapping[str, Attack]) -> None:
        self._attacks = attacks
        self._ids = sorted(attacks, key=len, reverse=True)
        self.obeyed: set[str] = set()
        self.asked: list[Request] = []

    def narrative_of(self, id: str) -> str:
        return next(one for one in self._ids if id == one or id.startswith(f"{one}/"))

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        self.asked.append(request)
        narrative = self.narrative_of(request.id)
        return Completion(self._text(request, narrative, self._attacks[narrative]), "stop", None, None, request.seed, 0.0)

    def _text(self, request: Request, narrative: str, attack: Attack) -> str:
        if request.step == attack.step and _holds(request.messages[0].content, attack.attack):
            self.obeyed.add(narrative)
            return attack.obeyed
        answer = {"context": request.inputs["context"]} if request.step == "cleaning" else _answer(request.step)
        if request.step == _CARRIED_BY.get(attack.where):
            _carry(answer, attack)
        return json.dumps(answer, ensure_ascii=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


def _answer(step: str, text: str | None = None, label: str = "joy") -> dict[str, Any]:
    """The answer to a step that says `text`; without, a good one."""
    match step:
        case "actors":
            return {"characters": [{"name": "Ada", "description": text or "a baker"}]}
        case "utterances":
            return {"utterances": [{"emotion": label, "text": text or "The letter was here all the time!"}]}
        case "labels":
            return {"labels": [{"label": label, "expressiveness": 0.8}, {"label": "surprise", "expressiveness": 0.4}][: 1 if text == "" else 2]} | (
                {"labels": [{"label": label, "expressiveness": 1.0}]} if text == "" else {}
            )
        case "rewriting":
            return {"utterance": text or "The letter was here."}
        case _:
            return {"context": text or "Ada found an old letter in the drawer and read it twice."}


def _carry(answer: dict[str, Any], attack: Attack) -> None:
    match attack.where:
        case "name" | "description":
            answer["characters"][0][attack.where] = attack.attack
        case "utterance":
            answer["utterances"][0]["text"] = attack.attack
        case "context":
            answer["context"] = attack.attack


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


def _holds(text: str, part: str) -> bool:
    """By letters and digits; where the part has none, by everything but white space."""
    return _plain(part) in _plain(text) if _plain(part) else "".join(part.split()) in "".join(text.split())


_SOURCE = {"kind": "jsonl", "path": "stories.jsonl", "licence": "cc0-1.0"}


def _write_stories(project: Project, stories: Sequence[Mapping[str, str]]) -> None:
    (project.root / "stories.jsonl").write_text("".join(json.dumps(story) + "\n" for story in stories), encoding="utf-8")


def _is_read(project: Project, attack: Attack) -> bool:
    if attack.where != "id":
        return True
    _write_stories(project, [{"id": attack.attack, "text": attack.plot}])
    try:
        read_narratives(generation(narratives=_SOURCE), [], project.root)
    except NarrativeError:
        return False
    return True


def _ids(project: Project, attacks: Sequence[Attack]) -> dict[str, Attack]:
    """Gives each attack a narrative id, so that those on the later steps stand in plots that get contexts."""
    own = {attack.attack: attack for attack in attacks if attack.where == "id"}
    names = [f"attack-{number:03d}" for number in range(len(attacks) - len(own))]
    placements = place_plots([*names, *own], dataset(project))
    rest = sorted((attack for attack in attacks if attack.where != "id"), key=lambda attack: attack.step not in _LATE)
    names.sort(key=lambda name: not placements[name].contextual)
    return {**dict(zip(names, rest, strict=True)), **own}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        fates = measure(Path(folder), read_attacks())
    families = list(dict.fromkeys(fate.attack.family for fate in fates))
    for family in families:
        members = [fate for fate in fates if fate.attack.family == family]
        reasons = Counter(f"{fate.step}: {fate.reason}" for fate in members if fate.outcome == "caught")
        print(
            f"| {family} | {len(members)} |",
            dict(Counter(fate.outcome for fate in members)),
            "|",
            ", ".join(f"{n} {why}" for why, n in reasons.most_common()),
            "|",
        )
    print(Counter(fate.outcome for fate in fates))
    if "-v" in sys.argv:
        for fate in fates:
            if fate.outcome in ("through", "harmless", "kept out"):
                print(
                    fate.outcome,
                    "|",
                    fate.attack.family,
                    "|",
                    fate.attack.step,
                    fate.attack.where,
                    "|",
                    ascii(fate.attack.attack)[:60],
                    "|",
                    ascii(fate.attack.text or fate.attack.raw or fate.attack.label)[:70],
                )
