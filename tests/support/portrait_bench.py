"""A tiny EmojiBench of rendered people and cats, a project with both of its tasks, and an animator that copies the portrait."""

import copy
import io
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
from PIL import Image

from benchmarks.methods.animation import AnimationSetting
from benchmarks.methods.base import MethodSettings, parse_settings
from benchmarks.portrait_examples import Pair, Pixels, Portrait
from builders.emojibench.emojibench import FEATURES
from hub.console import Tick
from hub.engine.render import Expression, Identity, Person, Picture, Rendering, Scene, render
from hub.faces import FaceTrack
from hub.files import write_json
from hub.paths import Project
from hub.results import CurvePoint
from hub.tables import write_table
from tests.support.text_project import make_text_project, write_model, write_yaml

SIZE = 64
FRAMES = 4
STYLES = ("animal", "human")
FAMILIES = ("talking", "turning")
IDENTITIES = {"train": 2, "validation": 1, "test": 2}
"""Of every style."""
_EMPTY = ("gaze", "action_units")
REFERENCE = "tests.support.portrait_bench:CopyingAnimator"
Rows = dict[str, dict[str, list[dict[str, Any]]]]
"""By configuration and split."""


def make_portrait_project(root: Path) -> Project:
    """Makes a project with the tiny dataset, the tasks `own` (self) and `others` (cross), and the model `copier`, whose log lies beside the project."""
    project = make_text_project(root / "project")
    write_emojibench(project)
    write_portrait_task(project.root, "own", "self")
    write_portrait_task(project.root, "others", "cross")
    write_model(project.root, "copier", REFERENCE, task_type="portrait_animation", settings={"log": str(root / "log.jsonl")})
    return project


def write_portrait_task(root: Path, name: str, reenactment: str, **changes: Any) -> None:
    declared = {
        "name": name,
        "title": f"Task {name}",
        "summary": "A task for tests.",
        "type": "portrait_animation",
        "source": {"kind": "published", "dataset": "emojibench", "configuration": f"pairs_{reenactment}"},
        "reenactment": reenactment,
        "size": SIZE,
        "main_metric": "ssim" if reenactment == "self" else "expression_error",
        "judge_steps": 4,
    }
    write_yaml(root / "benchmarks" / "tasks" / f"{name}.yaml", {**declared, **changes})


def write_emojibench(project: Project, rows: Mapping[str, Mapping[str, Sequence[dict[str, Any]]]] | None = None) -> Path:
    """Publishes rows, the tiny dataset's own when none are given, with the builder's own features."""
    folder = project.published("emojibench")
    for configuration, splits in (rows or tiny_rows()).items():
        for split, found in splits.items():
            if found:
                write_table(folder / configuration / f"{split}-00000-of-00001.parquet", _table(configuration, found))
    return folder


def _table(configuration: str, rows: Sequence[dict[str, Any]]) -> pa.Table:
    features = FEATURES[configuration]
    whole = [{name: row.get(name, [] if name in _EMPTY else None) for name in features} for row in rows]
    return datasets.Dataset.from_list(whole, features=features).data.table


def tiny_rows() -> Rows:
    """Returns rows of the tiny dataset, to be changed at will."""
    return copy.deepcopy(_tiny_rows())


@lru_cache(maxsize=1)
def _tiny_rows() -> Rows:
    rows: Rows = {name: {split: [] for split in IDENTITIES} for name in ("portraits", "driving", "pairs_self", "pairs_cross")}
    for split, count in IDENTITIES.items():
        for style in STYLES:
            for number in range(count):
                _add_identity(rows, split, style, number)
        _add_cross_pairs(rows, split)
    return rows


def _add_identity(rows: Rows, split: str, style: str, number: int) -> None:
    name = f"{split}-{style}-{number}"
    seed = sum(map(ord, name))
    rows["portraits"][split].append(_common(name, style, [_drawn(style, seed, 0.0, 0.0)], alone=True))
    for family in FAMILIES:
        drawn = [_drawn(style, seed, at if family == "talking" else 0.1, 40 * at - 20 if family == "turning" else 0.0) for at in np.linspace(0, 1, FRAMES)]
        clip = f"{name}-{family}"
        rows["driving"][split].append({**_common(clip, style, drawn, alone=False), "identity_id": name, "family": family, "frame_count": FRAMES, "fps": 12.0})
        rows["pairs_self"][split].append({"id": f"self-{clip}", "portrait_id": name, "clip_id": clip})


