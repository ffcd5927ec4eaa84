"""Portraits, clips and pairs as the runner gets them from the published files."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks.portrait_examples import PairSplits
from benchmarks.sources.published_clips import read_pairs, sample_pairs
from hub.errors import DataUnavailableError, EmohubError
from hub.paths import Project
from hub.spec import PortraitAnimationTask, Registry
from hub.tables import read_table, write_table
from tests.support.portrait_bench import FRAMES, SIZE, STYLES, make_portrait_project, png, tiny_rows, write_emojibench, write_portrait_task


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Read only."""
    return make_portrait_project(tmp_path_factory.mktemp("portraits"))


@pytest.fixture
def changing(project: Project, tmp_path: Path) -> Project:
    """A copy to be changed, with nothing decoded."""
    shutil.copytree(project.root, tmp_path / "project", ignore=shutil.ignore_patterns(".emohub"))
    return Project(tmp_path / "project")


def _read(project: Project, name: str = "own", reenactment: str = "self", **changes: Any) -> PairSplits:
    write_portrait_task(project.root, name, reenactment, **changes)
    task = Registry(project).task(name)
    assert isinstance(task, PortraitAnimationTask)
    return read_pairs(task, project)


def test_self_reenactment_tests_the_clip_itself_and_keeps_every_split(project: Project) -> None:
    splits = _read(project)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (8, 4, 8)
    assert (splits.source, splits.size) == ("published", SIZE)
    for pair in (*splits.train, *splits.validation, *splits.test):
        assert pair.target is pair.driving and pair.portrait.identity == pair.driving.identity and pair.portrait.style == pair.driving.style
        assert pair.portrait.image.shape == (SIZE, SIZE, 3) and pair.driving.frames.shape == (FRAMES, SIZE, SIZE, 3)
        assert pair.portrait.face is not None and len(pair.portrait.face) == 1 and len(pair.driving.face) == FRAMES


def test_frames_of_the_tasks_size_are_the_published_ones_bit_for_bit(project: Project) -> None:
    pair = _read(project).test[0]
    row = next(row for row in tiny_rows()["driving"]["test"] if row["id"] == pair.driving.id)
    assert [png(frame) for frame in pair.driving.frames] == [frame["bytes"] for frame in row["frames"]]
    assert np.array_equal(pair.driving.face.points, np.array(row["face_points"], dtype=np.float32))


def test_cross_reenactment_tests_another_persons_clip_against_the_portraits_own_where_it_is_known(project: Project) -> None:
    splits = _read(project, "others", "cross")
    assert all(pair.portrait.identity != pair.driving.identity for pair in splits.test)
    known = [pair for pair in splits.test if pair.target is not None]
    assert len(splits.test) - len(known) == 1
    assert all(pair.target is not None and pair.target.identity == pair.portrait.identity for pair in known)


def test_both_tasks_train_on_the_same_pairs(project: Project) -> None:
    own, others = _read(project), _read(project, "others", "cross")
    assert own.training_fingerprint == others.training_fingerprint
    assert own.fingerprint != others.fingerprint


def test_a_smaller_size_averages_areas_and_moves_landmarks_along(project: Project) -> None:
    whole, small = _read(project).test[0], _read(project, size=32).test[0]
    expected = whole.driving.frames.reshape(FRAMES, 32, 2, 32, 2, 3).astype(float).mean(axis=(2, 4))
    assert np.abs(small.driving.frames - expected).max() <= 1
    assert np.allclose(small.driving.face.points, whole.driving.face.points / 2, atol=1e-4)
    assert (small.driving.face.width, small.portrait.image.shape) == (32, (32, 32, 3))


def test_long_clips_are_cut_from_their_beginning(project: Project) -> None:
    whole, cut = _read(project).test[0], _read(project, maximum_frames=2).test[0]
    assert np.array_equal(cut.driving.frames, whole.driving.frames[:2])
    assert len(cut.driving.face) == 2


def test_decoded_frames_are_kept_and_read_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _read(project)
    monkeypatch.setattr(Image, "open", None)
    again = _read(project)
    assert again.fingerprint == first.fingerprint
    assert all(np.array_equal(one.driving.frames, other.driving.frames) for one, other in zip(first.test, again.test, strict=True))


