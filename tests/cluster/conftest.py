"""What both clusters are asked to do, and what one process makes of the same."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.kit_server import KitServer, kit_server
from tests.support.projects import raw_digests
from tests.support.spread import KITS, OPTIONS, generating

SECONDS_AN_ANSWER = 0.1


@dataclass(frozen=True)
class Reference:
    """A server, and the hash of every file that one process leaves behind that asks it everything."""

    server: KitServer
    raw: Mapping[str, str]


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reference]:
    folder: Path = tmp_path_factory.mktemp("reference")
    with kit_server(folder, KITS, SECONDS_AN_ANSWER, options=OPTIONS) as server:
        alone = generating(folder / "alone", server, os.environ)
        alone.run("generate", "emo_pillars")
        assert len(server.asked()) == server.questions
        yield Reference(server, raw_digests(alone.project))
