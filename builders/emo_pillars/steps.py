"""The six questions of Emo Pillars (arXiv 2504.16856, data synthesis; inputs and token caps second-hand). Prompts and schemas are ours."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from builders.emo_pillars.rows import EXPRESSIVE, Character, Cleaned, InContext, Labelled, MappedLabel, Rewritten, Scene, SoftLabel, Utterance
from hub.generate import Narrative, Problem, Step
from hub.generate.answers import listed_lines, prose, scored_labels
from hub.generate.filters import is_part_of, looks_foreign, looks_hidden, looks_refused, looks_stuck, looks_wordless, repeats, sign_of_injection, visible
from hub.spec import TextDatasetSpec
from hub.taxonomy import Taxonomy

NEUTRAL = "neutral"
MOST_LABELS = 5
"""What the prompt asks for. Where an engine names more, its answer is kept whole and the strongest classes are taken."""
ECHOED_PROMPT = 8
"""Successive words of the prompt that nobody says by chance."""
ECHOED_PLOT = 12
"""Successive words of the story that make an utterance a copy. A context retells the story, and may use its words."""
LOPSIDED = 6
"""Utterances from which on more than half with one emotion are no answer to a question for eight different ones."""
PARTS: Mapping[str, str] = {"whole": "the whole story", "first": "the first half", "second": "the second half"}


class _Answer(BaseModel):
    """Asked for strictly, so that no engine spends tokens on other keys; read leniently, where an engine adds some all the same."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})


class ActorItem(_Answer):
    name: str = Field(min_length=1, max_length=80)
    description: str = Field(max_length=240)


class ActorsAnswer(_Answer):
    characters: list[ActorItem] = Field(max_length=40)


class UtteranceItem(_Answer):
    emotion: str = Field(max_length=40)
    text: str = Field(max_length=600)


class UtterancesAnswer(_Answer):
    utterances: list[UtteranceItem] = Field(max_length=20)


def _no_truth_value(value: Any) -> Any:
    """`true` is no expressiveness of 1."""
    if isinstance(value, bool):
        raise ValueError("a number is expected")
    return value


class LabelItem(_Answer):
    label: str = Field(max_length=40)
    expressiveness: Annotated[float, Field(ge=0, le=1), BeforeValidator(_no_truth_value)]


class LabelsAnswer(_Answer):
    labels: list[LabelItem] = Field(max_length=10)


class ContextAnswer(_Answer):
    context: str = Field(max_length=2000)


class RewritingAnswer(_Answer):
    utterance: str = Field(max_length=600)


class ActorsStep(Step[Narrative, Character, ActorsAnswer]):
    """Step 1: who is in the story."""

    name: ClassVar[str] = "actors"
    answer = ActorsAnswer

    def identify(self, item: Narrative) -> str:
        return item.id

    def inputs(self, item: Narrative) -> dict[str, str]:
        return {"plot": item.text}

    def read(self, item: Narrative, answer: ActorsAnswer, seed: int, finish_reason: str) -> Iterable[Character | Problem]:
        names: set[str] = set()
        for number, actor in enumerate(answer.characters, start=1):
            name = " ".join(actor.name.split())
            problem = _check(self, item, f"{name} {actor.description}")
            if problem:
                yield problem
            elif looks_wordless(name):
                yield Problem("empty", text=name)
            elif name.casefold() in names:
                yield Problem("duplicate", text=name)
            else:
                names.add(name.casefold())
                yield Character(f"{item.id}/c{number:02d}", item, name, " ".join(actor.description.split()))

    def lenient(self, text: str) -> Mapping[str, Any] | None:
        lines = listed_lines(text)
        parted = [line.replace(" - ", ": ", 1).partition(": ") for line in lines]
        return {"characters": [{"name": name, "description": description} for name, _, description in parted]} if lines else None


