"""A model that differs from another in how it predicts alone, as experts merged back do, is not trained a second time."""

from pathlib import Path

import pytest

from hub.paths import Project
from tests.support.domain_bench import make_domain_bench
from tests.support.text_bench import Bench
from tests.support.text_project import write_model

METHOD = "benchmarks.methods.expert_encoder:ExpertEncoderClassifier"


def _write_models(root: Path, encoder: Path) -> None:
    settings = {"encoder": str(encoder), "epochs": 2, "batch_size": 16, "maximum_length": 32, "learning_rate": 0.003, "head_learning_rate": 0.02}
    experts = {"kind": "emoe", "num_experts": 8, "top_k": 1}
    for name, changes in (("sparse", {"merge": False}), ("merged", {"merge": True}), ("other", {"merge": False, "epochs": 1})):
        write_model(root, name, METHOD, settings={**settings, "experts": experts, **changes})


def _trained(project: Project) -> int:
    return len(list((project.work / "checkpoints").iterdir()))


@pytest.mark.parametrize("order", [("sparse", "merged"), ("merged", "sparse")])
def test_in_text_classification(bench: Bench, tiny_bert: Path, order: tuple[str, str]) -> None:
    _write_models(bench.root, tiny_bert)
    one, same = (bench.run("target", model, only_seed=0)[0] for model in order)
    assert _trained(bench.project) == 1
    assert one.curve == same.curve and one.metrics != same.metrics
    bench.run("target", "other", only_seed=0)
    assert _trained(bench.project) == 2


def test_in_every_fold_of_domain_generalization(tmp_path: Path, tiny_bert: Path) -> None:
    bench = make_domain_bench(tmp_path)
    _write_models(bench.root, tiny_bert)
    one, same = (bench.run(model)[0] for model in ("sparse", "merged"))
    assert _trained(bench.project) == 3
    assert one.curve == same.curve and one.metrics != same.metrics
    bench.run("other")
    assert _trained(bench.project) == 6
