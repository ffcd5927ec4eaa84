"""What a language model gives through the hub, and what the hub itself takes of the time: the whole Emo Pillars chain, measured from outside.

    python -m bench.engines transformers [--shape 100m] [--layers N] [--stories 4] [--max-tokens 200] [--batch-size 8] [--device cpu] [--dtype float32]
    python -m bench.engines endpoint --url http://localhost:8000/v1 [--url ...] --model NAME [--concurrency 32]

`transformers` makes a Mistral of the given shape with random weights, whose scores are bent so that its answers end: nothing is downloaded. On a GPU
the paper's size is `--shape mistral-7b --device cuda --dtype bfloat16`. `endpoint` asks servers that run already.

Three times are told apart. `forward`: inside the model's forward pass. `decoding`: the rest of the engine's decode call, which is the grammar, sampling
and transformers' own loop. `hub`: everything else from reading the stories to the last table written, while the model stood still: rendering, tokens of
prompts, validation, store, scheduling, tables. Loading the model and importing packages are none of them. For servers `hub` is the time in which no
request was in flight. What random weights say seldom passes as a row: rows a second mean something with a trained model only.
"""

import argparse
import math
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hub.engine import Completion, Engine, Request, open_engine
from hub.engine.checkpoint import Checkpoint
from hub.generate import generate
from hub.spec.engine import EndpointEngineSpec, TransformersEngineSpec
from tests.support.projects import copy_project, dataset, generation, limit_answers, raw_table
from tests.support.recorder import Recorder
from tests.support.tiny_model import Shape, make_terse_model

SHAPES = {
    "tiny": Shape(hidden=64, feed_forward=128, layers=2, heads=4, key_value_heads=2),
    "100m": Shape(hidden=768, feed_forward=2048, layers=12, heads=12, key_value_heads=4, vocabulary=16_000),
    "mistral-7b": Shape(hidden=4096, feed_forward=14_336, layers=32, heads=32, key_value_heads=8, vocabulary=32_000),
}
GOAL = 0.02


@dataclass
class Spans:
    """Adds up the seconds in which at least one of the timed calls was under way."""

    seconds: float = 0.0
    _open: int = 0
    _since: float = field(default=0.0)

    def __enter__(self) -> Self:
        if self._open == 0:
            self._since = time.perf_counter()
        self._open += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open -= 1
        if self._open == 0:
            self.seconds += time.perf_counter() - self._since


