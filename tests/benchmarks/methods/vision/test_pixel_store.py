"""Weights are trained once for the same facts, and again for others."""

from pathlib import Path

import torch

from benchmarks.methods.vision.pixel_store import Trained, code_of, kept
from hub.results import CurvePoint


def test_the_same_facts_are_trained_once(tmp_path: Path) -> None:
    trainings = []

    def train() -> Trained:
        trainings.append(1)
        return {"weight": torch.full((2,), float(len(trainings)))}, [CurvePoint(step=1, loss=0.5)], 100.0

    first, borrowed, is_new = kept(tmp_path, "teachers", ["a", 1], train)
    again, borrowed_again, is_new_again = kept(tmp_path, "teachers", ["a", 1], train)
    other, _, _ = kept(tmp_path, "teachers", ["a", 2], train)
    assert (is_new, is_new_again, len(trainings)) == (True, False, 2)
    # What a training itself took from the work folder is part of what it cost, now and later.
    assert borrowed == 100.0 and 100.0 <= borrowed_again < 101.0
    assert torch.equal(first["weight"], again["weight"]) and not torch.equal(first["weight"], other["weight"])
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".safetensors", ".json"}


def test_without_a_folder_nothing_is_kept() -> None:
    assert kept(None, "teachers", [], lambda: ({"weight": torch.ones(1)}, [], 0.0))[2]


def test_an_interrupted_training_counts_for_nothing(tmp_path: Path) -> None:
    kept(tmp_path, "teachers", [], lambda: ({"weight": torch.ones(1)}, [], 0.0))
    next(tmp_path.rglob("training.json")).unlink()
    assert kept(tmp_path, "teachers", [], lambda: ({"weight": torch.zeros(1)}, [], 0.0))[0]["weight"] == 0


def test_the_code_s_hash_is_that_of_what_a_module_imports() -> None:
    assert code_of("benchmarks.methods.clip.training:make_teacher") == code_of("benchmarks.methods.clip.training")
    assert code_of("benchmarks.methods.clip.training") != code_of("benchmarks.methods.clip.settings")
