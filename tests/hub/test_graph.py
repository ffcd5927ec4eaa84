"""The names that DVC loops over, and what each pair waits for."""

from pathlib import Path

import yaml

from hub.graph import graph_text, write_graph
from hub.imports import source_closure
from hub.paths import Project
from hub.spec import Registry
from tests.support.portrait_bench import write_portrait_task
from tests.support.text_project import write_model, write_profile

ROOT = Path(__file__).parents[2]
BENCH = yaml.safe_load(graph_text(Registry(Project(ROOT)), "local"))["bench"]


def test_the_committed_graph_is_up_to_date() -> None:
    assert (ROOT / "graph.yaml").read_text(encoding="utf-8") == graph_text(Registry(Project(ROOT)), "local")


def test_a_pair_waits_for_the_one_configuration_it_reads() -> None:
    assert BENCH["emo_pillars_contextual-minilm"]["data"] == "data/published/emo_pillars/contextual-rewritten"


def test_a_two_stage_pair_waits_for_both_of_its_configurations() -> None:
    assert BENCH["emo_pillars_contextual-emo_pillars"]["data"] == "data/published/emo_pillars"


def test_a_pair_over_external_data_waits_for_no_dataset_but_for_the_path() -> None:
    assert BENCH["goemotions-minilm"]["data"] == "benchmarks/tasks/goemotions.yaml"
    assert BENCH["goemotions-minilm"]["parameter"] == "data"


def test_a_first_stage_makes_external_pairs_wait_for_its_data() -> None:
    assert BENCH["goemotions-emo_pillars"]["data"] == "data/published/emo_pillars/context-less"


def test_a_model_is_not_adapted_to_the_task_it_was_first_trained_on() -> None:
    assert "emo_pillars_contextless-emo_pillars" not in BENCH


def test_a_portrait_animation_pair_waits_for_all_configurations_of_its_dataset(tmp_path: Path) -> None:
    write_portrait_task(tmp_path, "own", "self")
    write_model(tmp_path, "copier", "benchmarks.methods.animation:Animator", task_type="portrait_animation")
    write_profile(tmp_path)
    graph = yaml.safe_load(graph_text(Registry(Project(tmp_path)), "tiny"))
    assert graph["bench"]["own-copier"]["data"] == "data/published/emojibench"


def test_every_path_that_the_graph_names_exists_or_is_built() -> None:
    for pair in BENCH.values():
        assert (ROOT / pair["method"]).is_file()
        assert pair["data"].startswith("data/published/") or (ROOT / pair["data"]).is_file()


def test_a_pair_waits_for_all_method_code_that_its_method_runs() -> None:
    declared = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]["bench"]["do"]["deps"]
    for name, pair in BENCH.items():
        waited_for = [dependency for dependency in declared if "$" not in dependency] + [pair["method"], pair["library"]]
        method = pair["method"].removesuffix(".py").replace("/", ".")
        used = [path.relative_to(ROOT).as_posix() for path in source_closure(method, ROOT)]
        missed = [path for path in used if path.startswith("benchmarks/methods/") and not any(f"{path}/".startswith(f"{one}/") for one in waited_for)]
        assert missed in ([], ["benchmarks/methods/__init__.py"]), name


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    for name in ("benchmarks", "builders", "profiles"):
        (tmp_path / name).symlink_to(ROOT / name)
    project = Project(tmp_path)
    assert write_graph(project, Registry(project), "local") is True
    assert write_graph(project, Registry(project), "local") is False
