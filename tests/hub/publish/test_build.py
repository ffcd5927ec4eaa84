"""What is published is read by plain `datasets`, streaming or not, says what made it, and is the same bytes every time."""

import json
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from hub.durable.checksums import forget_sums
from hub.files import file_digest
from hub.paths import Project
from hub.publish.build import build
from hub.publish.card import infos_of, render_card
from hub.publish.manifest import read_manifest
from hub.publish.sections import Facts
from hub.tables import read_table, write_table
from hub.taxonomy import Taxonomy
from tests.support.chain import curated_project
from tests.support.projects import DATASET, REPOSITORY, dataset

CONFIGURATIONS = ("context-less", "contextual", "contextual-rewritten")
SPLITS = ("train", "validation", "test")
LABELS = list(Taxonomy.read(REPOSITORY / "builders" / DATASET / "labels.yaml").labels)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = curated_project(tmp_path_factory.mktemp("published"))
    build(project, dataset(project))
    return project


@pytest.fixture(scope="module")
def folder(project: Project) -> Path:
    return project.published(DATASET)


@pytest.fixture(scope="module")
def front(folder: Path) -> dict[str, Any]:
    """The card's front matter."""
    found: dict[str, Any] = yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    return found


@pytest.fixture
def load(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    return lambda *names, **keywords: datasets.load_dataset(str(folder), *names, cache_dir=str(tmp_path), **keywords)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_configuration_loads_with_the_sizes_that_the_card_tells(project: Project, front: dict[str, Any], load: Any, name: str) -> None:
    found = load(name)
    sizes = {split: rows.num_rows for split, rows in found.items()}
    report = json.loads((project.clean(DATASET) / "report.json").read_text(encoding="utf-8"))
    (info,) = (info for info in front["dataset_info"] if info["config_name"] == name)
    assert sizes == {split["name"]: split["num_examples"] for split in info["splits"]} == report["rows"][name]
    told = (project.published(DATASET) / "README.md").read_text(encoding="utf-8")
    assert f"| {sizes['train']:,} | {sizes['validation']:,} | {sizes['test']:,} |" in told


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_rows_are_typed_and_hold_what_was_curated(project: Project, load: Any, name: str) -> None:
    import datasets

    rows = load(name, split="test")
    labels = rows.features["labels"]
    assert isinstance(labels, datasets.List)
    assert labels.feature["label"].names == LABELS
    assert labels.feature["expressiveness"] == datasets.Value("float32")
    clean = {row["id"]: row for row in pq.read_table(project.clean(DATASET) / f"{name}.parquet").to_pylist() if row["split"] == "test"}
    assert rows["id"][:] == list(clean)
    for row in rows:
        known = clean[row["id"]]
        assert [(LABELS[one["label"]], one["expressiveness"]) for one in row["labels"]] == [(one["label"], one["expressiveness"]) for one in known["labels"]]
        assert LABELS[row["requested"]] == known["requested"]
        assert {key: row[key] for key in ("utterance", "answered", "plot_id", "licence")} == {
            key: known[key] for key in ("utterance", "answered", "plot_id", "licence")
        }
    assert ("context" in rows.features) == (name != "context-less")
    assert "split" not in rows.features


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_streaming_gives_the_same_rows(load: Any, name: str) -> None:
    assert list(load(name, split="validation", streaming=True)) == list(load(name, split="validation"))


def test_the_default_configuration_is_the_declared_one(load: Any) -> None:
    assert load(split="test")["id"][:] == load("context-less", split="test")["id"][:]


def test_class_numbers_are_those_of_the_taxonomy_beyond_the_ninth(front: dict[str, Any]) -> None:
    for info in front["dataset_info"]:
        (labels,) = (feature for feature in info["features"] if feature["name"] == "labels")
        (label,) = (feature for feature in labels["list"] if feature["name"] == "label")
        names = label["dtype"]["class_label"]["names"]
        # As texts, '10' would stand before '2'.
        assert [names[key] for key in sorted(names, key=int)] == LABELS
        assert list(names) == [str(number) for number in range(28)]


def test_the_front_matter_says_what_the_hub_asks_for(front: dict[str, Any], folder: Path) -> None:
    assert front["license"] == "cc-by-4.0"
    assert front["language"] == ["en"]
    assert [entry["config_name"] for entry in front["configs"]] == list(CONFIGURATIONS)
    assert [entry.get("default", False) for entry in front["configs"]] == [True, False, False]
    listed = {str(path.relative_to(folder)) for entry in front["configs"] for data in entry["data_files"] for path in folder.glob(data["path"])}
    assert listed == {str(path.relative_to(folder)) for path in folder.rglob("*.parquet")}


def test_the_card_says_plainly_what_made_the_text(folder: Path) -> None:
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "No language model was asked by this pipeline." in card
    assert "12 story kits" in card
    assert "This is a rebuild, not the original." in card
    assert "alex-shvets/EmoPillars" in card
    assert "Labels outside the taxonomy" in card


def test_a_card_of_a_models_text_names_the_model(project: Project) -> None:
    report = json.loads((project.clean(DATASET) / "report.json").read_text(encoding="utf-8"))
    report["engine"] = {"kind": "vllm", "model": "some/model", "revision": "abc"}
    infos = infos_of((project.published(DATASET) / "README.md").read_text(encoding="utf-8"))
    card = render_card(project.root / "builders" / DATASET, dataset(project), infos, report, Facts("1.0.0"))
    assert "The text was written by `some/model` (revision `abc`, licence of the weights `not stated`, engine `vllm`)" in card
    assert "No language model was asked" not in card


def test_nothing_that_runs_is_published_and_nothing_is_left_behind(folder: Path) -> None:
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".parquet", ".md", ".json"}
    assert [path.name for path in folder.parent.iterdir()] == [DATASET]


