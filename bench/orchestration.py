"""What orchestration costs: CPU time per 1,000 requests of our runner and of datatrove's, on the same work.

    python bench/orchestration.py [--requests 2000] [--concurrency 32] [--rounds 3]

Both put the same prompts to the same loopback server, which answers at once and runs in a process of its own. Each run is a fresh
process and measures its own user and system time from the first request to the last, all threads included; imports do not count. Ours is
`answer_all` with the answer store and the endpoint engine; datatrove's is its InferenceRunner with checkpoints and request cache on.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ANSWER = json.dumps({"utterances": ["Turned back. I could see the flour sacks on deck, and they turned back anyway."] * 5})
SCHEMA = {"type": "object", "properties": {"utterances": {"type": "array", "items": {"type": "string"}}}, "required": ["utterances"]}
SENTENCE = "The keeper of the lighthouse read the tide tables while the supply boat turned round at the third buoy. "


def prompts(count: int) -> list[str]:
    """Returns `count` different prompts of about 1,500 characters, the length of a plot with its instructions."""
    return [f"Question {index}. {SENTENCE * 15}" for index in range(count)]


class Instant(asyncio.Protocol):
    """An HTTP server of the least kind: it reads one request at a time and answers at once, on connections kept or closed alike."""

    def __init__(self) -> None:
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            head = self._unread[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0]) if b"content-length:" in head else 0
            if len(self._unread) < end + 4 + length:
                return
            self._unread = self._unread[end + 4 + length :]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        close = b"connection: close" in head
        self._transport.write(MODELS if head.startswith(b"get") else CLOSING if close else KEEPING)
        if close:
            self._transport.close()


def _response(value: Any, connection: str) -> bytes:
    body = json.dumps(value).encode()
    return f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: {connection}\r\n\r\n".encode() + body


_MESSAGE = {"role": "assistant", "content": ANSWER}
_COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 0,
    "model": "tiny",
    "choices": [{"index": 0, "message": _MESSAGE, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 300, "completion_tokens": 100, "total_tokens": 400},
}
KEEPING, CLOSING = _response(_COMPLETION, "keep-alive"), _response(_COMPLETION, "close")
MODELS = _response({"object": "list", "data": [{"id": "tiny", "object": "model"}]}, "keep-alive")


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Instant, "127.0.0.1", port, backlog=1024)
    async with server:
        print("ready", flush=True)
        await server.serve_forever()


@contextmanager
def server() -> Iterator[int]:
    """Runs the server in a process of its own and yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, __file__, "serve", str(port)], stdout=subprocess.PIPE)
    try:
        assert process.stdout
        process.stdout.readline()
        yield port
    finally:
        process.kill()
        process.wait()


def measured(work: Callable[[], None]) -> float:
    """Returns the CPU seconds, user and system, that `work` takes in this process."""
    before = time.process_time()
    work()
    return time.process_time() - before


def run_ours(port: int, count: int, concurrency: int, folder: Path) -> float:
    from hub.engine.base import Message, Request
    from hub.engine.endpoint import EndpointEngine
    from hub.generate.runner import answer_all
    from hub.generate.store import AnswerStore
    from hub.spec.engine import EndpointEngineSpec, Sampling

    sampling = Sampling(temperature=0.7, top_p=0.95)
    texts = prompts(count)

    async def ask() -> None:
        spec = EndpointEngineSpec(kind="endpoint", url=f"http://127.0.0.1:{port}/v1", model="tiny", concurrency=concurrency)
        requests = [Request(str(index), "bench", (Message("user", text),), {}, SCHEMA, 400, sampling, index) for index, text in enumerate(texts)]
        with AnswerStore(folder, {"bench": "orchestration"}) as store:
            async with EndpointEngine(spec) as engine:
                answers = await answer_all(requests, engine, store, lambda count=1: None)
            assert len(store) == count and all(answer.text == ANSWER for answer in answers)

    return measured(lambda: asyncio.run(ask()))


def run_datatrove(port: int, count: int, concurrency: int, folder: Path) -> float:
    import aiosqlite  # noqa: F401  (datatrove would import it, and httpx, inside the measured part)
    import httpx  # noqa: F401
    from datatrove.data import Document
    from datatrove.pipeline.inference.run_inference import InferenceConfig, InferenceRunner
    from datatrove.pipeline.writers import JsonlWriter
    from loguru import logger

    logger.remove()
    texts = prompts(count)
    response_format = {"type": "json_schema", "json_schema": {"name": "bench", "schema": SCHEMA}}

    async def rollout(document: Any, generate: Any) -> Any:
        payload = {"messages": [{"role": "user", "content": document.text}], "max_tokens": 400, "temperature": 0.7, "top_p": 0.95}
        return await generate({**payload, "seed": int(document.id), "response_format": response_format})

    config = InferenceConfig(
        server_type="endpoint",
        model_name_or_path="tiny",
        endpoint_url=f"http://127.0.0.1:{port}",
        max_concurrent_generations=concurrency,
        server_ready_delay_sec=0.05,
    )
    runner = InferenceRunner(
        rollout,
        config,
        JsonlWriter(str(folder / "out"), output_filename="${rank}_${chunk_index}.jsonl", compression=None),
        checkpoints_local_dir=str(folder / "checkpoints"),
        records_per_chunk=500,
    )
    spent = measured(lambda: runner.run((Document(text=text, id=str(index)) for index, text in enumerate(texts)), 0, 1))
    written = [line for file in (folder / "out").rglob("*.jsonl") for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(written) == count, f"datatrove wrote {len(written)} of {count} documents"
    return spent


RUNNERS = {"ours": run_ours, "datatrove": run_datatrove}


def compare(count: int, concurrency: int, rounds: int) -> None:
    spent: dict[str, list[float]] = {name: [] for name in RUNNERS}
    with server() as port:
        for turn in range(rounds):
            for name in RUNNERS if turn % 2 == 0 else reversed(RUNNERS):
                command = [sys.executable, __file__, name, str(port), str(count), str(concurrency)]
                environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
                output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
                spent[name].append(float(output.split()[-1]) * 1000 / count)
    for name, seconds in spent.items():
        each = " ".join(f"{value:.3f}" for value in seconds)
        print(f"{name:>10}: {statistics.median(seconds):.3f} CPU s per 1,000 requests (median of {each})")
    print(f"     ratio: {statistics.median(spent['ours']) / statistics.median(spent['datatrove']):.2f} (ours / datatrove; below 1 is cheaper)")


def main() -> None:
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve(int(sys.argv[2])))
    elif sys.argv[1:2] and sys.argv[1] in RUNNERS:
        port, count, concurrency = (int(value) for value in sys.argv[2:5])
        with tempfile.TemporaryDirectory() as folder:
            print(RUNNERS[sys.argv[1]](port, count, concurrency, Path(folder)))
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--requests", type=int, default=2000)
        parser.add_argument("--concurrency", type=int, default=32)
        parser.add_argument("--rounds", type=int, default=3)
        given = parser.parse_args()
        compare(given.requests, given.concurrency, given.rounds)


if __name__ == "__main__":
    main()
