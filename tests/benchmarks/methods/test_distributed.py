"""Two processes that share every batch end with the weights of one, by any method that says so, under DDP and under FSDP."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import nn

from benchmarks import processes as module
from benchmarks.methods.distributed import Spread, mean_over_processes, seed_torch, share_of
from benchmarks.processes import Processes, agreed, joined, processes, wait
from hub.errors import EmohubError
from tests.support.projects import REPOSITORY
from tests.support.tiny_encoder import make_tiny_bert
from tests.support.tiny_vit import make_tiny_vit
from tests.support.train_in_processes import State

METHODS = {"ddp": ("text", "experts", "images", "language", "animation"), "fsdp": ("text", "experts", "images", "language")}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, State], Path]:
    """What one process ends with, by method, and the folder of what two end with."""
    material, together, alone = (tmp_path_factory.mktemp(name) for name in ("material", "together", "alone"))
    make_tiny_bert(material / "bert")
    make_tiny_vit(material / "vit")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", "2"]
    module = ["-m", "tests.support.train_in_processes", str(material)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen([*torchrun, *module, str(together)], cwd=REPOSITORY, env=environment) as running:
        # In a process of its own too: other tests may have left torch in another mood.
        subprocess.run([sys.executable, *module, str(alone)], cwd=REPOSITORY, env=environment, check=True, timeout=600)
        assert running.wait(timeout=600) == 0
    return {name: load_file(alone / f"ddp-{name}-0.safetensors") for name in METHODS["ddp"]}, together


@pytest.mark.parametrize(("strategy", "method"), [(strategy, method) for strategy, methods in METHODS.items() for method in methods])
def test_two_processes_end_with_the_weights_and_the_curve_of_one(outcomes: tuple[dict[str, State], Path], strategy: str, method: str) -> None:
    states, folder = outcomes
    # Adam makes steps of noise where a gradient is 0; the animator trains in single precision, the others in double.
    tolerance = 3e-4 if method == "animation" else 1e-6
    for rank in range(2):
        found = load_file(folder / f"{strategy}-{method}-{rank}.safetensors")
        assert found.keys() == states[method].keys()
        for name, value in states[method].items():
            torch.testing.assert_close(found[name], value, rtol=0, atol=max(tolerance, 2e-6) if name == "losses" else tolerance, msg=name)


@given(rows=st.integers(1, 40), count=st.integers(1, 9))
def test_shares_are_all_rows_once_and_weigh_as_they_do_in_the_whole(rows: int, count: int) -> None:
    losses = torch.arange(rows, dtype=torch.float64).square()
    total, seen = 0.0, []
    for rank in range(count):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_processes", Processes(rank, count))
            share, weight = share_of(rows)
        assert len(losses[share]) >= 1
        total += float(losses[share].mean()) * weight / count
        seen += list(range(rows))[share] if weight else []
    assert sorted(seen) == list(range(rows))
    assert total == pytest.approx(float(losses.mean()))


def test_alone_nothing_changes() -> None:
    network = nn.Linear(2, 1)
    spread = Spread(network, nn.Sequential)
    assert spread.step[0] is network
    assert torch.equal(spread(torch.ones(1, 2)), network(torch.ones(1, 2)))
    spread.gather()
    assert share_of(5) == (slice(0, None, 1), 1.0)
    assert mean_over_processes(torch.tensor(0.5)) == 0.5
    assert processes() == Processes() and agreed(True) and not agreed(False)
    wait()


def test_every_process_has_a_seed_of_its_own_and_the_first_that_of_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    for rank in range(4):
        monkeypatch.setattr(module, "_processes", Processes(rank, 4))
        seed_torch(7)
        drawn.append(float(torch.rand(())))
    torch.manual_seed(7)
    assert drawn[0] == float(torch.rand(()))
    assert len(set(drawn)) == 4


def test_a_process_that_nobody_started_for_it_is_told_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(EmohubError, match="start it with torchrun or accelerate launch"), joined("ddp"):
        pass
