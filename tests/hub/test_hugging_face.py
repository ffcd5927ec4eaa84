"""The Hub's client is patient, says what goes wrong in one sentence, and never shows the token."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

import hub.hugging_face
from hub.errors import EmohubError
from hub.hugging_face import ATTEMPTS, Hub, HubError
from tests.support.loopback_hub import LoopbackHub, loopback_hub

TOKEN = "hf_" + "s" * 34
REPOSITORY = "org/toy"


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever other tests of this process forbid."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with loopback_hub(token=TOKEN) as server:
        server.create(REPOSITORY)
        yield server


def asking(server: LoopbackHub) -> str:
    hub = Hub(server.endpoint, backoff=0.001)
    return str(hub.call(REPOSITORY, lambda: hub.api.repo_info(REPOSITORY, repo_type="dataset")).sha)


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"status": 429, "retry_after": 0}, {"status": 408}, {"cut": True}])
def test_what_may_pass_is_tried_again_and_said(server: LoopbackHub, capsys: pytest.CaptureFixture[str], fault: dict[str, int]) -> None:
    server.fail("info", times=2, **fault)
    assert asking(server) == server.repository(REPOSITORY).branches["main"]
    assert server.routes.count("info") == 3
    said = capsys.readouterr().err
    assert f"attempt 2 of {ATTEMPTS}" in said
    assert f"attempt 3 of {ATTEMPTS}" in said


def test_a_server_that_asks_for_a_pause_gets_it(server: LoopbackHub) -> None:
    import time

    server.fail("info", status=429, retry_after=1)
    started = time.monotonic()
    asking(server)
    assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"status": 503}, f"answered 503 {ATTEMPTS} times: run the same command again later"),
        ({"cut": True}, f"no usable connection in {ATTEMPTS} attempts"),
    ],
)
def test_it_gives_up_after_a_bounded_number_of_attempts(server: LoopbackHub, fault: dict[str, int], sentence: str) -> None:
    server.fail("info", times=100, **fault)
    with pytest.raises(HubError, match=sentence):
        asking(server)
    assert server.routes.count("info") == ATTEMPTS


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "does not accept the token: set HF_TOKEN"),
        (403, "the token's scope does not allow this"),
        (404, "not found, or the token may not see it"),
        (413, "larger than the server takes"),
        (400, "the Hub refuses"),
    ],
)
def test_a_refusal_is_one_sentence_without_the_token_and_is_not_repeated(server: LoopbackHub, status: int, sentence: str) -> None:
    server.fail("info", status=status)
    with pytest.raises(HubError, match=sentence) as caught:
        asking(server)
    assert caught.value.status == status
    assert "\n" not in str(caught.value)
    assert REPOSITORY in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert server.routes.count("info") == 1


def test_a_token_that_a_server_repeats_is_blotted_out(server: LoopbackHub) -> None:
    hub = Hub(server.endpoint, backoff=0.001)

    def repeat() -> None:
        raise ValueError(f"the token {TOKEN} is odd")

    with pytest.raises(EmohubError, match=r"the token \*\*\* is odd"):
        hub.call(REPOSITORY, repeat)


def test_without_a_token_the_advice_is_to_set_one(server: LoopbackHub, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path_factory.mktemp("no") / "token"))
    server.fail("info", status=401)
    with pytest.raises(HubError, match="asks for a token: set HF_TOKEN"):
        asking(server)
    assert not any(one.authorized for one in server.asked)


def test_no_server_at_all_is_one_sentence() -> None:
    hub = Hub("http://127.0.0.1:9", backoff=0.001)
    with pytest.raises(HubError, match=r"org/toy \(http://127.0.0.1:9\): no usable connection"):
        hub.call(REPOSITORY, lambda: hub.api.repo_info(REPOSITORY))


def test_offline_mode_is_named(monkeypatch: pytest.MonkeyPatch, server: LoopbackHub) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE"):
        asking(server)


@pytest.mark.parametrize(
    ("endpoint", "variable", "on"),
    [
        ("https://huggingface.co", None, True),
        ("https://huggingface.co", "1", False),
        ("http://127.0.0.1:1", None, False),
        ("https://hub.example.org", None, False),
    ],
)
def test_xet_is_on_for_huggingface_and_off_elsewhere_or_where_the_user_says_so(endpoint: str, variable: str | None, on: bool) -> None:
    script = "import sys; from hub.hugging_face import Hub; Hub(); from huggingface_hub.utils._runtime import is_xet_available; print(is_xet_available())"
    environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_DISABLE_XET"} | {"HF_ENDPOINT": endpoint}
    environment |= {"HF_HUB_DISABLE_XET": variable} if variable else {}
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == str(on)


def test_xet_goes_with_the_endpoint_within_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", constants.HF_HUB_DISABLE_XET)
    monkeypatch.delenv("HF_HUB_DISABLE_XET", raising=False)
    Hub("http://127.0.0.1:1")
    assert constants.HF_HUB_DISABLE_XET
    Hub("https://huggingface.co")
    assert not constants.HF_HUB_DISABLE_XET


def test_importing_it_does_not_import_the_client() -> None:
    script = "import sys, hub.hugging_face; print('huggingface_hub' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60).stdout.strip() == "False"


def test_the_longest_pause_covers_the_hubs_window() -> None:
    assert hub.hugging_face._LONGEST_PAUSE > 300
