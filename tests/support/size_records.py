"""A project with this hub's own declarations and made-up records of models trained on real rows, synthetic rows or both. Nothing here was measured."""

from pathlib import Path
from typing import Any

import numpy as np

from hub.paths import Project
from hub.results import Data, Score, write_record
from hub.results.board import write_board
from hub.spec import Registry
from tests.support.records import make_record, write_report

ROOT = Path(__file__).parents[2]
CONTEXTLESS, CONTEXTUAL = "emo_pillars_contextless", "emo_pillars_contextual"
MADE_UP: tuple[tuple[str, str, float, dict[str, Any]], ...] = (
    ("goemotions_tenth", "minilm", 0.39, {"train": 4341}),
    ("goemotions", "minilm", 0.49, {"train": 43_410}),
    ("goemotions_tenth", "emo_pillars", 0.43, {"train": 4341, "pretrained_on": CONTEXTLESS, "pretrain_rows": 5800}),
    ("goemotions", "emo_pillars", 0.5, {"train": 43_410, "pretrained_on": CONTEXTLESS, "pretrain_rows": 5800}),
    ("goemotions_tenth", "emo_pillars_contextless_tenth", 0.12, {"pretrained_on": CONTEXTLESS, "pretrain_rows": 580, "adapted": False}),
    ("goemotions_tenth", "emo_pillars_contextless_half", 0.18, {"pretrained_on": CONTEXTLESS, "pretrain_rows": 2900, "adapted": False}),
    ("goemotions_tenth", "emo_pillars_contextless", 0.22, {"pretrained_on": CONTEXTLESS, "pretrain_rows": 5800, "adapted": False}),
    ("goemotions_tenth", "emo_pillars_contextual", 0.15, {"pretrained_on": CONTEXTUAL, "pretrain_rows": 2936, "adapted": False}),
)


def declared_project(root: Path) -> Project:
    """A project at `root` whose declarations are those of this hub."""
    for name in ("benchmarks", "builders", "profiles"):
        (root / name).symlink_to(ROOT / name)
    return Project(root)


def fill_sizes(root: Path, seeds: tuple[int, ...] = (0, 1, 2), profile: str = "local") -> Project:
    """Writes the made-up records and a dataset report into such a project, and its board."""
    project = declared_project(root)
    registry, generator = Registry(project), np.random.default_rng(3)
    for task, model, score, more in MADE_UP:
        for seed in seeds:
            replicates = tuple(float(value) for value in score + 0.006 * np.random.default_rng(9).normal(size=200) + 0.002 * generator.normal(size=200))
            value = score + 0.003 * seed
            found = Score(value=value, low=value - 0.012, high=value + 0.012, replicates=replicates)
            data = Data(name="GoEmotions", source="local", fingerprint=f"all of {task}", test_fingerprint="test", test=5427, validation=5426, **more)
            settings = registry.model(model).settings_for(profile)
            write_record(
                project.runs, make_record(profile=profile, task=task, model=model, seed=seed, metrics={"macro_f1": found}, data=data, settings=settings)
            )
    write_report(project, profile)
    write_board(project, registry)
    return project
