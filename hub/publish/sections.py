"""The parts of a dataset's card that all datasets have, as Markdown. What stands in data or in a model's answers is escaped."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from semver import Version

from hub.publish.plots import Plot
from hub.publish.version import tag_of
from hub.spec import DatasetSpec

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~$&:@]|(?<=www)\.)", re.IGNORECASE)
_BLOCK_START = re.compile(r"^(\d+(?=[.)](?: |$))|(?=[-+=]))")
_LONGEST = 80
_LABELS_SHOWN = 10
_FACTS = {
    "code": "hash of the renderer's code",
    "material": "hash of the authored material",
    "licence": "licence of the weights",
    "attempts": "attempts at an unusable answer",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a card tells besides the declaration and the curation's report."""

    version: str
    forced: str | None = None
    """Why it is released although a gate does not hold."""
    plots: tuple[Plot, ...] = ()
    unknown_lineage: str | None = None
    """Why there is no record of the stages; None if there is one."""
    released: bool = False
    """Whether Croissant and pictures lie beside the card; what was only built has neither."""

    @property
    def revision(self) -> str:
        """What a consumer names: the version's tag, or `main` for a draft."""
        version = Version.parse(self.version)
        return "main" if version.prerelease else tag_of(version)


def escape(text: str) -> str:
    """Returns one line of Markdown that shows `text` as it is: no markup, no link, no HTML, no table cell of it comes to life.

    Line breaks and other control characters become spaces.
    """
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return _BLOCK_START.sub(r"\1\\", _SPECIAL.sub(r"\\\1", line))


def cell(value: Any) -> str:
    """Returns a value for a table: escaped, and cut if it is very long."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = str(value)
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Returns a table; numbers have thousands separators."""
    lines = [header, ["---"] * len(header), *([cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


def gates(report: Mapping[str, Any]) -> str:
    failed = [gate["name"] for gate in report["gates"] if not gate["passed"]]
    said = f"{len(failed)} of {len(report['gates'])} did not hold: {', '.join(escape(name) for name in failed)}." if failed else "All of them held."
    rows = [(gate["name"], gate["measured"], gate["required"]) for gate in report["gates"]]
    return f"What was measured on these rows before they were built. {said}\n\n" + table(("gate", "measured", "required"), rows)


def engine(report: Mapping[str, Any]) -> str:
    """What is known of the engine: everything of it that changes an answer or a pixel."""
    facts = dict(report["engine"]) | report.get("sampling", {}) | ({"attempts": report["attempts"]} if "attempts" in report else {})
    rows = [(_FACTS.get(name, name.replace("_", " ")), _said(value)) for name, value in facts.items() if value not in (None, "", [])]
    return table(("of the engine", "value"), rows)


def answers(report: Mapping[str, Any]) -> str:
    """The steps of a chain of questions: prompts with their versions, how many answers were asked, what came of them."""
    rows = [(step["step"], step["prompt"], step["requests"], step["rows"], sum(step["rejects"].values())) for step in report["steps"]]
    asked, rejected = sum(row[2] for row in rows), sum(row[4] for row in rows)
    return f"{asked:,} answers were asked for; {rejected:,} answers or parts of answers were rejected.\n\n" + table(
        ("step", "prompt and its version", "answers", "rows", "rejected"), rows
    )


def rejects(report: Mapping[str, Any]) -> str:
    """What was taken out, by step and reason, then by reason and label."""
    if not report["rejects"]:
        return "Nothing was taken out.\n"
    reasons = [(step, reason.replace("_", " "), count) for step, counts in report["rejects"].items() for reason, count in counts.items()]
    labels: list[tuple[str, str, int]] = []
    for reason, counts in report["rejects_by_label"].items():
        commonest = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        labels += [(reason.replace("_", " "), label, count) for label, count in commonest[:_LABELS_SHOWN]]
        if rest := commonest[_LABELS_SHOWN:]:
            labels.append((reason.replace("_", " "), f"({len(rest):,} more labels)", sum(count for _, count in rest)))
    return table(("step", "reason", "count"), reasons) + "\nBy label:\n\n" + table(("reason", "label", "count"), labels)


def pictures(facts: Facts) -> str:
    """The plots, each with a text for those who do not see it."""
    shown = "\n\n".join(f"{escape(plot.title)}:\n\n![{escape(plot.text)}]({plot.path})" for plot in facts.plots)
    return f"## Statistics in pictures\n\n{shown}\n" if facts.plots else ""


def loading(facts: Facts) -> str:
    if facts.revision == "main":
        return "This is a draft: `main` changes under your hands. Wait for a version, or pin the commit you see.\n"
    return (
        f'A version never changes; `main` does. Name it, as `revision="{facts.revision}"` does above. A folder on disk has no revisions: it is what its\n'
        "`MANIFEST.json` says.\n"
    )


def verifying(facts: Facts) -> str:
    """How a consumer checks what was downloaded, and what the files beside the data are for."""
    text = (
        "## How to check it\n\n"
        "`emohub verify FOLDER` compares every byte with `MANIFEST.json`, the Parquet files with the features above, and measures again what blocks\n"
        "a release: content in two splits, missing classes, secrets, personal data in texts. Without emohub, `MANIFEST.json` holds\n"
        "the SHA-256 of every other file. `report.json` is the curation's account that this card tells from."
    )
    if facts.released:
        known = "Its provenance (W3C PROV) tells which commands made the data,\nfrom what, with which parameters, at which revision of the code."
        unknown = f"It has no record of the commands that made the data: {facts.unknown_lineage}."
        text += f"\n`croissant.json` describes files, columns, classes and splits as Croissant 1.1. {unknown if facts.unknown_lineage else known}"
    return text + "\n"


def forced(facts: Facts) -> str:
    """Empty unless the release was forced."""
    if not facts.forced:
        return ""
    return f"## Released although a gate did not hold\n\nWho released this version gave the reason:\n\n> {escape(facts.forced)}\n"


def citation(spec: DatasetSpec) -> str:
    return f"Please cite the paper, and name this rebuild with its version:\n\n```bibtex\n{bibtex(spec)}\n```\n"


def bibtex(spec: DatasetSpec) -> str:
    """Returns the paper's entry; its key is made of the first author, the year and the dataset's name."""
    paper = spec.citation
    authors = paper.authors.strip().split(", ")
    key = f"{authors[0].split()[-1].lower()}{paper.year}{spec.name.replace('_', '')}"
    fields = {"title": f"{{{paper.title}}}", "author": f"{{{' and '.join(authors)}}}", "year": f"{{{paper.year}}}", "url": f"{{{paper.url}}}"}
    return "@misc{" + key + ",\n" + ",\n".join(f"  {name} = {value}" for name, value in fields.items()) + "\n}"
