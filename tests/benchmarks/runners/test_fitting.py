"""A training is kept with seals, taken when it is whole, and done again when it is not; other processes may do it."""

import json
from pathlib import Path

import pytest

from benchmarks.methods.base import Setting
from benchmarks.runners.fitting import Fit, fit_once
from hub.durable.sealed import seal
from hub.errors import EmohubError
from hub.results import Launch
from tests.support.launched_classifier import LaunchedClassifier
from tests.support.toy_texts import toy_texts

ROWS = toy_texts(6)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / ".emohub" / "checkpoints" / "key"


def _learner(tmp_path: Path) -> LaunchedClassifier:
    return LaunchedClassifier({"folder": str(tmp_path / "trained")}, Setting(3, 0, 1, False))


def _trainings(tmp_path: Path, kept: Path) -> tuple[Fit, bool]:
    """Asks for the training; with what it gave comes whether it was done."""
    for mark in (tmp_path / "trained").glob("*"):
        mark.unlink()
    done = fit_once(_learner(tmp_path), ROWS, ROWS, "a model", kept)
    return done, bool(list((tmp_path / "trained").glob("*")))


def test_it_is_done_once(tmp_path: Path, kept: Path) -> None:
    first, trained = _trainings(tmp_path, kept)
    again, trained_again = _trainings(tmp_path, kept)
    assert trained and not trained_again
    assert again == first and again.launch is None


@pytest.mark.parametrize("name", ["learnt.json", "fit.json"])
@pytest.mark.parametrize("harm", ["changed", "cut", "missing", "unsealed"])
def test_what_is_not_whole_is_trained_again(tmp_path: Path, kept: Path, name: str, harm: str) -> None:
    first, _ = _trainings(tmp_path, kept)
    path = kept / name
    match harm:
        case "changed":
            path.write_bytes(path.read_bytes()[:-2] + b"7\n")
        case "cut":
            path.write_bytes(path.read_bytes()[:3])
        case "missing":
            path.unlink()
        case _:
            (kept / f"{name}.sha256").unlink()
    again, trained = _trainings(tmp_path, kept)
    assert trained and again.curve == first.curve
    assert not _trainings(tmp_path, kept)[1]


def test_what_other_processes_left_is_taken_with_how_it_was_launched(tmp_path: Path, kept: Path) -> None:
    def elsewhere() -> None:
        fit_once(_learner(tmp_path), ROWS, ROWS, "a model", kept)
        account = json.loads((kept / "fit.json").read_text(encoding="utf-8"))
        (kept / "fit.json").write_text(json.dumps({**account, "launch": {"processes": 8, "strategy": "fsdp"}}), encoding="utf-8")
        seal(kept / "fit.json")

    assert fit_once(_learner(tmp_path), ROWS, ROWS, "a model", kept, elsewhere).launch == Launch(processes=8, strategy="fsdp")


def test_other_processes_that_leave_nothing_are_found_out(tmp_path: Path, kept: Path) -> None:
    with pytest.raises(EmohubError, match=r"a model: the processes that train it have ended and left nothing"):
        fit_once(_learner(tmp_path), ROWS, ROWS, "a model", kept, lambda: None)
