"""What holds of a repository wherever it is: `main` is the old content or the new one, a version never moves, and every call bears being made again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from semver import Version

from hub.errors import EmohubError
from hub.hugging_face import Hub
from hub.publish.repositories.folder_repository import FolderRepository
from hub.publish.repositories.hub_repository import HubRepository
from hub.publish.repositories.repository import MAIN, Repository
from tests.support.loopback_hub import loopback_hub
from tests.support.repositories import contents, stage

V1, V2 = Version(1, 0, 0), Version(1, 1, 0)


@pytest.fixture(params=["folder", "hub"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Repository]]:
    """Opens the same place anew, as another process would."""
    if request.param == "folder":
        yield lambda: FolderRepository(tmp_path / "releases" / "toy")
        return
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    with loopback_hub(token="hf_test") as hub:
        yield lambda: HubRepository("org/toy", hub=Hub(hub.endpoint, backoff=0.01))


@pytest.fixture
def repository(open_again: Callable[[], Repository]) -> Repository:
    return open_again()


@pytest.fixture
def first(tmp_path: Path) -> Path:
    stage(tmp_path / "first", "1.0.0", extra={"plots/rows.svg": b"<svg/>"})
    return tmp_path / "first"


@pytest.fixture
def second(tmp_path: Path) -> Path:
    stage(tmp_path / "second", "1.1.0", rows=5)
    return tmp_path / "second"


def test_a_place_with_nothing_has_no_head_and_no_versions(repository: Repository) -> None:
    assert repository.head() is None
    assert repository.versions() == {}


def test_a_commit_makes_main_exactly_the_folder(
    repository: Repository, open_again: Callable[[], Repository], first: Path, second: Path, tmp_path: Path
) -> None:
    revision = repository.commit(first, "toy 1.0.0", None)
    head = open_again().head()
    assert head is not None
    assert head.revision == revision
    assert head.manifest == repository.manifest(revision) == repository.manifest(MAIN)
    assert contents(repository.download(MAIN, tmp_path / "a")) == contents(first)
    following = repository.commit(second, "toy 1.1.0", revision)
    assert following != revision
    # The picture of the first release is gone.
    assert contents(open_again().download(following, tmp_path / "b")) == contents(second)


def test_the_same_commit_again_is_the_same_revision(repository: Repository, open_again: Callable[[], Repository], first: Path) -> None:
    revision = repository.commit(first, "toy 1.0.0", None)
    assert open_again().commit(first, "toy 1.0.0", revision) == revision
    # As after a failure whose outcome nobody saw.
    assert open_again().commit(first, "toy 1.0.0", None) == revision


def test_a_commit_on_a_parent_that_is_no_longer_main_writes_nothing(repository: Repository, first: Path, second: Path, tmp_path: Path) -> None:
    revision = repository.commit(first, "toy 1.0.0", None)
    moved = repository.commit(second, "toy 1.1.0", revision)
    stage(tmp_path / "third", "1.2.0", rows=9)
    for parent in (None, revision):
        with pytest.raises(EmohubError, match="somebody else has moved main"):
            repository.commit(tmp_path / "third", "toy 1.2.0", parent)
    head = repository.head()
    assert head is not None
    assert head.revision == moved


def test_a_version_names_a_revision_for_ever(repository: Repository, open_again: Callable[[], Repository], first: Path, second: Path, tmp_path: Path) -> None:
    revision = repository.commit(first, "toy 1.0.0", None)
    repository.tag(V1, revision, "toy 1.0.0")
    following = repository.commit(second, "toy 1.1.0", revision)
    repository.tag(V1, revision, "toy 1.0.0")
    with pytest.raises(EmohubError, match="immutable"):
        repository.tag(V1, following, "toy 1.0.0")
    repository.tag(V2, following, "toy 1.1.0")
    assert list(open_again().versions()) == [V1, V2]
    assert contents(open_again().download("v1.0.0", tmp_path / "a")) == contents(first)
    assert contents(open_again().download("v1.1.0", tmp_path / "b")) == contents(second)


def test_versions_are_ordered_as_numbers_and_not_as_texts(repository: Repository, first: Path) -> None:
    revision = repository.commit(first, "toy", None)
    for version in (Version(0, 10, 0), Version(0, 9, 0), Version(0, 2, 0)):
        repository.tag(version, revision, "toy")
    assert [str(version) for version in repository.versions()] == ["0.2.0", "0.9.0", "0.10.0"]


def test_a_revision_that_is_not_there_is_one_sentence(repository: Repository, first: Path, tmp_path: Path) -> None:
    repository.commit(first, "toy", None)
    for wanted in ("v9.0.0", "../main", "f" * 64):
        with pytest.raises(EmohubError, match="there is no"):
            repository.download(wanted, tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
