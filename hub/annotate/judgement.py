"""What the answers to one question say: measures with their intervals, their n and what chance would give."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from hub.annotate.agreement import Floats, alpha_replicates, kappa_replicates, masi_distances, nominal_distances, share_replicates
from hub.annotate.question import NONE, Item, Question, Truth
from hub.annotate.rating_table import Rating
from hub.results.intervals import Interval, bootstrap_weights, percentile_interval

REPLICATES = 1000
FEWEST_ITEMS = 10
"""With fewer items a bootstrap over items knows too few outcomes, and would call a lucky handful certain."""
TOO_WIDE = 0.3
_FEWEST_DEFINED = 0.95
"""Of the replicates; a measure that is undefined in more of them has no interval."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number, never without its n."""

    name: str
    value: float | None
    """None where it is undefined."""
    low: float | None
    high: float | None
    chance: float | None
    """What answers at random would give; None where that is not known."""
    items: int
    answers: int
    verdict: str
    """What the reader must know before using the number; empty when there is nothing."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything about one question."""

    question: str
    prompt: str
    items: int
    """With an answer."""
    unanswered: int
    raters: int
    answers: int
    missing: int
    """Answers that raters who have begun still owe."""
    median_seconds: float | None
    between_raters: tuple[Measure, ...]
    by_pair: tuple[Measure, ...]
    by_option: tuple[Measure, ...]
    with_labels: tuple[Measure, ...]
    by_class: tuple[Measure, ...]
    by_rater: tuple[Measure, ...]


@dataclass
class _Answers:
    """The answers to one question, by item and rater, and the bootstrap over items."""

    question: Question
    items: list[Item]
    truths: list[Truth]
    given: list[dict[str, frozenset[str]]]
    """By item: what each rater chose."""
    weights: Floats = field(init=False)
    """(1 + replicates, items); the first row is the sample itself."""

    def __post_init__(self) -> None:
        drawn = bootstrap_weights(len(self.items), REPLICATES, seed=0)
        self.weights = np.vstack([np.ones((1, len(self.items))), drawn]).astype(np.float64)

    @property
    def raters(self) -> list[str]:
        return sorted({rater for given in self.given for rater in given})


def judge(question: Question, items: Sequence[Item], key: Mapping[tuple[str, str], Truth], ratings: Sequence[Rating]) -> Judgement | None:
    """Judges the answers that count to one question; None when there are none."""
    by_item: dict[str, dict[str, frozenset[str]]] = {item.item_id: {} for item in items}
    for rating in ratings:
        by_item[rating.item_id][rating.rater_id] = frozenset(rating.value)
    answered = [item for item in items if by_item[item.item_id]]
    if not answered:
        return None
    truths = [key[item.item_id, question.name] for item in answered]
    answers = _Answers(question, answered, truths, [by_item[item.item_id] for item in answered])
    seconds = [rating.seconds for rating in ratings if rating.seconds is not None]
    several = question.most > 1
    return Judgement(
        question=question.name,
        prompt=question.prompt,
        items=len(answered),
        unanswered=len(items) - len(answered),
        raters=len(answers.raters),
        answers=len(ratings),
        missing=len(items) * len(answers.raters) - len(ratings),
        median_seconds=float(np.median(seconds)) if seconds else None,
        between_raters=tuple(_between_raters(answers)),
        by_pair=tuple(_pairs(answers)),
        by_option=tuple(_option_alpha(answers, option) for option in _options(answers)) if several else (),
        with_labels=tuple(_labels_of_several(answers) if several else _labels_of_one(answers)),
        by_class=tuple(_right(answers, truth, [one.stratum == truth for one in truths]) for truth in sorted({one.stratum for one in truths})),
        by_rater=tuple(_right(answers, rater, [True] * len(truths), rater) for rater in answers.raters),
    )