def test_the_manifest_lists_every_other_file_with_its_hash(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert (manifest.kind, manifest.name, manifest.version) == ("dataset", DATASET, "0.1.0")
    files = {str(path.relative_to(folder)): file_digest(path) for path in folder.rglob("*") if path.is_file() and path.name != "MANIFEST.json"}
    assert manifest.sha256 == files


def test_the_report_lies_beside_the_data_and_the_card_tells_the_size_of_a_download(project: Project, folder: Path, front: dict[str, Any]) -> None:
    assert json.loads((folder / "report.json").read_text(encoding="utf-8")) == json.loads((project.clean(DATASET) / "report.json").read_text(encoding="utf-8"))
    for info in front["dataset_info"]:
        assert info["download_size"] == sum(path.stat().st_size for path in (folder / info["config_name"]).iterdir())


def test_building_again_gives_the_same_bytes_and_removes_what_is_no_longer_made(project: Project, folder: Path) -> None:
    before = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (folder / "contextual" / "stale.parquet").write_bytes(b"old")
    build(project, dataset(project))
    assert {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_other_rows_of_the_same_size_are_not_taken_from_the_cache_of_old_ones(project: Project, load: Any) -> None:
    before, clean = load("context-less", split="train")[0]["utterance"], project.clean(DATASET) / "context-less.parquet"
    kept = read_table(clean)
    place = kept.column_names.index("utterance")
    forget_sums(clean.parent)  # Changed on purpose.
    write_table(clean, kept.set_column(place, kept.schema.field(place), pc.utf8_swapcase(kept["utterance"])))
    build(project, dataset(project))
    after = load("context-less", split="train")[0]["utterance"]
    write_table(clean, kept)
    build(project, dataset(project))
    assert after == before.swapcase() != before


def test_a_build_that_fails_leaves_the_old_folder(project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file_digest(folder / "MANIFEST.json")
    monkeypatch.setattr("hub.publish.build.render_card", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build(project, dataset(project))
    assert file_digest(folder / "MANIFEST.json") == before
    assert [path.name for path in folder.parent.iterdir()] == [DATASET]
