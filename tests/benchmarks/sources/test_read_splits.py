"""Where a task's data is looked for, and what is said when it is not there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.examples import Splits
from benchmarks.sources import local_path, read_splits
from hub.errors import DataUnavailableError, DeclarationError, EmohubError
from hub.paths import Project
from hub.publish.manifest import write_manifest
from hub.spec import ParamsSpec, Registry
from hub.taxonomy import Taxonomy
from tests.support.text_project import CUE_LABELS, LABELS_FILE, make_text_project, write_goemotions, write_published, write_task
from tests.support.toy_texts import toy_texts

EXTERNAL = {"kind": "external", "reader": "benchmarks.sources.goemotions:read", "licence": "none", "how_to_get": "Ask the authors."}
VARIABLE = "EMOHUB_DATA_OUTSIDE_DATA"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv(VARIABLE, raising=False)
    return make_text_project(tmp_path / "project")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_goemotions(tmp_path / "given", {"train": toy_texts(6), "validation": toy_texts(3, 1), "test": toy_texts(3, 2)})


def _read(project: Project, name: str, path: str | None = None, network: bool = False) -> Splits:
    params = ParamsSpec(profile="tiny", data={name: path} if path else {})
    return read_splits(Registry(project).task(name), Taxonomy.read(project.root / LABELS_FILE).labels, project, params, network)


def _names(project: Project, row: Any) -> list[str]:
    labels = Taxonomy.read(project.root / LABELS_FILE).labels
    return [labels[column] for column in np.flatnonzero(row)]


def test_a_published_dataset_is_read_with_labels_in_the_taxonomys_order(project: Project) -> None:
    write_published(project, "emo_pillars", "context-less", {"train": toy_texts(6), "validation": toy_texts(3, 1), "test": toy_texts(3, 2)})
    write_task(project.root, "pillars", {"kind": "published", "dataset": "emo_pillars", "configuration": "context-less"})
    found = _read(project, "pillars")
    assert (found.source, len(found.train), len(found.validation), len(found.test)) == ("published", 6, 3, 3)
    assert found.train.labels.shape == (6, 28)
    # An expressiveness of 0.3 counts, stored as a 32-bit number or not; 0.2 does not.
    assert [_names(project, row) for row in found.train.labels[:3]] == [[label] for label in CUE_LABELS]
    assert found.train.texts == toy_texts(6).texts
    assert set(found.train.contexts) == {""}


def test_a_published_context_tells_who_speaks(project: Project) -> None:
    texts = toy_texts(3, in_context=True)
    write_published(project, "emo_pillars", "contextual", {"train": texts, "validation": texts, "test": texts})
    write_task(project.root, "pillars", {"kind": "published", "dataset": "emo_pillars", "configuration": "contextual"})
    assert _read(project, "pillars").train.contexts == tuple(f"{context} Ada: a baker" for context in texts.contexts)


def test_a_dataset_that_was_not_built_is_unavailable_with_the_mend(project: Project) -> None:
    write_task(project.root, "pillars", {"kind": "published", "dataset": "emo_pillars", "configuration": "context-less"})
    with pytest.raises(DataUnavailableError, match=r"emo_pillars/context-less has not been built here; run `dvc repro build@emo_pillars`"):
        _read(project, "pillars")


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(path.read_bytes()[:-1]), lambda path: path.unlink()], ids=["cut", "gone"])
def test_a_build_that_is_damaged_is_not_scored_on(project: Project, damage: Callable[[Path], object]) -> None:
    folder = write_published(project, "emo_pillars", "context-less", {"train": toy_texts(6), "validation": toy_texts(3, 1), "test": toy_texts(3, 2)})
    write_manifest(folder.parent, "dataset", "emo_pillars", "0.1.0")
    write_task(project.root, "pillars", {"kind": "published", "dataset": "emo_pillars", "configuration": "context-less"})
    assert len(_read(project, "pillars").test) == 3
    damage(folder / "test-00000-of-00001.parquet")
    with pytest.raises(EmohubError, match=r"test-00000-of-00001\.parquet: is missing or damaged.*run `emohub build emo_pillars`"):
        _read(project, "pillars")


def test_a_dataset_without_a_split_is_an_error_and_not_an_empty_score(project: Project) -> None:
    write_published(project, "emo_pillars", "context-less", {"train": toy_texts(6), "test": toy_texts(3, 2)})
    write_task(project.root, "pillars", {"kind": "published", "dataset": "emo_pillars", "configuration": "context-less"})
    with pytest.raises(EmohubError, match="holds no rows for validation"):
        _read(project, "pillars")


def test_the_fingerprint_follows_the_content(project: Project) -> None:
    splits = {"train": toy_texts(6), "validation": toy_texts(3, 1), "test": toy_texts(3, 2)}
    write_task(project.root, "pillars", {"kind": "published", "dataset": "emo_pillars", "configuration": "context-less"})
    write_published(project, "emo_pillars", "context-less", splits)
    before, again = _read(project, "pillars"), _read(project, "pillars")
    write_published(project, "emo_pillars", "context-less", {**splits, "train": toy_texts(6, 3)})
    after = _read(project, "pillars")
    assert before.fingerprint == again.fingerprint != after.fingerprint
    assert before.revision != after.revision


def test_a_path_in_the_parameters_comes_before_the_environment(project: Project, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(project.root, "outside-data", EXTERNAL)
    monkeypatch.setenv(VARIABLE, "/nowhere")
    assert local_path("outside-data", ParamsSpec(profile="tiny", data={"outside-data": "~/there"})) == Path.home() / "there"
    assert local_path("outside-data", ParamsSpec(profile="tiny")) == Path("/nowhere")
    found = _read(project, "outside-data", str(data))
    assert (found.source, found.revision, len(found.train)) == ("local", None, 6)


def test_the_environment_may_name_the_path(project: Project, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(project.root, "outside-data", EXTERNAL)
    monkeypatch.setenv(VARIABLE, str(data))
    assert len(_read(project, "outside-data").test) == 3


def test_a_relative_path_is_relative_to_the_project(project: Project, data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_task(project.root, "outside-data", EXTERNAL)
    monkeypatch.chdir(tmp_path)
    assert data == project.root.parent / "given"
    assert len(_read(project, "outside-data", "../given").train) == 6


def test_a_path_where_nothing_is_is_an_error_and_not_unavailable(project: Project, tmp_path: Path) -> None:
    write_task(project.root, "outside-data", EXTERNAL)
    with pytest.raises(EmohubError, match=rf"nothing is there; mend data\.outside-data or {VARIABLE}") as caught:
        _read(project, "outside-data", str(tmp_path / "missing"))
    assert not isinstance(caught.value, DataUnavailableError)


def test_no_path_and_no_network_is_unavailable_with_how_to_get_it(project: Project) -> None:
    write_task(project.root, "outside-data", {**EXTERNAL, "hub_id": "someone/something"})
    with pytest.raises(DataUnavailableError, match=rf"does not use the network.* Ask the authors\. .*-S data\.outside-data=PATH.*{VARIABLE}"):
        _read(project, "outside-data")


def test_data_that_is_not_on_the_hub_is_unavailable_even_with_the_network(project: Project) -> None:
    write_task(project.root, "outside-data", EXTERNAL)
    with pytest.raises(DataUnavailableError, match="not on the Hub in a form this task may use"):
        _read(project, "outside-data", network=True)


def test_a_mapping_turns_the_datas_labels_into_classes(project: Project, data: Path) -> None:
    (data / "emotions.txt").write_text("happy\nsadness\nanger\n", encoding="utf-8")
    write_task(project.root, "outside-data", EXTERNAL, mapping={"happy": "joy"})
    assert _names(project, _read(project, "outside-data", str(data)).train.labels[0]) == ["joy"]


def test_a_label_that_the_mapping_forgets_is_an_error_in_the_task(project: Project, data: Path) -> None:
    (data / "emotions.txt").write_text("happy\nsadness\nanger\n", encoding="utf-8")
    write_task(project.root, "outside-data", EXTERNAL)
    with pytest.raises(DeclarationError, match=r"tasks/outside-data\.yaml: 'mapping' says nothing of the data's labels \['happy'\]"):
        _read(project, "outside-data", str(data))


def test_dropped_rows_are_said(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "isear.csv").write_text("Field1,SIT\njoy,We won.\njoy,none\n", encoding="utf-8")
    write_task(project.root, "outside-data", {**EXTERNAL, "reader": "benchmarks.sources.isear:read"}, protocol={"kind": "cross_validation", "folds": 2})
    assert len(_read(project, "outside-data", str(tmp_path)).train) == 1
    assert "outside-data: 1 rows of the source are no examples and were left out" in capsys.readouterr().err


def test_a_share_of_the_training_rows_is_chosen_by_id_and_the_rest_stays_whole(project: Project) -> None:
    splits = {"train": toy_texts(40), "validation": toy_texts(3, 1), "test": toy_texts(3, 2)}
    write_published(project, "emo_pillars", "context-less", splits)
    source = {"kind": "published", "dataset": "emo_pillars", "configuration": "context-less"}
    for name, share in (("whole", 1.0), ("half", 0.5), ("quarter", 0.25)):
        write_task(project.root, name, source, protocol={"kind": "holdout", "train_share": share})
    whole, half, quarter = (_read(project, name) for name in ("whole", "half", "quarter"))
    assert [len(one.train) for one in (whole, half, quarter)] == [40, 20, 10]
    assert set(quarter.train.ids) < set(half.train.ids), "a smaller share is part of a larger one"
    assert list(half.train.ids) == [id for id in whole.train.ids if id in half.train.ids], "rows keep their order"
    assert half.validation.ids == whole.validation.ids and half.test.ids == whole.test.ids


def test_a_task_may_share_the_path_of_another(project: Project, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_task(project.root, "part", {**EXTERNAL, "path_of": "outside-data"})
    with pytest.raises(DataUnavailableError, match=rf"-S data\.outside-data=PATH.*{VARIABLE}"):
        _read(project, "part")
    monkeypatch.setenv(VARIABLE, str(data))
    assert len(_read(project, "part").train) == 6
