"""A release is what was built, whole, with a card of its version, and the same bytes whenever it is staged; what was built from something else is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import mlcroissant
import pytest

from hub.curate import curate
from hub.durable.checksums import forget_sums
from hub.errors import EmohubError
from hub.files import file_digest
from hub.generate.pictures import generate_images
from hub.paths import Project
from hub.publish.build import build
from hub.publish.manifest import damage, fingerprint_of, read_manifest
from hub.publish.release import stage_release
from hub.spec import DatasetSpec
from tests.support.chain import curated_project
from tests.support.emo8_project import copy_emo8, emo8_settings, emo8_spec
from tests.support.projects import DATASET, dataset
from tests.support.release_project import write_lock


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = curated_project(tmp_path_factory.mktemp("release"))
    build(project, dataset(project))
    write_lock(project, DATASET)
    return project


@pytest.fixture(scope="module")
def staged(built: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("staged")
    stage_release(built, dataset(built), "1.2.0", None, folder)
    return folder


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    """A copy to damage."""
    return Project(Path(shutil.copytree(built.root, tmp_path / "project")))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = copy_emo8(tmp_path_factory.mktemp("emo8"), maximum_imbalance=1.0)
    generate_images(project, emo8_spec(project), emo8_settings())
    curate(project, emo8_spec(project), "local", True)
    build(project, emo8_spec(project))
    return project


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _stage(project: Project, folder: Path, spec: DatasetSpec | None = None) -> None:
    folder.mkdir(exist_ok=True)
    stage_release(project, spec or dataset(project), "1.2.0", None, folder)


def test_a_release_holds_the_built_parquet_and_what_belongs_beside_it(built: Project, staged: Path) -> None:
    parquet = {name: content for name, content in _bytes(built.published(DATASET)).items() if name.endswith(".parquet")}
    found = _bytes(staged)
    assert {name: found[name] for name in parquet} == parquet
    beside = {"README.md", "MANIFEST.json", "croissant.json", "report.json", "plots/classes.png", "plots/lengths.png"}
    assert set(found) == set(parquet) | beside
    # Not the same file: who edits what was built may not change a release.
    assert all(not (staged / name).samefile(built.published(DATASET) / name) for name in parquet)


def test_the_manifest_is_of_this_version_and_of_every_byte(built: Project, staged: Path) -> None:
    manifest = read_manifest(staged)
    spec = dataset(built)
    assert (manifest.kind, manifest.name, manifest.version, manifest.forced, manifest.checks) == ("dataset", DATASET, "1.2.0", None, spec.release)
    assert damage(staged, manifest) == []
    assert manifest.fingerprint == fingerprint_of(manifest.sha256) == read_manifest(built.published(DATASET)).fingerprint
    assert not any("croissant.json" in name for name in manifest.content)


def test_load_dataset_reads_every_configuration_with_the_features_that_were_built(built: Project, staged: Path, tmp_path: Path) -> None:
    for configuration in dataset(built).configurations:
        here = datasets.load_dataset(str(staged), configuration.name, cache_dir=str(tmp_path / "a"))
        there = datasets.load_dataset(str(built.published(DATASET)), configuration.name, cache_dir=str(tmp_path / "b"))
        assert {name: rows.features for name, rows in here.items()} == {name: rows.features for name, rows in there.items()}
        assert {name: rows.num_rows for name, rows in here.items()} == {name: rows.num_rows for name, rows in there.items()}
    assert datasets.load_dataset(str(staged), split="test", cache_dir=str(tmp_path / "a")).features["requested"].num_classes == 28


def test_the_card_is_of_this_version_and_shows_the_pictures(built: Project, staged: Path) -> None:
    card = (staged / "README.md").read_text(encoding="utf-8")
    assert "# Emo Pillars (rebuild) 1.2.0" in card
    assert 'revision="v1.2.0"' in card
    assert "](plots/lengths.png)" in card
    report = json.loads((built.clean(DATASET) / "report.json").read_text(encoding="utf-8"))
    assert f"{sum(step['requests'] for step in report['steps']):,} answers were asked for" in card
    assert "labels.v1.j2" in card
    assert "Its provenance (W3C PROV) tells which commands" in card


def test_staging_again_gives_the_same_bytes(built: Project, staged: Path, tmp_path: Path) -> None:
    _stage(built, tmp_path / "again")
    assert _bytes(tmp_path / "again") == _bytes(staged)


def test_only_the_version_differs_between_versions_of_the_same_data(built: Project, staged: Path, tmp_path: Path) -> None:
    (tmp_path / "draft").mkdir()
    stage_release(built, dataset(built), "0.1.0-dev", None, tmp_path / "draft")
    before, after = _bytes(staged), _bytes(tmp_path / "draft")
    assert {name for name in before if before[name] != after[name]} == {"README.md", "MANIFEST.json", "croissant.json"}


def test_nothing_of_this_machine_is_published(built: Project, staged: Path) -> None:
    for name, content in _bytes(staged).items():
        assert str(built.root).encode() not in content, name
        assert str(staged).encode() not in content, name


def test_the_reason_of_a_forced_release_stands_in_card_and_manifest(built: Project, tmp_path: Path) -> None:
    manifest = stage_release(built, dataset(built), "1.2.0", "The gate counts quotations.", tmp_path)
    assert manifest.forced == "The gate counts quotations."
    assert "> The gate counts quotations." in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_croissant_tells_the_stages_of_the_lock_and_loads_a_record_set(staged: Path) -> None:
    described = json.loads((staged / "croissant.json").read_text(encoding="utf-8"))
    assert [one["description"] for one in described["prov:wasGeneratedBy"]] == [f"emohub {step} {DATASET}" for step in ("generate", "curate", "build")]
    rows = list(mlcroissant.Dataset(str(staged / "croissant.json")).records("contextual"))
    report = json.loads((staged / "report.json").read_text(encoding="utf-8"))
    assert len(rows) == sum(report["rows"]["contextual"].values())
    assert {row["contextual/split"] for row in rows} == {b"train", b"validation", b"test"}


def test_without_a_lock_the_card_says_so(project: Project, tmp_path: Path) -> None:
    (project.root / "dvc.lock").unlink()
    _stage(project, tmp_path / "staged")
    assert "no record of the commands that made the data: there was no `dvc.lock`" in (tmp_path / "staged" / "README.md").read_text(encoding="utf-8")
    assert "prov:wasGeneratedBy" not in json.loads((tmp_path / "staged" / "croissant.json").read_text(encoding="utf-8"))


def test_pictures_are_released_too(drawn: Project, tmp_path: Path) -> None:
    manifest = stage_release(drawn, emo8_spec(drawn), "1.0.0", None, tmp_path)
    assert {name for name in manifest.sha256 if not name.endswith(".parquet")} == {
        *("README.md", "croissant.json", "report.json", "plots/classes.png", "plots/images_style.png"),
    }
    rows = datasets.load_dataset(str(tmp_path), split="test", cache_dir=str(tmp_path.parent / "cache"))
    assert rows[0]["image"].size == (64, 64)
    record = next(iter(mlcroissant.Dataset(str(tmp_path / "croissant.json")).records("images")))
    assert record["images/image"].size == (64, 64)
    assert "120 images were asked for" in (tmp_path / "README.md").read_text(encoding="utf-8")


def _edit(path: Path, change: Callable[[Any], object]) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def _declare(project: Project, old: str, new: str) -> None:
    path = project.root / "builders" / DATASET / "dataset.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda project: shutil.rmtree(project.published(DATASET)), "emo_pillars is not built: run `emohub build emo_pillars`"),
        (lambda project: (project.published(DATASET) / "MANIFEST.json").unlink(), "was not built by this version of emohub"),
        (lambda project: (project.published(DATASET) / "contextual" / "test-00000-of-00001.parquet").unlink(), "is missing; run `emohub build"),
        (lambda project: (project.published(DATASET) / "README.md").write_text("x"), "other bytes than the manifest says; run"),
        (lambda project: _declare(project, "version: 0.1.0", "version: 0.2.0"), "holds emo_pillars 0.1.0, but dataset.yaml declares emo_pillars 0.2.0"),
        (lambda project: _declare(project, "label: labels.label", "label: requested"), "before `release:` in dataset.yaml was changed"),
        (lambda project: _edit(project.clean(DATASET) / "report.json", lambda report: report.update(profile="other")), "built from other clean tables"),
        (lambda project: (project.clean(DATASET) / "report.json").unlink(), "no report of the curation"),
    ],
)
def test_what_is_not_whole_or_of_something_else_is_not_released(project: Project, tmp_path: Path, spoil: Callable[[Project], object], complaint: str) -> None:
    spoil(project)
    with pytest.raises(EmohubError, match=complaint):
        _stage(project, tmp_path / "staged")
    assert not any((tmp_path / "staged").iterdir())


def test_a_full_disk_is_one_sentence(built: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hub.publish.release.shutil.copyfile", full)
    with pytest.raises(EmohubError, match=r"cannot be written to .* \(No space left on device\); make room"):
        _stage(built, tmp_path)


def test_a_report_that_names_this_machine_is_published_without(project: Project, tmp_path: Path) -> None:
    forget_sums(project.clean(DATASET))  # Changed on purpose.
    _edit(project.clean(DATASET) / "report.json", lambda report: report["engine"].update(model="/srv/models/small", arguments=["--port", "1"]))
    build(project, dataset(project))
    _stage(project, tmp_path / "staged")
    assert b"/srv" not in b"".join(_bytes(tmp_path / "staged").values())
    assert file_digest(tmp_path / "staged" / "report.json") == file_digest(project.published(DATASET) / "report.json")
