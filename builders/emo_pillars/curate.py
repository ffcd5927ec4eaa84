"""From raw tables to the three configurations: near-duplicates out, splits by plot, label statistics, gates."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from builders.emo_pillars.rows import EXPRESSIVE
from hub.curate import gates
from hub.curate.diversity import common_openings, distinct_bigrams
from hub.curate.duplicates import duplicates_of, near_duplicate_pairs
from hub.curate.job import CurationJob
from hub.generate import Reject
from hub.spec import TextDatasetSpec
from hub.tables import Tables, table_of
from hub.taxonomy import Taxonomy

_SOFT = pa.list_(pa.struct([("label", pa.string()), ("expressiveness", pa.float32())]))
_ANSWERED = pa.list_(pa.struct([("raw", pa.string()), ("label", pa.string()), ("how", pa.string()), ("expressiveness", pa.float32())]))
_TEXT = pa.string()
_LINEAGE = [(name, _TEXT) for name in ("plot_id", "character_id", "part", "requested", "label_rule", "prompts", "engine", "finish_reason")]
_COMMON = [("labels", _SOFT), ("answered", _ANSWERED), *_LINEAGE, ("seed", pa.int64()), ("licence", _TEXT), ("split", _TEXT)]
CONTEXT_LESS = pa.schema([("id", _TEXT), ("utterance", _TEXT), ("character", _TEXT), ("description", _TEXT), *_COMMON])
CONTEXTUAL = pa.schema([("id", _TEXT), ("utterance", _TEXT), ("context", _TEXT), ("character", _TEXT), ("description", _TEXT), *_COMMON])
REWRITTEN = pa.schema([*CONTEXTUAL, ("original_utterance", _TEXT)])

Row = dict[str, Any]


def curate(job: CurationJob[TextDatasetSpec]) -> Tables:
    """Returns the clean tables by configuration."""
    taxonomy = Taxonomy.read(job.folder / job.spec.taxonomy)
    plots = {row["id"]: row for row in job.raw("plots").to_pylist()}
    utterances = [row | {"split": plots[row["plot_id"]]["split"], "licence": plots[row["plot_id"]]["licence"]} for row in job.raw("utterances").to_pylist()]
    utterances = _without_duplicates(job, "context-less", utterances)
    by_id = {row["id"]: row for row in utterances}
    told = [row for row in job.raw("contextual").to_pylist() if row["utterance_id"] in by_id]
    contextual = [_in_context(by_id[row["utterance_id"]], row) for row in told]
    rewritten = _without_duplicates(job, "contextual-rewritten", [_rewritten(by_id[row["utterance_id"]], row) for row in told])
    configurations = {"context-less": utterances, "contextual": contextual, "contextual-rewritten": rewritten}
    job.statistics.update(_statistics(configurations, job.raw("utterances").to_pylist(), taxonomy))
    job.gates.extend(_gates(job, configurations, taxonomy))
    schemas = {"context-less": CONTEXT_LESS, "contextual": CONTEXTUAL, "contextual-rewritten": REWRITTEN}
    return {name: table_of(({key: row[key] for key in schema.names} for row in configurations[name]), schema) for name, schema in schemas.items()}


def _in_context(row: Row, told: Row) -> Row:
    return row | {"context": told["context"], "prompts": f"{row['prompts']} {told['prompts']}"}


def _rewritten(row: Row, told: Row) -> Row:
    return _in_context(row, told) | {"utterance": told["rewritten"], "context": told["cleaned_context"], "original_utterance": row["utterance"]}


def _without_duplicates(job: CurationJob[TextDatasetSpec], configuration: str, rows: list[Row]) -> list[Row]:
    """The rows whose utterance is not nearly that of a row with a smaller id; the others become rejects."""
    gone = duplicates_of([row["id"] for row in rows], [row["utterance"] for row in rows], job.spec.duplicates.jaccard)
    for row in rows:
        if row["id"] in gone:
            detail = f"near-duplicate of {gone[row['id']]} in {configuration}"
            job.rejects.append(Reject("curate", row["id"], "duplicate", row["requested"], row["utterance"], detail, 0, True))
    return [row for row in rows if row["id"] not in gone]


def expressed(row: Row) -> list[str]:
    """The labels of a row at or above the threshold."""
    # 0.3 stored as a 32-bit float comes back a little above 0.3; a tolerance keeps the rule exact both ways.
    return [one["label"] for one in row["labels"] if one["expressiveness"] >= EXPRESSIVE - 1e-6]


def _statistics(configurations: dict[str, list[Row]], raw: list[Row], taxonomy: Taxonomy) -> dict[str, Any]:
    return {
        "labels": {name: _label_counts(rows, taxonomy) for name, rows in configurations.items()},
        "labels_per_row": {name: _mean(len(expressed(row)) for row in rows) for name, rows in configurations.items()},
        "words_per_utterance": {name: _mean(len(row["utterance"].split()) for row in rows) for name, rows in configurations.items()},
        "distinct_bigrams": {name: round(distinct_bigrams([row["utterance"] for row in rows]), 4) for name, rows in configurations.items()},
        "common_openings": {name: common_openings([row["utterance"] for row in rows]) for name, rows in configurations.items()},
        "requested_emotion_heard_first": _mean(row["labels"][0]["label"] == row["requested"] for row in raw),
        "label_mapping": _mapping_rates(raw),
    }


def _label_counts(rows: Iterable[Row], taxonomy: Taxonomy) -> dict[str, int]:
    counts = Counter(label for row in rows for label in expressed(row))
    return {label: counts[label] for label in taxonomy.labels}


def _mapping_rates(raw: list[Row]) -> dict[str, Any]:
    """How many answered labels were outside the taxonomy, and what became of them: the weak spot that the paper names."""
    answered = [one for row in raw for one in row["answered"]]
    how = Counter(one["how"] for one in answered)
    outside = Counter(f"{one['raw']} -> {one['label'] or 'unmapped'}" for one in answered if one["how"] != "class")
    total = len(answered)
    return {
        "answered": total,
        "outside_taxonomy": total - how["class"],
        "outside_share": round((total - how["class"]) / total, 4) if total else 0.0,
        "mapped_by_synonym": how["synonym"],
        "mapped_by_derived": how["derived"],
        "mapped_by_nearest": how["nearest"],
        "unmapped": how["unmapped"],
        "commonest_outside": dict(outside.most_common(25)),
    }


def _gates(job: CurationJob[TextDatasetSpec], configurations: dict[str, list[Row]], taxonomy: Taxonomy) -> list[gates.Gate]:
    declared = job.spec.gates
    found = []
    for name, rows in configurations.items():
        pairs = near_duplicate_pairs([row["utterance"] for row in rows], job.spec.duplicates.jaccard)
        duplicated = sorted({rows[index]["id"] for pair in pairs for index in pair})
        found.append(gates.few_duplicates(name, duplicated, len(rows), declared.maximum_duplicate_share))
        found.append(gates.no_text_in_two_splits(name, ((row["id"], row["split"], row["utterance"]) for row in rows)))
        found.append(gates.no_empty_split(name, ("train", "validation", "test"), Counter(row["split"] for row in rows)))
        found.append(gates.minimum_rows(name, len(rows), declared.minimum_rows.get(name, 1) if job.sizes_declared else 1))
    if job.sizes_declared:
        counts = _label_counts(configurations[job.spec.default_configuration.name], taxonomy)
        found.append(gates.every_label_covered(taxonomy.labels, counts, declared.minimum_rows_per_label))
    everything = [row for rows in configurations.values() for row in rows]
    found.append(gates.groups_in_one_split((row["plot_id"], row["split"]) for row in everything))
    found.append(gates.no_secrets((row["id"], f"{row['utterance']} {row.get('context', '')}") for row in everything))
    found.append(gates.licence_present((row["id"], row["licence"]) for row in everything))
    return found


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return round(sum(numbers) / len(numbers), 4) if numbers else 0.0
