"""The label file, and how well words outside it find their class. The lists were written without looking at its synonyms."""

import csv
from pathlib import Path

import pytest

from hub.taxonomy import Taxonomy

ROOT = Path(__file__).parents[3]
GOEMOTIONS = (
    "admiration amusement anger annoyance approval caring confusion curiosity desire disappointment disapproval disgust embarrassment excitement "
    "fear gratitude grief joy love nervousness optimism pride realization relief remorse sadness surprise neutral"
)


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return Taxonomy.read(ROOT / "builders" / "emo_pillars" / "labels.yaml")


def test_the_classes_are_those_of_goemotions_in_their_order(taxonomy: Taxonomy) -> None:
    assert " ".join(taxonomy.labels) == GOEMOTIONS


def test_every_declared_word_leads_where_it_is_declared(taxonomy: Taxonomy) -> None:
    for name, spec in taxonomy.spec.classes.items():
        assert taxonomy.map(name).how == "class"
        assert {taxonomy.map(word).label for word in spec.synonyms} <= {name}
    assert {taxonomy.map(word).label for word in taxonomy.spec.unmapped} == {None}


@pytest.mark.parametrize(("name", "words", "right", "wrong"), [("out_of_taxonomy", 150, 0.95, 0.02), ("out_of_taxonomy_held_out", 60, 0.9, 0.05)])
def test_words_outside_the_taxonomy(taxonomy: Taxonomy, name: str, words: int, right: float, wrong: float) -> None:
    with (Path(__file__).parent / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["word"], row["expected"]) for row in csv.DictReader(file)]
    assert len(dict(rows)) == words
    assert {expected for _, expected in rows} <= {*taxonomy.labels, "none"}
    found = [(taxonomy.map(word).label, expected) for word, expected in rows if expected != "none"]
    assert sum(label == expected for label, expected in found) >= right * len(found)
    assert sum(label not in (expected, None) for label, expected in found) <= wrong * len(found)
    classless = [taxonomy.map(word).label for word, expected in rows if expected == "none"]
    assert classless.count(None) > len(classless) / 2
