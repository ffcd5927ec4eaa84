"""The declared tasks on folders of their data sets' layouts: FI, Emotion6, UnBiasedEmo, CAER-S, EmoSet-118K, HECO and EMOTIC."""

import csv
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.image_examples import ImageExamples, ImageSplits
from benchmarks.sources.emoset import caption
from benchmarks.sources.emoset import read as read_emoset
from benchmarks.sources.image_persons import EMOTIC_CATEGORIES, read_emotic, read_heco
from benchmarks.sources.image_splits import read_image_splits
from benchmarks.sources.labelled_images import box_in_shares
from hub.errors import EmohubError
from hub.spec import ImageClassificationTask, Registry
from hub.taxonomy import Taxonomy
from tests.support.emotion_images import png, write_class_folders
from tests.support.projects import REPOSITORY
from tests.support.text_project import make_text_project, write_profile, write_yaml

MIKELS = ("amusement", "anger", "awe", "contentment", "disgust", "excitement", "fear", "sadness")
EMOSET_ORDER = ("amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness")
ReadTask = Callable[[str, Path], ImageSplits]


@pytest.fixture
def read_task(tmp_path: Path) -> ReadTask:
    """Reads a folder as one of the repository's tasks does."""
    project = make_text_project(tmp_path / "project")
    write_profile(project.root, "paper")

    def read(name: str, path: Path) -> ImageSplits:
        task = REPOSITORY / "benchmarks/tasks" / f"{name}.yaml"
        labels = yaml.safe_load(task.read_text(encoding="utf-8"))["taxonomy"]
        for file in (task, REPOSITORY / labels):
            place = project.root / file.relative_to(REPOSITORY)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, place)
        write_yaml(project.params, {"profile": "tiny", "data": {name: str(path)}})
        registry = Registry(project)
        spec = registry.task(name)
        assert isinstance(spec, ImageClassificationTask)
        return read_image_splits(spec, project, registry.params(), network=False)

    return read


def _labels(splits: ImageSplits) -> dict[str, str]:
    parts = (splits.train, splits.validation, splits.test)
    return {id: splits.classes[int(row.argmax())] for part in parts for id, row in zip(part.ids, part.labels, strict=True)}


def _everything(splits: ImageSplits) -> list[ImageExamples]:
    return [splits.train, splits.validation, splits.test]


@pytest.mark.parametrize(
    ("task", "folders"),
    [
        ("fi", MIKELS),
        ("emotion6", ("anger", "disgust", "fear", "joy", "sadness", "surprise")),
        ("unbiased_emo", ("anger", "fear", "joy", "love", "sadness", "surprise")),
    ],
)
def test_class_folders_without_splits_are_cut_into_three_parts(read_task: ReadTask, tmp_path: Path, task: str, folders: tuple[str, ...]) -> None:
    found = read_task(task, write_class_folders(tmp_path / "data", folders, count=30))
    assert found.classes == folders
    assert all(id.split("/")[0] == label for id, label in _labels(found).items())
    train, validation, test = (len(part) for part in _everything(found))
    assert train + validation + test == 30 * len(folders) and train > test > 0 < validation
    assert all(np.isnan(part.boxes).all() and set(part.captions) == {""} for part in _everything(found))


