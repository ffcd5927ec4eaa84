"""A small project with a published dataset, external tasks and models, run as the command line would run it."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from benchmarks.examples import TextExamples
from benchmarks.runners.run import write_outcome
from benchmarks.runners.text_classification import RUNNER
from hub.paths import Project
from hub.results import RunRecord, read_results
from hub.tables import read_table
from tests.support.spy_classifier import REFERENCE
from tests.support.text_project import CUE_LABELS, make_run, make_text_project, write_goemotions, write_model, write_published, write_task, write_yaml
from tests.support.toy_texts import toy_texts

READER = {"kind": "external", "reader": "benchmarks.sources.goemotions:read", "licence": "none", "how_to_get": "Ask the authors."}


@dataclass(frozen=True)
class Bench:
    """The project, and what a test asks of it."""

    project: Project
    target: dict[str, TextExamples]
    """The splits of the external task `target`."""
    pillars: dict[str, TextExamples]
    """The splits of the published task `pillars`."""

    @property
    def root(self) -> Path:
        return self.project.root

    @property
    def log(self) -> Path:
        return self.root.parent / "fits.jsonl"

    def run(self, task: str, model: str, profile: str = "tiny", only_seed: int | None = None) -> list[RunRecord]:
        """Runs a pair, writes what came of it and returns the pair's records as they were written, by seed."""
        run = make_run(self.project, task, model, profile, only_seed)
        write_outcome(run, RUNNER.run_pair(run))
        return self.records(task, model, profile)

    def records(self, task: str, model: str, profile: str = "tiny") -> list[RunRecord]:
        results = read_results(self.project)
        assert not results.broken
        return [record for record in results.records if (record.task, record.model, record.profile) == (task, model, profile)]

    def predictions(self, record: RunRecord) -> pa.Table:
        assert record.predictions is not None
        return read_table(self.root / "results" / record.predictions)


def make_bench(root: Path) -> Bench:
    """Makes the project in `root/project`; the external data, the log of trainings and the switch `cut_off` lie beside it."""
    project = make_text_project(root / "project")
    target = {"train": toy_texts(90, 1), "validation": toy_texts(30, 2), "test": toy_texts(45, 3)}
    pillars = {"train": toy_texts(60, 4), "validation": toy_texts(15, 5), "test": toy_texts(15, 6)}
    write_published(project, "emo_pillars", "context-less", pillars)
    write_yaml(project.params, {"profile": "tiny", "data": {"target": str(write_goemotions(root / "given", target))}})
    write_task(project.root, "target", READER)
    write_task(project.root, "pillars", {"kind": "published", "dataset": "emo_pillars", "configuration": "context-less"})
    write_task(project.root, "elsewhere", READER)
    write_task(project.root, "single", {**READER}, labels=list(CUE_LABELS), decision={"kind": "highest_probability"})
    made = Bench(project, target, pillars)
    settings = {"log": str(made.log), "cut_off": str(root / "cut_off")}
    write_model(project.root, "spy", REFERENCE, settings=settings)
    write_model(project.root, "spy_two_stages", REFERENCE, settings=settings, pretrain_on="pillars")
    write_model(project.root, "spy_zero_shot", REFERENCE, settings=settings, pretrain_on="pillars", adapt=False)
    write_model(project.root, "floor", "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression", deterministic=True)
    return made
