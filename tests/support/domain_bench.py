"""A small project with a published dataset of several story settings, a domain generalization task over it, and models."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from benchmarks.examples import TextExamples
from benchmarks.runners.domain_generalization import RUNNER
from benchmarks.runners.run import write_outcome
from hub.paths import Project
from hub.results import RunRecord, read_results
from hub.tables import read_table, write_table
from tests.support.domain_spy import REFERENCE
from tests.support.text_project import CUE_LABELS, LABELS_FILE, make_run, make_text_project, write_model, write_yaml
from tests.support.toy_texts import toy_texts

DOMAINS = {"north": ["city", "home"], "south": ["lab"], "east": ["past"]}
PLOTS = {"city-corner": ("north", 18), "home-barn": ("north", 12), "lab-hum": ("south", 30), "past-ship": ("east", 24), "tale-bell": (None, 6)}
"""Each story's domain and number of rows; the tale belongs to none."""
SOURCE = {"kind": "published", "dataset": "emo_pillars", "configuration": "context-less"}


@dataclass(frozen=True)
class DomainBench:
    """The project, and what a test asks of it."""

    project: Project
    rows: dict[str, TextExamples]
    """By domain."""

    @property
    def root(self) -> Path:
        return self.project.root

    @property
    def log(self) -> Path:
        return self.root.parent / "events.jsonl"

    def run(self, model: str, task: str = "settings", profile: str = "tiny", only_seed: int | None = 0) -> list[RunRecord]:
        """Runs a pair, writes what came of it and returns the pair's records as they were written, by seed."""
        run = make_run(self.project, task, model, profile, only_seed)
        write_outcome(run, RUNNER.run_pair(run))
        results = read_results(self.project)
        assert not results.broken
        return [record for record in results.records if (record.task, record.model, record.profile) == (task, model, profile)]

    def predictions(self, record: RunRecord) -> pa.Table:
        assert record.predictions is not None
        return read_table(self.root / "results" / record.predictions)

    def spy(self, name: str, **settings: Any) -> str:
        write_model(self.root, name, REFERENCE, settings={"log": str(self.log), **settings})
        return name


def make_domain_bench(root: Path) -> DomainBench:
    """Makes the project in `root/project`; the log of trainings and predictions lies beside it."""
    project = make_text_project(root / "project")
    stories = {plot: _story(plot, rows, seed) for seed, (plot, (_, rows)) in enumerate(PLOTS.items())}
    _publish(project, stories)
    write_domain_task(project.root, "settings")
    write_model(project.root, "floor", "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression", deterministic=True)
    rows = {domain: [stories[plot] for plot, (of, _) in PLOTS.items() if of == domain] for domain in DOMAINS}
    made = DomainBench(project, {domain: _joined(parts) for domain, parts in rows.items()})
    made.spy("spy")
    return made


def write_domain_task(root: Path, name: str, **changes: Any) -> None:
    declared = {
        "name": name,
        "title": f"Task {name}",
        "summary": "A task for tests.",
        "type": "domain_generalization",
        "source": SOURCE,
        "inputs": {"kind": "text", "column": "plot_id", "domains": DOMAINS},
        "taxonomy": LABELS_FILE,
        "labels": list(CUE_LABELS),
        "mapping": {"admiration": "joy"},
        "decision": {"kind": "global_threshold"},
        "main_metric": "macro_f1",
    }
    write_yaml(root / "benchmarks" / "tasks" / f"{name}.yaml", {key: value for key, value in {**declared, **changes}.items() if value is not None})


def _story(plot: str, rows: int, seed: int) -> TextExamples:
    made = toy_texts(rows, seed)
    return TextExamples(tuple(f"{plot}/u{row:02}" for row in range(rows)), made.texts, made.contexts, made.labels)


def _joined(parts: list[TextExamples]) -> TextExamples:
    import numpy as np

    ids, texts, contexts = (tuple(value for part in parts for value in getattr(part, field)) for field in ("ids", "texts", "contexts"))
    return TextExamples(ids, texts, contexts, np.concatenate([part.labels for part in parts]))


def _publish(project: Project, stories: dict[str, TextExamples]) -> None:
    """The stories spread over the published splits; joy is published as admiration, which the task maps back."""
    names = list(yaml.safe_load((project.root / LABELS_FILE).read_text(encoding="utf-8"))["classes"])
    published = ["admiration", *CUE_LABELS[1:]]
    rows = [
        {
            "id": story.ids[row],
            "utterance": story.texts[row],
            "labels": [
                {"label": names.index(published[int(story.labels[row].argmax())]), "expressiveness": 0.3},
                {"label": names.index("neutral"), "expressiveness": 0.2},
            ],
            "plot_id": plot,
        }
        for plot, story in stories.items()
        for row in range(len(story))
    ]
    folder = project.published("emo_pillars") / "context-less"
    for number, split in enumerate(("train", "validation", "test")):
        write_table(folder / f"{split}-00000-of-00001.parquet", pa.Table.from_pylist(rows[number::3]))
