"""Texts are told apart into domains by how a column begins, and every declaration that does not fit the data is named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.domain_examples import DomainRows
from benchmarks.examples import TextExamples
from benchmarks.sources.text_domains import read_text_domains
from hub.errors import DataUnavailableError, DeclarationError
from hub.spec import DomainGeneralizationTask, Registry
from tests.support.domain_bench import DOMAINS, DomainBench, make_domain_bench, write_domain_task
from tests.support.text_project import CUE_LABELS

Read = Callable[..., DomainRows]


@pytest.fixture
def bench(tmp_path: Path) -> DomainBench:
    return make_domain_bench(tmp_path)


@pytest.fixture
def read(bench: DomainBench) -> Read:
    def read_with(**changes: Any) -> DomainRows:
        write_domain_task(bench.root, "changed", **changes)
        task = Registry(bench.project).task("changed")
        assert isinstance(task, DomainGeneralizationTask)
        return read_text_domains(task, bench.project)

    return read_with


def test_all_published_splits_are_read_and_labels_are_mapped(bench: DomainBench, read: Read) -> None:
    data = read()
    assert (data.names, data.classes, data.source) == (tuple(DOMAINS), CUE_LABELS, "published")
    for name in DOMAINS:
        rows = data.rows.take(data.of(name))
        assert isinstance(rows, TextExamples)
        given = {id: (text, list(labels)) for id, text, labels in zip(bench.rows[name].ids, bench.rows[name].texts, bench.rows[name].labels, strict=True)}
        assert {id: (text, list(labels)) for id, text, labels in zip(rows.ids, rows.texts, rows.labels, strict=True)} == given


def test_rows_of_no_domain_are_left_out_and_counted(read: Read, capsys: pytest.CaptureFixture[str]) -> None:
    assert not any(id.startswith("tale") for id in read().rows.ids)
    assert "changed: 6 rows belong to no domain and were left out" in capsys.readouterr().err


def test_a_beginning_is_the_whole_word_before_the_first_hyphen(read: Read) -> None:
    inputs = {"kind": "text", "column": "plot_id", "domains": {"one": ["city", "home"], "other": ["lab"]}}
    assert {id.partition("-")[0] for id in read(inputs=inputs).rows.ids} == {"city", "home", "lab"}
    with pytest.raises(DeclarationError, match=r"no row begins with \['cit'\]"):
        read(inputs={**inputs, "domains": {"one": ["cit"], "other": ["lab"]}})


def test_the_order_of_the_files_does_not_matter_to_what_a_limit_keeps(read: Read) -> None:
    data = read()
    kept = data.limited(10)
    assert [len(kept.of(name)) for name in DOMAINS] == [10, 10, 10]
    assert kept.limited(10).rows.ids == kept.rows.ids
    assert set(kept.limited(5).rows.ids) < set(kept.rows.ids) < set(data.rows.ids)
    assert kept.fingerprint != data.fingerprint


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": {"kind": "text", "column": "plot", "domains": DOMAINS}}, r"changed\.yaml: inputs\.column: .* has no 'plot'; it has id, .*plot_id"),
        ({"inputs": {"kind": "text", "column": "plot_id", "domains": {**DOMAINS, "west": ["city"]}}}, "'city' is in 'north' and in 'west'"),
        ({"mapping": {}}, r"'mapping' leads the data's labels \['admiration'\] to none of 'labels'"),
        ({"source": {"kind": "external", "reader": "a.b:c", "licence": "none", "how_to_get": "Ask."}}, "make 'source.kind' published"),
    ],
)
def test_a_declaration_that_does_not_fit_is_named(read: Read, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        read(**changes)


def test_a_dataset_that_is_not_built_is_unavailable(read: Read) -> None:
    with pytest.raises(DataUnavailableError, match="has not been built here"):
        read(source={"kind": "published", "dataset": "emo_pillars", "configuration": "contextual"})