@pytest.mark.parametrize(
    "folders", [("Anger", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise"), ("Angry", "Disgust", "Fear", "Happy", "Neutral", "Sad", "Surprise")]
)
def test_caer_s_keeps_its_training_rows_and_cuts_validation_from_its_test(read_task: ReadTask, tmp_path: Path, folders: tuple[str, ...]) -> None:
    write_class_folders(tmp_path / "data" / "train", folders, count=3)
    write_class_folders(tmp_path / "data" / "test", folders, count=40, seed=1)
    found = read_task("caer_s", tmp_path / "data")
    assert len(found.train) == 21 and all(id.startswith("train/") for id in found.train.ids)
    assert len(found.validation) + len(found.test) == 280 and 0.24 < len(found.validation) / 280 < 0.44
    assert set(_labels(found).values()) == {"anger", "disgust", "fear", "happy", "neutral", "sad", "surprise"}


# EmoSet-118K


def _write_emoset(root: Path, order: tuple[str, ...] = EMOSET_ORDER, seed: int = 0) -> Path:
    """Writes one image of each emotion a split in EmoSet's layout, in the order of its own class numbers or another."""
    generator = np.random.default_rng(0)
    (root / "info.json").parent.mkdir(parents=True, exist_ok=True)
    (root / "info.json").write_text(json.dumps({"emotion": {"label2idx": {name: number for number, name in enumerate(order)}}}))
    pictures = {(split, emotion): png("joy", generator) for split in ("train", "val", "test") for emotion in MIKELS}
    for split in ("train", "val", "test"):
        entries = []
        for emotion in order:
            name = f"{emotion}_{split}0001"
            image, annotation = f"image/{emotion}/{name}.jpg", f"annotation/{emotion}/{name}.json"
            for place in (image, annotation):
                (root / place).parent.mkdir(parents=True, exist_ok=True)
            (root / image).write_bytes(pictures[split, emotion])
            attributes: dict[str, Any] = {
                "image_id": name,
                "emotion": emotion,
                "brightness": 0.2,
                "colorfulness": 0.7,
                "scene": "beach",
                "object": ["Dog", "Ball"],
            }
            (root / annotation).write_text(json.dumps({**attributes, "facial_expression": "happy", "human_action": "running"}))
            entries.append([emotion, name, image, annotation])
        random.Random(seed).shuffle(entries)
        (root / f"{split}.json").write_text(json.dumps(entries))
    return root


def test_emoset_is_read_by_name_whatever_its_class_numbers_and_the_order_of_its_rows_are(read_task: ReadTask, tmp_path: Path) -> None:
    found = read_task("emoset118k", _write_emoset(tmp_path / "own"))
    assert found.classes == MIKELS != EMOSET_ORDER
    assert [len(part) for part in _everything(found)] == [8, 8, 8]
    assert all(id.split("_")[0] == label for id, label in _labels(found).items())
    again = read_task("emoset118k", _write_emoset(tmp_path / "other", MIKELS[::-1], seed=1))
    assert _labels(again) == _labels(found)


def test_emosets_attributes_make_a_caption_that_never_names_the_emotion(read_task: ReadTask, tmp_path: Path) -> None:
    found = read_task("emoset118k", _write_emoset(tmp_path / "data"))
    assert set(found.train.captions) == {"a dark, colourful photo of beach with dog and ball; a face that is happy; running"}
    for examples in _everything(found):
        assert not any(label in said for label, said in zip((id.split("_")[0] for id in examples.ids), examples.captions, strict=True))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, ""),
        ({"brightness": 0.5, "colorfulness": "0.5"}, ""),
        ({"brightness": 0.9}, "a bright photo"),
        ({"scene": "amusement_park"}, "a photo of amusement park"),
        ({"scene": "anger management room", "object": ["chair"]}, "a photo with chair"),
        ({"facial_expression": "anger", "human_action": "shouting_in_anger"}, ""),
        ({"facial_expression": "Angered", "human_action": "dangerous climbing"}, "dangerous climbing"),
        ({"object": [], "scene": None, "human_action": {"odd": 1}, "brightness": "very"}, ""),
        ({"emotion": "anger", "image_id": "anger_0001", "valence": 3}, ""),
    ],
)
def test_captions_say_what_is_known_and_leave_out_what_holds_the_label(attributes: dict[str, Any], expected: str) -> None:
    assert caption(attributes, "anger") == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
)