class UtterancesStep(Step[Scene, Utterance, UtterancesAnswer]):
    """Step 2: eight emotional and two neutral thoughts of one character."""

    name: ClassVar[str] = "utterances"
    answer = UtterancesAnswer

    def __init__(self, spec: TextDatasetSpec, folder: Path, taxonomy: Taxonomy) -> None:
        super().__init__(spec.step(self.name), folder)
        self.taxonomy = taxonomy

    def identify(self, item: Scene) -> str:
        return item.id

    def inputs(self, item: Scene) -> dict[str, str]:
        character = item.character
        return {
            "plot": character.narrative.text,
            "actor": character.name,
            "description": character.description,
            "part": PARTS[item.part],
            "labels": self.taxonomy.described,
        }

    def read(self, item: Scene, answer: UtterancesAnswer, seed: int, finish_reason: str) -> Iterable[Utterance | Problem]:
        texts: set[str] = set()
        plot = item.character.narrative
        emotions = [self.taxonomy.map(entry.emotion) for entry in answer.utterances]
        most, times = _most_common(mapped.label for mapped in emotions)
        if len(emotions) >= LOPSIDED and 2 * times > len(emotions):
            yield Problem("lopsided", label=most, text=answer.model_dump_json(), detail=f"{times} of {len(emotions)} utterances")
            return
        for number, (entry, mapped) in enumerate(zip(answer.utterances, emotions, strict=True), start=1):
            text = " ".join(entry.text.split())
            problem = _check(self, plot, text, mapped.label or mapped.word)
            if problem:
                yield problem
            elif repeats(text, plot.text, ECHOED_PLOT):
                yield Problem("echo", label=mapped.label or mapped.word, text=text, detail="the words of the story")
            elif mapped.label is None:
                yield Problem("off_label", label=mapped.word, text=text)
            elif text.casefold() in texts:
                yield Problem("duplicate", label=mapped.label, text=text)
            else:
                texts.add(text.casefold())
                yield Utterance(f"{item.id}/u{number:02d}", item, mapped.label, text, seed, finish_reason)

    def lenient(self, text: str) -> Mapping[str, Any] | None:
        parted = [line.partition(": ") for line in listed_lines(text)]
        found = [{"emotion": emotion, "text": said.strip('" ')} for emotion, separator, said in parted if separator]
        return {"utterances": found} if found else None


class LabelsStep(Step[Utterance, Labelled, LabelsAnswer]):
    """Step 3: which emotions a reader hears in the utterance alone."""

    name: ClassVar[str] = "labels"
    answer = LabelsAnswer

    def __init__(self, spec: TextDatasetSpec, folder: Path, taxonomy: Taxonomy) -> None:
        super().__init__(spec.step(self.name), folder)
        self.taxonomy = taxonomy

    def identify(self, item: Utterance) -> str:
        return item.id

    def inputs(self, item: Utterance) -> dict[str, str]:
        return {"utterance": item.text, "labels": self.taxonomy.described}

    def read(self, item: Utterance, answer: LabelsAnswer, seed: int, finish_reason: str) -> Iterable[Labelled | Problem]:
        answered = []
        for entry in answer.labels:
            if looks_hidden(entry.label):
                yield Problem("hidden", label=visible(entry.label), text=item.text, detail="in a label")
            elif sign_of_injection(entry.label):
                yield Problem("injected", label=entry.label, text=item.text, detail="in a label")
            else:
                answered.append(self._map(entry))
        for label in answered:
            if label.label is None:
                yield Problem("off_label", label=label.raw, text=item.text)
        labels = _strongest(answered)[:MOST_LABELS]
        if any(label.expressiveness >= EXPRESSIVE for label in labels):
            yield Labelled(item, tuple(answered), labels, "answered")
        elif item.requested == NEUTRAL and answered:
            # Asked for as neutral, and nothing is heard in it: that is what neutral means. Dropping it would thin the class out, as in the paper.
            strongest = max((one.expressiveness for one in labels), default=0.0)
            yield Labelled(item, tuple(answered), (SoftLabel(NEUTRAL, round(1 - strongest, 1)),), "below_threshold")
        else:
            yield Problem("unlabelled", label=item.requested, text=item.text, detail=f"no class reaches {EXPRESSIVE}")

    def lenient(self, text: str) -> Mapping[str, Any] | None:
        pairs = scored_labels(text)
        return {"labels": [{"label": label, "expressiveness": score} for label, score in pairs]} if pairs else None

    def _map(self, entry: LabelItem) -> MappedLabel:
        mapped = self.taxonomy.map(entry.label)
        return MappedLabel(entry.label, mapped.label, mapped.how, round(entry.expressiveness, 1))


def _strongest(answered: Iterable[MappedLabel]) -> tuple[SoftLabel, ...]:
    """One label a class, the strongest score of each, strongest class first."""
    scores: dict[str, float] = {}
    for one in answered:
        if one.label is not None:
            scores[one.label] = max(scores.get(one.label, 0.0), one.expressiveness)
    return tuple(SoftLabel(label, score) for label, score in sorted(scores.items(), key=lambda pair: -pair[1]))


