"""Labelled toy texts in which single words give the class away, so that anything that learns at all learns them."""

import numpy as np

from benchmarks.examples import TextExamples

CUES = {0: ("lovely", "happy", "glad", "sunny", "smile"), 1: ("awful", "gloomy", "tearful", "lonely", "grave"), 2: ("furious", "shout", "slam", "rage", "burn")}
"""The words of each class."""
_TEXT = "the a of and we she he it was at day boat door letter kitchen morning road window table friend story"
FILLER = tuple(_TEXT.split())


def toy_texts(rows: int, seed: int = 0, classes: int = 3, in_context: bool = False) -> TextExamples:
    """Returns rows whose class is told by one cue word; the cue is in the context instead of the text if `in_context`. Classes above 2 never occur."""
    generator = np.random.default_rng(seed)
    texts, contexts = [], []
    labels = np.zeros((rows, classes), dtype=np.bool_)
    for row in range(rows):
        label = row % len(CUES)
        labels[row, label] = True
        plain = [str(word) for word in generator.choice(FILLER, int(generator.integers(2, 9)))]
        other = [str(word) for word in generator.choice(FILLER, int(generator.integers(2, 9)))]
        telling = other if in_context else plain
        telling.insert(int(generator.integers(0, len(telling) + 1)), str(generator.choice(CUES[label])))
        texts.append(" ".join(plain))
        contexts.append(" ".join(other) if in_context else "")
    return TextExamples(tuple(f"row-{seed}-{row}" for row in range(rows)), tuple(texts), tuple(contexts), labels)
