"""What genuine clients do when the Hub fails, and that a failed change leaves the repository as it was."""

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.support.hub_calls import ask, commit, load, push_texts
from tests.support.loopback_hub import ClientProcess, LoopbackHub


def test_an_overloaded_hub_is_asked_again(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    hub.create(name)
    hub.fail("lfs-batch", status=503)
    client.call(commit, name, {"data.parquet": b"after 503"})
    assert hub.routes == ["preupload", "lfs-batch", "lfs-batch", "blob-upload", "lfs-verify", "commit"]
    assert hub.files(name) == {"data.parquet": b"after 503"}


def test_a_rate_limit_is_waited_for_as_long_as_the_hub_says(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    hub.create(name)
    hub.fail("preupload", status=429, retry_after=1)
    begin = time.monotonic()
    client.call(commit, name, {"a.txt": b"after 429"})
    assert time.monotonic() - begin >= 1
    assert hub.routes == ["preupload", "preupload", "commit"]


@pytest.mark.parametrize("status", [401, 403, 404, 409, 412, 413, 429, 500, 502, 503, 504])
def test_a_refused_commit_changes_nothing_and_says_why(hub: LoopbackHub, client: ClientProcess, status: int) -> None:
    from huggingface_hub.errors import HfHubHTTPError

    hub.create(f"org/refused_{status}")
    hub.fail("commit", status=status)
    with pytest.raises(HfHubHTTPError, match=str(status)) as caught:
        client.call(commit, f"org/refused_{status}", {"a.txt": b"a"})
    assert caught.value.response.status_code == status
    assert hub.files(f"org/refused_{status}") == {}
    assert hub.routes.count("commit") == 1


def test_a_download_that_is_cut_goes_on_where_it_stopped(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    content = bytes(range(256)) * 100_000
    hub.create(name)
    hub.commit_behind(name, {"data.parquet": content})
    hub.fail("blob-download", cut_half=True)
    assert Path(client.call(ask, "hf_hub_download", name, "data.parquet", repo_type="dataset")).read_bytes() == content
    ranges = [one.headers.get("Range") for one in hub.asked if one.route == "blob-download"]
    assert ranges == [None, f"bytes={10 * 2**20}-"]  # clients keep whole pieces of 10 MiB


def test_an_upload_that_is_cut_is_sent_again(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    hub.create(name)
    hub.fail("blob-upload", cut_half=True)
    client.call(commit, name, {"data.parquet": b"cut upload" * 100_000})
    assert hub.routes.count("blob-upload") == 2
    assert hub.files(name) == {"data.parquet": b"cut upload" * 100_000}


@pytest.mark.parametrize("fault", [{"cut": True}, {"cut_half": True}])
def test_a_commit_that_is_cut_changes_nothing(hub: LoopbackHub, client: ClientProcess, fault: dict[str, bool]) -> None:
    repository = f"org/cut_{''.join(fault)}"
    hub.create(repository)
    hub.fail("commit", **fault)
    with pytest.raises(Exception, match=r"disconnected|reset|closed|Broken pipe"):
        client.call(commit, repository, {"a.txt": b"a" * 10_000})
    assert hub.files(repository) == {}


@pytest.mark.parametrize("fault", [{"cut": True}, {"status": 504}])
def test_a_commit_whose_answer_is_lost_is_there(hub: LoopbackHub, client: ClientProcess, fault: dict[str, object]) -> None:
    repository = f"org/lost_{''.join(fault)}"
    hub.create(repository)
    hub.fail("commit", after_effect=True, **fault)
    with pytest.raises(Exception, match=r"disconnected|reset|closed|504"):
        client.call(commit, repository, {"a.txt": b"a"})
    assert hub.files(repository) == {"a.txt": b"a"}


def test_a_commit_on_a_parent_that_somebody_moved_is_refused(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    from huggingface_hub.errors import HfHubHTTPError

    parent = hub.create(name).branches["main"]
    hub.fail("commit", before=lambda: hub.commit_behind(name, {"theirs.txt": b"theirs"}))
    with pytest.raises(HfHubHTTPError, match="412"):
        client.call(commit, name, {"ours.txt": b"ours"}, parent_commit=parent)
    assert hub.files(name) == {"theirs.txt": b"theirs"}


def test_a_push_that_meets_another_writer_leaves_theirs_and_can_be_made_again(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    """The retry that push_to_hub of datasets 5.2.0 has for this looks for an error that huggingface_hub 2.4.0 does not raise."""
    from huggingface_hub.errors import HfHubHTTPError

    client.call(push_texts, name, ["ours"])
    hub.fail("commit", before=lambda: hub.commit_behind(name, {"theirs.txt": b"theirs"}))
    with pytest.raises(HfHubHTTPError, match="412"):
        client.call(push_texts, name, ["ours again"])
    assert [row["text"] for row in client.call(load, name, "texts")[0]] == ["ours"]
    client.call(push_texts, name, ["ours again"])
    assert hub.files(name)["theirs.txt"] == b"theirs"
    assert [row["text"] for row in client.call(load, name, "texts")[0]] == ["ours again"]


def test_a_tag_is_made_once(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    from huggingface_hub.errors import HfHubHTTPError

    hub.create(name)
    client.call(ask, "create_tag", name, tag="v1.0.0", repo_type="dataset")
    there = hub.repository(name).tags["v1.0.0"]
    hub.commit_behind(name, {"a.txt": b"a"})
    with pytest.raises(HfHubHTTPError, match="409"):
        client.call(ask, "create_tag", name, tag="v1.0.0", repo_type="dataset")
    client.call(ask, "create_tag", name, tag="v1.0.0", repo_type="dataset", exist_ok=True)
    assert hub.repository(name).tags == {"v1.0.0": there}


def test_a_slow_answer_is_waited_for(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    hub.create(name)
    hub.fail("info", slow=0.3)
    assert client.call(ask, "dataset_info", name).id == name


def test_the_nth_request_of_any_route_can_fail(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    from huggingface_hub.errors import HfHubHTTPError

    hub.create(name)
    hub.fail("*", skip=1, status=500)
    client.call(ask, "list_repo_files", name, repo_type="dataset")
    with pytest.raises(HfHubHTTPError, match="500"):
        client.call(ask, "create_tag", name, tag="v1", repo_type="dataset")
    assert hub.repository(name).tags == {}


def test_an_upload_that_is_not_what_it_is_named_is_refused(hub: LoopbackHub, name: str) -> None:
    hub.create(name)
    oid = "0" * 64
    batch = _post(hub, f"/datasets/{name}.git/info/lfs/objects/batch", {"operation": "upload", "transfers": ["basic"], "objects": [{"oid": oid, "size": 1}]})
    upload = urllib.request.Request(batch["objects"][0]["actions"]["upload"]["href"], data=b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(upload)
    header, line = {"key": "header", "value": {"summary": "A lie"}}, {"key": "lfsFile", "value": {"path": "x.parquet", "algo": "sha256", "oid": oid, "size": 1}}
    with pytest.raises(urllib.error.HTTPError, match="400"):
        _post(hub, f"/api/datasets/{name}/commit/main", header, line)
    assert hub.files(name) == {}


def test_a_commit_with_one_wrong_line_is_not_made_at_all(hub: LoopbackHub, client: ClientProcess, name: str) -> None:
    from huggingface_hub.errors import RemoteEntryNotFoundError

    hub.create(name)
    with pytest.raises(RemoteEntryNotFoundError):
        client.call(commit, name, {"a.txt": b"a"}, ("missing.txt",))
    assert hub.files(name) == {}


def _post(hub: LoopbackHub, path: str, *lines: object) -> Any:
    """Posts JSON, one document per line, with the Hub's token."""
    headers = {"Authorization": f"Bearer {hub.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(hub.endpoint + path, data="\n".join(map(json.dumps, lines)).encode(), headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