class ContextStep(Step[Labelled, InContext, ContextAnswer]):
    """Step 4: what led up to the utterance."""

    name: ClassVar[str] = "context"
    answer = ContextAnswer

    def identify(self, item: Labelled) -> str:
        return item.utterance.id

    def inputs(self, item: Labelled) -> dict[str, str]:
        character = item.utterance.scene.character
        return {"plot": character.narrative.text, "actor": character.name, "utterance": item.utterance.text, "emotions": item.emotions}

    def read(self, item: Labelled, answer: ContextAnswer, seed: int, finish_reason: str) -> Iterable[InContext | Problem]:
        text = " ".join(answer.context.split())
        yield _check(self, item.utterance.scene.character.narrative, text, item.utterance.requested) or InContext(item, text)

    def lenient(self, text: str) -> Mapping[str, Any] | None:
        said = prose(text)
        return {"context": said} if said else None


class CleaningStep(Step[InContext, Cleaned, ContextAnswer]):
    """Step 5: the context without the emotions in it."""

    name: ClassVar[str] = "cleaning"
    answer = ContextAnswer

    def identify(self, item: InContext) -> str:
        return item.labelled.utterance.id

    def inputs(self, item: InContext) -> dict[str, str]:
        return {"actor": item.labelled.utterance.scene.character.name, "context": item.context, "emotions": item.labelled.emotions}

    def read(self, item: InContext, answer: ContextAnswer, seed: int, finish_reason: str) -> Iterable[Cleaned | Problem]:
        text = " ".join(answer.context.split())
        utterance = item.labelled.utterance
        problem = _check(self, utterance.scene.character.narrative, text, utterance.requested)
        if problem is None and not is_part_of(text, item.context):
            problem = Problem("malformed", label=utterance.requested, text=text, detail="another text instead of a part of the context")
        yield problem or Cleaned(item, text)

    def lenient(self, text: str) -> Mapping[str, Any] | None:
        said = prose(text)
        return {"context": said} if said else None


class RewritingStep(Step[Cleaned, Rewritten, RewritingAnswer]):
    """Step 6: the utterance that cannot be read without its context."""

    name: ClassVar[str] = "rewriting"
    answer = RewritingAnswer

    def identify(self, item: Cleaned) -> str:
        return item.told.labelled.utterance.id

    def inputs(self, item: Cleaned) -> dict[str, str]:
        labelled = item.told.labelled
        return {"actor": labelled.utterance.scene.character.name, "utterance": labelled.utterance.text, "emotions": labelled.emotions}

    def read(self, item: Cleaned, answer: RewritingAnswer, seed: int, finish_reason: str) -> Iterable[Rewritten | Problem]:
        text = " ".join(answer.utterance.split())
        utterance = item.told.labelled.utterance
        yield _check(self, utterance.scene.character.narrative, text, utterance.requested) or Rewritten(item, text)

    def lenient(self, text: str) -> Mapping[str, Any] | None:
        said = prose(text)
        return {"utterance": said} if said else None


def _check(step: Step[Any, Any, Any], narrative: Narrative, text: str, label: str = "") -> Problem | None:
    """Returns what is wrong with a text that an engine wrote about a narrative, whichever step it was written in."""
    if looks_wordless(text):
        return Problem("empty", label=label, text=text)
    if looks_hidden(text):
        return Problem("hidden", label=label, text=text)
    if looks_refused(text):
        return Problem("refused", label=label, text=text)
    sign = sign_of_injection(text)
    if sign:
        return Problem("injected", label=label, text=text, detail=sign)
    if looks_stuck(text):
        return Problem("malformed", label=label, text=text, detail="the same words over and over")
    if repeats(text, step.prompt.text, ECHOED_PROMPT):
        return Problem("echo", label=label, text=text, detail="the words of the prompt")
    if looks_foreign(text, narrative.text, step.prompt.text):
        return Problem("foreign", label=label, text=text)
    return None


def _most_common(labels: Iterable[str | None]) -> tuple[str, int]:
    """The class that stands most often, and how often; words of no class do not count."""
    counts = Counter(label for label in labels if label is not None)
    return counts.most_common(1)[0] if counts else ("", 0)
