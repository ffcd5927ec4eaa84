"""An OpenAI server of its own process that answers Emo Pillars' questions as the story kits do, slowly, and notes every question it is asked.

`python -m tests.support.kit_server ANSWERS LOG DELAY`
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hub.engine.base import Completion, Request
from hub.generate import generate
from tests.support.engines import KitEngine
from tests.support.openai_server import OpenAIServer
from tests.support.projects import REPOSITORY, copy_project, dataset, generation

MODEL = "kits"


@dataclass(frozen=True)
class KitServer:
    """A running server."""

    url: str
    log: Path
    questions: int
    """How many different ones a whole generation asks."""

    def asked(self) -> list[str]:
        """The keys of the requests that arrived, in their order."""
        return self.log.read_text(encoding="utf-8").split() if self.log.exists() else []


class _Recorder(KitEngine):
    """Answers every question as an OpenAI server would, and remembers the answers."""

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        completion = await super().complete(request)
        return replace(completion, finish_reason="stop")


def record_answers(path: Path, kits: int, **changes: Any) -> int:
    """Writes the answer to everything that generating with so many kits asks; `changes` are those of `generation`. Returns how many there are."""
    answers: dict[str, dict[str, str]] = {}

    def remember(request: Request, completion: Completion) -> Completion:
        answers[_name(request.messages[-1].content, request.seed)] = {"key": request.key, "text": completion.text}
        return completion

    with tempfile.TemporaryDirectory() as name:
        project = copy_project(Path(name) / "project", kits)
        engine = _Recorder(project, spoil=remember)
        generate(project, dataset(project), generation(**changes), engine)
        assert len(answers) == len({request.key for request in engine.asked}), "two questions cannot be told apart by the server"
    path.write_text(json.dumps(answers), encoding="utf-8")
    return len(answers)


@contextlib.contextmanager
def kit_server(folder: Path, kits: int, delay: float, **changes: Any) -> Iterator[KitServer]:
    """A server for the length of a block. `delay` is in seconds and an answer's."""
    answers, log = folder / "answers.json", folder / "asked.log"
    questions = record_answers(answers, kits, **changes)
    command = [sys.executable, "-m", "tests.support.kit_server", str(answers), str(log), str(delay)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            yield KitServer(f"http://127.0.0.1:{port}/v1", log, questions)
        finally:
            process.kill()


def _name(content: str, seed: int) -> str:
    return f"{seed}:{content}"


async def _serve(answers_path: Path, log_path: Path, delay: float) -> None:
    answers = json.loads(answers_path.read_text(encoding="utf-8"))
    log = os.open(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def answer(body: Mapping[str, Any]) -> str:
        known = answers[_name(body["messages"][-1]["content"], body["seed"])]
        os.write(log, f"{known['key']}\n".encode())
        text: str = known["text"]
        return text

    async with OpenAIServer(MODEL, answer=answer, delay=delay, keep_bodies=False) as server:
        print(server.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])))
