"""Genuine `datasets` and `huggingface_hub` clients against the loopback Hub, and the routes that they use."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.hub_calls import LABELS, ask, commit, configurations, first_row, load, push_pictures, push_texts, read_through_file_system
from tests.support.loopback_hub import ClientProcess, LoopbackHub, loopback_hub

CARD = b"---\nlicense: mit\n---\n# A card\n"
TRANSCRIPT = {
    "push the first configuration": "info create preupload lfs-batch blob-upload lfs-verify info revision tree tree tree validate-yaml preupload commit",
    "push another one": "info preupload lfs-batch blob-upload lfs-verify info revision tree tree resolve tree validate-yaml preupload commit",
    "load": "resolve-head resolve resolve-head revision resolve-head tree tree resolve-head tree resolve-head blob-download",
    "stream": "resolve-head resolve-head resolve-head resolve-head resolve blob-download",
    "tag": "create-tag",
    "commit": "validate-yaml preupload lfs-batch blob-upload lfs-verify commit",
    "snapshot": "revision tree resolve-head resolve resolve-head resolve-head blob-download resolve-head",
    "download": "resolve-head blob-download",
}


def test_two_configurations_are_pushed_and_loaded_with_labels_and_pictures(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    client.call(push_pictures, name)
    client.call(push_texts, name, ["a", "b", "c"])
    assert client.call(configurations, name) == (["pictures", "texts"], "pictures")
    rows, labels = client.call(load, name)
    assert labels == LABELS
    assert [(row["picture"].size, row["picture"].getpixel((0, 0)), row["label"]) for row in rows] == [((4, 3), (255, 0, 0), 0), ((4, 3), (0, 0, 255), 1)]
    assert client.call(load, name, "texts") == ([{"text": "a", "label": 0}, {"text": "b", "label": 1}, {"text": "c", "label": 0}], LABELS)
    assert {path for path in hub.files(name)} == {"README.md", "pictures/train-00000-of-00001.parquet", "texts/train-00000-of-00001.parquet"}


def test_each_push_is_one_commit(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    client.call(push_texts, name, ["a"])
    client.call(push_texts, name, ["b"], "others")
    assert [one.title for one in hub.repository(name).log()] == ["Upload dataset", "Upload dataset", "initial commit"]


def test_the_first_row_of_a_stream_comes_without_the_whole_file(hub: LoopbackHub, client: ClientProcess, name: str, tmp_path: Path) -> None:
    content = _write_rows(tmp_path / "rows.parquet", rows=24, bytes_per_row=2**20)
    hub.create(name)
    card = b"---\nconfigs:\n- config_name: many\n  data_files: many/*.parquet\n---\n"
    hub.commit_behind(name, {"many/train-00000-of-00001.parquet": content, "README.md": card})
    assert client.call(first_row, name, "many")["row"] == 0
    ranges = [one.headers["Range"].removeprefix("bytes=").split("-") for one in hub.asked if one.route == "blob-download"]
    assert ranges
    assert sum(int(last) - int(first) + 1 for first, last in ranges) < len(content) / 2


def test_a_tag_keeps_its_revision_while_main_moves(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    client.call(push_texts, name, ["old"])
    client.call(ask, "create_tag", name, tag="v1.0.0", tag_message="The first", repo_type="dataset")
    client.call(push_texts, name, ["new", "newer"])
    assert [row["text"] for row in client.call(load, name, "texts", revision="v1.0.0")[0]] == ["old"]
    assert [row["text"] for row in client.call(load, name, "texts")[0]] == ["new", "newer"]
    refs = client.call(ask, "list_repo_refs", name, repo_type="dataset")
    assert [(tag.name, tag.target_commit) for tag in refs.tags] == [("v1.0.0", hub.repository(name).tags["v1.0.0"])]
    client.call(ask, "delete_tag", name, tag="v1.0.0", repo_type="dataset")
    assert hub.repository(name).tags == {}


def test_a_branch_is_written_apart_from_main(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    client.call(push_texts, name, ["main"])
    client.call(push_texts, name, ["branch"], revision="next")
    assert [row["text"] for row in client.call(load, name, "texts", revision="next")[0]] == ["branch"]
    assert [row["text"] for row in client.call(load, name, "texts")[0]] == ["main"]
    client.call(ask, "delete_branch", name, branch="next", repo_type="dataset")
    assert list(hub.repository(name).branches) == ["main"]


def test_one_commit_writes_and_deletes_files_and_folders(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    hub.create(name)
    first = client.call(commit, name, {"README.md": CARD, "old/a.txt": b"a", "old/b/c.txt": b"c", "one.txt": b"1", "data.parquet": b"PAR1"})
    second = client.call(commit, name, {"😀/new.txt": b"new"}, ("old/", "one.txt"), parent_commit=first)
    assert hub.files(name) == {"README.md": CARD, "data.parquet": b"PAR1", "😀/new.txt": b"new"}
    assert hub.files(name, first)["old/b/c.txt"] == b"c"
    log = client.call(ask, "list_repo_commits", name, repo_type="dataset")
    assert [one.commit_id for one in log[:2]] == [second, first]


def test_a_folder_is_uploaded_in_one_commit_and_what_is_there_is_not_sent_again(hub: LoopbackHub, client: ClientProcess, name: str, tmp_path: Path) -> None:
    files = {"README.md": CARD, "data/train.parquet": b"PAR1" * 1000, "plots/empty.png": b""}
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    client.call(ask, "create_repo", name, repo_type="dataset", private=True)
    client.call(ask, "upload_folder", repo_id=name, folder_path=str(tmp_path), repo_type="dataset")
    assert (hub.files(name), len(hub.repository(name).log()), hub.repository(name).private) == (files, 2, True)
    hub.forget()
    (tmp_path / "README.md").write_bytes(CARD + b"More.\n")
    client.call(ask, "upload_folder", repo_id=name, folder_path=str(tmp_path), repo_type="dataset")
    assert "blob-upload" not in hub.routes
    client.call(ask, "upload_folder", repo_id=name, folder_path=str(tmp_path), repo_type="dataset")
    assert len(hub.repository(name).log()) == 3


def test_a_snapshot_of_a_version_holds_exactly_its_files(hub: LoopbackHub, client: ClientProcess, name: str, tmp_path: Path) -> None:
    hub.create(name).tag("v1.0.0", hub.commit_behind(name, {"a/b.txt": b"old", "data.parquet": b"PAR1"}).id)
    hub.commit_behind(name, {"a/b.txt": b"new"})
    client.call(ask, "snapshot_download", name, repo_type="dataset", revision="v1.0.0", local_dir=str(tmp_path), allow_patterns=["a/*", "*.parquet"])
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file() and ".cache" not in path.parts} == {"a/b.txt", "data.parquet"}
    assert ((tmp_path / "a/b.txt").read_bytes(), (tmp_path / "data.parquet").read_bytes()) == (b"old", b"PAR1")


def test_files_are_read_through_hf_addresses(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    hub.create(name).tag("v1", hub.commit_behind(name, {"data/x.parquet": b"PAR1", "data/y.txt": b"y"}).id)
    hub.commit_behind(name, {"data/y.txt": None})
    folder = f"datasets/{name}@v1/data"
    assert client.call(read_through_file_system, f"{folder}/x.parquet") == (b"PAR1", [f"{folder}/x.parquet", f"{folder}/y.txt"], 4)


def test_long_trees_are_listed_page_by_page(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    hub.create(name)
    hub.commit_behind(name, {f"{number}.txt": b"" for number in range(7)})
    hub.page_by(3)
    assert len(client.call(ask, "list_repo_files", name, repo_type="dataset")) == 8
    assert hub.routes == ["tree"] * 3
    hub.page_by(1000)


def test_a_model_is_uploaded_and_its_files_downloaded(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    client.call(ask, "create_repo", name)
    client.call(commit, name, {"config.json": b"{}", "model.safetensors": b"weights"}, repo_type="model")
    assert client.call(ask, "model_info", name).sha == hub.repository(name, "model").branches["main"]
    assert Path(client.call(ask, "hf_hub_download", name, "model.safetensors")).read_bytes() == b"weights"
    assert client.call(ask, "file_exists", name, "config.json")
    assert not client.call(ask, "file_exists", name, "pytorch_model.bin")
    client.call(ask, "delete_repo", name)
    assert not client.call(ask, "repo_exists", name)


def test_the_token_goes_to_the_hub_and_not_to_where_the_large_files_lie(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    hub.create(name)
    client.call(commit, name, {"data.parquet": b"of this test"})
    client.call(ask, "hf_hub_download", name, "data.parquet", repo_type="dataset")
    assert {one.authorized for one in hub.asked if not one.route.startswith("blob")} == {True}
    assert {one.authorized for one in hub.asked if one.route.startswith("blob")} == {False}
    assert "hf_loopback" not in repr(hub.asked)


def test_private_and_gated_repositories_want_the_token(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    hub.create(name, private=True)
    hub.commit_behind(name, {"a.txt": b"a"})
    with pytest.raises(RepositoryNotFoundError):
        client.call(ask, "dataset_info", name, token=False)
    client.call(ask, "update_repo_settings", name, repo_type="dataset", private=False, gated="manual")
    assert not hub.repository(name).private
    with pytest.raises(GatedRepoError):
        client.call(ask, "hf_hub_download", name, "a.txt", repo_type="dataset", token=False)
    with pytest.raises(HfHubHTTPError, match="401"):
        client.call(ask, "create_tag", name, tag="v1", repo_type="dataset", token="hf_wrong")
    assert client.call(ask, "whoami")["name"] == "tester"


def test_what_is_not_there_has_its_own_error(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    from huggingface_hub.errors import RemoteEntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError

    with pytest.raises(RepositoryNotFoundError):
        client.call(ask, "dataset_info", name)
    hub.create(name)
    with pytest.raises(RevisionNotFoundError):
        client.call(ask, "dataset_info", name, revision="v9")
    with pytest.raises(RemoteEntryNotFoundError):
        client.call(ask, "list_repo_tree", name, "missing", repo_type="dataset")
    with pytest.raises(RemoteEntryNotFoundError):
        client.call(ask, "hf_hub_download", name, "missing.txt", repo_type="dataset")


def test_a_card_that_is_no_yaml_is_refused_before_anything_is_sent(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    hub.create(name)
    with pytest.raises(ValueError, match="Invalid metadata"):
        client.call(commit, name, {"README.md": b"---\nlicense: [mit\n---\n"})
    assert hub.routes == ["validate-yaml"]


def test_a_route_that_is_not_known_fails_the_test_at_its_end() -> None:
    import urllib.error
    import urllib.request

    with pytest.raises(AssertionError, match="unknown to the loopback Hub: GET /api/spaces/org/name"), loopback_hub() as own:  # noqa: SIM117
        with pytest.raises(urllib.error.HTTPError, match="501"):
            urllib.request.urlopen(f"{own.endpoint}/api/spaces/org/name")


def test_the_clients_ask_for_what_they_asked_for_when_this_was_written(hub: LoopbackHub, client: ClientProcess, name: str, tmp_path: Path) -> None:
    """The transcript: datasets 5.2.0 and huggingface_hub 2.4.0. A client that asks otherwise is no fault, but the loopback Hub should be looked at again."""
    transcript: dict[str, str] = {}

    def note(step: str) -> None:
        transcript[step] = " ".join(route for route in hub.routes if route != "harnesses")
        hub.forget()

    client.call(push_texts, name, ["a transcript's row"])
    note("push the first configuration")
    client.call(push_texts, name, ["another row of a transcript"], "others")
    note("push another one")
    client.call(load, name, "texts")
    note("load")
    client.call(first_row, name, "others")
    note("stream")
    client.call(ask, "create_tag", name, tag="v1.0.0", repo_type="dataset")
    note("tag")
    client.call(commit, name, {"README.md": CARD, "more.parquet": b"a transcript's file"}, ("texts/",))
    note("commit")
    client.call(ask, "snapshot_download", name, repo_type="dataset", revision="v1.0.0", local_dir=str(tmp_path), max_workers=1)
    note("snapshot")
    client.call(ask, "hf_hub_download", name, "more.parquet", repo_type="dataset")
    note("download")
    assert transcript == TRANSCRIPT


def _write_rows(path: Path, rows: int, bytes_per_row: int) -> bytes:
    """Writes a Parquet file that no compression makes smaller, in one row group per row, and returns it."""
    contents = np.random.default_rng(0).integers(0, 256, (rows, bytes_per_row), dtype=np.uint8)
    pq.write_table(pa.table({"row": range(rows), "content": [one.tobytes() for one in contents]}), path, row_group_size=1, write_statistics=False)
    return path.read_bytes()
