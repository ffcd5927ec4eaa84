"""EmojiBench from the profile to what `load_dataset` reads, with few and small pictures; and what curation takes out."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from builders.emojibench.emojibench import FEATURES
from builders.emojibench.faces import mouth_openings
from builders.emojibench.options import read_options
from builders.emojibench.pairing import Member, recorded_pairs, still_pairs
from builders.emojibench.plan import plan
from builders.emojibench.tables import UNITS
from hub.curate import curate
from hub.curate.images import read_drawn
from hub.durable.checksums import forget_sums
from hub.engine.provenance import encode_png, read_provenance
from hub.engine.render import render
from hub.errors import DeclarationError, GateError
from hub.faces import FACE_70, FaceTrack
from hub.generate.pictures import generate_images
from hub.paths import Project
from hub.publish.build import build
from hub.results.datasets import read_dataset_reports
from hub.tables import read_table
from tests.support.emojibench_project import copy_emojibench, emojibench_settings, emojibench_spec
from tests.support.tiny_pipelines import make_stable_diffusion

Row = dict[str, Any]
CONFIGURATIONS = ("portraits", "driving", "pairs_self", "pairs_cross")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = copy_emojibench(tmp_path_factory.mktemp("emojibench"))
    generate_images(project, emojibench_spec(project), emojibench_settings())
    curate(project, emojibench_spec(project), "local", True)
    build(project, emojibench_spec(project))
    return project


@pytest.fixture(scope="module")
def load(built: Project, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder, cache = str(built.published("emojibench")), str(tmp_path_factory.mktemp("cache"))
    return lambda *names, **keywords: datasets.load_dataset(folder, *names, cache_dir=cache, **keywords)


def test_every_configuration_loads_with_its_declared_splits_and_types(built: Project, load: Any) -> None:
    report = json.loads((built.clean("emojibench") / "report.json").read_text(encoding="utf-8"))
    for configuration in emojibench_spec(built).configurations:
        found = load(configuration.name)
        assert list(found) == list(configuration.splits)
        assert {split: len(rows) for split, rows in found.items()} == {split: report["rows"][configuration.name][split] for split in configuration.splits}
        assert found["test"].features == FEATURES[configuration.name]
    assert report["rows"]["pairs_cross"]["train"] == 0


def test_portraits_are_what_is_loaded_when_nothing_is_named(load: Any) -> None:
    assert load(split="test")["id"][:] == load("portraits", split="test")["id"][:]


def test_a_clip_is_a_list_of_pictures_beside_arrays_of_as_many_frames(load: Any) -> None:
    row = load("driving", split="test")[0]
    assert [frame.size for frame in row["frames"]] == [(row["width"], row["height"])] * row["frame_count"] == [(64, 64)] * 2
    for name, shape in (("face_points", (70, 3)), ("face_visible", (70,)), ("rotation", (3,)), ("gaze", (2,)), ("action_units", (len(UNITS),))):
        assert np.shape(row[name]) == (2, *shape)


def test_numpy_sees_typed_arrays_also_where_no_face_is_known(load: Any) -> None:
    rows = load("portraits", split="test").with_format("numpy")
    for row in rows:
        frames = 0 if row["landmarks"] == "none" else 1
        assert row["face_points"].dtype == np.float32 and row["face_points"].shape == (frames, 70, 3)
        assert row["face_visible"].dtype == np.bool_ and row["face_visible"].shape == (frames, 70)
    assert {row["landmarks"] for row in rows} == {"exact", "detected", "none"}


def test_streaming_gives_the_same_rows(load: Any) -> None:
    for name in CONFIGURATIONS:
        streamed = next(iter(load(name, split="validation", streaming=True)))
        assert streamed == load(name, split="validation")[0]


def test_ids_join_and_identities_stay_in_one_split(load: Any) -> None:
    places: dict[str, set[str]] = {}
    for split in ("train", "validation", "test"):
        portraits = {row["id"]: row for row in load("portraits", split=split).remove_columns("image")}
        clips = {row["id"]: row for row in load("driving", split=split).remove_columns("frames")}
        for row in (*portraits.values(), *clips.values()):
            places.setdefault(row["identity_id"], set()).add(split)
        for pair in load("pairs_self", split=split):
            assert portraits[pair["portrait_id"]]["identity_id"] == clips[pair["clip_id"]]["identity_id"]
        for pair in load("pairs_cross", split=split) if split != "train" else ():
            portrait, clip = portraits[pair["portrait_id"]], clips[pair["clip_id"]]
            assert portrait["identity_id"] != clip["identity_id"]
            if pair["target_id"] is not None:
                target = clips[pair["target_id"]]
                assert (target["identity_id"], target["motion_seed"], target["role"]) == (portrait["identity_id"], clip["motion_seed"], "target")
                assert np.array_equal(target["action_units"], clip["action_units"])
    assert all(len(splits) == 1 for splits in places.values())


def test_frames_are_those_that_were_planned_in_order_with_their_own_landmarks(built: Project, load: Any) -> None:
    from builders.emojibench.planning import plan as plan_all

    spec = emojibench_spec(built)
    shares = spec.default_configuration.shares
    planned = {clip.id: clip for clip in plan_all(read_options(emojibench_settings().options), shares).clips}
    for row in load("driving", split="test").select(range(3)):
        for number, (frame, picture) in enumerate(zip(row["frames"], planned[row["id"]].pictures, strict=True)):
            drawn = render(picture, 64)
            assert drawn.truth.face is not None
            assert np.array_equal(np.asarray(frame), drawn.pixels)
            assert np.allclose(row["face_points"][number], drawn.truth.face.points)


def test_a_row_makes_a_track_that_agrees_with_what_its_clip_is_said_to_show(load: Any) -> None:
    for row in load("driving", split="test").remove_columns("frames"):
        points, visible, rotation = (np.array(row[name], dtype=kind) for name, kind in (("face_points", "f4"), ("face_visible", "?"), ("rotation", "f4")))
        assert not FaceTrack(FACE_70, points, visible, rotation, row["width"], row["height"]).missing
        assert (mouth_openings(points) >= 0).all()


def test_photographs_are_test_portraits_that_only_others_drive(load: Any) -> None:
    photos = [row for row in load("portraits", split="test").remove_columns("image") if row["source"] == "photograph"]
    assert len(photos) == 3
    assert all(row["licence"] and row["credit"] and row["style"] == "photo" for row in photos)
    pairs = [pair for pair in load("pairs_cross", split="test") if pair["portrait_id"].startswith("photo-")]
    assert {pair["portrait_id"] for pair in pairs} == {row["id"] for row in photos}
    assert all(pair["target_id"] is None for pair in pairs)
    assert not {row["id"] for row in photos} & set(load("pairs_self", split="test")["portrait_id"])


def test_the_card_says_that_it_is_a_rebuild_of_what_was_never_published(built: Project) -> None:
    card = (built.published("emojibench") / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(card.split("---")[1])
    assert [entry["config_name"] for entry in front["configs"]] == list(CONFIGURATIONS)
    assert [len(entry["data_files"]) for entry in front["configs"]] == [3, 3, 3, 2]
    for sentence in ("no item is shared with it", "were never published", "they are nobody's recording", "NASA", "Drawn faces by one renderer"):
        assert sentence in card
    assert "portraits were made by" not in card and "are recordings that" not in card


def test_the_snippet_on_the_card_runs(built: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path))
    card = (built.published("emojibench") / "README.md").read_text(encoding="utf-8")
    code = card.split("```python\n")[1].split("```")[0].replace("path/or/id/of/emojibench", str(built.published("emojibench")))
    found: Row = {}
    exec(compile(code, "card", "exec"), found)
    assert found["points"].shape == (2, 70, 3)


def test_the_report_can_be_read_by_the_leaderboard_and_has_ranges(built: Project) -> None:
    (report,) = read_dataset_reports(built).reports
    assert all(gate.passed for gate in report.gates)
    statistics = json.loads((built.clean("emojibench") / "report.json").read_text(encoding="utf-8"))["statistics"]
    low, high = statistics["rendered_clips"]["yaw"]
    assert -60 <= low < high <= 60
    assert sum(statistics["labels"]["driving"].values()) == sum(report.rows["driving"].values())


def test_what_will_be_drawn_is_planned(built: Project) -> None:
    steps = plan(built.root / "builders" / "emojibench", emojibench_spec(built), emojibench_settings(generated=7))
    assert [(step.step, step.requests) for step in steps] == [("rendered portraits", 48), ("rendered frames", 320), ("generated portraits", 7)]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"identities": 2}, r"options\.identities"),
        ({"videos": "clips"}, "'videos' is set without 'videos_licence'"),
        ({"speed": 3}, r"options\.speed"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: Row, problem: str) -> None:
    with pytest.raises(DeclarationError, match=problem):
        read_options(options)


def test_prompted_portraits_need_an_engine_that_reads_prompts(tmp_path: Path) -> None:
    project = copy_emojibench(tmp_path)
    with pytest.raises(DeclarationError, match="generated is 4 and the engine is 'render'"):
        generate_images(project, emojibench_spec(project), emojibench_settings(generated=4))


def test_a_text_to_image_engine_draws_portraits_from_prompts_and_clips_are_rendered_all_the_same(built: Project, tmp_path: Path) -> None:
    project = copy_emojibench(tmp_path)
    shutil.copytree(built.work, project.work)
    model = make_stable_diffusion(tmp_path / "model")
    engine = {"kind": "diffusers", "model": str(model), "licence": "creativeml-openrail-m", "steps": 1, "guidance": 2.0, "device": "cpu"}
    generate_images(project, emojibench_spec(project), emojibench_settings(engine, generated=4))
    manifest = json.loads((project.raw("emojibench") / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["engine"]["kind"], [one["kind"] for one in manifest["further_engines"]]) == ("diffusers", ["render"])
    drawn = {row["id"]: row for row in read_drawn(project.raw("emojibench") / "images", ["id", "image", "batch"])}
    assert sorted({row["batch"] for row in drawn.values()}) == list(range(manifest["batches"]))

    curate(project, emojibench_spec(project), "local", True)
    portraits = read_table(project.clean("emojibench") / "portraits.parquet").to_pylist()
    generated = {row["id"]: row for row in portraits if row["source"] == "generated"}
    assert {row["style"] for row in generated.values()} == {"human", "cartoon", "sculpture", "animal"}
    for id, row in generated.items():
        found = read_provenance(drawn[id]["image"])
        assert found is not None and found["digitalSourceType"].endswith("trainedAlgorithmicMedia") and found["prompt"] == row["prompt"]
        assert (row["split"], row["landmarks"], row["engine"]) == ("test", "none", f"diffusers:{model}")
    pairs = read_table(project.clean("emojibench") / "pairs_cross.parquet").to_pylist()
    assert Counter(pair["portrait_id"] for pair in pairs if pair["portrait_id"] in generated) == dict.fromkeys(generated, 4)
    build(project, emojibench_spec(project))
    card = (project.published("emojibench") / "README.md").read_text(encoding="utf-8")
    assert "4 portraits were made by" in card and "licence of the weights `creativeml-openrail-m`" in card


def _spoilt(built: Project, root: Path, change: Callable[[list[Row]], None], **gates: Any) -> Project:
    """A project with the pictures of `built`, of which `change` alters the rows of the first shard."""
    project = copy_emojibench(root, **gates)
    target = project.raw("emojibench")
    shutil.copytree(built.raw("emojibench"), target)
    forget_sums(target)  # Changed on purpose.
    shard = target / "images" / "batch-00000.parquet"
    table = pq.read_table(shard)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), shard)
    return project


def test_a_spoilt_picture_takes_its_clip_and_pairs_along(built: Project, tmp_path: Path) -> None:
    gone: list[str] = []

    def spoil(rows: list[Row]) -> None:
        row = next(row for row in rows if row["id"].endswith("-f001") and "-as-" not in row["id"])
        row["image"] = encode_png(np.full((64, 64, 3), 90, dtype=np.uint8))
        gone.append(row["id"].removesuffix("-f001"))

    project = _spoilt(built, tmp_path, spoil)
    curate(project, emojibench_spec(project), "local", True)
    rejects = {row["id"]: row["reason"] for row in read_table(project.clean("emojibench") / "rejects.parquet").to_pylist()}
    assert rejects == {gone[0]: "blank", f"self-{gone[0]}": "broken"}
    assert gone[0] not in read_table(project.clean("emojibench") / "driving.parquet")["id"].to_pylist()


def test_an_identity_whose_portrait_is_doubled_in_a_later_split_goes_with_all_its_clips(built: Project, tmp_path: Path) -> None:
    splits = {row["id"]: row["split"] for row in read_table(built.raw("emojibench") / "portraits.parquet").to_pylist()}
    copied: list[str] = []

    def double(rows: list[Row]) -> None:
        portraits = [row for row in rows if row["id"] in splits]
        train = next(row for row in portraits if splits[row["id"]] == "train")
        train["image"] = next(row["image"] for row in portraits if splits[row["id"]] != "train")
        copied.append(train["id"])

    project = _spoilt(built, tmp_path, double)
    curate(project, emojibench_spec(project), "local", True)
    rejects = Counter(row["reason"] for row in read_table(project.clean("emojibench") / "rejects.parquet").to_pylist())
    assert rejects == {"duplicate": 4, "broken": 3}
    assert copied[0] not in read_table(project.clean("emojibench") / "driving.parquet")["identity_id"].to_pylist()


def test_a_gate_that_fails_says_what_was_measured(built: Project, tmp_path: Path) -> None:
    project = _spoilt(built, tmp_path, lambda rows: None, minimum_rows=60)
    with pytest.raises(GateError, match="rows in portraits: measured 51, required at least 60"):
        curate(project, emojibench_spec(project), "local", True)


def _moved(rows: list[Row]) -> None:
    clip = next(row for row in rows if "-f0" in row["id"])
    clip["face_points"] = [value + 60 for value in clip["face_points"]]


def _alter(project: Project, name: str, change: Callable[[Row], None]) -> None:
    forget_sums(project.raw("emojibench"))  # Changed on purpose.
    path = project.raw("emojibench") / f"{name}.parquet"
    table = read_table(path)
    rows = table.to_pylist()
    for row in rows:
        change(row)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


@pytest.mark.parametrize(
    ("table", "change", "problem"),
    [
        ("portraits", lambda row: row.update(split="test"), "identities in two splits.*pairs_self that do not join within their split"),
        ("driving", lambda row: row.update(family="turning"), "styles and families missing from test clips: .*family pupils"),
        ("driving", lambda row: row.update(licence=" "), "rows without a licence"),
        ("driving", lambda row: row.update(frame_count=1), "rendered clips of another number of frames"),
    ],
)
def test_rows_that_contradict_what_was_planned_do_not_pass(built: Project, tmp_path: Path, table: str, change: Callable[[Row], None], problem: str) -> None:
    project = _spoilt(built, tmp_path, lambda rows: None)
    _alter(project, table, change)
    with pytest.raises(GateError, match=f"(?s){problem}"):
        curate(project, emojibench_spec(project), "local", True)


def test_a_visible_landmark_outside_the_picture_does_not_pass(built: Project, tmp_path: Path) -> None:
    project = _spoilt(built, tmp_path, _moved)
    with pytest.raises(GateError, match="rows with a visible landmark outside the picture: measured 1"):
        curate(project, emojibench_spec(project), "local", True)


def test_still_portraits_are_driven_by_every_family_in_turns() -> None:
    portrait = Member("photo-a", "test", "photo", "photo-a")
    clips = [Member(f"{family}-{number}", "test", "human", f"h{number}", family) for family in ("talking", "turning", "pupils") for number in range(4)]
    clips += [Member("elsewhere", "train", "human", "h9", "talking"), Member("own", "test", "photo", "photo-a", "video")]
    chosen = [row["clip_id"] for row in still_pairs([portrait], clips, 6)]
    assert sorted(Counter(id.split("-")[0] for id in chosen).values()) == [2, 2, 2]
    assert len(still_pairs([portrait], clips, 45)) == 12


def test_a_recording_drives_one_portrait_of_every_style_and_never_its_own() -> None:
    portraits = [Member(f"{style}-{number}", "test", style, f"{style}-{number}") for style in ("human", "animal") for number in range(3)]
    clip = Member("video-a", "test", "photo", "human-0", "video")
    pairs = recorded_pairs([clip], portraits)
    assert sorted(pair["portrait_id"].split("-")[0] for pair in pairs) == ["animal", "human"]
    assert all(pair["portrait_id"] != "human-0" for pair in pairs)