@given(st.fixed_dictionaries({}, optional={name: JSON for name in ("brightness", "colorfulness", "scene", "object", "facial_expression", "human_action")}))
def test_any_attributes_make_some_caption(attributes: dict[str, Any]) -> None:
    assert "fear" not in caption(attributes, "fear").split()


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("val.json", None, "cannot be read"),
        ("val.json", "[", "val.json:1: not JSON"),
        ("val.json", "[" * 100_000, "val.json: nested too deeply"),
        ("val.json", '{"a": 1}', r"val.json: expected a list of \[emotion, id, image path, annotation path\]"),
        ("val.json", '[["fear", "id", "image.jpg"]]', "expected a list of"),
        ("val.json", '[[6, "id", "image.jpg", "a.json"]]', "expected a list of"),
        ("val.json", '[["fear", "id", "../image.jpg", "a.json"]]', r"val.json: the path '../image.jpg' leads out of the folder"),
        ("val.json", '[["fear", "id", "image/fear/fear_val0001.jpg", "/etc/passwd"]]', "leads out of the folder"),
        ("annotation/fear/fear_val0001.json", "[1]", "expected an object of attributes"),
        ("annotation/fear/fear_val0001.json", "{", "not JSON"),
    ],
)
def test_an_odd_file_of_emoset_is_named(tmp_path: Path, file: str, text: str | None, message: str) -> None:
    data = _write_emoset(tmp_path / "data")
    (data / file).unlink()
    if text is not None:
        (data / file).write_text(text)
    with pytest.raises(EmohubError, match=message):
        read_emoset(data)


def test_a_missing_image_of_emoset_is_counted_and_a_missing_annotation_leaves_its_caption_empty(tmp_path: Path) -> None:
    data = _write_emoset(tmp_path / "data")
    (data / "image/fear/fear_val0001.jpg").unlink()
    (data / "annotation/awe/awe_val0001.json").unlink()
    found = read_emoset(data)
    assert found.dropped == {"are missing or cannot be decoded": 1}
    assert {row.id: row.caption for row in found.parts["validation"]}["awe_val0001"] == "" and len(found.parts["validation"]) == 7


# HECO and EMOTIC


def _write_persons(root: Path, file: str, rows: list[dict[str, Any]]) -> Path:
    """Writes the rows, and an image of 40 × 32 pixels for every one that names a file below the root."""
    generator = np.random.default_rng(0)
    root.mkdir(parents=True, exist_ok=True)
    with (root / file).open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        place = root / str(row["folder"]) / str(row["filename"])
        if ".." not in str(place) and row["filename"] and not place.exists() and "lost" not in place.name:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(png("fear", generator))
    return root


def _heco_row(filename: str, emotion: str, **changes: Any) -> dict[str, Any]:
    return {"folder": "images", "filename": filename, "x0": 4, "y0": 8, "x1": 20, "y1": 24, "emotion": emotion, **changes}


def _emotic_row(filename: str, split: str, holds: set[str], **changes: Any) -> dict[str, Any]:
    row = {"folder": "mscoco/images", "filename": filename, "x0": 4, "y0": 8, "x1": 20, "y1": 24, "split": split}
    return {**row, **{name: int(name in holds) for name in EMOTIC_CATEGORIES}, "valence": 5, **changes}


def test_persons_of_one_heco_image_are_rows_of_one_part_with_boxes_of_their_own(read_task: ReadTask, tmp_path: Path) -> None:
    classes = ("Surprise", "Excitement", "Happiness", "Peace", "Disgust", "Anger", "Fear", "Sadness")
    rows = [_heco_row(f"{number:03}.png", classes[(number + person) % 8], x0=4 + person) for number in range(60) for person in range(2)]
    found = read_task("heco", _write_persons(tmp_path / "data", "heco.csv", rows))
    parts = _everything(found)
    assert sum(map(len, parts)) == 120
    images = [{id.partition("#")[0] for id in part.ids} for part in parts]
    assert sum(map(len, images)) == 60 == len(set().union(*images))
    assert _labels(found)["images/003.png#2"] == "disgust"
    boxes = {id: box for part in parts for id, box in zip(part.ids, part.boxes, strict=True)}
    np.testing.assert_allclose(boxes["images/003.png#2"], [5 / 40, 8 / 32, 20 / 40, 24 / 32], rtol=1e-6)
    assert all(set(part.domains) == {""} for part in parts)


