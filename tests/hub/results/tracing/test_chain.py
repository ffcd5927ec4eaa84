"""From a cell of the leaderboard back to the prompts: a real run on a published dataset, with every file in its place, and then not."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.files import write_json
from hub.paths import Project
from hub.publish.lineage import folder_md5
from hub.publish.manifest import write_manifest
from hub.results import RunRecord
from hub.results.board import write_board
from hub.results.board.reading import read_task_board
from hub.results.board.views import TaskBoard
from hub.results.tracing.chain import Link, read_chain
from hub.spec import Registry
from tests.support.projects import REPOSITORY
from tests.support.records import make_unavailable
from tests.support.text_bench import make_bench

DATASET = "emo_pillars"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with runs of plain models and of one with two stages, made once."""
    bench = make_bench(tmp_path_factory.mktemp("chain"))
    root = bench.root
    builder = root / "builders" / DATASET
    for name in ("dataset.yaml", "prompts"):
        source = REPOSITORY / "builders" / DATASET / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, builder / name)
    write_manifest(bench.project.published(DATASET), "dataset", DATASET, "0.1.0")
    steps = [
        {"step": name, "prompt": f"{name}.v1.j2", "requests": 12, "rows": 60} for name in ("actors", "utterances", "labels", "context", "cleaning", "rewriting")
    ]
    write_json(bench.project.raw(DATASET) / "manifest.json", {"engine": {"kind": "authored", "material": "fce8"}, "steps": steps, "tables": {"plots": 12}})
    (bench.project.clean(DATASET)).mkdir(parents=True)
    (bench.project.clean(DATASET) / "report.json").write_text("{}\n", encoding="utf-8")
    lock(root)
    for task, model in (("pillars", "floor"), ("target", "spy"), ("target", "spy_two_stages")):
        bench.run(task, model)
    write_board(bench.project, Registry(bench.project))
    return root


def lock(root: Path) -> None:
    """Writes dvc.lock as DVC does."""
    place = {
        name: {"path": f"data/{name}/{DATASET}", "hash": "md5", "md5": folder_md5(root / "data" / name / DATASET)} for name in ("raw", "clean", "published")
    }
    builder = {"path": f"builders/{DATASET}", "hash": "md5", "md5": folder_md5(root / "builders" / DATASET)}
    stages = {
        f"generate@{DATASET}": {"cmd": f"emohub generate {DATASET}", "deps": [builder], "outs": [place["raw"]]},
        f"curate@{DATASET}": {"cmd": f"emohub curate {DATASET}", "deps": [builder, place["raw"]], "outs": [place["clean"]]},
        f"build@{DATASET}": {"cmd": f"emohub build {DATASET}", "deps": [builder, place["clean"]], "outs": [place["published"]]},
    }
    (root / "dvc.lock").write_text(yaml.safe_dump(json.loads(json.dumps({"schema": "2.0", "stages": stages})), sort_keys=False), encoding="utf-8")


@pytest.fixture
def project(made: Path, tmp_path: Path) -> Project:
    return Project(Path(shutil.copytree(made, tmp_path / "project")))


def record_of(project: Project, task: str, model: str, seed: int = 0) -> RunRecord:
    return RunRecord.model_validate_json((project.runs / "tiny" / task / model / f"{seed}.json").read_bytes())


def board_of(project: Project, task: str) -> TaskBoard:
    return read_task_board(project, "tiny", task)


def chain(project: Project, task: str = "pillars", model: str = "floor") -> tuple[Link, ...]:
    return read_chain(project, record_of(project, task, model), board_of(project, task))


def link(project: Project, kind: str, **where: Any) -> Link:
    return next(one for one in chain(project, **where) if one.kind == kind)


def change_lock(project: Project, stage: str, key: str, place: int) -> None:
    path = project.root / "dvc.lock"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["stages"][f"{stage}@{DATASET}"][key][place]["md5"] = f"{'0' * 32}.dir"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def test_every_link_is_here_and_what_was_recorded(project: Project) -> None:
    found = chain(project)
    assert [one.kind for one in found] == ["score", "record", "predictions", "data", "stages", "generation", "prompts"]
    assert [one.state for one in found] == ["matches", "here", "matches", "matches", "matches", "matches", "matches"]
    prompts = found[-1].prompts
    assert [prompt.step for prompt in prompts] == ["actors", "utterances", "labels", "context", "cleaning", "rewriting"]
    assert prompts[0].text == (REPOSITORY / "builders" / DATASET / "prompts" / "actors.v1.j2").read_text(encoding="utf-8")
    assert ("Step actors", "actors.v1.j2: 12 requests, 60 rows") in found[-2].facts
    assert (found[3].dataset, found[3].configuration) == (DATASET, "context-less")


def test_data_that_others_made_ends_the_chain_and_a_first_stage_goes_on(project: Project) -> None:
    found = chain(project, "target", "spy_two_stages")
    assert [one.kind for one in found] == ["score", "record", "predictions", "data", "data", "stages", "generation", "prompts"]
    assert (found[3].state, found[4].state) == ("elsewhere", "here")
    assert found[4].title == "What it was first trained on" and found[4].dataset == DATASET