def measure(name: str, replicates: Floats, items: int, answers: int, chance: float | None = None) -> Measure:
    """Returns a measure from its replicates, of which the first is the sample itself.

    There is no interval for fewer than ten items, nor where the measure is undefined in more than a twentieth of the replicates or the same in all.
    """
    if not np.isfinite(replicates[0]):
        return Measure(name, None, None, None, chance, items, answers, "undefined: nothing varies, or nothing is rated twice")
    value, drawn = float(replicates[0]), replicates[1:][np.isfinite(replicates[1:])]
    if items < FEWEST_ITEMS:
        return Measure(name, value, None, None, chance, items, answers, f"fewer than {FEWEST_ITEMS} items: no interval, tells nothing by itself")
    if len(drawn) < _FEWEST_DEFINED * (len(replicates) - 1):
        return Measure(name, value, None, None, chance, items, answers, "undefined in too many resamples: no interval")
    interval = percentile_interval(drawn)
    if interval.low == interval.high:
        return Measure(name, value, None, None, chance, items, answers, "all items alike: resampling them cannot tell how far off this is")
    return Measure(name, value, interval.low, interval.high, chance, items, answers, _verdict(interval, chance))


def _verdict(interval: Interval, chance: float | None) -> str:
    wide = interval.high - interval.low > TOO_WIDE
    if chance is not None and interval.low <= chance <= interval.high:
        return "too wide to tell anything, chance included" if wide else "cannot be told from chance"
    if chance is not None and interval.high < chance:
        return "below chance"
    return "too wide to tell how much" if wide else ""


def _between_raters(answers: _Answers) -> list[Measure]:
    twice = sum(len(given) >= 2 for given in answers.given)
    pairable = sum(len(given) for given in answers.given if len(given) >= 2)
    values = sorted({choice for given in answers.given for choice in given.values()}, key=sorted)
    counts = np.array([[sum(choice == value for choice in given.values()) for value in values] for given in answers.given], dtype=np.int64)
    if answers.question.most == 1:
        alpha = alpha_replicates(counts, nominal_distances(len(values)), answers.weights)
        measures = [measure("Krippendorff's alpha, nominal", alpha, twice, pairable, 0.0)]
    else:
        alpha = alpha_replicates(counts, masi_distances(values), answers.weights)
        units = [(number, option) for number, item in enumerate(answers.items) for option in item.options]
        measures = [
            measure("Krippendorff's alpha of sets, MASI", alpha, twice, pairable, 0.0),
            measure("Krippendorff's alpha of options, chosen or not", _binary_alpha(answers, units), twice, pairable, 0.0),
        ]
    kappas = [kappa for kappa, _ in _kappas(answers).values()]
    return measures + ([measure("Cohen's kappa, mean of pairs", np.mean(kappas, axis=0), twice, pairable, 0.0)] if kappas else [])


def _pairs(answers: _Answers) -> list[Measure]:
    return [measure(f"{one} and {other}", kappa, items, 2 * items, 0.0) for (one, other), (kappa, items) in _kappas(answers).items()]


def _kappas(answers: _Answers) -> dict[tuple[str, str], tuple[Floats, int]]:
    """Cohen's kappa of all pairs with an item in common, and how many those are. Of several choices: over the options offered, each chosen or not."""
    found = {}
    for one, other in itertools.combinations(answers.raters, 2):
        common = [number for number, given in enumerate(answers.given) if one in given and other in given]
        if not common:
            continue
        if answers.question.most == 1:
            names = sorted({option for item in answers.items for option in item.options})
            units, values = common, len(names)
            codes = [[names.index(next(iter(answers.given[number][rater]))) for number in common] for rater in (one, other)]
        else:
            offered = [(number, option) for number in common for option in answers.items[number].options]
            units, values = [number for number, _ in offered], 2
            codes = [[int(option in answers.given[number][rater]) for number, option in offered] for rater in (one, other)]
        found[one, other] = kappa_replicates(np.array(codes[0]), np.array(codes[1]), values, answers.weights[:, units]), len(common)
    return found


def _options(answers: _Answers) -> list[str]:
    return [*sorted({option for item in answers.items for option in item.options} - {NONE}), NONE]


