"""The real app on a port of its own, and a real browser that looks at it."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
DESKTOP = {"width": 1440, "height": 1000}
PHONE = {"width": 390, "height": 844}
_FLAGS = (
    "no-sandbox",
    "disable-gpu",
    "disable-quic",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "disable-dev-shm-usage",
)
_PATIENCE = 60_000
"""Milliseconds."""


def _missing() -> str:
    if CHROMIUM is None:
        return "chromium is not installed (Debian: apt-get install chromium)"
    extras = {"playwright": "test", "streamlit": "board"}
    return next((f"{name} is not installed (pip install emohub[{extra}])" for name, extra in extras.items() if importlib.util.find_spec(name) is None), "")


needs_browser = pytest.mark.skipif(bool(_missing()), reason=_missing())


@contextmanager
def serve(script: str, *arguments: str, **environment: str) -> Iterator[str]:
    """Runs `leaderboard/<script>` and yields its address. No EMOHUB variable but those named is set."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", str(REPOSITORY / "leaderboard" / script)]
    options = ["--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", str(port), "--server.fileWatcherType", "none"]
    around = {name: value for name, value in os.environ.items() if not name.startswith("EMOHUB_")}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen([*command, *options, "--", *arguments], cwd=REPOSITORY, env={**around, **environment}, stdout=log, stderr=log)
        try:
            _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Any) -> None:
    for _ in range(1200):
        if server.poll() is not None:
            log.seek(0)
            raise AssertionError(f"streamlit ended before it answered: {log.read().decode(errors='replace')[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError("streamlit did not answer")


@contextmanager
def open_browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=[f"--{flag}" for flag in _FLAGS])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Any, address: str, viewport: dict[str, int] = DESKTOP, **options: Any) -> Iterator[Any]:
    """Yields a page of a fresh visitor. `page.foreign` lists the requests to others, `page.received` what the server sent over the WebSocket."""
    context = browser.new_context(viewport=viewport, **options)
    context.set_default_timeout(_PATIENCE)
    page = context.new_page()
    page.foreign, page.received = [], []
    page.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else page.foreign.append(request.url))
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: page.received.append(frame)))
    try:
        yield page
    finally:
        context.close()


def settle(page: Any) -> None:
    """Waits until the server has drawn the page."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def press(page: Any, key: str, outcome: Any, tries: int = 4) -> None:
    """Presses a key until the locator `outcome` is there: a key pressed while the page is being redrawn goes to what is about to disappear."""
    from playwright.sync_api import TimeoutError

    for left in reversed(range(tries)):
        settle(page)
        page.keyboard.press(key)
        try:
            outcome.wait_for(timeout=15_000)
            return
        except TimeoutError:
            if not left:
                raise
