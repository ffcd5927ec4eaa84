"""The grammar of Emo8: every name in it can be drawn and said, and words do not give the emotion away."""

from pathlib import Path

import pytest
import yaml

from builders.emo8.grammar import GrammarSpec, read_grammar
from hub.engine.render.parameters import ACTIONS, OBJECTS, PLACES, STYLES
from hub.errors import DeclarationError
from hub.spec import load
from hub.taxonomy import Taxonomy

FOLDER = Path(__file__).parents[3] / "builders" / "emo8"
GRAMMAR = read_grammar(FOLDER)
TAXONOMY = Taxonomy.read(FOLDER / "labels.yaml")


def test_it_has_an_entry_for_every_class_and_every_style() -> None:
    assert tuple(GRAMMAR.emotions) == TAXONOMY.labels
    assert tuple(GRAMMAR.styles) == STYLES


def test_it_has_words_for_everything_that_can_be_drawn() -> None:
    assert set(GRAMMAR.places) == set(PLACES)
    assert set(GRAMMAR.objects) == set(OBJECTS)
    assert set(GRAMMAR.actions) == set(ACTIONS)


def test_every_expression_is_used() -> None:
    used = {name for spec in GRAMMAR.emotions.values() for name in spec.expressions} | set(GRAMMAR.shared_expressions)
    assert used == set(GRAMMAR.expressions)


def test_no_phrase_names_an_emotion_or_a_word_for_one() -> None:
    phrases = [*(one.phrase for one in GRAMMAR.expressions.values()), *GRAMMAR.actions.values(), *GRAMMAR.places.values(), *GRAMMAR.objects.values()]
    words = {word.strip(",") for phrase in phrases for word in phrase.lower().split()}
    assert not {word for word in words if TAXONOMY.map(word).how in ("class", "synonym")}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("AU6: [0.6, 1.0]", "AU99: [0.6, 1.0]", "the renderer does not draw the action units [99]"),
        ("{laughing: 3, smirking: 2}", "{laughing: 3, grinning: 2}", "emotions.amusement.expressions names ['grinning']"),
        ("face: 0.75, away: 0.05, none: 0.2", "face: 0.75, away: 0.25, none: 0.2", "face, away and none add up to 1.2, not 1"),
        ("rubber_duck: 2", "rubber_goose: 2", "rubber_goose"),
    ],
)
def test_a_mistake_in_it_is_one_clear_sentence(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = (FOLDER / "grammar.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "grammar.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError) as raised:
        load(path, GrammarSpec)
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_grammar_reads_back_as_it_was_written() -> None:
    declared = yaml.safe_load((FOLDER / "grammar.yaml").read_text(encoding="utf-8"))
    assert GRAMMAR.expressions["laughing"].intensities == {6: (0.6, 1.0), 12: (0.7, 1.0), 25: (0.6, 1.0), 26: (0.5, 0.9)}
    assert declared["minimum_own_cues"] == GRAMMAR.minimum_own_cues
