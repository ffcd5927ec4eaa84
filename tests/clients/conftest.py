"""One Hub and one client process for all tests of this folder: the clients' imports take seconds."""

from collections.abc import Iterator

import pytest

from tests.support.loopback_hub import ClientProcess, LoopbackHub, client_environment, loopback_hub
from tests.support.s3 import CREDENTIALS


@pytest.fixture(scope="session")
def shared_hub() -> Iterator[LoopbackHub]:
    with loopback_hub(token="hf_loopback") as hub:
        yield hub


@pytest.fixture(scope="session")
def client(shared_hub: LoopbackHub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClientProcess]:
    """A process whose environment names the Hub and its token, credentials for an S3 of ours, and nothing of this machine."""
    process = ClientProcess(client_environment(tmp_path_factory.mktemp("client"), shared_hub.endpoint, shared_hub.token) | CREDENTIALS)
    yield process
    process.close()


@pytest.fixture
def hub(shared_hub: LoopbackHub) -> Iterator[LoopbackHub]:
    """The Hub with an empty record; the test fails if a client used a route that is not known."""
    shared_hub.forget()
    yield shared_hub
    shared_hub.check()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A repository of this test alone."""
    return f"org/{request.node.originalname.removeprefix('test_')[:60]}"
