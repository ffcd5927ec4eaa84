"""From a word that a model wrote to a class: the class, a synonym, another form, the head of a phrase, the nearest spelling, or nothing."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import DeclarationError
from hub.taxonomy import Taxonomy
from hub.word_forms import by_weight, normalise, stem

LABELS = """\
name: small
source: nobody
minimum_similarity: 82
unmapped: [boredom, pain]
classes:
  anger: {definition: displeasure, synonyms: [rage, furious, self blame]}
  annoyance: {definition: mild anger, synonyms: [irritation, impatience]}
  gratitude: {definition: thanks, synonyms: [grateful]}
  joy: {definition: happiness, synonyms: [content, delight]}
  curiosity: {definition: wish to know, synonyms: [interest]}
"""


@pytest.fixture(scope="module")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> Taxonomy:
    path = tmp_path_factory.mktemp("taxonomy") / "labels.yaml"
    path.write_text(LABELS)
    return Taxonomy.read(path)


@pytest.mark.parametrize(
    ("word", "label", "how"),
    [
        ("joy", "joy", "class"),
        ("  _Joy_\n", "joy", "class"),
        ("rage", "anger", "synonym"),
        ("Self-blame", "anger", "synonym"),
        ("boredom", None, "unmapped"),
        ("gratefulness", "gratitude", "derived"),
        ("joyfulness", "joy", "derived"),
        ("irritated", "annoyance", "derived"),
        ("mild irritation", "annoyance", "derived"),
        ("bittersweet joy", "joy", "derived"),
        ("angry joy", "joy", "derived"),
        ("joy tinged with anger", "joy", "derived"),
        ("anger at himself for his joy", "anger", "derived"),
        ("a feeling of rage", "anger", "derived"),
        ("a joyful pain", None, "unmapped"),
        ("irritaton", "annoyance", "nearest"),
        ("quiet delihgt", "joy", "nearest"),
        ("boredem", None, "unmapped"),
        ("patience", None, "unmapped"),
        ("lack of interest", None, "unmapped"),
        ("not angry", None, "unmapped"),
        ("weather", None, "unmapped"),
        ("rags", None, "unmapped"),
        ("", None, "unmapped"),
        ("喜び", None, "unmapped"),
    ],
)
def test_where_a_word_leads(taxonomy: Taxonomy, word: str, label: str | None, how: str) -> None:
    found = taxonomy.map(word)
    assert (found.label, found.how) == (label, how)


@given(st.text())
def test_any_word_leads_to_a_class_or_nowhere_and_always_to_the_same(taxonomy: Taxonomy, word: str) -> None:
    found = taxonomy.map(word)
    assert found.label is None or found.label in taxonomy.labels
    assert (found.label is None) == (found.how == "unmapped")
    assert 0 <= found.similarity <= 100
    assert taxonomy.map(word.upper()).label == taxonomy.map(word.lower()).label or not word.isascii()


@given(st.text())
def test_normalising_twice_changes_nothing(word: str) -> None:
    assert normalise(normalise(word)) == normalise(word)


@given(st.text(alphabet=string.ascii_lowercase, min_size=1))
def test_a_stem_is_the_beginning_of_its_word_and_a_stem_of_itself(word: str) -> None:
    assert stem(word)
    assert word.startswith(stem(word))
    assert stem(stem(word)) == stem(word)


@pytest.mark.parametrize(
    "forms",
    [
        ("joy", "joyful", "joyfulness", "joyous"),
        ("irritation", "irritated", "irritating", "irritable"),
        ("confidence", "confident", "confidently"),
        ("disorientation", "disoriented"),
        ("sad", "sadness", "sadly"),
    ],
)
def test_forms_of_one_word_share_a_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(("one", "other"), [("hope", "hopeless"), ("care", "careless"), ("hate", "hat"), ("passion", "passive"), ("rage", "rag")])
def test_other_words_do_not(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@given(st.lists(st.sampled_from(["quiet", "pride", "of", "with", "at", "fear", "and"])))
def test_every_word_of_a_phrase_but_its_connectives_is_weighed_once(words: list[str]) -> None:
    assert sorted(by_weight(" ".join(words))) == sorted(word for word in words if word in ("quiet", "pride", "fear"))


def test_a_word_under_two_classes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text(LABELS.replace("[content,", "[rage,"))
    with pytest.raises(DeclarationError, match="the word 'rage' stands under both 'anger' and 'joy'"):
        Taxonomy.read(path)
    path.write_text(LABELS.replace("[content,", "[pain,"))
    with pytest.raises(DeclarationError, match="the word 'pain' stands under both 'unmapped' and 'joy'"):
        Taxonomy.read(path)


def test_words_are_compared_as_they_are_normalised(tmp_path: Path) -> None:
    path = tmp_path / "labels.yaml"
    path.write_text(LABELS + "  self_love: {definition: love of oneself, synonyms: [Self-Regard]}\n")
    taxonomy = Taxonomy.read(path)
    found = [taxonomy.map(word) for word in ("self_love", "Self Love", "self-regard")]
    assert [(one.label, one.how) for one in found] == [("self_love", "class"), ("self_love", "class"), ("self_love", "synonym")]
    path.write_text(LABELS.replace("[boredom,", "['...',"))
    with pytest.raises(DeclarationError, match="under 'unmapped' has no letter from a to z"):
        Taxonomy.read(path)
    path.write_text(LABELS.replace("[boredom,", "[Self-Blame,"))
    with pytest.raises(DeclarationError, match="'self blame' stands under both 'unmapped' and 'anger'"):
        Taxonomy.read(path)


def test_the_order_of_classes_is_that_of_the_file(taxonomy: Taxonomy) -> None:
    assert taxonomy.labels == ("anger", "annoyance", "gratitude", "joy", "curiosity")
    assert taxonomy.described.splitlines()[1] == "- annoyance: mild anger"