class Timed(Recorder):
    """Tells loading from working, and notes when requests are in flight."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.in_flight = Spans()
        self.loading = Spans()

    async def complete(self, request: Request) -> Completion:
        with self.in_flight:
            return await super().complete(request)

    async def __aenter__(self) -> Self:
        with self.loading:
            return await super().__aenter__()


@dataclass(frozen=True)
class Measured:
    """Seconds of one run; `busy` is what the model or the servers took, `forward` the part of it inside the forward pass, where that is known."""

    whole: float
    busy: float
    forward: float | None
    hub_processor: float
    answers: int
    prompt_tokens: int
    tokens: int
    rows: int
    strict: str

    def table(self) -> str:
        hub = self.whole - self.busy
        lines = [("whole run, loading apart", f"{self.whole:.2f} s", "")]
        if self.forward is not None:
            lines += [("forward pass", f"{self.forward:.2f} s", _share(self.forward, self.whole))]
            lines += [("decoding (grammar, sampling)", f"{self.busy - self.forward:.2f} s", _share(self.busy - self.forward, self.whole))]
        else:
            lines += [("requests in flight", f"{self.busy:.2f} s", _share(self.busy, self.whole))]
        verdict = "below" if hub < GOAL * self.whole else "NOT below"
        lines += [
            ("hub, while nothing else worked", f"{hub:.2f} s", f"{_share(hub, self.whole)} ({verdict} {GOAL:.0%})"),
            ("hub, processor time of its thread", f"{self.hub_processor:.2f} s", _share(self.hub_processor, self.whole)),
            ("answers", f"{self.answers:,}", f"{self.answers / self.whole:.2f} a second"),
            ("tokens of prompts", f"{self.prompt_tokens:,}", f"{self.prompt_tokens / self.whole:.1f} a second"),
            ("tokens of answers", f"{self.tokens:,}", f"{self.tokens / self.whole:.1f} a second"),
            ("rows that the steps took", f"{self.rows:,}", f"{self.rows / self.whole:.2f} a second"),
            ("strict JSON of finished answers", self.strict, ""),
        ]
        return "\n".join(f"| {name:<33} | {value:>10} | {rate:<24} |" for name, value, rate in lines)


def _share(seconds: float, whole: float) -> str:
    return f"{seconds / whole:.2%}"


def run_transformers(given: argparse.Namespace, folder: Path) -> Measured:
    import torch

    torch.set_num_threads(given.threads)
    shape = SHAPES[given.shape]
    shape = replace(shape, layers=given.layers or shape.layers)
    started = time.perf_counter()
    model = make_terse_model(folder / "model", positions=32_768, shape=shape, dtype=given.dtype, device=given.device)
    spec = TransformersEngineSpec(kind="transformers", model=str(model), device=given.device, dtype=given.dtype, batch_size=given.batch_size)
    print(f"a random Mistral with {_parameters(model):,} parameters made in {time.perf_counter() - started:.0f} s", flush=True)
    decoding, forward = Spans(), Spans()
    plain = Checkpoint.decode
    Checkpoint.decode = _timed_decode(plain, decoding, forward)  # type: ignore[method-assign]
    try:
        return _run(given, folder, spec, lambda timed: (decoding.seconds, forward.seconds))
    finally:
        Checkpoint.decode = plain  # type: ignore[method-assign]


def run_endpoint(given: argparse.Namespace, folder: Path) -> Measured:
    spec = EndpointEngineSpec(kind="endpoint", url=tuple(given.url), model=given.model, concurrency=given.concurrency, timeout=600.0)
    return _run(given, folder, spec, lambda timed: (timed.in_flight.seconds, None))


def _run(
    given: argparse.Namespace,
    folder: Path,
    spec: TransformersEngineSpec | EndpointEngineSpec,
    busy: Callable[[Timed], tuple[float, float | None]],
) -> Measured:
    """Runs the chain over the first story kits in a project of its own."""
    project = copy_project(folder / "project", given.stories)
    limit_answers(project, given.max_tokens)
    declared, settings = dataset(project), generation(engine=spec.model_dump(), sampling={"temperature": 1.0})
    generate(project, declared, generation())  # Once with the hand-written answers, so that no import and no compilation is measured.
    timed = Timed(open_engine(spec, lambda: None))
    started, processor = time.perf_counter(), time.thread_time()  # The thread that decodes is another one.
    generate(project, declared, settings, timed)
    whole, processor = time.perf_counter() - started - timed.loading.seconds, time.thread_time() - processor
    seconds, forward = busy(timed)
    finished = sum(completion.finish_reason == "stop" for _, completion in timed.answers)
    return Measured(
        whole=whole,
        busy=seconds,
        forward=forward,
        hub_processor=processor,
        answers=len(timed.answers),
        prompt_tokens=sum(completion.prompt_tokens or 0 for _, completion in timed.answers),
        tokens=sum(completion.completion_tokens or 0 for _, completion in timed.answers),
        rows=sum(raw_table(project, name).num_rows for name in ("utterances", "contextual")),
        strict=f"{len(timed.finished())} of {finished}",
    )


def _timed_decode(plain: Callable[..., Any], decoding: Spans, forward: Spans) -> Callable[..., Any]:
    hooked: set[int] = set()

    @wraps(plain)
    def decode(checkpoint: Checkpoint, *arguments: Any, **settings: Any) -> Any:
        if id(checkpoint) not in hooked:
            hooked.add(id(checkpoint))
            _time_forward(checkpoint.model, forward)
        with decoding:
            return plain(checkpoint, *arguments, **settings)

    return decode


def _time_forward(model: Any, forward: Spans) -> None:
    """Times the forward pass until its scores are there: a GPU is waited for, as the decoding loop would a moment later."""
    import torch

    def enter(*_: Any) -> None:
        forward.__enter__()

    def leave(*_: Any) -> None:
        if model.device.type == "cuda":
            torch.cuda.synchronize()
        forward.__exit__(None, None, None)

    model.register_forward_pre_hook(enter)
    model.register_forward_hook(leave)


def _parameters(model: Path) -> int:
    from safetensors import safe_open

    count = 0
    for file in sorted(model.glob("*.safetensors")):
        with safe_open(file, "np") as weights:
            count += sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="kind", required=True)
    local, remote = kinds.add_parser("transformers"), kinds.add_parser("endpoint")
    for one in (local, remote):
        one.add_argument("--stories", type=int, default=4)
        one.add_argument("--max-tokens", type=int, default=200, help="the most tokens of an answer, in every step")
    local.add_argument("--shape", choices=SHAPES, default="100m")
    local.add_argument("--layers", type=int, help="fewer layers than the shape has")
    local.add_argument("--batch-size", type=int, default=8)
    local.add_argument("--device", default="cpu")
    local.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "float16"))
    local.add_argument("--threads", type=int, default=1)
    remote.add_argument("--url", action="append", required=True)
    remote.add_argument("--model", required=True)
    remote.add_argument("--concurrency", type=int, default=32)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = (run_transformers if given.kind == "transformers" else run_endpoint)(given, Path(folder))
    print(f"on {platform.processor() or platform.machine()}: {' '.join(f'{name}={value}' for name, value in vars(given).items())}")
    print(measured.table())


if __name__ == "__main__":
    main()
