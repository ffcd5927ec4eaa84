"""Published Parquet read from S3 with `load_dataset`, as docs/remotes.md says."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.hub_calls import LABELS, write_texts
from tests.support.loopback_hub import ClientProcess
from tests.support.s3 import S3, s3_server

CONFIGURATION = "context-less"


def load(bucket: str, storage_options: dict[str, Any], streaming: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """Returns the rows and the names of the labels; runs in the client's process."""
    from datasets import load_dataset

    files = {"train": f"s3://{bucket}/{CONFIGURATION}/train-*.parquet"}
    rows = load_dataset("parquet", data_files=files, storage_options=storage_options, streaming=streaming, split="train")
    return [dict(row) for row in rows], rows.features["label"].names


@pytest.fixture(scope="module")
def s3(client: ClientProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """An S3 with a bucket that holds two shards of a configuration, and another one's file."""
    file = tmp_path_factory.mktemp("published") / "one.parquet"
    shards = {f"{CONFIGURATION}/train-00000-of-00002": ["a"], f"{CONFIGURATION}/train-00001-of-00002": ["b"], "others/train-00000-of-00001": ["c"]}
    with s3_server() as server:
        server.client.create_bucket(Bucket="releases")
        for path, texts in shards.items():
            client.call(write_texts, str(file), texts)
            server.client.upload_file(str(file), "releases", f"{path}.parquet")
        yield server


@pytest.mark.parametrize("streaming", [False, True])
def test_a_configuration_is_read_from_a_bucket_with_its_labels(s3: S3, client: ClientProcess, streaming: bool) -> None:
    options = {"client_kwargs": {"endpoint_url": s3.endpoint}}
    assert client.call(load, "releases", options, streaming) == ([{"text": "a", "label": 0}, {"text": "b", "label": 0}], LABELS)


def test_a_bucket_that_is_not_there_is_an_error(s3: S3, client: ClientProcess) -> None:
    with pytest.raises(ValueError, match="data_files are invalid"):
        client.call(load, "missing", {"client_kwargs": {"endpoint_url": s3.endpoint}}, False)
