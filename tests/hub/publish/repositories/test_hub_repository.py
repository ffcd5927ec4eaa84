"""Publishing to a Hub: one commit with what changed, and after every failure the old release or the new one."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from semver import Version

from hub.errors import EmohubError
from hub.hugging_face import Hub, HubError
from hub.publish.repositories.hub_repository import HubRepository
from tests.support.killable import killable
from tests.support.loopback_hub import LoopbackHub, client_environment, client_process, loopback_hub
from tests.support.repositories import contents, stage

REPOSITORY = "org/toy"
TOKEN = "hf_" + "s" * 34


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    # The client itself repeats some calls, and waits a second and more each time.
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    with loopback_hub(token=TOKEN) as server:
        yield server


@pytest.fixture
def open_one(server: LoopbackHub) -> Callable[..., HubRepository]:
    return lambda **options: HubRepository(REPOSITORY, hub=Hub(server.endpoint, backoff=0.001), **options)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    stage(tmp_path / "old", "1.0.0", extra={"plots/rows.png": b"\x89PNG old", "notes.txt": b"gone in the new one"})
    return tmp_path / "old"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    stage(tmp_path / "new", "1.1.0", rows=7)
    return tmp_path / "new"


@pytest.fixture
def revision(open_one: Callable[..., HubRepository], server: LoopbackHub, old: Path) -> str:
    """The old release, published."""
    revision = open_one().commit(old, "toy 1.0.0", None)
    server.forget()
    return revision


def commits(server: LoopbackHub) -> list[str]:
    return [commit.title for commit in server.repository(REPOSITORY).log("main")]


def test_a_release_is_one_commit(server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, new: Path, revision: str) -> None:
    open_one().commit(new, "toy 1.1.0", revision)
    assert commits(server)[:2] == ["toy 1.1.0", "toy 1.0.0"]
    assert server.routes.count("commit") == 1
    assert server.files(REPOSITORY) == contents(new)
    assert server.files(REPOSITORY, revision) == contents(old)


def test_only_what_changed_is_sent(server: LoopbackHub, open_one: Callable[..., HubRepository], new: Path, revision: str) -> None:
    open_one().commit(new, "toy 1.1.0", revision)
    # Of the two Parquet files one is as it was.
    assert server.routes.count("blob-upload") == 1


def test_nothing_changed_is_no_commit(server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, revision: str) -> None:
    assert open_one().commit(old, "again", revision) == revision
    assert not {"commit", "preupload", "blob-upload"} & set(server.routes)


def test_what_the_hub_put_there_itself_stays_and_is_not_downloaded(
    server: LoopbackHub, open_one: Callable[..., HubRepository], revision: str, tmp_path: Path
) -> None:
    assert ".gitattributes" in server.repository(REPOSITORY).resolve("main").files
    folder = open_one().download(revision, tmp_path / "copy")
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_a_repository_that_was_just_made_on_the_page_counts_as_empty(server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path) -> None:
    server.create(REPOSITORY)
    server.commit_behind(REPOSITORY, {"README.md": b"---\nlicense: mit\n---\n"})
    repository = open_one()
    assert repository.head() is None
    repository.commit(old, "toy 1.0.0", None)
    assert server.files(REPOSITORY) == contents(old)


def test_others_files_are_seen_and_are_no_empty_repository(server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path) -> None:
    server.create(REPOSITORY)
    server.commit_behind(REPOSITORY, {"data.csv": b"theirs"})
    head = open_one().head()
    assert head is not None
    assert head.manifest is None
    with pytest.raises(EmohubError, match="somebody else"):
        open_one().commit(old, "toy", None)
    assert server.files(REPOSITORY) == {"data.csv": b"theirs"}


@pytest.mark.parametrize("private", [False, True])
def test_a_new_repository_is_private_when_asked(server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, private: bool) -> None:
    open_one(private=private).commit(old, "toy", None)
    assert server.repository(REPOSITORY).private == private


def test_what_was_to_be_private_is_not_put_into_a_public_repository(server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path) -> None:
    server.create(REPOSITORY)
    with pytest.raises(EmohubError, match="is public, and was to be private"):
        open_one(private=True).commit(old, "toy", None)
    assert server.files(REPOSITORY) == {}


@pytest.mark.parametrize("route", ["info", "refs", "tree", "create", "preupload", "lfs-batch", "blob-upload", "lfs-verify", "validate-yaml", "commit"])
@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429, "retry_after": 0}, {"cut": True}, {"cut": True, "after_effect": True}])
def test_a_failure_that_passes_is_survived_with_one_commit(
    server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, route: str, fault: dict[str, Any]
) -> None:
    server.fail(route, times=2, **fault)
    repository = open_one()
    revision = repository.commit(old, "toy 1.0.0", None)
    repository.versions()
    assert commits(server).count("toy 1.0.0") == 1
    assert server.files(REPOSITORY) == contents(old)
    assert server.repository(REPOSITORY).branches["main"] == revision
    assert route in server.routes


@pytest.mark.parametrize("route", ["blob-upload", "commit"])
def test_an_upload_cut_half_way_is_sent_again(server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, route: str) -> None:
    server.fail(route, cut_half=True)
    open_one().commit(old, "toy 1.0.0", None)
    assert commits(server).count("toy 1.0.0") == 1
    assert server.files(REPOSITORY) == contents(old)


@pytest.mark.parametrize("answer", [{"cut": True}, {"status": 504}, {"status": 500}])
def test_a_commit_whose_answer_was_lost_is_seen_to_be_made(
    server: LoopbackHub, open_one: Callable[..., HubRepository], new: Path, revision: str, answer: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    server.fail("commit", after_effect=True, **answer)
    made = open_one().commit(new, "toy 1.1.0", revision)
    assert server.repository(REPOSITORY).branches["main"] == made
    assert server.routes.count("commit") == 1
    assert "the commit was made" in capsys.readouterr().err


def test_somebody_elses_commit_in_between_is_not_overwritten(server: LoopbackHub, open_one: Callable[..., HubRepository], new: Path, revision: str) -> None:
    server.fail("commit", before=lambda: server.commit_behind(REPOSITORY, {"theirs.txt": b"theirs"}))
    with pytest.raises(EmohubError, match="somebody else has moved main"):
        open_one().commit(new, "toy 1.1.0", revision)
    assert commits(server)[0] == "Another writer"


def test_the_same_content_by_somebody_else_in_between_is_fine(
    server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, new: Path, revision: str
) -> None:
    theirs: dict[str, bytes | None] = {path: None for path in contents(old)} | contents(new)
    server.fail("commit", before=lambda: server.commit_behind(REPOSITORY, theirs))
    made = open_one().commit(new, "toy 1.1.0", revision)
    assert commits(server)[0] == "Another writer"
    assert server.repository(REPOSITORY).branches["main"] == made


def test_a_412_although_main_is_as_it_was_is_asked_again(server: LoopbackHub, open_one: Callable[..., HubRepository], new: Path, revision: str) -> None:
    server.fail("commit", status=412)
    open_one().commit(new, "toy 1.1.0", revision)
    assert server.files(REPOSITORY) == contents(new)


def test_after_giving_up_the_old_release_stands_and_the_next_try_sends_no_file_twice(
    server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, new: Path, revision: str
) -> None:
    server.fail("commit", status=503, times=100)
    with pytest.raises(HubError, match="run the same command again later"):
        open_one().commit(new, "toy 1.1.0", revision)
    assert server.files(REPOSITORY) == contents(old)
    assert server.routes.count("blob-upload") == 1
    server.forget()
    open_one().commit(new, "toy 1.1.0", revision)
    assert server.files(REPOSITORY) == contents(new)
    assert "blob-upload" not in server.routes


@pytest.mark.parametrize(
    ("route", "status", "sentence"),
    [
        ("commit", 401, "the token"),
        ("commit", 403, "scope"),
        ("create", 403, "scope"),
        ("commit", 413, "larger than the server takes"),
        ("preupload", 413, "larger"),
    ],
)
def test_a_refusal_is_one_sentence_and_leaves_nothing(
    server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, route: str, status: int, sentence: str
) -> None:
    server.fail(route, status=status, times=3)
    with pytest.raises(HubError, match=sentence) as caught:
        open_one().commit(old, "toy 1.0.0", None)
    assert TOKEN not in str(caught.value)
    assert (REPOSITORY in {name for _, name in server.storage.repositories}) == (route != "create")
    assert route == "create" or server.files(REPOSITORY) == {}


def test_a_wrong_token_cannot_publish(server: LoopbackHub, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = "hf_" + "w" * 34
    monkeypatch.setenv("HF_TOKEN", wrong)
    with pytest.raises(HubError, match="token") as caught:
        HubRepository(REPOSITORY, hub=Hub(server.endpoint, backoff=0.001)).commit(old, "toy", None)
    assert wrong not in str(caught.value)


@pytest.mark.parametrize("fault", [{"status": 503}, {"cut": True}, {"cut": True, "after_effect": True}, {"status": 504, "after_effect": True}])
def test_a_tag_survives_a_failure_that_passes(server: LoopbackHub, open_one: Callable[..., HubRepository], revision: str, fault: dict[str, Any]) -> None:
    server.fail("create-tag", **fault)
    open_one().tag(Version(1), revision, "toy 1.0.0")
    assert server.repository(REPOSITORY).tags == {"v1.0.0": revision}


def publish_on_main(endpoint: str, staged: str, version: str) -> None:
    repository = HubRepository(REPOSITORY, hub=Hub(endpoint, backoff=0.001))
    head = repository.head()
    revision = repository.commit(Path(staged), f"toy {version}", head.revision if head else None)
    repository.tag(Version.parse(version), revision, f"toy {version}")


def test_a_process_killed_at_any_point_leaves_the_old_release_or_the_new_one(server: LoopbackHub, old: Path, tmp_path: Path) -> None:
    publish_on_main(server.endpoint, str(old), "1.0.0")
    before = contents(old)
    routes = ["info", "tree", "resolve", "preupload", "lfs-batch", "blob-upload", "lfs-verify", "validate-yaml", "commit", "create-tag"]
    killed = 0
    environment = client_environment(tmp_path / "home", server.endpoint, TOKEN)
    with killable(["tests.hub.publish.repositories.test_hub_repository", "huggingface_hub.hf_api"], environment) as processes:
        for number, route in enumerate(routes, start=1):
            staged, version = tmp_path / str(number), f"1.{number}.0"
            stage(staged, version, rows=number + 3)
            server.forget()
            server.fail(route, slow=0.03 * (number % 2), times=100)  # killed before the effect, or about when it happens
            moment = partial(lambda name: name in server.routes, route)
            killed += processes.kill_at(moment, "tests.hub.publish.repositories.test_hub_repository:publish_on_main", server.endpoint, str(staged), version)
            server.forget()
            after, found = contents(staged), server.files(REPOSITORY)
            assert found in (before, after)
            if f"v{version}" in server.repository(REPOSITORY).tags:
                assert server.files(REPOSITORY, f"v{version}") == found == after
            publish_on_main(server.endpoint, str(staged), version)
            assert server.files(REPOSITORY) == server.files(REPOSITORY, f"v{version}") == after
            assert server.files(REPOSITORY, "v1.0.0") == contents(old)
            before = after
    assert killed > len(routes) / 2
    # One commit a release, and the one that a repository begins with.
    assert len(commits(server)) == 2 + len(routes)


def test_a_file_that_the_hub_leaves_out_is_noticed(
    server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ignoring(answer: dict[str, Any]) -> dict[str, Any]:
        """The Hub's answer where a .gitignore names the notes."""
        return {"files": [file | {"shouldIgnore": file["path"] == "notes.txt"} for file in answer["files"]]}

    monkeypatch.setattr("huggingface_hub._commit_api._validate_preupload_info", ignoring)
    with pytest.raises(EmohubError, match=r"did not take notes\.txt"):
        open_one().commit(old, "toy 1.0.0", None)


