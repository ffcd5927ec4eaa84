"""Few-shot classification by likelihood: of a question with each label filled in, after similar labelled examples, the least surprising one is the answer.

As EMO evaluates its continually tuned models (section 4.2, with OpenICL): examples retrieved by similarity, the label with the lowest perplexity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.examples import Labels, Splits, TextExamples
from benchmarks.methods.language.language_model import CausalLanguageModel
from benchmarks.methods.weights import MINILM
from benchmarks.metrics.text_features import features
from benchmarks.runners.scoring import BOOTSTRAP_SEED, f1_metrics, score_of
from hub.errors import EmohubError
from hub.results import Score
from hub.results.intervals import bootstrap_weights
from hub.spec.task import FewShotSpec

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """The questions' true labels and what the model answered, each (questions,), as positions in `labels`."""

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    truth: Numbers
    answered: Numbers

    def scores(self, replicates: int) -> dict[str, Score]:
        """Returns accuracy and macro-F1, and the accuracy that always giving the commonest label would have."""
        right = (self.truth == self.answered).astype(np.float64)
        drawn = bootstrap_weights(len(right), replicates, BOOTSTRAP_SEED) @ right / len(right)
        f1 = f1_metrics(self._columns(self.truth), self._columns(self.answered), replicates)["macro_f1"]
        commonest = float(np.bincount(self.truth).max() / len(right))
        return {"few_shot_accuracy": score_of(float(right.mean()), drawn), "few_shot_macro_f1": f1, "few_shot_commonest_label": Score(value=commonest)}

    def _columns(self, labels: Numbers) -> Labels:
        found: Labels = np.arange(len(self.labels)) == labels[:, None]
        return found


def answer_questions(spec: FewShotSpec, model: CausalLanguageModel, splits: Splits, classes: Sequence[str], network: bool) -> Answers:
    """Asks the model about test rows, with training rows as examples.

    Raises:
        EmohubError: a label is no class, the template is malformed, or there is nothing to ask.
    """
    unknown = [label for label in spec.labels if label not in classes]
    if unknown:
        raise EmohubError(f"few_shot.labels: {unknown[0]!r} is no label of the task {spec.task!r}")
    if "{text}" not in spec.template or "{label}" not in spec.template:
        raise EmohubError(f"few_shot.template: {spec.template!r} must hold {{text}} and {{label}}")
    columns = [classes.index(label) for label in spec.labels]
    shown, asked = _with_one_label(splits.train, columns), _with_one_label(splits.test, columns)
    asked = asked.sample(spec.questions)
    if not len(asked) or len(shown) < spec.shots:
        raise EmohubError(
            f"few_shot: {len(asked)} questions and {len(shown)} examples with exactly one of the labels; it needs a question and {spec.shots} examples"
        )
    nearest = _nearest(shown, asked, spec.shots, network)
    candidates = [
        _fitting([_filled(spec, shown, columns, row) for row in examples], spec.template.format(text=asked.texts[number], label=label), model)
        for number, examples in enumerate(nearest)
        for label in spec.labels
    ]
    scored = model.surprisals(candidates, window=model.positions)
    perplexities = np.exp(scored.nats / scored.tokens).reshape(len(asked), len(spec.labels))
    return Answers(asked.ids, spec.labels, asked.labels[:, columns].argmax(1), perplexities.argmin(1))


def _with_one_label(examples: TextExamples, columns: Sequence[int]) -> TextExamples:
    return examples.take(np.flatnonzero((examples.labels.sum(1) == 1) & (examples.labels[:, columns].sum(1) == 1)))


def _nearest(shown: TextExamples, asked: TextExamples, shots: int, network: bool) -> Numbers:
    """The most similar examples of every question, (questions, shots), the nearest last, as MiniLM sees them."""
    vectors: list[Any] = [features(rows.texts, MINILM, network) for rows in (asked, shown)]
    unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in vectors]
    order = np.argsort(unit[0] @ unit[1].T, axis=1, kind="stable")
    return order[:, len(shown) - shots :].astype(np.int64)


def _filled(spec: FewShotSpec, rows: TextExamples, columns: Sequence[int], row: int) -> str:
    return spec.template.format(text=rows.texts[row], label=spec.labels[int(rows.labels[row, columns].argmax())])


def _fitting(examples: Sequence[str], question: str, model: CausalLanguageModel) -> str:
    """The question after as many of the nearest examples as the model can read at once."""
    lengths = model.count_tokens([*examples, question])
    room = model.positions - 1 - lengths[-1]
    first = len(examples)
    while first and lengths[first - 1] <= room:
        first -= 1
        room -= lengths[first]
    return "".join([*examples[first:], question])
