"""Answers the six questions from the story kits, in the form a language model would."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from builders.emo_pillars.kits import Kit, KitCharacter, Line, Moment, read_kits
from builders.emo_pillars.steps import NEUTRAL, PARTS
from hub.files import folder_digest, fraction_from, seed_from
from hub.generate import Narrative
from hub.spec import read_yaml

LICENCE = "cc-by-4.0"
_TELLS_FEELING = 0.25
"""The share of contexts that name a feeling, so that the cleaning step has something to clean."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'])")


@dataclass(frozen=True)
class _Spoken:
    """A line where it is spoken."""

    kit: Kit
    character: KitCharacter
    moment: Moment
    line: Line


class StoryKits:
    """The responder of the embedded engine. It knows its own stories and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def revision(self) -> str:
        return folder_digest(self._folder / "kits", "*.yaml")[:16]

    @cached_property
    def _kits(self) -> dict[str, Kit]:
        return {kit.plot: kit for kit in read_kits(self._folder / "kits")}

    @cached_property
    def _feelings(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = read_yaml(self._folder / "feelings.yaml")
        return found

    @cached_property
    def _spoken(self) -> dict[str, list[_Spoken]]:
        index: dict[str, list[_Spoken]] = {}
        for kit in self._kits.values():
            for character in kit.characters:
                for moment in character.moments:
                    for line in moment.lines:
                        index.setdefault(_plain(line.utterance), []).append(_Spoken(kit, character, moment, line))
        return index

    def narratives(self) -> Iterator[Narrative]:
        """Yields the plots of the kits."""
        for kit in self._kits.values():
            yield Narrative(kit.id, kit.title, kit.plot, "emohub story kits", LICENCE)

    def answer(self, step: str, inputs: Mapping[str, str], seed: int) -> str | None:
        """Returns the answer as JSON, or None when the kits have none."""
        value: Any = None
        match step:
            case "actors":
                value = self._actors(inputs)
            case "utterances":
                value = self._utterances(inputs, seed)
            case "labels":
                value = self._labels(inputs)
            case "context":
                value = self._context(inputs)
            case "cleaning":
                value = self._cleaning(inputs)
            case "rewriting":
                value = self._rewriting(inputs)
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def _actors(self, inputs: Mapping[str, str]) -> Any:
        kit = self._kits.get(inputs["plot"])
        return kit and {"characters": [{"name": one.name, "description": one.description} for one in kit.characters]}

    def _utterances(self, inputs: Mapping[str, str], seed: int) -> Any:
        kit = self._kits.get(inputs["plot"])
        character = next((one for one in kit.characters if one.name == inputs["actor"]), None) if kit else None
        if character is None:
            return None
        moments = [moment for moment in character.moments if inputs["part"] in (PARTS["whole"], PARTS[moment.part])]
        lines = _one_an_emotion([line for moment in moments for line in moment.lines], seed)
        return {"utterances": [{"emotion": line.emotion, "text": line.utterance} for line in lines]}

    def _labels(self, inputs: Mapping[str, str]) -> Any:
        spoken = self._spoken.get(_plain(inputs["utterance"]))
        return spoken and {"labels": [{"label": word, "expressiveness": score} for word, score in spoken[0].line.scored]}

    def _find(self, inputs: Mapping[str, str]) -> _Spoken | None:
        """The contextual line with this utterance; by plot too, where the question tells it."""
        spoken = self._spoken.get(_plain(inputs["utterance"]), [])
        fitting = (one for one in spoken if one.character.name == inputs["actor"] and one.kit.plot == inputs.get("plot", one.kit.plot))
        return next((one for one in fitting if _has_context(one.line)), None)

    def _context(self, inputs: Mapping[str, str]) -> Any:
        found = self._find(inputs)
        if found is None:
            return None
        told = [found.moment.events.strip(), *([found.line.why.strip()] if found.line.why else [])]
        emotion = found.line.emotion
        key = (found.kit.id, found.line.utterance)
        if emotion in self._feelings and fraction_from("tells", *key) < _TELLS_FEELING:
            forms = self._feelings[emotion]
            told.insert(1, forms[seed_from("form", *key) % len(forms)].format(name=inputs["actor"].split()[0]))
        return {"context": " ".join(told)}

    def _cleaning(self, inputs: Mapping[str, str]) -> Any:
        name = inputs["actor"].split()[0]
        telling = {form.format(name=name) for forms in self._feelings.values() for form in forms}
        kept = [sentence for sentence in _SENTENCE.split(inputs["context"]) if sentence not in telling]
        return {"context": " ".join(kept)}

    def _rewriting(self, inputs: Mapping[str, str]) -> Any:
        found = self._find(inputs)
        # A neutral remark gives no emotion away: there is nothing to rewrite.
        return found and {"utterance": found.line.rewritten or found.line.utterance}


def _has_context(line: Line) -> bool:
    """Lines with a cause of their own, and half of the neutral ones, which need none."""
    return line.why is not None or (line.emotion == NEUTRAL and fraction_from("neutral", line.utterance) < 0.5)


def _plain(text: str) -> str:
    """The text as the parsers leave it: with single spaces."""
    return " ".join(text.split())


def _one_an_emotion(lines: list[Line], seed: int) -> list[Line]:
    """Up to eight lines of different emotions and two neutral ones, drawn by the seed, in the order they were written."""
    drawn = sorted(lines, key=lambda line: seed_from(str(seed), line.utterance))
    chosen: dict[str, Line] = {}
    for line in drawn:
        if line.emotion != NEUTRAL and len(chosen) < 8:
            chosen.setdefault(line.emotion, line)
    neutral = [line for line in drawn if line.emotion == NEUTRAL][:2]
    kept = {id(line) for line in (*chosen.values(), *neutral)}
    return [line for line in lines if id(line) in kept]