def _add_cross_pairs(rows: Rows, split: str) -> None:
    """Another identity's clip; the motions are the same for all, so that the portrait's own clip of the family is the truth. The last pair has none."""
    if split == "train":
        return
    portraits = [row["id"] for row in rows["portraits"][split]]
    for number, portrait in enumerate(portraits):
        driver = portraits[(number + 1) % len(portraits)]
        for family in FAMILIES:
            unknown = split == "test" and number == len(portraits) - 1 and family == FAMILIES[-1]
            pair = {"id": f"cross-{portrait}-{family}", "portrait_id": portrait, "clip_id": f"{driver}-{family}"}
            rows["pairs_cross"][split].append({**pair, "target_id": None if unknown else f"{portrait}-{family}"})


def _drawn(style: str, seed: int, open_mouth: float, yaw: float) -> Rendering:
    generator = np.random.default_rng(seed)
    identity = Identity("cat" if style == "animal" else "human", face_width=float(generator.uniform(-1, 1)), skin=float(generator.uniform(0, 1)))
    expression = Expression({26: open_mouth, 25: open_mouth}, gaze=(yaw / 2, 0.0), yaw=yaw)
    return render(Picture("cartoon", Scene("beach", seed=seed), Person(identity, expression, x=0.5, y=0.47, head=0.58), seed=seed), SIZE)


def _common(id: str, style: str, drawn: Sequence[Rendering], alone: bool) -> dict[str, Any]:
    faces = [one.truth.face for one in drawn]
    images = [{"bytes": png(one.pixels), "path": None} for one in drawn]
    given = {
        "face_points": [face.points.tolist() for face in faces if face],
        "face_visible": [face.visible.tolist() for face in faces if face],
        "rotation": [list(face.rotation) for face in faces if face],
    }
    return {
        "id": id,
        "style": style,
        "identity_id": id,
        **({"image": images[0]} if alone else {"frames": images}),
        **given,
        "width": SIZE,
        "height": SIZE,
    }


def png(pixels: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels)[..., :3]).save(buffer, format="PNG")
    return buffer.getvalue()


class CopyingSettings(MethodSettings):
    """Where a line is written for every training and every animation."""

    log: Path
    brightness: int = 0


class CopyingAnimator:
    """Learns nothing and repeats the portrait."""

    checkpoints = True
    inference_settings = frozenset({"brightness"})

    def __init__(self, settings: dict[str, Any], setting: AnimationSetting) -> None:
        self._settings = parse_settings(CopyingSettings, settings)
        self._setting = setting
        self.parameters = 0

    def rounds(self, train: Sequence[Pair]) -> int:
        return 1

    def fit(self, train: Sequence[Pair], validation: Sequence[Pair], tick: Tick) -> Sequence[CurvePoint]:
        self._note({"fit": [pair.id for pair in train], "validation": [pair.id for pair in validation], "seed": self._setting.seed, "size": self._setting.size})
        tick()
        return (CurvePoint(step=1, loss=0.5),)

    def animate(self, portrait: Portrait, driving: FaceTrack) -> Pixels:
        self._note({"portrait": portrait.id, "given": type(driving).__name__, "frames": len(driving)})
        brighter = np.clip(portrait.image.astype(np.int64) + self._settings.brightness, 0, 255).astype(np.uint8)
        return np.repeat(brighter[None], len(driving), axis=0)

    def save(self, folder: Path) -> None:
        write_json(folder / "nothing.json", {})

    def load(self, folder: Path) -> None:
        assert (folder / "nothing.json").is_file()

    def _note(self, event: dict[str, Any]) -> None:
        with self._settings.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(event) + "\n")


def events(log: Path, kind: str) -> list[dict[str, Any]]:
    """Returns what was noted of one kind: `fit` or `portrait`."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [event for event in map(json.loads, lines) if kind in event]
