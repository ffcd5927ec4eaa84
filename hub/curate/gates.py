"""Gates: measured conditions that must hold before a dataset is built. A gate that fails names rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.curate.secret_patterns import secret_in
from hub.errors import GateError


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition, what was measured, and up to five offending rows."""

    name: str
    passed: bool
    measured: str
    required: str
    rows: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        rows = f"; rows: {', '.join(self.rows)}" if self.rows else ""
        return f"{self.name}: measured {self.measured}, required {self.required}{rows}"


def enforce(dataset: str, gates: Sequence[Gate]) -> None:
    """Raises GateError with every gate that does not hold."""
    failed = [gate.sentence for gate in gates if not gate.passed]
    if failed:
        raise GateError(f"{dataset} does not pass {len(failed)} of {len(gates)} gates:\n" + "\n".join(f"  - {line}" for line in failed))


def minimum_rows(what: str, count: int, minimum: int) -> Gate:
    return Gate(f"rows in {what}", count >= minimum, f"{count:,}", f"at least {minimum:,}")


def every_label_covered(labels: Sequence[str], counts: Mapping[str, int], minimum: int) -> Gate:
    """Every label has at least `minimum` rows."""
    low = sorted((counts.get(label, 0), label) for label in labels)
    short = tuple(f"{label} ({count:,})" for count, label in low if count < minimum)
    return Gate("rows of the rarest label", not short, f"{low[0][0]:,} ({low[0][1]})", f"at least {minimum:,}", short[:5])


def no_text_in_two_splits(what: str, rows: Iterable[tuple[str, str, str]]) -> Gate:
    """No text occurs in two splits. `rows` are (id, split, text); case and spacing do not count."""
    first: dict[str, str] = {}
    offenders = []
    for id, split, text in rows:
        if first.setdefault(" ".join(text.casefold().split()), split) != split:
            offenders.append(id)
    return Gate(f"texts in two splits of {what}", not offenders, f"{len(offenders):,}", "none", tuple(offenders[:5]))


def groups_in_one_split(rows: Iterable[tuple[str, str]], what: str = "groups") -> Gate:
    """No group is in two splits, over all configurations together. `rows` are (group, split); `what` the groups are."""
    splits: dict[str, set[str]] = {}
    for group, split in rows:
        splits.setdefault(group, set()).add(split)
    offenders = sorted(group for group, members in splits.items() if len(members) > 1)
    return Gate(f"{what} in two splits", not offenders, f"{len(offenders):,}", "none", tuple(offenders[:5]))


def few_duplicates(what: str, duplicates: Sequence[str], total: int, share: float) -> Gate:
    """At most `share` of the rows are near-duplicates of another one."""
    measured = len(duplicates) / total if total else 0.0
    return Gate(f"near-duplicates in {what}", measured <= share, f"{measured:.2%}", f"at most {share * 100:g}%", tuple(duplicates[:5]))


def no_secrets(rows: Iterable[tuple[str, str]]) -> Gate:
    """No text holds what looks like a key or token. `rows` are (id, text)."""
    offenders = [id for id, text in rows if secret_in(text)]
    return Gate("rows with a secret", not offenders, f"{len(offenders):,}", "none", tuple(offenders[:5]))


def licence_present(rows: Iterable[tuple[str, str]]) -> Gate:
    """Every row says under which licence it stands. `rows` are (id, licence)."""
    offenders = [id for id, licence in rows if not licence.strip()]
    return Gate("rows without a licence", not offenders, f"{len(offenders):,}", "none", tuple(offenders[:5]))


def no_empty_split(what: str, splits: Iterable[str], counts: Mapping[str, int]) -> Gate:
    """Every split has rows; `load_dataset` cannot read one that has none."""
    empty = tuple(split for split in splits if not counts.get(split))
    return Gate(f"empty splits of {what}", not empty, ", ".join(empty) or "none", "none, which takes at least as many groups as splits", empty)
