"""An image task says how its data is cut and what counts; what does not go together is one sentence."""

from pathlib import Path

import pytest

from hub.errors import DeclarationError
from hub.paths import Project
from hub.spec import DomainGeneralizationTask, ImageClassificationTask, Registry, load
from hub.spec.task import OfficialSplits, SplitsByContent, TaskSpec
from hub.taxonomy import Taxonomy

ROOT = Path(__file__).parents[3]
TASK = """\
name: pictures
title: Pictures
summary: S
type: image_classification
source: {kind: external, reader: 'a.b:c', licence: none, how_to_get: Ask.}
taxonomy: labels.yaml
main_metric: accuracy
"""
SEVERAL = TASK.replace("accuracy", "mean_average_precision") + "multi_label: true\ndecision: {kind: global_threshold}\n"
DOMAINS = """\
name: styles
title: Styles
summary: S
type: domain_generalization
source: {kind: published, dataset: d, configuration: c}
inputs: {kind: images}
main_metric: accuracy
"""
NAMES = ("emo8", "fi", "emotion6", "unbiased_emo", "emoset118k", "caer_s", "heco", "emotic")


def _load(folder: Path, text: str, model: type[TaskSpec] = ImageClassificationTask) -> TaskSpec:
    path = folder / "task.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, model)


def test_what_is_not_said_is_official_splits_one_class_an_image_and_the_most_probable(tmp_path: Path) -> None:
    task = _load(tmp_path, TASK)
    assert isinstance(task, ImageClassificationTask)
    assert (task.splits, task.multi_label, task.decision.kind, task.model_type) == (
        OfficialSplits(kind="official"),
        False,
        "highest_probability",
        "image_classification",
    )
    assert _load(tmp_path, SEVERAL).main_metric == "mean_average_precision"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TASK.replace("accuracy", "micro_f1"), "'main_metric' is 'micro_f1'"),
        (TASK.replace("accuracy", "mean_average_precision"), "without 'multi_label' take accuracy or macro_f1"),
        (SEVERAL.replace("mean_average_precision", "accuracy"), "with 'multi_label' take mean_average_precision or macro_f1"),
        (TASK + "decision: {kind: global_threshold}\n", "'decision.kind' must be highest_probability where one class holds of an image"),
        (TASK.replace("accuracy", "macro_f1") + "multi_label: true\n", "'decision.kind' must be global_threshold where several classes hold of an image"),
        (TASK + "splits: {kind: by_content, train: 0.9, validation: 0.1}\n", "'train' and 'validation' leave nothing for test: their sum must be below 1"),
        (TASK + "splits: {kind: by_content, train: 0, validation: 0.1}\n", "greater than 0"),
        (TASK + "splits: {kind: shuffled, train: 0.7, validation: 0.1}\n", "'splits.kind' is 'shuffled', which is not one of the valid values"),
        (TASK + "splits: {kind: validation_from_test}\n", "the key 'splits.validation' is missing"),
        (
            TASK.replace("{kind: external, reader: 'a.b:c', licence: none, how_to_get: Ask.}", "{kind: published, dataset: d, configuration: c}")
            + "splits: {kind: by_content, train: 0.7, validation: 0.1}\n",
            "'splits.kind' must be official for a published dataset, which has its own",
        ),
    ],
)
def test_what_does_not_go_together_is_one_sentence(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        _load(tmp_path, text)
    assert expected in str(caught.value) and "\n" not in str(caught.value)


def test_published_domains_of_images_need_a_label_file(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="published images need a 'taxonomy'"):
        _load(tmp_path, DOMAINS, DomainGeneralizationTask)
    assert _load(tmp_path, DOMAINS + "taxonomy: labels.yaml\n", DomainGeneralizationTask).model_type == "image_classification"


@pytest.mark.parametrize("name", NAMES)
def test_a_declared_image_task_maps_to_classes_of_its_label_file(name: str) -> None:
    task = Registry(Project(ROOT)).task(name)
    assert isinstance(task, ImageClassificationTask)
    classes = Taxonomy.read(ROOT / task.taxonomy).labels
    assert set(task.mapping.values()) <= set(classes)
    assert len(classes) == {"emotic": 26, "caer_s": 7, "emotion6": 6, "unbiased_emo": 6}.get(name, 8)


def test_the_shares_are_those_of_the_original_where_the_data_has_no_splits() -> None:
    registry = Registry(Project(ROOT))
    for name, shares in {"fi": (0.8, 0.05), "emotion6": (0.7, 0.1), "unbiased_emo": (0.7, 0.1), "heco": (0.7, 0.1)}.items():
        task = registry.task(name)
        assert isinstance(task, ImageClassificationTask) and isinstance(task.splits, SplitsByContent)
        assert (task.splits.train, task.splits.validation) == shares
