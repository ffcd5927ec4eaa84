"""The record of DVC is told of the files it is of, and of no others; and nothing of the machine that ran the stages is told."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.tree import Tree

from hub.errors import EmohubError
from hub.paths import Project
from hub.publish.lineage import LOCAL_PATH, folder_md5, read_lineage
from tests.support.projects import REPOSITORY
from tests.support.release_project import write_lock

DATASET = "emo8"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for place in ("builders", "data/raw", "data/clean", "data/published"):
        folder = tmp_path / place / DATASET / "inner"
        folder.mkdir(parents=True)
        (folder / "file").write_text(place)
        (folder.parent / "other").write_text(place * 2)
    project = Project(tmp_path)
    write_lock(project, DATASET)
    return project


def _change(project: Project, change: Callable[[dict[str, Any]], object]) -> None:
    path = project.root / "dvc.lock"
    lock = yaml.safe_load(path.read_text())
    change(lock)
    path.write_text(yaml.safe_dump(lock))


def test_a_folder_has_the_hash_that_dvc_gives_it(project: Project) -> None:
    folder = project.published(DATASET)
    tree = Tree()
    for path in folder.rglob("*"):
        if path.is_file():
            tree.add(path.relative_to(folder).parts, None, HashInfo("md5", hashlib.md5(path.read_bytes()).hexdigest()))
    tree.digest()
    assert folder_md5(folder) == tree.oid


def test_the_stages_are_told_in_order_with_commands_inputs_outputs_and_parameters(project: Project) -> None:
    lineage = read_lineage(project.root, DATASET, project.published(DATASET))
    assert lineage.missing is None
    assert [stage.name for stage in lineage.stages] == ["generate@emo8", "curate@emo8", "build@emo8"]
    generate, curate, build = lineage.stages
    assert generate.command == "emohub generate emo8"
    assert generate.parameters == {"params.yaml": {"profile": "local"}}
    assert generate.output("data/raw/emo8") == folder_md5(project.raw(DATASET)) == curate.dependencies[1].md5
    assert build.output("data/published/emo8") == folder_md5(project.published(DATASET))
    assert build.output("data/raw/emo8") is None


def test_without_a_lock_there_is_no_lineage_and_a_reason(project: Project) -> None:
    (project.root / "dvc.lock").unlink()
    lineage = read_lineage(project.root, DATASET, project.published(DATASET))
    assert (lineage.stages, lineage.missing) == ((), "there was no `dvc.lock` when it was published")


def test_a_stage_that_never_ran_is_named(project: Project) -> None:
    _change(project, lambda lock: lock["stages"].pop("curate@emo8"))
    assert read_lineage(project.root, DATASET, project.published(DATASET)).missing == "`dvc.lock` has no record of the stage `curate@emo8`"


def test_a_record_of_other_files_is_not_told(project: Project) -> None:
    (project.published(DATASET) / "inner" / "file").write_text("built by hand")
    lineage = read_lineage(project.root, DATASET, project.published(DATASET))
    assert not lineage.stages
    assert "built outside DVC" in str(lineage.missing)


def test_a_stage_that_read_something_else_than_the_one_before_wrote_breaks_the_chain(project: Project) -> None:
    _change(project, lambda lock: lock["stages"]["generate@emo8"]["outs"][0].update(md5="0" * 32 + ".dir"))
    assert "`curate@emo8` did not read what `generate@emo8` wrote" in str(read_lineage(project.root, DATASET, project.published(DATASET)).missing)


def test_what_is_of_the_machine_alone_is_not_told(project: Project) -> None:
    engine = {
        "kind": "endpoint",
        "url": "http://10.1.2.3:8000/v1",
        "api_key_variable": "KEY",
        "environment": {"A": "b"},
        "model": "/srv/models/small",
        "revision": "r1",
    }
    narratives = {"kind": "jsonl", "path": "~/plots.jsonl", "others": ["C:\\plots", "plots.jsonl"]}
    write_lock(project, DATASET, {"profiles/mine.yaml": {"datasets.emo8": {"engine": engine, "narratives": narratives}}})
    told = read_lineage(project.root, DATASET, project.published(DATASET)).stages[0].parameters["profiles/mine.yaml"]["datasets.emo8"]
    assert told["engine"] == {"kind": "endpoint", "model": LOCAL_PATH, "revision": "r1"}
    assert told["narratives"] == {"kind": "jsonl", "path": LOCAL_PATH, "others": [LOCAL_PATH, "plots.jsonl"]}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda lock: lock.update(schema="1.0"), "schema 2.0"),
        (lambda lock: lock.update(stages=[]), "schema 2.0"),
        (lambda lock: lock["stages"]["build@emo8"].pop("cmd"), r"stages\.build@emo8: cmd: Field required"),
        (lambda lock: lock["stages"]["build@emo8"].update(surprise=1), r"stages\.build@emo8: surprise"),
        (lambda lock: lock["stages"]["build@emo8"]["outs"][0].update(md5="x"), r"stages\.build@emo8: outs\.0\.md5"),
    ],
)
def test_a_lock_that_dvc_did_not_write_is_refused_by_the_place(project: Project, change: Callable[[dict[str, Any]], object], complaint: str) -> None:
    _change(project, change)
    with pytest.raises(EmohubError, match=complaint):
        read_lineage(project.root, DATASET, project.published(DATASET))


def test_a_lock_that_is_no_yaml_is_refused(project: Project) -> None:
    (project.root / "dvc.lock").write_text("{")
    with pytest.raises(EmohubError, match="is not YAML"):
        read_lineage(project.root, DATASET, project.published(DATASET))


def test_the_projects_own_lock_is_read(tmp_path: Path) -> None:
    """Read strictly, so a stage that DVC writes in another form would be an error."""
    lock = yaml.safe_load((REPOSITORY / "dvc.lock").read_text(encoding="utf-8"))
    for dataset in sorted({name.partition("@")[2] for name in lock["stages"] if name.startswith("build@")}):
        lineage = read_lineage(REPOSITORY, dataset, tmp_path)
        assert lineage.missing is not None
        assert "no record" not in lineage.missing
