"""How varied generated texts are, how much they repeat themselves, and how close they are to a reference. Pure functions over words or texts."""

import re
from collections.abc import Iterator, Sequence
from statistics import fmean

_WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
_ROUGE = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}


def words(text: str) -> list[str]:
    """Returns lower-case words, and punctuation marks one by one."""
    return _WORD.findall(text.lower())


def distinct_n(texts: Sequence[Sequence[str]], n: int) -> float:
    """Returns the share of different n-grams among all n-grams of all texts (Li et al. 2016), between 0 and 1; 0 where there are none.

    It falls with the amount of text, so only like amounts can be compared.
    """
    ngrams = [ngram for text in texts for ngram in _ngrams(text, n)]
    return len(set(ngrams)) / len(ngrams) if ngrams else 0.0


def sequence_repetition(texts: Sequence[Sequence[str]], n: int = 4) -> float:
    """Returns the mean over texts of the share of n-grams that stood in the same text before (seq-rep-n, Welleck et al. 2020).

    Between 0 and 1; texts too short for an n-gram do not count, and without others it is 0.
    """
    shares = [1 - len(set(ngrams)) / len(ngrams) for text in texts if (ngrams := list(_ngrams(text, n)))]
    return fmean(shares) if shares else 0.0


def rouge(generated: Sequence[str], references: Sequence[str]) -> dict[str, float]:
    """Returns the mean F1 of ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004), without stemming, between 0 and 1.

    Raises:
        ValueError: there is not one reference for each text, or no text.
    """
    from rouge_score.rouge_scorer import RougeScorer

    if len(generated) != len(references) or not generated:
        raise ValueError(f"{len(generated)} texts and {len(references)} references: each text needs its own reference, and there must be some")
    scorer = RougeScorer(list(_ROUGE.values()))
    scores = [scorer.score(reference, text) for text, reference in zip(generated, references, strict=True)]
    return {name: fmean(score[kind].fmeasure for score in scores) for name, kind in _ROUGE.items()}


def _ngrams(text: Sequence[str], n: int) -> Iterator[tuple[str, ...]]:
    return (tuple(text[start : start + n]) for start in range(len(text) - n + 1))
