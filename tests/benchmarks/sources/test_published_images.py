"""Published images: class numbers become names, bytes are taken out of Parquet once, and what cannot be right is named."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.domain_examples import DomainRows
from benchmarks.image_examples import ImageExamples, ImageSplits
from benchmarks.sources.image_domains import read_image_domains
from benchmarks.sources.image_splits import read_image_splits
from hub.errors import DataUnavailableError, DeclarationError, EmohubError
from hub.files import file_digest
from hub.paths import Project
from hub.spec import DomainGeneralizationTask, ImageClassificationTask, Registry
from hub.tables import read_table, write_table
from tests.support.domain_bench import write_domain_task
from tests.support.emotion_images import (
    EMOTIONS,
    LABELS_FILE,
    SOURCE,
    SPLITS,
    STYLES,
    plain_images,
    published_rows,
    write_image_task,
    write_labels,
    write_published_images,
)
from tests.support.text_project import make_text_project

IMAGES = {split: plain_images(split, count) for split, count in SPLITS.items()}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_text_project(tmp_path / "project")
    write_labels(made.root)
    write_published_images(made, {split: published_rows(images) for split, images in IMAGES.items()})
    write_image_task(made.root, "plain", SOURCE)
    return made


def _read(project: Project, name: str = "plain") -> ImageSplits:
    registry = Registry(project)
    task = registry.task(name)
    assert isinstance(task, ImageClassificationTask)
    return read_image_splits(task, project, registry.params(), network=False)


def _named(examples: ImageExamples, classes: tuple[str, ...]) -> list[str]:
    return [classes[column] for column in examples.labels.argmax(axis=1)]


def test_every_split_is_read_with_all_that_is_known_of_an_image(project: Project) -> None:
    found = _read(project)
    assert (found.source, found.classes) == ("published", EMOTIONS)
    for split, examples in (("train", found.train), ("validation", found.validation), ("test", found.test)):
        images = IMAGES[split]
        assert examples.ids == tuple(image.id for image in images)
        assert examples.domains == tuple(image.style for image in images)
        assert _named(examples, found.classes) == [image.emotion for image in images]
        assert set(examples.captions) == {f"a plain picture, {style}" for style in STYLES}
        assert [path.read_bytes() for path in examples.paths] == [image.png for image in images]
        assert examples.contents == tuple(file_digest(path) for path in examples.paths)


def test_boxes_become_shares_of_the_image_and_none_is_not_a_number(project: Project) -> None:
    examples = _read(project).train
    for image, box in zip(IMAGES["train"], examples.boxes, strict=True):
        np.testing.assert_allclose(box, [4 / 40, 2 / 32, 20 / 40, 30 / 32] if image.box else [np.nan] * 4, rtol=1e-6)


def test_classes_are_taken_by_name_whatever_their_numbers_are(project: Project) -> None:
    before = _read(project)
    shuffled = ("joy", "fear", "anger", "awe")
    write_published_images(project, {split: published_rows(images, shuffled) for split, images in IMAGES.items()}, shuffled)
    after = _read(project)
    np.testing.assert_array_equal(before.test.labels, after.test.labels)
    assert before.fingerprint == after.fingerprint and before.revision != after.revision


def test_names_that_are_no_classes_are_an_error_of_the_mapping_and_a_mapping_mends_it(project: Project) -> None:
    other = ("anger", "awe", "fear", "Happiness")
    write_published_images(project, {split: published_rows(images) for split, images in IMAGES.items()}, other)
    with pytest.raises(DeclarationError, match="'mapping' leads the data's label 'happiness' to none of the classes"):
        _read(project)
    write_image_task(project.root, "mapped", SOURCE, mapping={"happiness": "joy"})
    assert set(_named(_read(project, "mapped").test, EMOTIONS)) == set(EMOTIONS)


def test_a_class_that_no_image_has_is_named(project: Project) -> None:
    write_labels(project.root, (*EMOTIONS, "disgust"))
    with pytest.raises(DeclarationError, match="no image of the data has the class 'disgust'"):
        _read(project)


def test_images_are_unpacked_once_and_again_when_the_data_changes(project: Project) -> None:
    first = _read(project).train.paths
    times = [path.stat().st_mtime_ns for path in first]
    assert [path.stat().st_mtime_ns for path in _read(project).train.paths] == times
    assert first[0].parent.parent == project.work / "images"
    write_published_images(project, {"train": published_rows(plain_images("other", 2))})
    assert _read(project).train.paths[0].parent != first[0].parent


def test_an_unpacking_that_was_interrupted_is_done_again(project: Project) -> None:
    folder = _read(project).train.paths[0].parent
    (folder / "contents.json").unlink()
    next(folder.glob("*.png")).write_bytes(b"half")
    again = _read(project)
    assert again.train.contents == tuple(file_digest(path) for path in again.train.paths)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "nothing is left over"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "../../etc/passwd"}, "cannot name a file"),
        ({"id": ".hidden"}, "cannot name a file"),
        ({"id": ""}, "cannot name a file"),
        ({"id": None}, "cannot name a file"),
        ({"id": "a" * 201}, "cannot name a file"),
        ({"id": "train-anger-cartoon-1"}, "stands twice"),
        ({"image": {"bytes": b"no image", "path": None}}, "the image is not readable"),
        ({"image": None}, "the image is not readable"),
        ({"width": 41}, r"the image is \(40, 32\), expected 41 × 32 pixels"),
        ({"emotion": 4}, "emotion is 4, expected 0 to 3"),
        ({"emotion": None}, "emotion is None"),
        ({"style": -1}, "style is -1"),
        ({"person_box": [1.0, 2.0, 3.0]}, r"person_box is \[1.0, 2.0, 3.0\]"),
        ({"person_box": [20.0, 2.0, 4.0, 30.0]}, "person_box is"),
        ({"person_box": [float("nan")] * 4}, "person_box is"),
    ],
)
def test_a_row_that_cannot_be_right_is_named_and_leaves_nothing_behind(project: Project, change: dict[str, Any], message: str) -> None:
    rows = published_rows(IMAGES["train"])
    rows[0] |= change
    write_published_images(project, {"train": rows})
    with pytest.raises(EmohubError, match=message):
        _read(project)
    assert not list((project.work / "images").glob(".*"))


def test_a_missing_column_and_missing_class_names_are_named(project: Project) -> None:
    path = project.published("plain") / "all" / "train-00000-of-00001.parquet"
    table = read_table(path)
    write_table(path, table.drop_columns(["style"]))
    with pytest.raises(EmohubError, match="no column 'style'"):
        _read(project)
    write_table(path, table.replace_schema_metadata(None))
    with pytest.raises(EmohubError, match="the schema does not name the classes of 'emotion'"):
        _read(project)
    write_table(path, pa.Table.from_pylist([{"id": "a"}]))
    with pytest.raises(EmohubError, match="no column 'image'"):
        _read(project)


def test_what_was_not_built_is_unavailable_and_an_empty_split_an_error(project: Project) -> None:
    write_image_task(project.root, "elsewhere", {**SOURCE, "dataset": "another"})
    with pytest.raises(DataUnavailableError, match="dvc repro build@another"):
        _read(project, "elsewhere")
    (project.published("plain") / "all" / "test-00000-of-00001.parquet").unlink()
    with pytest.raises(EmohubError, match="holds no images for test; is it complete"):
        _read(project)


def _domains(project: Project, domains: list[str] | None = None, **changes: Any) -> DomainRows:
    declared = {"source": SOURCE, "inputs": {"kind": "images", "domains": domains or []}, "main_metric": "accuracy", "taxonomy": LABELS_FILE}
    write_domain_task(project.root, "styles", **{**declared, "labels": None, "mapping": None, "decision": None, **changes})
    registry = Registry(project)
    task = registry.task("styles")
    assert isinstance(task, DomainGeneralizationTask)
    return read_image_domains(task, project, registry.params(), network=False)


def test_styles_are_domains_and_the_rows_of_all_splits_are_taken_together(project: Project) -> None:
    data = _domains(project)
    assert (data.names, data.classes, data.source) == (tuple(sorted(STYLES)), EMOTIONS, "published")
    assert len(data.rows) == sum(len(images) for images in IMAGES.values())
    assert [len(data.of(name)) for name in data.names] == [len(EMOTIONS) * sum(SPLITS.values())] * 3
    assert isinstance(data.rows, ImageExamples) and data.rows.domains == data.domains
    assert not np.isnan(data.rows.boxes[1]).any()


def test_styles_may_be_chosen_and_one_that_is_not_there_is_named(project: Project) -> None:
    data = _domains(project, ["natural", "science fiction"])
    assert data.names == ("natural", "science fiction") and set(data.domains) == {"natural", "science fiction"}
    with pytest.raises(DeclarationError, match=r"there is no style 'cartoons': did you mean 'cartoon'\?"):
        _domains(project, ["cartoons", "natural"])


def test_published_images_need_a_taxonomy_to_name_their_classes(project: Project) -> None:
    with pytest.raises(DeclarationError, match="published images need a 'taxonomy'"):
        _domains(project, taxonomy=None)
