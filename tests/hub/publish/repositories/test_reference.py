"""What users type names one release, and pulling it gives exactly that."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from semver import Version

from hub.errors import EmohubError
from hub.hugging_face import Hub
from hub.paths import Project
from hub.publish.repositories.folder_repository import FolderRepository
from hub.publish.repositories.hub_repository import HubRepository
from hub.publish.repositories.reference import Reference, fetch, open_repository, parse_reference, pull
from tests.support.loopback_hub import LoopbackHub, loopback_hub
from tests.support.projects import DATASET, copy_project
from tests.support.repositories import contents, stage


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = copy_project(tmp_path / "project", 1)
    monkeypatch.chdir(project.root)
    return project


@pytest.fixture
def releases(project: Project, tmp_path: Path) -> FolderRepository:
    """Versions 1.0.0 and 1.2.0, and a draft, in the project's own folder."""
    repository = FolderRepository(project.releases(DATASET))
    parent = None
    for version, rows in (("1.0.0", 3), ("1.2.0", 4), ("1.3.0-dev", 5)):
        stage(tmp_path / version, version, rows, DATASET)
        parent = repository.commit(tmp_path / version, version, parent)
        if not version.endswith("dev"):
            repository.tag(Version.parse(version), parent, version)
    return repository


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LoopbackHub]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    with loopback_hub(token="hf_test") as server:
        repository = HubRepository("org/toy", hub=Hub(server.endpoint, backoff=0.001))
        parent = None
        for version, rows in (("1.0.0", 3), ("1.2.0", 4)):
            stage(tmp_path / "hub" / version, version, rows)
            parent = repository.commit(tmp_path / "hub" / version, version, parent)
            repository.tag(Version.parse(version), parent, version)
        server.forget()
        yield server


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{DATASET}@v0.1.0", ("project", DATASET, "v0.1.0")),
        (f"{DATASET}@0.1", ("project", DATASET, "0.1")),
        (DATASET, ("project", DATASET, "main")),
        ("org/name@v1", ("hub", "org/name", "v1")),
        ("org/name", ("hub", "org/name", "main")),
        (f"org/name@{'a' * 40}", ("hub", "org/name", "a" * 40)),
        ("./builders", ("folder", "./builders", "main")),
        (f"builders/{DATASET}", ("folder", f"builders/{DATASET}", "main")),
        ("./builders@v1.0.0-rc.1", ("folder", "./builders", "v1.0.0-rc.1")),
    ],
)
def test_a_text_names_a_dataset_here_on_the_hub_or_a_folder(project: Project, text: str, expected: tuple[str, str, str]) -> None:
    assert parse_reference(text, project) == Reference(text, *expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("emo_pilars@v1", "did you mean 'emo_pillars'"),
        ("./nowhere", "names no release"),
        ("org/name@latest", "write main, v1 or v1.2.0"),
        ("", "names no release"),
    ],
)
def test_what_names_nothing_is_one_sentence(project: Project, text: str, sentence: str) -> None:
    with pytest.raises(EmohubError, match=sentence):
        parse_reference(text, project)


def test_a_consumer_needs_no_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_reference("org/name@v1", None).place == "hub"
    with pytest.raises(EmohubError, match="organisation/name"):
        parse_reference("emo8@v1", None)


def test_what_reads_like_the_hub_and_is_a_folder_is_the_folder(project: Project) -> None:
    assert isinstance(open_repository("org/name", "dataset", False, project), HubRepository)
    assert isinstance(open_repository("./org/name", "dataset", False, project), FolderRepository)
    (project.root / "org" / "name").mkdir(parents=True)
    assert open_repository("org/name", "dataset", False, project).address == str(project.root / "org" / "name")


@pytest.mark.parametrize(
    ("wanted", "rows"), [("@v1", "1.2.0"), ("@v1.0", "1.0.0"), ("@v1.0.0", "1.0.0"), ("@1.2.0", "1.2.0"), ("", "1.3.0-dev"), ("@main", "1.3.0-dev")]
)
def test_a_dataset_of_the_project_is_fetched_without_a_copy(project: Project, releases: FolderRepository, tmp_path: Path, wanted: str, rows: str) -> None:
    folder = fetch(parse_reference(f"{DATASET}{wanted}", project), tmp_path / "into", project)
    assert contents(folder) == contents(tmp_path / rows)
    assert not (tmp_path / "into").exists()


