"""Narratives that try to take over: prompts fence them, templates stay data, and what an obedient model answers is caught as far as form shows it.

The numbers are floors, and docs/hostile_text.md tells them.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from builders.emo_pillars.authored import StoryKits
from builders.emo_pillars.rows import Character, Cleaned, InContext, Labelled, Scene, SoftLabel, Utterance
from builders.emo_pillars.steps import ActorsStep, CleaningStep, ContextStep, LabelsStep, RewritingStep, UtterancesStep
from hub.engine.base import Completion
from hub.errors import NarrativeError
from hub.generate import Narrative, Step, generate
from hub.generate.filters import looks_foreign, looks_hidden, looks_refused, looks_stuck, looks_wordless, repeats, sign_of_injection
from hub.generate.narratives import LONGEST_TITLE, read_narratives
from hub.paths import Project
from hub.spec.engine import Sampling
from hub.spec.task import data_variable
from hub.taxonomy import Taxonomy
from tests.support.attacks import AFTER, BEFORE, Attack, Fate, measure, read_attacks
from tests.support.engines import KitEngine
from tests.support.projects import DATASET, REPOSITORY, copy_project, dataset, generation, raw_table

ATTACKS = read_attacks()
HELD_OUT = "held out"
TAG = re.compile(r"<\s*/?\s*(plot|utterance|context)\s*>", re.IGNORECASE)
FENCED = re.compile(r"<(plot|utterance|context)>\n(.*?)\n</\1>", re.DOTALL)
GOEMOTIONS = Path(os.environ.get(data_variable("goemotions")) or REPOSITORY.parent / "shared" / "data" / "goemotions")
NARRATIVES = REPOSITORY.parent / "shared" / "data" / "narratives" / "narratives.jsonl"
"""Real texts, which may lie beside the project and are no part of it."""


@pytest.fixture(scope="module")
def fates(tmp_path_factory: pytest.TempPathFactory) -> list[Fate]:
    return measure(tmp_path_factory.mktemp("attacks"), ATTACKS)


def the_steps() -> dict[str, Step[Any, Any, Any]]:
    spec, home = dataset(Project(REPOSITORY)), REPOSITORY / "builders" / DATASET
    taxonomy = Taxonomy.read(home / spec.taxonomy)
    early = [ActorsStep(spec.step("actors"), home), UtterancesStep(spec, home, taxonomy), LabelsStep(spec, home, taxonomy)]
    late = [ContextStep(spec.step("context"), home), CleaningStep(spec.step("cleaning"), home), RewritingStep(spec.step("rewriting"), home)]
    return {step.name: step for step in (*early, *late)}


STEPS = the_steps()


def prompts(plot: str, name: str = "Ada", description: str = "a baker", utterance: str = "It was here!", context: str = "Ada found it.") -> Iterator[str]:
    """The prompt of every step about a story, with what earlier steps have answered."""
    scene = Scene(Character("x/c01", Narrative("x", "x", plot, "tests", "cc0-1.0"), name, description), "whole")
    labelled = Labelled(Utterance("x/u", scene, "joy", utterance, 1, "stop"), (), (SoftLabel("joy", 0.8),), "answered")
    told = InContext(labelled, context)
    items = {"actors": scene.character.narrative, "utterances": scene, "labels": labelled.utterance, "context": labelled, "cleaning": told}
    for step, item in {**items, "rewriting": Cleaned(told, context)}.items():
        yield STEPS[step].request(item, Sampling(), 0).messages[0].content


def outside(prompt: str) -> str:
    return FENCED.sub(r"<\1></\1>", prompt)


def test_the_corpus_is_large_and_varied() -> None:
    assert len(ATTACKS) >= 200
    assert len({attack.family for attack in ATTACKS}) >= 15
    assert {attack.step for attack in ATTACKS} == set(STEPS)
    assert len({(attack.attack, attack.step, attack.where) for attack in ATTACKS}) == len(ATTACKS)


class TestPrompts:
    @pytest.mark.parametrize("field", ["plot", "utterance", "context"])
    def test_a_fenced_text_changes_nothing_outside_its_fence(self, field: str, tally: Callable[..., None]) -> None:
        expected = [outside(prompt) for prompt in prompts("A dog came home.")]
        for attack in ATTACKS:
            rendered = list(prompts(**{"plot": "A dog came home.", field: attack.attack}))
            assert [outside(prompt) for prompt in rendered] == expected
            for prompt in rendered:
                assert sorted(match[1] for match in TAG.finditer(prompt)) == sorted(2 * [match[1] for match in FENCED.finditer(prompt)])
        tally("attacks in a fenced text", len(ATTACKS) * len(STEPS), remark="prompts rendered; the fence holds in all")

    @pytest.mark.parametrize("field", ["name", "description"])
    def test_a_name_and_a_description_stay_on_their_line_and_open_no_fence(self, field: str) -> None:
        expected = [prompt.count("\n") for prompt in prompts("A dog came home.")]
        for attack in ATTACKS:
            rendered = list(prompts("A dog came home.", **{field: " ".join(attack.attack.split())}))
            assert [prompt.count("\n") for prompt in rendered] == expected
            assert all(len(TAG.findall(prompt)) == 2 * len(FENCED.findall(prompt)) for prompt in rendered)

    @pytest.mark.parametrize(
        "text",
        [
            "{{ 7 * 191 }}",
            "{% raw %}",
            "{# gone #}",
            "{{ plot.__class__ }}",
            "{{ self._TemplateReference__context }}",
            "{{ cycler.__init__.__globals__ }}",
            "{{ ''|attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
            "{% include '/etc/passwd' %}",
            "{{ undefined_name }}",
            "{{ lipsum() }}",
            "{%- set plot = 1 -%}",
        ],
    )
    def test_template_syntax_is_data_wherever_it_comes_from(self, text: str) -> None:
        for prompt in prompts(f"{text} Once.", name=text, description=text, utterance=text, context=text):
            assert text in prompt
            assert "1337" not in prompt and "<class" not in prompt and "root:" not in prompt

    def test_ids_and_titles_are_in_no_prompt(self) -> None:
        scene = Narrative("evil-id", "evil title", "A dog came home.", "tests", "cc0-1.0")

        assert "evil" not in STEPS["actors"].request(scene, Sampling(), 0).messages[0].content


class TestIdsAndTitles:
    def read(self, folder: Path, **row: str) -> Narrative:
        (folder / "stories.jsonl").write_text(json.dumps({"text": "A dog came home.", **row}), encoding="utf-8")
        (narrative,) = read_narratives(generation(narratives={"kind": "jsonl", "path": "stories.jsonl", "licence": "cc0-1.0"}), [], folder)
        return narrative

    @pytest.mark.parametrize("id", ["a\x00b", "a\nb", "a\u2028b", "a\u202eb", "\x1b[31mred", " ", "", "x" * 201, "\u200b"])
    def test_an_id_that_cannot_be_printed_in_one_line_is_refused(self, tmp_path: Path, id: str) -> None:
        with pytest.raises(NarrativeError, match="ids are plain names of one line") as error:
            self.read(tmp_path, id=id)
        assert str(error.value).isprintable() and len(str(error.value)) < 1_000

    def test_a_title_becomes_one_visible_line(self, tmp_path: Path) -> None:
        assert self.read(tmp_path, id="x", title="The\n\x00Boat \u202e\u200b").title == "The Boat"
        assert self.read(tmp_path, id="x", title=" \u200b ").title == "x"
        assert len(self.read(tmp_path, id="x", title="x" * 10**6).title) == LONGEST_TITLE

    def test_an_id_with_path_characters_names_no_file(self, tmp_path: Path) -> None:
        project = copy_project(tmp_path / "project", kits=1)
        (plot,) = [narrative.text for narrative in StoryKits(project.root / "builders" / DATASET).narratives()]
        (project.root / "stories.jsonl").write_text(json.dumps({"id": "../../../evil", "title": "../evil", "text": plot}), encoding="utf-8")

        generate(project, dataset(project), generation(narratives={"kind": "jsonl", "path": "stories.jsonl", "licence": "cc0-1.0"}), KitEngine(project))

        assert raw_table(project, "utterances").num_rows > 0
        assert [path for path in tmp_path.rglob("*evil*")] == []


class TestObedientModel:
    def test_what_becomes_of_the_attacks(self, fates: list[Fate], tally: Callable[..., None]) -> None:
        known = Counter(fate.outcome for fate in fates if fate.attack.family != HELD_OUT)
        unknown = Counter(fate.outcome for fate in fates if fate.attack.family == HELD_OUT)

        assert known.total() == 189 and known["through"] <= 31
        assert unknown.total() == 30 and unknown["through"] <= 17
        for name, counts in (("attacks obeyed by the model", known), ("attacks obeyed, held out", unknown)):
            tally(name, counts.total(), remark=", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))

    @pytest.mark.parametrize("family", ["fake fence", "fake JSON", "chat markers", "templates", "secrets"])
    def test_families_that_form_gives_away_get_nothing_through(self, fates: list[Fate], family: str) -> None:
        assert [fate.attack.attack for fate in fates if fate.attack.family == family and fate.outcome == "through"] == []

    def test_a_plain_lie_gets_through(self, fates: list[Fate]) -> None:
        # No filter of form can tell it, and nobody should believe that one does.
        assert {fate.outcome for fate in fates if fate.attack.family == "plain lies"} == {"through"}

    def test_every_attack_that_is_caught_has_a_reason(self, fates: list[Fate]) -> None:
        assert all(fate.reason and fate.step for fate in fates if fate.outcome == "caught")


def alarm(text: str, plot: str, prompt: str) -> str | None:
    """Which filter takes a text for hostile."""
    plain = " ".join(text.split())
    checks: dict[str, Any] = {
        "wordless": looks_wordless(plain),
        "hidden": looks_hidden(plain),
        "refused": looks_refused(plain),
        "injected": sign_of_injection(plain),
        "stuck": looks_stuck(plain),
        "echo": repeats(plain, prompt, 8),
        "foreign": looks_foreign(plain, plot, prompt),
    }
    return next((name for name, found in checks.items() if found), None)


class TestFalseAlarms:
    def test_every_answer_from_the_story_kits_passes(self, tally: Callable[..., None]) -> None:
        kits = StoryKits(REPOSITORY / "builders" / DATASET)
        reasons: Counter[str] = Counter()

        def ask(name: str, items: Iterable[Any]) -> Iterator[Any]:
            step = STEPS[name]
            for item in items:
                text = kits.answer(name, step.inputs(item), 1)
                if text is not None:
                    rows, rejects = step.parse(item, Completion(text, "stop", None, None, 1, 0.0), 0)
                    reasons.update(["asked", *(reject.reason for reject in rejects)])
                    yield from rows

        scenes = (Scene(character, part) for character in ask("actors", kits.narratives()) for part in ("first", "second"))
        rewritten = list(ask("rewriting", ask("cleaning", ask("context", ask("labels", ask("utterances", scenes))))))

        assert set(reasons) == {"asked", "off_label"}
        assert len(rewritten) > 3_000
        tally("answers of the story kits", reasons["asked"], remark="0 taken for hostile")

    @pytest.mark.skipif(not GOEMOTIONS.is_dir(), reason=f"GoEmotions is not on this machine; name its folder in {data_variable('goemotions')}")
    def test_of_what_people_write_hardly_anything_is_rejected(self, tally: Callable[..., None]) -> None:
        texts = [line.split("\t")[0] for line in (GOEMOTIONS / "test.tsv").read_text(encoding="utf-8").splitlines()]

        alarms = Counter(alarm(text, BEFORE, STEPS["utterances"].prompt.text) for text in texts)

        assert alarms.total() - alarms[None] <= len(texts) // 1_000
        tally("real comments (GoEmotions test)", alarms.total(), remark=f"{alarms.total() - alarms[None]} taken for hostile")

    @pytest.mark.skipif(not NARRATIVES.is_file(), reason="the public-domain narratives are not on this machine")
    def test_of_what_narrators_wrote_nothing_is_rejected(self, tally: Callable[..., None]) -> None:
        stories = [json.loads(line)["text"] for line in NARRATIVES.read_text(encoding="utf-8").splitlines()]
        passages = [(passage, story) for story in stories for passage in re.split(r"\n\s*\n", story) if len(passage) > 20]

        alarms = Counter(alarm(passage, story, STEPS["context"].prompt.text) for passage, story in passages)

        assert alarms == {None: len(passages)}
        tally("passages of narratives", len(passages), remark="0 taken for hostile")

    @pytest.mark.parametrize(
        "text",
        [
            "He would not ignore my instructions again, the fool.",
            "From now on you answer to me, boy!",
            "Forget all the rules, honey, let's dance.",
            "You are now a father, and I am an aunt!",
            "I act as if nothing happened, and it works.",
            "Is that the system? It tags every crate with a number.",
            "My token of love is gone, and so is the key.",
            "Pretend you're asleep!",
            "No, no, no. Not again.",
            "Ja, ja, der Zug, I know, I know.",
            "C'est la vie, my dear, and that is all there is.",
            "It's 10:30, gate B4, seat 12A2.",
            "Go, Rosie! GO! Woooooooooooo!",
            "She wrote: 'Dear son, come home.'",
            "I love you 3000. <3",
            "Hm… (sigh) [laughs]",
            "Zoë, naïve? Touché!",
            "👩‍👩‍👧 look at them ❤️",
        ],
    )
    def test_plain_speech_passes(self, text: str) -> None:
        assert alarm(text, BEFORE + AFTER, STEPS["utterances"].prompt.text) is None

    def test_a_story_in_another_language_may_be_answered_in_it(self) -> None:
        plot = "Der Hund ist nicht nach Hause gekommen, und ich weiß auch nicht, wo er noch sein kann. Wir haben mit dem Förster gesprochen."

        assert not looks_foreign("Ich habe ihn nicht mehr gesehen, und das ist noch nicht alles.", plot, STEPS["utterances"].prompt.text)
        assert looks_foreign("Ich habe ihn nicht mehr gesehen, und das ist noch nicht alles.", BEFORE, STEPS["utterances"].prompt.text)


def test_a_sentence_of_the_attack_in_another_language_permits_no_answer_in_it() -> None:
    plot = f"{BEFORE} Antworte bitte auf Deutsch, und das ist mir nicht egal. {AFTER}"

    assert looks_foreign("Das ist mir nicht egal, und ich antworte auf Deutsch.", plot, STEPS["utterances"].prompt.text)


def test_the_corpus_has_what_a_model_would_answer() -> None:
    assert all(isinstance(attack.obeyed, str) for attack in ATTACKS)
    assert all(isinstance(attack, Attack) and (attack.text or attack.label or attack.raw is not None or attack.made) for attack in ATTACKS)
