"""Weights that several models share: trained once, and kept in the work folder under what they depend on."""

import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from torch import Tensor

from benchmarks.processes import agreed, processes, wait
from hub.console import say, shorten
from hub.files import digest, file_digest, replacing, write_json
from hub.imports import source_closure
from hub.results import CurvePoint

State = dict[str, Tensor]
Trained = tuple[State, Sequence[CurvePoint], float]
"""Weights, the curve of their training, and the seconds of what that training took from the work folder instead of doing it."""
_ROOT = Path(__file__).resolve().parents[3]


@cache
def code_of(module: str) -> str:
    """Returns a hash of a module's source and of the benchmark code that it imports, as they were when a process first asked."""
    files = [path for path in source_closure(module, _ROOT) if path.is_relative_to(_ROOT / "benchmarks")]
    return digest({str(path.relative_to(_ROOT)): file_digest(path) for path in files})


def kept(work: Path | None, kind: str, facts: Any, train: Callable[[], Trained]) -> tuple[State, float, bool]:
    """Returns weights, from `<work>/<kind>/<digest of the facts>` where they are, else from `train`, and then keeps them.

    With them come the seconds of training that were not spent now, because the work folder had the outcome, and whether `train` was called.

    Args:
        work: None keeps nothing.
        kind: the folder's name, such as "teachers".
        facts: everything that the weights depend on, JSON-like.
        train: gives the weights and the curve of their training.
    """
    from safetensors.torch import load_file, save_file

    if work is None:
        state, _, borrowed = train()
        return state, borrowed, True
    folder = work / kind / digest(facts)[:24]
    weights, account = folder / "model.safetensors", folder / "training.json"
    if agreed(account.is_file()):
        seconds = float(json.loads(account.read_text(encoding="utf-8"))["seconds"])
        say(f"{kind}: already trained, in {shorten(seconds)}")
        return load_file(weights), seconds, False
    started = time.perf_counter()
    state, curve, borrowed = train()
    state = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    if processes().first:
        with replacing(weights) as temporary:
            save_file(state, temporary)
        # Written last: a folder without it was interrupted and counts as empty.
        write_json(account, {"seconds": time.perf_counter() - started + borrowed, "curve": [point.model_dump() for point in curve], "facts": facts})
    wait()
    return state, borrowed, True
