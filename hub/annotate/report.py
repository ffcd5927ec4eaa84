"""The report on a sample's answers, as JSON, as Markdown and for the terminal, which shows the Markdown."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hub.annotate.judgement import FEWEST_ITEMS, REPLICATES, TOO_WIDE, Judgement, Measure, judge
from hub.annotate.question import Sample, Truth
from hub.annotate.rating_table import Problems, Rating, standing
from hub.errors import EmohubError
from hub.files import write_json, write_text

_COLUMNS = ("", "value", "95 % interval", "by chance", "items", "answers", "mind")


@dataclass(frozen=True, slots=True)
class Report:
    """What people say of a sample."""

    dataset: str
    version: str
    fingerprint: str
    configuration: str
    split: str
    seed: int
    protocol: str
    interval_method: str
    superseded: int
    """Answers that their rater gave anew."""
    left_out: tuple[str, ...]
    judgements: tuple[Judgement, ...]


def report_of(sample: Sample, key: Mapping[tuple[str, str], Truth], ratings: Sequence[Rating], problems: Problems) -> Report:
    """Judges all answers, in the order in which they were given; the last of a rater to one question about one item counts.

    Raises:
        EmohubError: the key lacks an item.
    """
    lacking = next((item for item in sample.items if (item.item_id, item.question) not in key), None)
    if lacking is not None:
        raise EmohubError(f"key.csv: the item {lacking.item_id} is missing; put the key back that was exported with these questions")
    counting = list(standing(ratings).values())
    judged = [judge(one, sample.of(one.name), key, [rating for rating in counting if rating.question == one.name]) for one in sample.questions]
    return Report(
        dataset=sample.dataset,
        version=sample.version,
        fingerprint=sample.fingerprint,
        configuration=sample.configuration,
        split=sample.split,
        seed=sample.seed,
        protocol=sample.protocol,
        interval_method=f"percentiles of {REPLICATES:,} bootstrap resamples of items, each with all its answers",
        superseded=len(ratings) - len(counting),
        left_out=tuple(problems.lines()),
        judgements=tuple(one for one in judged if one is not None),
    )


def write_report(folder: Path, report: Report) -> None:
    """Writes `report.json` and `report.md`."""
    write_json(folder / "report.json", asdict(report))
    write_text(folder / "report.md", markdown(report))


def markdown(report: Report) -> str:
    """Returns the report as Markdown whose tables line up in a terminal too."""
    lines = [
        f"# What people say of {report.dataset} {report.version}",
        "",
        f"A sample of {report.configuration}/{report.split}, seed {report.seed}, data {report.fingerprint[:16]}. {report.protocol}",
        "",
        f"Intervals: {report.interval_method}; none for fewer than {FEWEST_ITEMS} items, and called too wide above {TOO_WIDE:g}. They speak of other items of "
        "this kind, not of other raters. Alpha and kappa are 0 at chance and 1 in full agreement.",
        "",
        f"Answers given anew by their rater: {report.superseded} (the last counts).",
        *(f"- {line}" for line in report.left_out),
    ]
    for one in report.judgements:
        lines += ["", *_judgement(one)]
    return "\n".join(lines) + "\n"


def _judgement(one: Judgement) -> list[str]:
    pace = "" if one.median_seconds is None else f", {one.median_seconds:.0f} s an answer (median)"
    lines = [
        f"## {one.prompt}",
        "",
        f"{one.raters} raters, {one.items} items with an answer ({one.unanswered} without), {one.answers} answers, {one.missing} missing{pace}.",
    ]
    sections = [
        ("Agreement between raters", one.between_raters),
        ("Cohen's kappa by pair", one.by_pair),
        ("Krippendorff's alpha by option, chosen or not, where it was offered", one.by_option),
        ("Agreement with the labels: shares", one.with_labels),
        ("The (strongest) label chosen, by its class", one.by_class),
        ("The (strongest) label chosen, by rater", one.by_rater),
    ]
    if one.raters < 2:
        lines += ["", "One rater: agreement between raters needs two."]
    for title, measures in sections:
        if measures and (one.raters > 1 or title in [sections[3][0], sections[4][0], sections[5][0]]):
            lines += ["", f"### {title}", "", *_table(measures)]
    return lines


def _table(measures: Sequence[Measure]) -> list[str]:
    rows = [_COLUMNS, *(_cells(one) for one in measures)]
    widths = [max(len(row[number]) for row in rows) for number in range(len(_COLUMNS))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _cells(one: Measure) -> tuple[str, ...]:
    interval = f"{one.low:.2f} to {one.high:.2f}" if one.low is not None and one.high is not None else "–"
    return (one.name.replace("|", "/"), _number(one.value), interval, _number(one.chance), str(one.items), str(one.answers), one.verdict)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