def test_emotic_has_several_labels_a_row_its_own_splits_and_its_collections_as_domains(read_task: ReadTask, tmp_path: Path) -> None:
    rows = [_emotic_row(f"{split}{number}.png", split, {EMOTIC_CATEGORIES[number], "peace"}) for split in ("train", "val", "test") for number in range(26)]
    rows[0]["folder"] = "framesdb/images"
    found = read_task("emotic", _write_persons(tmp_path / "data", "emotic.csv", rows))
    assert [len(part) for part in _everything(found)] == [26, 26, 26]
    assert found.classes == Taxonomy.read(REPOSITORY / "benchmarks/labels/emotic.yaml").labels
    held = {found.classes[column] for column in np.flatnonzero(found.test.labels[9])}
    assert held == {"doubt_confusion", "peace"}
    assert set(found.train.domains) == {"framesdb", "mscoco"}


def test_rows_that_are_no_examples_are_counted_by_reason(tmp_path: Path) -> None:
    rows = [
        _heco_row("a.png", "Fear"),
        _heco_row("a.png", "", x0=1),
        _heco_row("a.png", "Fear", x0="left"),
        _heco_row("a.png", "Fear", x0="nan"),
        _heco_row("a.png", "Fear", x0=30, x1=30),
        _heco_row("a.png", "Fear", x0=50, x1=60),
        _heco_row("lost.png", "Fear"),
        _heco_row("a.png", "Peace", x0=-5, x1=400),
    ]
    found = read_heco(_write_persons(tmp_path, "heco.csv", rows))
    assert found.dropped == {"have no label": 1, "have no box inside their image": 4, "have no image that can be decoded": 1}
    assert [(row.id, row.labels) for row in found.parts["all"]] == [("images/a.png#1", ("fear",)), ("images/a.png#7", ("peace",))]
    assert found.parts["all"][1].box == (0.0, 8 / 32, 1.0, 24 / 32)


def test_data_without_one_example_is_named(read_task: ReadTask, tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="holds no images for train, validation, test; is it complete"):
        read_task("heco", _write_persons(tmp_path / "data", "heco.csv", [_heco_row("lost.png", "Fear")]))


def test_an_emotic_row_of_no_split_or_no_category_is_counted(tmp_path: Path) -> None:
    rows = [_emotic_row("a.png", "train", {"fear"}), _emotic_row("b.png", "extra", {"fear"}), _emotic_row("c.png", "val", set())]
    assert read_emotic(_write_persons(tmp_path, "emotic.csv", rows)).dropped == {"are in no split called train, val or test": 1, "have no label": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"folder": "../elsewhere"}, r"heco.csv:2: folder '../elsewhere' and filename 'a.png' name no image below"),
        ({"folder": "/etc"}, "name no image below"),
        ({"folder": "..\\elsewhere"}, "name no image below"),
        ({"filename": ""}, "name no image below"),
    ],
)
def test_a_place_outside_the_folder_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(EmohubError, match=message):
        read_heco(_write_persons(tmp_path, "heco.csv", [{**_heco_row("a.png", "Fear"), **change}]))


def test_a_missing_file_and_a_missing_column_are_named(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"holds none of heco\.csv"):
        read_heco(tmp_path)
    row = _emotic_row("a.png", "train", {"fear"})
    del row["yearning"]
    with pytest.raises(EmohubError, match="no column 'yearning'"):
        read_emotic(_write_persons(tmp_path, "emotic.csv", [row]))


@given(st.tuples(*[st.floats(-1e6, 1e6)] * 4), st.integers(1, 5000), st.integers(1, 5000))
def test_a_box_in_shares_lies_inside_its_image_and_has_an_area(pixels: tuple[float, float, float, float], width: int, height: int) -> None:
    box = box_in_shares(pixels, width, height)
    if box is not None:
        left, top, right, bottom = box
        assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