def _option_alpha(answers: _Answers, option: str) -> Measure:
    units = [(number, option) for number, item in enumerate(answers.items) if option in item.options]
    twice = [number for number, _ in units if len(answers.given[number]) >= 2]
    return measure(option, _binary_alpha(answers, units), len(twice), sum(len(answers.given[number]) for number in twice), 0.0)


def _binary_alpha(answers: _Answers, units: Sequence[tuple[int, str]]) -> Floats:
    chosen = np.array([sum(option in choice for choice in answers.given[number].values()) for number, option in units], dtype=np.int64)
    raters = np.array([len(answers.given[number]) for number, _ in units], dtype=np.int64)
    return alpha_replicates(np.stack([raters - chosen, chosen], axis=1), nominal_distances(2), answers.weights[:, [number for number, _ in units]])


def _right(answers: _Answers, name: str, within: Sequence[bool], rater: str | None = None) -> Measure:
    """How often the (strongest) label was chosen, among some items and by one rater or all."""
    hits, cases, by_chance = [], [], 0.0
    for item, truth, given, counted in zip(answers.items, answers.truths, answers.given, within, strict=True):
        choices = [choice for who, choice in given.items() if rater in (None, who)] if counted else []
        hits.append(sum(truth.labels[0] in choice for choice in choices))
        cases.append(len(choices))
        by_chance += sum(len(choice) for choice in choices) / len(item.options)
    replicates = share_replicates(np.array(hits, float), np.array(cases, float), answers.weights)
    return measure(name, replicates, sum(case > 0 for case in cases), sum(cases), by_chance / max(sum(cases), 1))


def _labels_of_one(answers: _Answers) -> list[Measure]:
    measures = [_right(answers, "the label chosen", [True] * len(answers.items))]
    agreed = [_chosen_by(given, len(given) // 2 + 1) if len(given) >= 2 else [] for given in answers.given]
    return [*measures, _labels_among(answers, "the label, where most raters chose the same", agreed)]


def _labels_of_several(answers: _Answers) -> list[Measure]:
    all_chosen = [[option for choice in given.values() for option in choice] for given in answers.given]
    by_two = [_chosen_by(given, 2) for given in answers.given]
    by_all = [_chosen_by(given, len(given)) if len(given) >= 2 else [] for given in answers.given]
    return [
        _right(answers, "the strongest label chosen", [True] * len(answers.items)),
        _labels_among(answers, "labels among all choices", all_chosen),
        _labels_among(answers, "labels among what two or more raters chose", by_two),
        _labels_among(answers, "labels among what all raters chose", by_all),
        _answers_with(answers, "a distractor among the choices", lambda choice, truth: bool(choice - set(truth.labels) - {NONE})),
        _answers_with(answers, f"'{NONE}'", lambda choice, truth: NONE in choice),
    ]


def _chosen_by(given: Mapping[str, frozenset[str]], raters: int) -> list[str]:
    counted = [option for choice in given.values() for option in choice]
    return sorted(option for option in set(counted) if counted.count(option) >= raters)


def _labels_among(answers: _Answers, name: str, options: Sequence[Sequence[str]]) -> Measure:
    """The share of some options that are labels of their row; by chance, the share of labels among what was offered."""
    hits = np.array([sum(option in truth.labels for option in found) for found, truth in zip(options, answers.truths, strict=True)], float)
    cases = np.array([len(found) for found in options], float)
    offered = np.array([len(truth.labels) / len(item.options) for item, truth in zip(answers.items, answers.truths, strict=True)])
    chance = float((offered * cases).sum() / cases.sum()) if cases.sum() else None
    counted = sum(len(given) for given, found in zip(answers.given, options, strict=True) if found)
    return measure(name, share_replicates(hits, cases, answers.weights), int((cases > 0).sum()), counted, chance)


def _answers_with(answers: _Answers, name: str, is_so: Callable[[frozenset[str], Truth], bool]) -> Measure:
    hits = np.array([sum(is_so(choice, truth) for choice in given.values()) for given, truth in zip(answers.given, answers.truths, strict=True)], float)
    cases = np.array([len(given) for given in answers.given], float)
    return measure(name, share_replicates(hits, cases, answers.weights), len(answers.items), int(cases.sum()))
