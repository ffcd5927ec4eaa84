"""Declarations are found by their place, read when asked for, and asked for by name."""

from pathlib import Path

import pytest

from hub.errors import DeclarationError
from hub.paths import Project
from hub.spec import Registry, TextClassificationTask
from hub.spec.registry import SPECS
from hub.spec.task import TASK_TYPES, HoldoutProtocol

ROOT = Path(__file__).parents[3]
MODEL = "name: {name}\ntitle: M\nsummary: S\nmethod: a.b:C\ntask_type: text_classification\n{more}"
TASK = (
    "name: {name}\ntitle: T\nsummary: S\ntype: text_classification\nsource: {{kind: published, dataset: d, configuration: c}}\n"
    "taxonomy: labels.yaml\ndecision: {{kind: global_threshold}}\nmain_metric: macro_f1\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for folder in ("benchmarks/tasks", "benchmarks/models", "profiles"):
        (tmp_path / folder).mkdir(parents=True)
    for name, more in {"plain": "", "picky": "tasks: [second]\n", "two_stage": "pretrain_on: first\n"}.items():
        (tmp_path / f"benchmarks/models/{name}.yaml").write_text(MODEL.format(name=name, more=more))
    for name in ("first", "second"):
        (tmp_path / f"benchmarks/tasks/{name}.yaml").write_text(TASK.format(name=name))
    return Project(tmp_path)


def test_every_declaration_of_the_repository_loads() -> None:
    registry = Registry(Project(ROOT))
    for kind in SPECS:
        files = registry.files(kind)
        assert files, f"no {kind} is declared"
        for name in files:
            assert getattr(registry, kind)(name).name == name
    assert registry.params().profile in registry.files("profile")


def test_what_the_repository_declares_is_there() -> None:
    registry = Registry(Project(ROOT))
    tasks = registry.files("task")
    for name in registry.files("profile"):
        assert set(registry.profile(name).datasets) <= set(registry.files("dataset"))
    for name in registry.files("model"):
        model = registry.model(name)
        assert set(model.tasks) | ({model.pretrain_on} - {None}) <= set(tasks)
        assert set(model.profiles) <= set(registry.files("profile")) | {"study"}
    for name in registry.files("dataset"):
        folder, spec = ROOT / "builders" / name, registry.dataset(name)
        assert all((folder / step.prompt).is_file() for step in getattr(spec, "steps", ()))
        assert (folder / spec.taxonomy).is_file()


@pytest.mark.parametrize(
    ("kind", "asked", "nearest"),
    [
        ("dataset", "emo_pilars", "did you mean 'emo_pillars'?"),
        ("task", "goemotion", "did you mean 'goemotions'?"),
        ("model", "mini_lm", "did you mean 'minilm'?"),
        ("profile", "locale", "did you mean 'local'?"),
        ("model", "zzz", "valid: "),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_one(kind: str, asked: str, nearest: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        getattr(Registry(Project(ROOT)), kind)(asked)
    assert str(caught.value).startswith(f"there is no {kind} {asked!r}: {nearest}")


def test_a_name_cannot_lead_out_of_its_folder(project: Project) -> None:
    with pytest.raises(DeclarationError, match=r"there is no task '\.\./models/plain'"):
        Registry(project).task("../models/plain")


def test_a_name_that_differs_from_its_place_is_refused(project: Project) -> None:
    path = project.root / "benchmarks/models/other.yaml"
    path.write_text(MODEL.format(name="plain", more=""))
    with pytest.raises(DeclarationError) as caught:
        Registry(project).model("other")
    assert str(caught.value) == f"{path}: 'name' is 'plain', but its place says 'other'; make them the same"


def test_a_new_file_is_all_it_takes_and_a_broken_neighbour_does_not_matter(project: Project) -> None:
    (project.root / "benchmarks/models/newcomer.yaml").write_text(MODEL.format(name="newcomer", more=""))
    (project.root / "benchmarks/models/broken.yaml").write_text("name: [")
    registry = Registry(project)
    assert list(registry.files("model")) == ["broken", "newcomer", "picky", "plain", "two_stage"]
    assert registry.model("newcomer").title == "M"


def test_pairs_honour_a_models_tasks_and_leave_out_its_own_source(project: Project) -> None:
    pairs = [(task.name, model.name) for task, model in Registry(project).pairs("local")]
    assert pairs == [("first", "plain"), ("second", "picky"), ("second", "plain"), ("second", "two_stage")]


def test_settings_of_a_profile_replace_the_general_ones(project: Project) -> None:
    text = MODEL.format(name="sized", more="settings: {epochs: 1, lr: 0.1}\nprofiles: {paper: {epochs: 9}}\n")
    (project.root / "benchmarks/models/sized.yaml").write_text(text)
    model = Registry(project).model("sized")
    assert model.settings_for("local") == {"epochs": 1, "lr": 0.1}
    assert model.settings_for("paper") == {"epochs": 9, "lr": 0.1}


def test_a_model_may_belong_to_some_profiles_only(project: Project) -> None:
    (project.root / "benchmarks/models/large.yaml").write_text(MODEL.format(name="large", more="tasks: [first]\nruns_in: [paper]\n"))
    registry = Registry(project)
    named = {profile: {(task.name, model.name) for task, model in registry.pairs(profile)} for profile in ("local", "paper")}
    assert named["paper"] - named["local"] == {("first", "large")}
    assert {(task.name, model.name) for task, model in registry.all_pairs()} == named["paper"]


def test_a_task_may_belong_to_some_profiles_only(project: Project) -> None:
    (project.root / "benchmarks/tasks/large.yaml").write_text(TASK.format(name="large") + "runs_in: [paper]\n")
    (project.root / "benchmarks/models/local.yaml").write_text(MODEL.format(name="local", more="tasks: [large]\nruns_in: [local]\n"))
    registry = Registry(project)
    assert "large" not in {task.name for task, _ in registry.pairs("local")}
    assert ("large", "plain") in {(task.name, model.name) for task, model in registry.pairs("paper")}
    assert all(model.name != "local" for profile in ("local", "paper") for _, model in registry.pairs(profile))


def test_a_task_may_differ_in_a_profile(project: Project) -> None:
    path = project.root / "benchmarks/tasks/sized.yaml"
    path.write_text(TASK.format(name="sized") + "profiles: {local: {protocol: {kind: holdout, train_share: 0.5}}}\n")
    task = Registry(project).task("sized")
    assert isinstance(task, TextClassificationTask)
    assert task.for_profile("paper") is task
    assert task.for_profile("local").protocol == HoldoutProtocol(kind="holdout", train_share=0.5)


def test_a_model_fits_the_tasks_whose_inputs_it_takes() -> None:
    pairs = {(task.type, task.model_type, model.task_type) for task, model in Registry(Project(ROOT)).all_pairs()}
    assert all(wanted == offered for _, wanted, offered in pairs)
    assert {kind for kind, _, _ in pairs} <= set(TASK_TYPES)


def test_a_type_of_task_that_does_not_exist_is_answered_with_the_nearest_one(project: Project) -> None:
    path = project.root / "benchmarks/tasks/odd.yaml"
    path.write_text(TASK.format(name="odd").replace("text_classification", "language_modelling"))
    with pytest.raises(DeclarationError) as caught:
        Registry(project).task("odd")
    assert str(caught.value) == f"{path}: 'type' is 'language_modelling', which is not one of the valid values: did you mean 'language_modeling'?"
