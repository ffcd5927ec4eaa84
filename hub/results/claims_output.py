"""Judgements of claims for the terminal and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hub.paths import Project
from hub.results.claims import Evidence, Judgement, judge
from hub.results.display import metric_title
from hub.results.record import RunRecord
from hub.results.store import read_results
from hub.spec import Registry


def judge_all(project: Project, registry: Registry, profile: str) -> tuple[Judgement, ...]:
    """Returns every declared claim as the records of one profile decide it.

    Raises:
        DeclarationError: a claim is declared wrongly.
    """
    return judge_records(registry, read_results(project).records, profile)


def judge_records(registry: Registry, records: Sequence[RunRecord], profile: str) -> tuple[Judgement, ...]:
    """Returns every declared claim as records that are read already decide it."""
    return tuple(judge(registry.claim(name), records, profile) for name in registry.files("claim"))


def judgement_as_dict(judgement: Judgement) -> dict[str, Any]:
    """Returns a judgement as JSON-like values."""
    return {
        "claim": judgement.claim.name,
        "title": judgement.claim.title,
        "statement": judgement.claim.statement,
        "source": judgement.claim.citation.title,
        "url": judgement.claim.citation.url,
        "notes": judgement.claim.notes,
        "profile": judgement.profile,
        "verdict": judgement.verdict,
        "evidence": [_evidence_as_dict(one) for one in judgement.evidence],
    }


def _evidence_as_dict(evidence: Evidence) -> dict[str, Any]:
    values = {name: value for name, value in asdict(evidence).items() if name != "comparison"}
    return {**evidence.comparison.model_dump(), **values, "seeds": list(evidence.seeds)}


def print_claims(judgements: Sequence[Judgement]) -> None:
    """Prints one table a claim to standard output."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        console.width = 160
    for judgement in judgements:
        claim = judgement.claim
        console.print(Text(f"{claim.title}: {judgement.verdict}", style="bold"))
        console.print(Text(f"{claim.statement} ({claim.citation.title}, {claim.citation.year}; profile {judgement.profile})", style="dim"))
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for heading in ("task", "comparison", "metric", "scores", "gain [95 %]", "effect", "p", "seeds", "verdict"):
            table.add_column(heading, overflow="fold")
        for one in judgement.evidence:
            table.add_row(*(Text(cell) for cell in _cells(one)))
        console.print(table)
        if claim.notes:
            console.print(Text(claim.notes, style="dim"))
        console.print()


def _cells(evidence: Evidence) -> tuple[str, ...]:
    comparison = evidence.comparison
    relation = ">" if comparison.expected == "better" else f"not {comparison.margin:.0%} worse than"
    head = (comparison.task, f"{comparison.model} {relation} {comparison.baseline}", metric_title(comparison.metric))
    if evidence.gain is None:
        return (*head, "–", "–", "–", "–", str(len(evidence.seeds)), f"{evidence.verdict}: {evidence.reason}")
    return (
        *head,
        f"{evidence.model_score:.4g} / {evidence.baseline_score:.4g}",
        f"{evidence.gain:+.4f} [{evidence.low:+.4f}, {evidence.high:+.4f}] {evidence.variance}",
        "–" if evidence.effect_size is None else f"{evidence.effect_size:+.2f}",
        "–" if evidence.p_value is None else f"{evidence.p_value:.3g}",
        str(len(evidence.seeds)),
        evidence.verdict,
    )
