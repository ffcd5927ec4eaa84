"""The scripts that measure still run, at toy size; their numbers mean nothing here."""

import sys

import pytest

from benchmarks.perf import clustering, emoe


def test_training_steps_memory_and_backends_are_reported_beside_the_dense_model(capsys: pytest.CaptureFixture[str]) -> None:
    emoe.main(["--quick", "--rounds", "1", "--threads", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[1].strip() for line in lines if line.startswith("  ")] == [
        *["dense", "EMoE, paper's layers", "EMoE, every layer"] * 2,
        *["dense", "masked", "grouped", "loop"],
    ]


def test_an_interpreter_without_the_yardstick_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=f"{sys.executable} could not run k-means-constrained: ModuleNotFoundError"):
        clustering.main(["--interpreter", sys.executable, "--quick"])
