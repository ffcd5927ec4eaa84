"""An S3 of our own on 127.0.0.1, for tests."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
"""What a process that uses it needs in its environment; no real ones."""


@dataclass(frozen=True)
class S3:
    """The server's address and a client of it."""

    endpoint: str
    client: Any

    def keys(self, bucket: str) -> list[str]:
        return [entry["Key"] for entry in self.client.list_objects_v2(Bucket=bucket).get("Contents", [])]


@contextlib.contextmanager
def s3_server() -> Iterator[S3]:
    """Serves an empty S3 for the length of a block."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
        yield S3(endpoint, boto3.client("s3", endpoint_url=endpoint, **keys))
    finally:
        server.stop()
