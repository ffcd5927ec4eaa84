"""A llama.cpp server as a program of its own: `python llama_server.py MODEL.gguf NAME`. Prints `listening on PORT`, then serves until its input ends."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LlamaServer:
    """A running server. It also ends when whoever started it does, since that closes its input."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@contextmanager
def llama_server(model: Path, name: str = "tiny") -> Iterator[LlamaServer]:
    """Serves a GGUF file under a name for the length of a block."""
    command = [sys.executable, __file__, str(model), name]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout
        said = process.stdout.readline()
        assert said.startswith("listening on "), "the llama.cpp server did not start"
        yield LlamaServer(process, int(said.split()[-1]))
    finally:
        process.kill()
        process.communicate()


def main() -> None:
    from xllamacpp import CommonParams, Server

    parameters = CommonParams()
    parameters.model.path, parameters.model_alias = sys.argv[1], {sys.argv[2]}
    parameters.hostnames, parameters.port = ["127.0.0.1"], 0
    parameters.n_parallel, parameters.n_ctx, parameters.n_threads_http = 4, 4 * 16384, 4
    parameters.n_gpu_layers = 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.warmup = parameters.fit_params = False
    server = Server(parameters)
    print(f"listening on {server.listening_address.rsplit(':', 1)[-1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
