"""What `emohub doctor` says of engines, environments, tokens and clusters; no secret is shown."""

import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from hub.doctor import engines, scale
from hub.paths import Project
from tests.support.examined import AUTHORED, SECRET, endpoint, found, profile, program, subject

# Engines and tokens


@pytest.fixture
def server() -> Iterator[str]:
    """A server that refuses who has no key, and notes what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert "Authorization" not in self.headers
            self.send_response(401)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    running = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}/v1"
    running.shutdown()
    running.server_close()


def test_an_endpoint_that_answers_at_all_is_reached_and_a_silent_one_is_a_problem(project: Project, server: str) -> None:
    profile(project, {"emo_pillars": endpoint(server)})
    levels, words = found(engines.engines, subject(project, MY_KEY=SECRET))
    assert levels == ["ok"]
    assert "status 401" in words
    profile(project, {"emo_pillars": endpoint("http://127.0.0.1:9/v1")})
    levels, words = found(engines.engines, subject(project))
    assert levels == ["problem"]
    assert "cannot be reached" in words


def test_weights_and_interpreters_that_are_not_here_are_said(project: Project) -> None:
    profile(project, {"emo_pillars": AUTHORED | {"engine": {"kind": "vllm", "model": "m/m", "interpreter": ".venv-none/bin/python"}}})
    assert found(engines.engines, subject(project))[0] == ["problem"]
    profile(project, {"emo_pillars": AUTHORED | {"engine": {"kind": "transformers", "model": "owner/model"}}})
    assert found(engines.engines, subject(project))[0] == ["note"]
    (project.root / "hf" / "hub" / "models--owner--model").mkdir(parents=True)
    assert found(engines.engines, subject(project))[0] == ["ok"]


def test_an_environment_of_its_own_has_to_run_and_to_have_its_package(project: Project) -> None:
    assert found(engines.environments, subject(project))[0] == ["ok"]
    folder = project.root / ".venv-faces" / "bin"
    folder.mkdir(parents=True)
    program(folder, "python", "echo 0.10.21")
    assert "mediapipe 0.10.21" in found(engines.environments, subject(project))[1]
    program(folder, "python", "exit 1")
    levels, words = found(engines.environments, subject(project))
    assert levels[0] == "problem"
    assert "make env-faces" in words


def test_tokens_and_keys_are_there_or_not_and_never_shown(project: Project) -> None:
    profile(project, {"emo_pillars": endpoint("http://127.0.0.1:9/v1") | {"publish": {"to": "organisation/name"}}})
    levels, words = found(engines.tokens, subject(project))
    assert levels == ["problem", "problem"]
    assert "export MY_KEY" in words
    levels, words = found(engines.tokens, subject(project, HF_TOKEN=SECRET, MY_KEY=SECRET))
    assert levels == ["ok", "ok"]
    assert SECRET[:6] not in words


def test_a_token_file_that_others_can_read_is_a_note(project: Project) -> None:
    file = project.root / "hf" / "token"
    file.parent.mkdir()
    file.write_text(SECRET)
    file.chmod(0o644)
    levels, words = found(engines.tokens, subject(project))
    assert levels == ["note"]
    assert "chmod 600" in words
    assert SECRET not in words
    file.chmod(stat.S_IRUSR)
    assert found(engines.tokens, subject(project))[0] == ["ok"]


# Scale


def test_the_cluster_of_the_profile_has_to_answer(project: Project, tmp_path: Path) -> None:
    assert found(scale.scale, subject(project))[0] == ["ok"]
    profile(project, {}, scale={"executor": "slurm", "slurm": {"partition": "gpu"}})
    assert "sbatch or sinfo is not here" in found(scale.scale, subject(project, PATH="/nowhere"))[1]
    for name in ("sbatch", "sinfo"):
        program(tmp_path / "bin", name, "echo cpu; echo gpu")
    path = f"{tmp_path / 'bin'}:/bin:/usr/bin"
    assert "has the partition 'gpu'" in found(scale.scale, subject(project, PATH=path))[1]
    profile(project, {}, scale={"executor": "slurm", "slurm": {"partition": "tpu"}})
    assert "it has cpu, gpu" in found(scale.scale, subject(project, PATH=path))[1]
    profile(project, {}, scale={"executor": "ray", "ray": {"address": "127.0.0.1:9"}})
    assert found(scale.scale, subject(project))[0] == ["problem"]
