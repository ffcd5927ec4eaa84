"""Publishing: nothing bad goes out, nothing is done twice, a version never changes, and a killed process leaves the old release or the new one."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from hub.errors import EmohubError, GateError
from hub.hugging_face import Hub
from hub.paths import Project
from hub.publish import publish as publishing
from hub.publish.build import build
from hub.publish.manifest import damage, read_manifest, write_manifest
from hub.publish.publish import publish, publish_all
from hub.publish.release import stage_release
from hub.publish.repositories.folder_repository import FolderRepository
from hub.results.releases import ReleaseRecord, read_releases
from hub.tables import read_table, write_table
from hub.workspace import Workspace
from tests.support.chain import curated_project
from tests.support.killable import killable
from tests.support.loopback_hub import LoopbackHub, client_environment, loopback_hub
from tests.support.projects import DATASET, dataset
from tests.support.repositories import contents

TOKEN = "hf_" + "s" * 34
SECRET = "hf_" + "x" * 34
EDITED = Path("contextual") / "train-00000-of-00001.parquet"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = curated_project(tmp_path_factory.mktemp("built"), kits=4)
    build(project, dataset(project))
    return project


@pytest.fixture
def project(built: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = tmp_path / "project"
    shutil.copytree(built.root, root, ignore=shutil.ignore_patterns(".emohub", "raw"))
    write_profile(root)
    (root / "params.yaml").write_text("profile: tiny\ndata: {}\n", encoding="utf-8")
    (root / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    monkeypatch.setenv("EMOHUB_ROOT", str(root))
    return Project(root)


@pytest.fixture
def workspace(project: Project) -> Workspace:
    return Workspace.open()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with loopback_hub(token=TOKEN) as server:
        yield server


def write_profile(root: Path, **target: object) -> None:
    text = {"kind": "text", "engine": {"kind": "authored"}, "narratives": {"kind": "authored"}} | ({"publish": target} if target else {})
    profile = {"name": "tiny", "title": "Tiny", "datasets": {DATASET: text}, "bench": {"seeds": [0]}}
    (root / "profiles").mkdir(exist_ok=True)
    (root / "profiles" / "tiny.yaml").write_text(yaml.safe_dump(profile), encoding="utf-8")


def edit(project: Project, utterance: str) -> None:
    """Changes one built text, as if it had been built so."""
    folder = project.published(DATASET)
    table = read_table(folder / EDITED)
    texts = [utterance, *table.column("utterance").to_pylist()[1:]]
    place = table.column_names.index("utterance")
    write_table(folder / EDITED, table.set_column(place, table.schema.field(place), pa.array(texts)))
    old = read_manifest(folder)
    write_manifest(folder, old.kind, old.name, old.version, checks=old.checks)


def releases(project: Project) -> FolderRepository:
    return FolderRepository(project.releases(DATASET))


def done(workspace: Workspace, **options: object) -> ReleaseRecord:
    record = publish(workspace, DATASET, **options)  # type: ignore[arg-type]
    assert record is not None
    return record


def test_a_version_is_recorded_beside_the_draft_and_a_draft_that_goes_elsewhere_is_not(workspace: Workspace, project: Project, tmp_path: Path) -> None:
    draft = done(workspace)
    version = done(workspace, to=str(tmp_path / "elsewhere"), version="v0.1.0")
    done(workspace, to=str(tmp_path / "another"))
    assert read_releases(project).records == (draft, version)


def test_a_draft_goes_to_the_projects_own_folder_and_is_recorded(workspace: Workspace, project: Project) -> None:
    record = done(workspace)
    assert (record.version, record.tag, record.repository) == ("0.1.0-dev", None, f"data/releases/{DATASET}")
    head = releases(project).head()
    assert head is not None
    assert head.manifest is not None
    assert (record.revision, record.fingerprint) == (head.revision, head.manifest.fingerprint)
    assert damage(releases(project).path("main"), head.manifest) == []
    report = json.loads((project.clean(DATASET) / "report.json").read_text(encoding="utf-8"))
    assert record.rows == report["rows"]
    assert record.bytes == sum(len(content) for name, content in contents(project.releases(DATASET) / "main").items() if name != "MANIFEST.json")
    assert all(gate.passed for gate in record.gates)
    assert read_releases(project).records == (record,)
    assert str(project.root) not in (project.root / "results" / "releases" / "tiny" / f"{DATASET}.json").read_text(encoding="utf-8")


def test_a_version_is_tagged_and_publishing_it_again_is_free_and_says_so(workspace: Workspace, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    record = done(workspace, version="v0.1.0")
    assert record.tag == "v0.1.0"
    before = {path: path.stat().st_mtime_ns for path in project.releases(DATASET).rglob("*")}
    capsys.readouterr()
    assert done(workspace, version="v0.1.0") == record
    assert "v0.1.0 is there with the same content; nothing is done" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in project.releases(DATASET).rglob("*")} == before


def test_a_version_with_other_content_is_refused_with_what_changed_and_what_to_do(workspace: Workspace, project: Project) -> None:
    done(workspace, version="v0.1.0")
    before = contents(project.releases(DATASET) / "v0.1.0")
    edit(project, "Something else altogether.")
    with pytest.raises(EmohubError, match=r"v0\.1\.0 is there with other content, and a version is immutable; publish it as v0\.1\.1(?s:.*)contextual"):
        publish(workspace, DATASET, version="v0.1.0")
    assert contents(project.releases(DATASET) / "v0.1.0") == contents(project.releases(DATASET) / "main") == before
    assert done(workspace, version="v0.1.1").tag == "v0.1.1"
    with pytest.raises(EmohubError, match=r"v0\.0\.9 is older than the newest version, v0\.1\.1"):
        publish(workspace, DATASET, version="v0.0.9")
    assert contents(project.releases(DATASET) / "v0.1.0") == before


def test_a_dry_run_says_everything_and_writes_nothing(workspace: Workspace, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    done(workspace, version="v0.1.0")
    edit(project, "Something else altogether.")
    before = contents(project.root)
    capsys.readouterr()
    assert publish(workspace, DATASET, version="v0.2.0", dry_run=True) is None
    said = capsys.readouterr().err
    for expected in (
        f"{EDITED.as_posix()}",
        "bytes in",
        "holds: licence in the card",
        "compared with v0.1.0",
        "suggested version: v0.1.1",
        "nothing is written",
    ):
        assert expected in said
    assert contents(project.root) == before


def test_a_dry_run_in_a_fresh_project_leaves_no_trace(workspace: Workspace, project: Project, server: LoopbackHub) -> None:
    before = contents(project.root)
    assert publish(workspace, DATASET, to="org/emo", dry_run=True, hub=Hub(server.endpoint, backoff=0.001)) is None
    assert contents(project.root) == before
    assert not server.storage.repositories


def test_a_dry_run_shows_the_gate_that_blocks(workspace: Workspace, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    edit(project, f"My key is {SECRET}")
    with pytest.raises(GateError, match="rows with a secret in contextual"):
        publish(workspace, DATASET, dry_run=True)
    assert "does not hold: rows with a secret in contextual" in capsys.readouterr().err


def test_a_gate_that_does_not_hold_blocks_and_a_reason_goes_into_card_and_manifest(workspace: Workspace, project: Project) -> None:
    edit(project, f"My key is {SECRET}")
    with pytest.raises(GateError, match="rows with a secret in contextual") as caught:
        publish(workspace, DATASET, version="v0.1.0")
    assert SECRET not in str(caught.value)
    assert releases(project).head() is None
    with pytest.raises(EmohubError, match="--force needs a reason"):
        publish(workspace, DATASET, version="v0.1.0", force=" ")
    record = done(workspace, version="v0.1.0", force="The key was made up for a test.")
    assert record.forced == "The key was made up for a test."
    assert "The key was made up for a test." in (project.releases(DATASET) / "main" / "README.md").read_text(encoding="utf-8")
    assert [gate.name for gate in record.gates if not gate.passed] == ["rows with a secret in contextual"]


def test_data_that_changes_while_it_is_published_does_not_go_out(workspace: Workspace, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*arguments: object) -> object:
        manifest = stage_release(*arguments)  # type: ignore[arg-type]
        edit(project, "Built again meanwhile.")
        return manifest

    monkeypatch.setattr("hub.publish.publish.stage_release", slow)
    with pytest.raises(EmohubError, match="changed while it was staged"):
        publish(workspace, DATASET)
    assert releases(project).head() is None


@pytest.mark.parametrize("target", ["folder", "hub"])
def test_others_files_are_not_replaced(workspace: Workspace, project: Project, server: LoopbackHub, target: str) -> None:
    if target == "folder":
        (project.root / "photos").mkdir()
        (project.root / "photos" / "me.png").write_bytes(b"")
        with pytest.raises(EmohubError, match="holds other things"):
            publish(workspace, DATASET, to="photos")
        return
    server.create("org/theirs")
    server.commit_behind("org/theirs", {"data.csv": b"theirs"})
    with pytest.raises(EmohubError, match="holds files that emohub did not publish"):
        publish(workspace, DATASET, to="org/theirs", hub=Hub(server.endpoint, backoff=0.001))
    assert server.files("org/theirs") == {"data.csv": b"theirs"}


def test_another_dataset_is_not_replaced(workspace: Workspace, project: Project) -> None:
    folder = project.root / "other"
    folder.mkdir()
    (folder / "README.md").write_text("other")
    write_manifest(folder, "dataset", "other", "1.0.0")
    releases(project).commit(folder, "other", None)
    with pytest.raises(EmohubError, match="holds the dataset 'other'"):
        publish(workspace, DATASET)


def test_the_profile_names_a_repository_and_the_option_goes_before_it(project: Project, server: LoopbackHub, tmp_path: Path) -> None:
    write_profile(project.root, to="org/emo", private=True)
    hub = Hub(server.endpoint, backoff=0.001)
    record = done(Workspace.open(), version="v0.1.0", hub=hub)
    assert record.repository == "org/emo"
    repository = server.repository("org/emo")
    assert repository.private
    assert repository.tags == {"v0.1.0": record.revision} == {"v0.1.0": repository.branches["main"]}
    assert [commit.title for commit in repository.log("main")][:-1] == [f"{DATASET} 0.1.0"]
    elsewhere = done(Workspace.open(), to=str(tmp_path / "elsewhere"))
    assert elsewhere.repository == "elsewhere"


def test_a_release_that_main_holds_already_is_only_tagged(workspace: Workspace, server: LoopbackHub, capsys: pytest.CaptureFixture[str]) -> None:
    hub = Hub(server.endpoint, backoff=0.001)
    server.fail("create-tag", status=403)
    with pytest.raises(EmohubError, match="scope"):
        publish(workspace, DATASET, to="org/emo", version="v0.1.0", hub=hub)
    assert server.repository("org/emo").tags == {}
    server.forget()
    record = done(workspace, to="org/emo", version="v0.1.0", hub=hub)
    assert server.repository("org/emo").tags == {"v0.1.0": record.revision}
    assert not {"commit", "preupload", "blob-upload"} & set(server.routes)
    assert "no commit" in capsys.readouterr().err


def test_the_token_is_never_said_or_written(workspace: Workspace, project: Project, server: LoopbackHub, capsys: pytest.CaptureFixture[str]) -> None:
    server.fail("commit", status=503, retry_after=0)
    done(workspace, to="org/emo", version="v0.1.0", hub=Hub(server.endpoint, backoff=0.001))
    said = capsys.readouterr()
    assert TOKEN not in said.out + said.err
    assert not any(TOKEN.encode() in content for content in contents(project.root).values())
    assert not any(TOKEN.encode() in content for content in server.files("org/emo").values())


def test_two_publishings_of_one_dataset_do_not_mix(workspace: Workspace, project: Project) -> None:
    with publishing._workplace(project, DATASET), pytest.raises(EmohubError, match="is publishing"):
        publish(workspace, DATASET)


def test_all_datasets_of_the_profile_are_published_and_failures_are_told_at_the_end(workspace: Workspace, project: Project) -> None:
    assert [record.dataset for record in publish_all(workspace, version="v0.1.0")] == [DATASET]
    shutil.rmtree(project.published(DATASET))
    with pytest.raises(EmohubError, match=f"1 of 1 datasets are not published:\n{DATASET}: "):
        publish_all(workspace)


def publish_version(to: str, version: str) -> None:
    publish(Workspace.open(), DATASET, to=to, version=version)


@pytest.mark.parametrize("target", ["folder", "hub"])
def test_a_process_killed_at_any_point_leaves_the_old_release_or_the_new_one(
    workspace: Workspace, project: Project, server: LoopbackHub, tmp_path: Path, target: str
) -> None:
    place, on_hub = tmp_path / "place", target == "hub"
    to = "org/emo" if on_hub else str(place)
    environment = client_environment(tmp_path / "home", server.endpoint, TOKEN) | {"EMOHUB_ROOT": str(project.root)}
    hub = Hub(server.endpoint, backoff=0.001)

    def published(name: str) -> dict[str, bytes]:
        return server.files("org/emo", name) if on_hub else contents(place / name)

    def has_staged() -> bool:
        return any((project.work / "publish" / DATASET).rglob("*.parquet"))

    def has_begun_to_copy() -> bool:
        return any((place / ".revisions").glob(".unfinished-*"))

    moments: list[Callable[[], bool]] = [partial(lambda route: route in server.routes, route) for route in ("commit", "create-tag")]
    done(workspace, to=to, version="v0.1.0", hub=hub)
    first = published("v0.1.0")
    with killable(["tests.hub.publish.test_publish", *HEAVY], environment) as processes:
        for number, moment in enumerate(moments if on_hub else [has_staged, has_begun_to_copy], start=1):
            edit(project, f"The text of version {number}.")
            before, version = published("main"), f"v0.1.{number}"
            server.forget()
            assert processes.kill_at(moment, "tests.hub.publish.test_publish:publish_version", to, version)
            found = published("main")
            is_tagged = version in server.repository("org/emo").tags if on_hub else (place / version).exists()
            done(workspace, to=to, version=version, hub=hub)
            after = published("main")
            assert found in (before, after)
            assert not is_tagged or found == after
            assert published("v0.1.0") == first
            assert published(version) == after != before


HEAVY = ("datasets", "huggingface_hub.hf_api", "mlcroissant", "matplotlib.pyplot")
"""Imported before the clock runs."""


def test_a_full_disk_at_the_target_leaves_what_is_there(workspace: Workspace, project: Project, tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True, check=False).returncode:
        pytest.skip("this process may not mount a file system")
    try:
        done(workspace, to=str(place / "releases"), version="v0.1.0")
        before = contents(place / "releases" / "main")
        (place / "filler").write_bytes(os.urandom(max(0, shutil.disk_usage(place).free - 2**15)))
        edit(project, "Something else altogether.")
        with pytest.raises(EmohubError, match="No space left on device"):
            publish(workspace, DATASET, to=str(place / "releases"), version="v0.1.1")
        assert contents(place / "releases" / "main") == before
        (place / "filler").unlink()
        assert done(workspace, to=str(place / "releases"), version="v0.1.1").tag == "v0.1.1"
    finally:
        subprocess.run(["umount", str(place)], check=True)