def test_one_seed_of_several_is_part_of_the_cell(project: Project) -> None:
    assert "mean of its seeds" in link(project, "score", task="target", model="spy").said


def test_an_old_board_is_found_out(project: Project) -> None:
    record = record_of(project, "target", "spy")
    found = read_chain(project, record.model_copy(update={"seed": 7}), board_of(project, "target"))
    assert (found[0].state, found[1].state) == ("differs", "absent")
    assert "bring it up to date" in found[0].said


def test_without_a_board_the_chain_begins_at_the_record(project: Project) -> None:
    assert read_chain(project, record_of(project, "pillars", "floor"))[0].kind == "record"


def test_predictions_that_were_changed_or_are_gone_are_found_out(project: Project) -> None:
    path = project.root / "results" / str(record_of(project, "pillars", "floor").predictions)
    path.write_bytes(path.read_bytes() + b"x")
    assert link(project, "predictions").state == "differs"
    path.unlink()
    assert link(project, "predictions").state == "absent" and "dvc pull" in link(project, "predictions").said


def test_data_that_were_built_again_are_found_out(project: Project) -> None:
    path = next((project.published(DATASET) / "context-less").glob("test-*.parquet"))
    path.write_bytes(path.read_bytes() + b"x")
    write_manifest(project.published(DATASET), "dataset", DATASET, "0.1.0")
    assert link(project, "data").state == "differs"
    assert link(project, "stages").state == "differs" and "outside DVC" in link(project, "stages").said


def test_a_stage_that_did_not_read_what_the_one_before_wrote_is_found_out(project: Project) -> None:
    change_lock(project, "curate", "deps", 1)
    assert link(project, "stages").state == "differs" and "`dvc repro` is due" in link(project, "stages").said


def test_raw_data_other_than_locked_are_found_out(project: Project) -> None:
    (project.raw(DATASET) / "more.txt").write_text("x", encoding="utf-8")
    assert link(project, "generation").state == "differs"


def test_a_changed_prompt_is_found_out_and_byte_code_is_not(project: Project) -> None:
    folder = project.root / "builders" / DATASET
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "chain.pyc").write_bytes(b"x")
    assert link(project, "prompts").state == "matches"
    (folder / "prompts" / "actors.v1.j2").write_text("other words", encoding="utf-8")
    assert link(project, "prompts").state == "differs"
    (folder / "prompts" / "actors.v1.j2").unlink()
    assert link(project, "prompts").state == "absent" and link(project, "prompts").prompts[0].text is None


def test_a_newer_version_of_a_prompt_than_the_data_have_is_named(project: Project) -> None:
    path = project.raw(DATASET) / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("actors.v1.j2", "actors.v0.j2"), encoding="utf-8")
    found = link(project, "prompts")
    assert found.state == "differs" and "actors.v0.j2" in found.said and "prompts/actors.v1.j2" in found.said


def test_a_fresh_clone_has_the_prompts_and_says_how_to_get_the_rest(project: Project) -> None:
    shutil.rmtree(project.root / "data")
    states = {one.kind: one for one in chain(project)}
    assert (states["data"].state, states["generation"].state, states["stages"].state, states["prompts"].state) == ("absent", "absent", "here", "matches")
    assert "dvc repro build@emo_pillars" in states["data"].said


@pytest.mark.parametrize(
    "content", ["", "stages: [1]", "schema: '2.0'\nstages:\n  generate@emo_pillars:\n    cmd: [1, 2\n", "stages:\n  generate@emo_pillars: 3\n"]
)
def test_a_broken_lock_is_no_lock(project: Project, content: str) -> None:
    (project.root / "dvc.lock").write_text(content, encoding="utf-8")
    assert (link(project, "stages").state, link(project, "prompts").state) == ("absent", "here")


@pytest.mark.parametrize("content", ["{", "[]", '{"engine": 3}', json.dumps({"engine": {}, "tables": {"plots": -1}})])
def test_strangers_manifests_are_refused_in_a_sentence_without_a_folder(project: Project, content: str) -> None:
    (project.raw(DATASET) / "manifest.json").write_text(content, encoding="utf-8")
    (project.published(DATASET) / "MANIFEST.json").write_text(content, encoding="utf-8")
    for kind in ("generation", "data"):
        found = link(project, kind)
        assert found.state == "differs" and "anifest" in found.said.lower() and str(project.root) not in found.said


def test_a_template_outside_its_folder_is_not_read(project: Project) -> None:
    path = project.root / "builders" / DATASET / "dataset.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("prompts/actors.v1.j2", "../../params.yaml"), encoding="utf-8")
    assert link(project, "prompts").prompts[0].text is None


def test_an_unavailable_run_and_a_task_that_is_gone_have_short_chains(project: Project) -> None:
    record = make_unavailable(profile="tiny", task="forgotten", model="spy")
    found = read_chain(project, record)
    assert [(one.kind, one.state) for one in found] == [("record", "absent"), ("data", "absent")]
    assert "no longer declared" in found[1].said
