"""A project whose benchmark is spread over a cluster."""

from collections.abc import Mapping
from pathlib import Path

from tests.support.spread import Spread, profile
from tests.support.text_bench import Bench, make_bench
from tests.support.text_project import write_model, write_yaml


def benching(root: Path, environment: Mapping[str, str]) -> tuple[Spread, Bench]:
    """A project with the task `target` and the model `counts`, which two seeds train."""
    bench = make_bench(root)
    write_model(bench.root, "counts", "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression")
    write_yaml(bench.root / "profiles" / "tiny.yaml", {**profile([0, 1]), "datasets": {}})
    return Spread(bench.project, environment), bench