def test_an_interrupted_download_is_gone_on_with(server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, revision: str, tmp_path: Path) -> None:
    server.fail("blob-download", cut_half=True, times=2)
    assert contents(open_one().download(revision, tmp_path / "copy")) == contents(old)


def rows_of(revision: str, configuration: str | None, streaming: bool) -> list[str]:
    import datasets

    return [row["id"] for row in datasets.load_dataset(REPOSITORY, configuration, split="train", revision=revision, streaming=streaming)]


def test_load_dataset_reads_a_version_that_is_pinned(
    server: LoopbackHub, open_one: Callable[..., HubRepository], old: Path, new: Path, revision: str, tmp_path: Path
) -> None:
    repository = open_one()
    repository.tag(Version(1), revision, "toy 1.0.0")
    repository.tag(Version(1, 1), repository.commit(new, "toy 1.1.0", revision), "toy 1.1.0")
    with client_process(server, tmp_path / "home") as client:
        assert client.call(rows_of, "v1.0.0", None, False) == client.call(rows_of, "v1.0.0", "first", True) == ["0", "1", "2"]
        assert client.call(rows_of, "v1.1.0", None, False) == client.call(rows_of, "main", None, True) == [str(row) for row in range(7)]
        assert client.call(rows_of, "v1.1.0", "second", False) == ["0", "1"]


def test_a_model_is_published_as_a_model(server: LoopbackHub, old: Path, tmp_path: Path) -> None:
    repository = HubRepository("org/net", "model", hub=Hub(server.endpoint, backoff=0.001))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    repository.commit(folder, "net", None)
    assert server.files("org/net", kind="model") == contents(folder)


@pytest.mark.parametrize("name", ["toy", "a/b/c", "org/to y", ""])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(EmohubError, match="write organisation/name"):
        HubRepository(name, hub=Hub("http://127.0.0.1:9"))
