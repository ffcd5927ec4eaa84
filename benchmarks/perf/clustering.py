"""Balanced k-means beside k-means-constrained: time and inertia at the sizes of feed-forward layers, in one run.

    python -m benchmarks.perf.clustering --interpreter /path/to/python [--rounds 3] [--quick]

`--interpreter` is a Python that has k-means-constrained (`python -m venv X && X/bin/pip install k-means-constrained`). It is kept apart because it brings
ortools and a protobuf of its own. It runs with n_init=1 and n_jobs=1, the one way that it still runs at these sizes; both sides have one thread, get the
same L2-normalised float32 keys and take turns, and both inertias are computed here, in float64. Times leave out imports and reading; CPU time is what
the process used, which a busy machine does not stretch. `--quick` takes small keys, only to see that it runs.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks.methods.emoe.adapters import find_stack, rows
from benchmarks.methods.emoe.clustering import balanced_kmeans, inertia, normalised
from benchmarks.methods.weights import MINILM, load_encoder

_THEIRS = """
import json, sys, time, warnings
import numpy as np
from k_means_constrained import KMeansConstrained
warnings.simplefilter("ignore")
keys, clusters, seed, place = np.load(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
size = len(keys) // clusters
wall, cpu = time.perf_counter(), time.process_time()
labels = KMeansConstrained(clusters, size_min=size, size_max=size, n_init=1, n_jobs=1, max_iter=1000, random_state=seed).fit(keys).labels_
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
np.save(place, labels.astype(np.int64))
"""


@dataclass(frozen=True)
class Case:
    """Keys to cluster."""

    name: str
    make: Callable[[], Tensor]
    clusters: int
    rounds: int


@dataclass(frozen=True)
class Run:
    """One clustering: seconds on the clock and of the processor, and its inertia."""

    wall: float
    cpu: float
    inertia: float


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interpreter", required=True, help="a Python that has k-means-constrained")
    parser.add_argument("--rounds", type=int, default=3, help="for the small sizes; the large ones run once")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    print(f"{'keys':34} {'ours':>18} {'k-means-constrained':>20} {'times as fast':>22} {'inertia ours / theirs':>32}")
    with tempfile.TemporaryDirectory() as folder:
        for case in quick_cases() if options.quick else cases(options.rounds):
            print(_line(case, *measure(case, options.interpreter, Path(folder))), flush=True)


def cases(rounds: int) -> list[Case]:
    """Returns random keys without structure, keys of low rank with noise, noisy planted clusters, and MiniLM's own."""
    return [
        Case("normal 3072 x 768", lambda: normal(3072, 768), 64, rounds),
        Case("rank 40 and noise 3072 x 768", lambda: low_rank(3072, 768, 40, 3.0), 64, rounds),
        Case("64 planted, noise 3072 x 768", lambda: planted(64, 48, 768, 2.0), 64, rounds),
        Case("MiniLM layer 4, 1536 x 384", minilm, 64, rounds),
        Case("normal 11008 x 4096", lambda: normal(11008, 4096), 64, 1),
        Case("rank 200 and noise 11008 x 4096", lambda: low_rank(11008, 4096, 200, 14.0), 64, 1),
    ]


def quick_cases() -> list[Case]:
    return [Case("normal 256 x 32", lambda: normal(256, 32), 8, 1)]


def normal(neurons: int, hidden: int) -> Tensor:
    """Returns keys (neurons, hidden) drawn from the standard normal distribution."""
    return torch.randn(neurons, hidden, generator=torch.Generator().manual_seed(0))


def low_rank(neurons: int, hidden: int, rank: int, noise: float) -> Tensor:
    """Returns keys of a rank, entries of variance `rank`, with normal noise of a standard deviation."""
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(rank, hidden, generator=generator)
    return torch.randn(neurons, rank, generator=generator) @ directions + noise * torch.randn(neurons, hidden, generator=generator)


def planted(blocks: int, size: int, hidden: int, noise: float) -> Tensor:
    """Returns `size` keys around each of `blocks` standard normal centres, with normal noise of a standard deviation."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(blocks, hidden, generator=generator)
    return centres.repeat_interleave(size, 0) + noise * torch.randn(blocks * size, hidden, generator=generator)


def minilm() -> Tensor:
    """Returns the keys of the layer of MiniLM that the paper's rule picks."""
    return rows(find_stack(load_encoder(MINILM, None, network=False)).layers[4].up)


def measure(case: Case, interpreter: str, folder: Path) -> tuple[list[Run], list[Run]]:
    """Returns our runs and theirs, seed by seed, in turns."""
    keys = normalised(case.make()).contiguous()
    place = folder / "keys.npy"
    np.save(place, keys.numpy())
    balanced_kmeans(keys[: 64 * case.clusters], case.clusters)
    ours, theirs = [], []
    for seed in range(case.rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        labels = balanced_kmeans(keys, case.clusters, seed)
        ours.append(Run(time.perf_counter() - wall, time.process_time() - cpu, inertia(keys, labels)))
        theirs.append(_theirs(keys, place, case.clusters, seed, interpreter, folder / "labels.npy"))
    return ours, theirs


def _theirs(keys: Tensor, place: Path, clusters: int, seed: int, interpreter: str, labels: Path) -> Run:
    one_thread = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    command = [interpreter, "-c", _THEIRS, str(place), str(clusters), str(seed), str(labels)]
    finished = subprocess.run(command, env=os.environ | one_thread, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise SystemExit(f"{interpreter} could not run k-means-constrained: {finished.stderr.strip().splitlines()[-1]}")
    wall, cpu = json.loads(finished.stdout)
    return Run(wall, cpu, inertia(keys, torch.from_numpy(np.load(labels))))


def _line(case: Case, ours: Sequence[Run], theirs: Sequence[Run]) -> str:
    faster = {kind: statistics.median(getattr(they, kind) / getattr(we, kind) for we, they in zip(ours, theirs, strict=True)) for kind in ("wall", "cpu")}
    seconds = [f"{statistics.median(run.wall for run in runs):.2f} s" for runs in (ours, theirs)]
    # The worst of ours beside the best of theirs.
    worst, best = max(run.inertia for run in ours), min(run.inertia for run in theirs)
    speed = f"{faster['wall']:.1f} ({faster['cpu']:.1f} CPU)"
    return f"{case.name:34} {seconds[0]:>18} {seconds[1]:>20} {speed:>22} {f'{worst:.1f} / {best:.1f} = {worst / best:.4f}':>32}"


if __name__ == "__main__":
    main()