def test_a_published_folder_is_fetched_as_it_is(project: Project, tmp_path: Path) -> None:
    stage(tmp_path / "plain", "1.0.0")
    assert fetch(parse_reference(str(tmp_path / "plain"), None), tmp_path / "into", None) == tmp_path / "plain"


def test_a_version_that_is_not_there_is_one_sentence_with_those_that_are(project: Project, releases: FolderRepository, tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"no version 'v2'; there are: v1\.0\.0, v1\.2\.0"):
        fetch(parse_reference(f"{DATASET}@v2", project), tmp_path, project)


def test_what_was_never_published_is_one_sentence(project: Project, tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="nothing is published there yet"):
        fetch(parse_reference(DATASET, project), tmp_path, project)


def test_pulling_gives_the_files_of_the_version_in_a_folder_named_by_it(server: LoopbackHub, project: Project, tmp_path: Path) -> None:
    hub = Hub(server.endpoint, backoff=0.001)
    folder = pull(project, "org/toy@v1", None, hub=hub)
    assert folder == Path("toy-1.2.0")
    assert contents(folder) == contents(tmp_path / "hub" / "1.2.0")
    assert not [path for path in Path.cwd().iterdir() if path.name.startswith(".toy")]


def test_pulling_again_is_free(server: LoopbackHub, project: Project) -> None:
    hub = Hub(server.endpoint, backoff=0.001)
    pull(project, "org/toy@v1.0.0", None, hub=hub)
    server.forget()
    pull(project, "org/toy@v1.0.0", None, hub=hub)
    assert "blob-download" not in server.routes


def test_a_folder_with_other_content_is_not_touched(server: LoopbackHub, project: Project, tmp_path: Path) -> None:
    hub = Hub(server.endpoint, backoff=0.001)
    folder = pull(project, "org/toy@v1.0.0", tmp_path / "out", hub=hub)
    with pytest.raises(EmohubError, match="exists and is not"):
        pull(project, "org/toy@v1.2.0", folder, hub=hub)
    (folder / "README.md").write_text("edited")
    with pytest.raises(EmohubError, match="exists and is not"):
        pull(project, "org/toy@v1.0.0", folder, hub=hub)
    assert (folder / "README.md").read_text() == "edited"


@pytest.mark.parametrize("change", [{"README.md": b"other bytes"}, {"README.md": None}, {"loader.py": b"print()"}])
def test_a_release_that_is_not_what_its_manifest_says_is_refused(
    server: LoopbackHub, project: Project, tmp_path: Path, change: dict[str, bytes | None]
) -> None:
    server.commit_behind("org/toy", change)
    with pytest.raises(EmohubError, match="damaged or was changed after it was published"):
        pull(project, "org/toy", tmp_path / "out", hub=Hub(server.endpoint, backoff=0.001))
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_an_interrupted_pull_leaves_no_folder_and_goes_on(server: LoopbackHub, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)
    hub = Hub(server.endpoint, backoff=0.001)
    server.fail("blob-download", skip=1, status=403, times=100)
    with pytest.raises(EmohubError):
        pull(project, "org/toy@v1.2.0", tmp_path / "out", hub=hub)
    assert not (tmp_path / "out").exists()
    server.forget()
    pull(project, "org/toy@v1.2.0", tmp_path / "out", hub=hub)
    assert contents(tmp_path / "out") == contents(tmp_path / "hub" / "1.2.0")
    # One of the two Parquet files was there already.
    assert server.routes.count("blob-download") == 1


def test_a_hub_repository_of_others_cannot_be_pulled(server: LoopbackHub, project: Project) -> None:
    server.create("them/data")
    server.commit_behind("them/data", {"a.csv": b"1"})
    with pytest.raises(EmohubError, match=r"no MANIFEST\.json"):
        pull(project, "them/data", None, hub=Hub(server.endpoint, backoff=0.001))


def test_a_release_of_the_project_is_pulled_as_a_copy_that_can_be_edited(project: Project, releases: FolderRepository, tmp_path: Path) -> None:
    folder = pull(project, f"{DATASET}@v1", tmp_path / "copy")
    (folder / "README.md").write_text("mine")
    assert contents(releases.path("v1.2.0")) == contents(tmp_path / "1.2.0")