def test_fewer_test_pairs_are_spread_over_the_styles_and_chosen_by_id(project: Project) -> None:
    pairs = _read(project).test
    few = sample_pairs(pairs, 4)
    assert [pair.portrait.style for pair in few].count("human") == 2 and len(few) == 4
    assert {pair.id for pair in sample_pairs(tuple(reversed(pairs)), 4)} == {pair.id for pair in few}
    assert sample_pairs(pairs, None) is pairs and sample_pairs(pairs, 100) is pairs
    assert [pair.id for pair in _read(project, test_pairs=4).test] == [pair.id for pair in few]


def test_a_style_with_few_pairs_leaves_its_share_to_the_others(project: Project) -> None:
    pairs = _read(project).test
    few = [pair for pair in pairs if pair.portrait.style == STYLES[0]][:1] + [pair for pair in pairs if pair.portrait.style == STYLES[1]]
    assert len(sample_pairs(tuple(few), 4)) == 4


def test_a_portrait_without_landmarks_has_no_face(changing: Project) -> None:
    rows = tiny_rows()["portraits"]["test"]
    rows[0].update(face_points=[], face_visible=[], rotation=[])
    write_emojibench(changing, {"portraits": {"test": rows}})
    faces = {pair.portrait.id: pair.portrait.face for pair in _read(changing).test}
    assert [id for id, face in faces.items() if face is None] == [rows[0]["id"]]


def test_a_dataset_that_was_not_built_is_unavailable(project: Project) -> None:
    source = {"kind": "published", "dataset": "elsewhere", "configuration": "pairs_self"}
    with pytest.raises(DataUnavailableError, match="dvc repro build@elsewhere"):
        _read(project, source=source)


def test_a_configuration_that_does_not_go_with_the_reenactment_is_refused(project: Project) -> None:
    source = {"kind": "published", "dataset": "emojibench", "configuration": "pairs_cross"}
    with pytest.raises(EmohubError, match="'source.configuration' must be pairs_self where 'reenactment' is self"):
        _read(project, source=source)


@pytest.mark.parametrize(
    ("configuration", "change", "message"),
    [
        ("portraits", {"id": "../../etc"}, "'../../etc' stands twice, or is none"),
        ("portraits", {"image": {"bytes": b"no picture", "path": None}}, "a picture is not readable"),
        ("portraits", {"width": 65}, "a picture is 64 × 64 pixels, expected 65 × 64"),
        ("portraits", {"height": 100_000}, "64 × 100000 pixels; expected"),
        ("portraits", {"style": ""}, "test-animal-0: style is empty"),
        ("portraits", {"identity_id": "train-human-0"}, "is in train and in test; splits must not share any"),
        ("driving", {"face_visible": [[True] * 70]}, "its face does not hold what it should"),
        ("driving", {"face_points": [], "face_visible": [], "rotation": []}, "its face does not hold what it should"),
        ("driving", {"frame_count": 5}, "4 frames, expected 5 as its row says"),
        ("driving", {"frame_count": 0}, "0 frames of 64 × 64 pixels; expected"),
        ("pairs_self", {"clip_id": "nobody"}, "names 'nobody' of driving, which does not exist"),
        ("pairs_self", {"portrait_id": "train-human-0"}, "names 'train-human-0' of portraits, which is in another split"),
        ("pairs_self", {"portrait_id": "test-human-1"}, "is of another identity than its portrait"),
    ],
)
def test_rows_that_do_not_hold_together_are_refused_with_their_place(changing: Project, configuration: str, change: dict[str, Any], message: str) -> None:
    rows = tiny_rows()[configuration]["test"]
    rows[0].update(change)
    write_emojibench(changing, {configuration: {"test": rows}})
    with pytest.raises(EmohubError, match=message):
        _read(changing)


def test_a_missing_column_is_named(changing: Project) -> None:
    path = changing.published("emojibench") / "driving" / "test-00000-of-00001.parquet"
    write_table(path, read_table(path).drop_columns(["rotation"]))
    with pytest.raises(EmohubError, match="no column 'rotation'"):
        _read(changing)
