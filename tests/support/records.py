"""Plausible, valid run records and dataset reports, and a project filled with them. The numbers are made up; nothing here was measured."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from hub.paths import Project
from hub.results import Cost, CurvePoint, Data, Decision, Environment, RunRecord, Score, write_record
from hub.taxonomy import Taxonomy

LABELS = Taxonomy.read(Path(__file__).parents[2] / "builders" / "emo_pillars" / "labels.yaml").labels
TASKS: dict[str, tuple[str, float, bool]] = {
    "emo_pillars_contextless": ("macro_f1", 0.52, True),
    "emo_pillars_contextual": ("macro_f1", 0.31, True),
    "goemotions": ("macro_f1", 0.45, True),
    "isear": ("macro_f1", 0.6, False),
    "emocontext": ("micro_f1", 0.6, False),
    "iemocap": ("macro_f1", 0.5, False),
}
"""Main metric, a usual score, and whether the data is there."""
MODELS: dict[str, tuple[float, int, float, dict[str, Any]]] = {
    "tfidf_logreg": (-0.03, 1_904_000, 41.0, {}),
    "minilm": (0.01, 22_724_252, 212.4, {}),
    "emo_pillars": (0.035, 22_725_020, 388.2, {"pretrained_on": "emo_pillars_contextless"}),
    "emo_pillars_zero_shot": (-0.2, 22_725_020, 176.1, {"pretrained_on": "emo_pillars_contextless", "adapted": False}),
}
"""Difference from the usual score, parameters, training seconds, and what else the data says."""
FINGERPRINT = "7d3f" * 16


def make_record(**changes: Any) -> RunRecord:
    """Returns a complete record of minilm on goemotions; `changes` replace its fields."""
    fields: dict[str, Any] = {
        "status": "complete",
        "profile": "local",
        "task": "goemotions",
        "model": "minilm",
        "seed": 0,
        "main_metric": "macro_f1",
        "metrics": make_metrics(0.46),
        "decision": Decision(rule="global_threshold", threshold=0.34, tuned_on="validation"),
        "interval_method": "95 % percentile bootstrap over test rows, 1,000 replicates",
        "data": Data(name="GoEmotions", source="local", fingerprint=FINGERPRINT, train=43_410, validation=5_426, test=5_427),
        "environment": Environment(
            python="3.11.7", platform="Linux x86_64", processor="a processor", threads=2, packages={"numpy": "2.4.6", "torch": "2.13.0+cpu"}
        ),
        "cost": Cost(train_seconds=212.4, predict_seconds=11.9, parameters=22_724_252),
        "settings": {"encoder": "minilm", "epochs": 2, "learning_rate": 0.0003, "batch_size": 32},
        "code_revision": "51ca33700c1d",
        "command": "emohub bench goemotions minilm --profile local",
        "finished": datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
    }
    return RunRecord.model_validate({**fields, **changes})


def make_unavailable(**changes: Any) -> RunRecord:
    """Returns the record of a task whose data is not there."""
    fields: dict[str, Any] = {
        "status": "unavailable",
        "reason": "it is not on the Hub in a form this task may use, and no local path is given. Ask for ISEAR and save it as isear.csv.",
        "metrics": {},
        "decision": None,
        "cost": None,
        "data": Data(name="ISEAR", source="none"),
    }
    return make_record(**{**fields, **changes})


def make_metrics(macro: float, margin: float = 0.011, main: str = "macro_f1") -> dict[str, Score]:
    """Returns the four metrics of a text run around a main score."""
    other, gap = ("micro_f1", 0.07) if main == "macro_f1" else ("macro_f1", -0.05)
    return {
        main: Score(value=round(macro, 6), low=round(macro - margin, 6), high=round(macro + 0.9 * margin, 6)),
        other: Score(value=round(macro + gap, 6), low=round(macro + gap - 0.8 * margin, 6), high=round(macro + gap + 0.8 * margin, 6)),
        "brier_score": Score(value=0.0312),
        "expected_calibration_error": Score(value=0.0087),
    }


def fill_project(root: Path, seeds: tuple[int, ...] = (0,), profile: str = "local") -> Project:
    """Writes records of every task and model, and a dataset report, into a project at `root`."""
    project = Project(root)
    generator = np.random.default_rng(7)
    for task, (metric, usual, available) in TASKS.items():
        for model, (difference, parameters, seconds, extra) in MODELS.items():
            if extra.get("pretrained_on") == task:
                continue
            for seed in seeds if available and model != "tfidf_logreg" else seeds[:1]:
                place = {"profile": profile, "task": task, "model": model, "seed": seed, "main_metric": metric}
                command = f"emohub bench {task} {model} --profile {profile}"
                finished = datetime(2026, 11, 20, 9, 30, tzinfo=UTC) + timedelta(minutes=seed)
                if not available:
                    data = Data(name=task, source="none", **extra)
                    write_record(project.runs, make_unavailable(**place, data=data, command=command, finished=finished))
                    continue
                score = usual + difference + float(generator.normal(0, 0.004))
                published = task.startswith("emo_pillars")
                data = Data(name=task, source="published" if published else "local", fingerprint=FINGERPRINT, train=3800, validation=520, test=500, **extra)
                write_record(
                    project.runs,
                    make_record(
                        **place,
                        metrics=make_metrics(score, 0.03 if published else 0.011, metric),
                        per_label=make_labels(generator, score),
                        data=data,
                        cost=Cost(train_seconds=seconds, predict_seconds=seconds / 20, parameters=parameters),
                        curve=() if model == "tfidf_logreg" else make_curve(generator),
                        command=command,
                        finished=finished,
                    ),
                )
    write_report(project, profile)
    return project


def make_labels(generator: np.random.Generator, mean: float) -> dict[str, dict[str, float]]:
    """Returns precision, recall, F1 and support of 28 labels around a mean F1."""
    f1 = np.clip(mean + generator.normal(0, 0.16, len(LABELS)), 0.02, 0.95)
    return {
        label: {"precision": round(min(1, value + 0.04), 6), "recall": round(max(0, value - 0.04), 6), "f1": round(float(value), 6), "support": int(support)}
        for label, value, support in zip(LABELS, f1, generator.integers(6, 500, len(LABELS)), strict=True)
    }


def make_curve(generator: np.random.Generator, points: int = 40) -> tuple[CurvePoint, ...]:
    """Returns a falling training curve; every tenth point has a validation loss."""
    steps = np.arange(1, points + 1) * 25
    loss = 0.09 + 0.5 * np.exp(-steps / 260) + generator.normal(0, 0.004, points)
    return tuple(
        CurvePoint(step=int(step), loss=round(float(value), 5), validation=round(float(value) + 0.012, 5) if number % 10 == 9 else None)
        for number, (step, value) in enumerate(zip(steps, loss, strict=True))
    )


def write_report(project: Project, profile: str = "local", **changes: Any) -> Path:
    """Writes a dataset report of emo_pillars."""
    configurations = {"context-less": (3800, 520, 500), "contextual": (1925, 102, 107), "contextual-rewritten": (1925, 102, 107)}
    labels = {label: 140 + 7 * number for number, label in enumerate(LABELS)}
    report = {
        "dataset": "emo_pillars",
        "version": "0.1.0",
        "profile": profile,
        "engine": {"kind": "authored"},
        "narratives": {"kind": "authored", "count": 48, "licences": ["cc-by-4.0"]},
        "rows": {name: dict(zip(("train", "validation", "test"), sizes, strict=True)) for name, sizes in configurations.items()},
        "statistics": {
            "labels": dict.fromkeys(configurations, labels),
            "label_mapping": {
                "answered": 6047,
                "outside_taxonomy": 409,
                "outside_share": 0.0676,
                "mapped_by_synonym": 357,
                "mapped_by_nearest": 0,
                "unmapped": 52,
                "commonest_outside": {"guilt -> remorse": 76, "loneliness -> sadness": 57, "nostalgia -> unmapped": 47},
            },
        },
        "rejects": {"labels": {"off_label": 52}},
        "rejects_by_label": {"off_label": {"nostalgia": 47, "boredom": 5}},
        "gates": [{"name": "near-duplicates in context-less", "passed": True, "measured": "0.00%", "required": "at most 1%", "rows": []}],
        **changes,
    }
    path = project.root / "results" / "datasets" / profile / "emo_pillars.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report), encoding="utf-8")
    return path
