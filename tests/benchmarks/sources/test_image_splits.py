"""Images in class folders: classes by name, parts by the bytes of an image, and every image that is left out counted."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.image_examples import ImageExamples, ImageSplits
from benchmarks.sources.image_folders import read_hub
from benchmarks.sources.image_splits import cut, read_image_splits
from benchmarks.sources.labelled_images import LabelledImage
from hub.errors import DataUnavailableError, DeclarationError, EmohubError
from hub.paths import Project
from hub.spec import ImageClassificationTask, Registry
from hub.spec.task import ExternalSource
from tests.support.emotion_images import EMOTIONS, write_class_folders, write_image_task, write_labels
from tests.support.text_project import make_text_project, write_yaml

FOLDERS = {"kind": "external", "reader": "benchmarks.sources.image_folders:read", "licence": "none", "how_to_get": "Draw them."}
BY_CONTENT = {"kind": "by_content", "train": 0.5, "validation": 0.25}
VALIDATION = ["2", "47", "48", "50", "61", "64", "83", "86"]
"""Worked out apart from the code under test: SHA-256 of `image split`, the seed and the content, its first 31 bits between 70 and 80 %."""
Read = Callable[..., ImageSplits]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_text_project(tmp_path / "project")
    write_labels(made.root)
    return made


@pytest.fixture
def read(project: Project) -> Read:
    def read_with(path: Path | None, reader: str = FOLDERS["reader"], **changes: Any) -> ImageSplits:
        write_image_task(project.root, "given", {**FOLDERS, "reader": reader}, **{"splits": BY_CONTENT, **changes})
        return _read(project, "given", path)

    return read_with


def _read(project: Project, name: str, path: Path | None) -> ImageSplits:
    write_yaml(project.params, {"profile": "tiny", "data": {name: str(path) if path else None}})
    registry = Registry(project)
    task = registry.task(name)
    assert isinstance(task, ImageClassificationTask)
    return read_image_splits(task, project, registry.params(), network=False)


def _parts(splits: ImageSplits) -> dict[str, ImageExamples]:
    return {"train": splits.train, "validation": splits.validation, "test": splits.test}


def _named(splits: ImageSplits) -> dict[str, str]:
    """The class of every image by id."""
    return {id: splits.classes[int(row.argmax())] for part in _parts(splits).values() for id, row in zip(part.ids, part.labels, strict=True)}


def test_a_class_is_its_folders_name_and_its_place_among_the_folders_says_nothing(read: Read, tmp_path: Path) -> None:
    data = write_class_folders(tmp_path / "data", count=24)
    found = read(data)
    assert found.classes == EMOTIONS and found.source == "local"
    assert all(id.split("/")[0] == label for id, label in _named(found).items())
    before = {id: label for id, label in _named(found).items() if not id.startswith("awe")}
    # Another first folder moves every number that counting would give.
    (data / "awe").rename(data / "Zawe")
    after = _named(read(data, mapping={"zawe": "awe"}))
    assert {id: label for id, label in after.items() if not id.startswith("Zawe")} == before
    assert {label for id, label in after.items() if id.startswith("Zawe")} == {"awe"}


def test_a_folder_in_capitals_is_the_same_class(read: Read, tmp_path: Path) -> None:
    assert set(_named(read(write_class_folders(tmp_path / "data", ("Anger", "AWE", "fear", "Joy"), count=24))).values()) == set(EMOTIONS)


def test_a_folder_that_is_no_class_is_named_with_the_nearest(read: Read, tmp_path: Path) -> None:
    data = write_class_folders(tmp_path / "data", (*EMOTIONS, "angers"), count=8)
    with pytest.raises(DeclarationError, match=r"tasks/given\.yaml: 'mapping' leads the data's label 'angers' to none of the classes: did you mean 'anger'\?"):
        read(data)


def test_a_part_is_decided_by_an_images_bytes_wherever_it_lies_and_whatever_lies_beside_it(read: Read, tmp_path: Path) -> None:
    data = write_class_folders(tmp_path / "data", count=30)
    before = {content: name for name, part in _parts(read(data)).items() for content in part.contents}
    moved = shutil.copytree(data, tmp_path / "moved")
    for number, path in enumerate(sorted((moved / "joy").iterdir())):
        path.rename(path.with_name(f"renamed-{30 - number:02}.png"))
    for path in sorted((moved / "fear").iterdir())[:10]:
        path.unlink()
    after = {content: name for name, part in _parts(read(moved)).items() for content in part.contents}
    assert len(after) == 110 and all(before[content] == name for content, name in after.items())


def test_the_same_image_under_two_names_is_never_in_two_parts(read: Read, tmp_path: Path) -> None:
    data = write_class_folders(tmp_path / "data", count=20)
    for path in sorted((data / "joy").iterdir()):
        shutil.copy(path, path.with_name(f"again-{path.name}"))
    contents = [set(part.contents) for part in _parts(read(data)).values()]
    assert not (contents[0] & contents[1] or contents[0] & contents[2] or contents[1] & contents[2])


def _task(**splits: Any) -> ImageClassificationTask:
    declared = {"name": "t", "title": "T", "summary": "S", "type": "image_classification", "source": FOLDERS, "taxonomy": "l.yaml", "main_metric": "accuracy"}
    return ImageClassificationTask.model_validate({**declared, "splits": splits}, strict=False)


@given(st.lists(st.binary(min_size=4, max_size=4), unique=True, max_size=60), st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_of_rows_moves_none_of_them_to_another_part(contents: list[bytes], random: Any, seed: int) -> None:
    rows = [LabelledImage(content.hex(), Path("x"), content.hex(), ("joy",)) for content in contents]
    shuffled = list(rows)
    random.shuffle(shuffled)
    task = _task(kind="by_content", train=0.7, validation=0.1, seed=seed)
    if rows:
        first, second = cut({"all": rows}, task, "t"), cut({"all": shuffled}, task, "t")
        assert {part: {row.id for row in found} for part, found in first.items()} == {part: {row.id for row in found} for part, found in second.items()}
        assert sum(map(len, first.values())) == len(rows)


@pytest.mark.parametrize(("train", "validation"), [(0.7, 0.1), (0.8, 0.05)])
def test_the_shares_are_met_as_chance_allows_and_another_seed_cuts_otherwise(train: float, validation: float) -> None:
    rows = [LabelledImage(str(number), Path("x"), str(number), ("joy",)) for number in range(20_000)]
    first, second = (cut({"all": rows}, _task(kind="by_content", train=train, validation=validation, seed=seed), "t") for seed in (0, 1))
    sizes = [len(first[part]) / len(rows) for part in ("train", "validation", "test")]
    # Five standard deviations of a binomial share of 20,000.
    np.testing.assert_allclose(sizes, [train, validation, 1 - train - validation], atol=0.018)
    assert first["test"] != second["test"]


def test_the_cut_is_the_same_on_every_machine() -> None:
    rows = [LabelledImage(str(number), Path("x"), str(number), ("joy",)) for number in range(100)]
    found = cut({"all": rows}, _task(kind="by_content", train=0.7, validation=0.1), "t")
    assert [row.id for row in found["validation"]] == VALIDATION


def test_data_in_three_parts_keeps_them_and_says_so(read: Read, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed, (folder, count) in enumerate({"train": 4, "val": 2, "test": 3}.items()):
        write_class_folders(tmp_path / "data" / folder, count=count, seed=seed)
    found = read(tmp_path / "data")
    assert [len(part) for part in _parts(found).values()] == [16, 8, 12]
    assert all(id.startswith("val/") for id in found.validation.ids)
    assert "which are kept; 'splits' is not used" in capsys.readouterr().err
    assert [len(part) for part in _parts(read(tmp_path / "data", splits=None)).values()] == [16, 8, 12]


@pytest.mark.parametrize(
    ("folders", "splits", "message"),
    [
        ((), {"kind": "official"}, "the data comes uncut, which 'splits.kind' official does not make train, validation and test of"),
        ((), {"kind": "validation_from_test", "validation": 0.3}, "the data comes uncut, which 'splits.kind' validation_from_test"),
        (("train", "test"), BY_CONTENT, "the data comes in test, train alone, which 'splits.kind' by_content"),
        (("train", "test"), {"kind": "official"}, "holds no images for validation; is it complete"),
    ],
)
def test_parts_that_do_not_suit_the_task_are_named(read: Read, tmp_path: Path, folders: tuple[str, ...], splits: dict[str, Any], message: str) -> None:
    for folder in folders or (".",):
        write_class_folders(tmp_path / "data" / folder, count=2)
    with pytest.raises(EmohubError, match=message):
        read(tmp_path / "data", splits=splits)


def test_images_that_cannot_be_decoded_are_counted_and_left_out(read: Read, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_class_folders(tmp_path / "data", count=20)
    whole = (data / "joy" / "000.png").read_bytes()
    (data / "joy" / "000.png").write_bytes(whole[: len(whole) // 2])
    (data / "joy" / "001.png").write_bytes(b"")
    (data / "joy" / "notes.txt").write_text("no image")
    (data / "joy" / ".hidden.png").write_bytes(whole)
    (data / "readme.md").write_text("no folder")
    assert sum(map(len, _parts(read(data)).values())) == 78
    assert "given: 2 rows cannot be decoded and were left out" in capsys.readouterr().err


def test_no_path_is_unavailable_and_a_place_without_images_an_error(read: Read, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match=r"Draw them\. .*-S data\.given=PATH.*EMOHUB_DATA_GIVEN"):
        read(None)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(EmohubError, match="holds no images"):
        read(tmp_path / "empty")
    with pytest.raises(EmohubError, match="not a folder"):
        read(tmp_path / "file")


def test_a_reader_of_something_else_is_named(read: Read, tmp_path: Path) -> None:
    (tmp_path / "isear.csv").write_text("emotion,text\njoy,I won\n")
    with pytest.raises(DeclarationError, match="does not read labelled images"):
        read(tmp_path / "isear.csv", reader="benchmarks.sources.isear:read")


def test_a_repository_of_the_hub_in_class_folders_is_read_from_its_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    cache, commit = tmp_path / "cache", "a" * 40
    repository = cache / "datasets--someone--emotions"
    write_class_folders(repository / "snapshots" / commit, count=2)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    source = ExternalSource.model_validate({**FOLDERS, "hub_id": "someone/emotions", "hub_revision": commit})
    assert [len(rows) for rows in read_hub(source).parts.values()] == [8]
    with pytest.raises(DataUnavailableError, match="someone/other cannot be downloaded from the Hub"):
        read_hub(source.model_copy(update={"hub_id": "someone/other"}))
