"""A process of its own for clients that read their settings when they are imported."""

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from tests.support.loopback_hub.server import LoopbackHub

P = ParamSpec("P")
T = TypeVar("T")
_NOWHERE = "http://127.0.0.1:9"
"""A port at which nobody answers: the offline mode of `datasets` would refuse S3 as well."""
_NOT_INHERITED = ("HF_", "HUGGING", "TRANSFORMERS_", "AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def client_environment(home: Path, endpoint: str | None = None, token: str | None = None) -> dict[str, str]:
    """Returns this process's environment without proxies, credentials and Hub settings, and with those of a client that lives in `home`."""
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(_NOT_INHERITED)}
    ours = {"HF_HOME": str(home / "hf"), "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "NO_PROXY": "*"}
    return inherited | ours | {"HF_ENDPOINT": endpoint or _NOWHERE} | ({"HF_TOKEN": token} if token else {})


class ClientProcess:
    """Runs functions of importable modules, one after the other; what they return or raise comes back."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(dict(environment),))

    def call(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        return self._pool.submit(function, *arguments, **named).result(timeout=120)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def client_process(hub: LoopbackHub, home: Path) -> Iterator[ClientProcess]:
    """A client of this Hub, with its token, for the length of a block: imports are paid for once."""
    client = ClientProcess(client_environment(home, hub.endpoint, hub.token))
    try:
        yield client
    finally:
        client.close()


def _begin(environment: dict[str, str]) -> None:
    """Runs before any client is imported: a function's module is imported when the first one is called."""
    os.environ.clear()
    os.environ.update(environment)
