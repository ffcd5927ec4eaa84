"""Little images of plain colours: the colour is the emotion, a stripe is the style. Written as the published dataset has them, or into class folders."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from hub.paths import Project
from hub.tables import write_table
from tests.support.text_project import write_yaml

EMOTIONS = ("anger", "awe", "fear", "joy")
STYLES = ("cartoon", "natural", "science fiction")
COLOURS = {"anger": (200, 40, 40), "awe": (60, 60, 200), "fear": (30, 30, 30), "joy": (230, 210, 60)}
LABELS_FILE = "benchmarks/labels/plain.yaml"
SOURCE = {"kind": "published", "dataset": "plain", "configuration": "all"}
SPLITS = {"train": 4, "validation": 2, "test": 3}
"""Images of every emotion and style in each split."""


@dataclass(frozen=True)
class PlainImage:
    """What a row holds."""

    id: str
    emotion: str
    style: str
    png: bytes
    box: tuple[float, float, float, float] | None


def plain_images(split: str, count: int, emotions: Sequence[str] = EMOTIONS) -> list[PlainImage]:
    """Returns that many images of every emotion in every style; every second one has a person."""
    generator = np.random.default_rng([ord(letter) for letter in split])
    return [
        PlainImage(
            id=f"{split}-{emotion}-{style.split()[0]}-{number}",
            emotion=emotion,
            style=style,
            png=png(emotion, generator, STYLES.index(style)),
            box=(4.0, 2.0, 20.0, 30.0) if number % 2 else None,
        )
        for emotion in emotions
        for style in STYLES
        for number in range(count)
    ]


def png(emotion: str, generator: np.random.Generator, stripe: int = 0) -> bytes:
    """Returns a picture of 40 × 32 pixels in the emotion's colour, with noise."""
    pixels = np.tile(np.array(COLOURS[emotion], dtype=np.int64), (32, 40, 1))
    pixels[:, 10 * stripe : 10 * stripe + 4] += 20
    pixels += generator.integers(-25, 25, pixels.shape)
    buffer = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, format="PNG")
    return buffer.getvalue()


def write_labels(root: Path, classes: Sequence[str] = EMOTIONS, file: str = LABELS_FILE) -> Path:
    definitions = {name: {"definition": f"what {name} is"} for name in classes}
    return write_yaml(root / file, {"name": "plain", "source": "For tests.", "minimum_similarity": 90, "classes": definitions})


def published_rows(images: Sequence[PlainImage], emotions: Sequence[str] = EMOTIONS) -> list[dict[str, Any]]:
    return [
        {
            "id": image.id,
            "image": {"bytes": image.png, "path": f"{image.id}.png"},
            "emotion": emotions.index(image.emotion),
            "style": STYLES.index(image.style),
            "caption": f"a plain picture, {image.style}",
            "person_box": list(image.box or ()),
            "width": 40,
            "height": 32,
        }
        for image in images
    ]


def write_published_images(project: Project, splits: dict[str, list[dict[str, Any]]], emotions: Sequence[str] = EMOTIONS, dataset: str = "plain") -> Path:
    """Writes rows with the schema that `datasets` gives such a dataset."""
    import datasets

    features = datasets.Features(
        {
            "id": datasets.Value("string"),
            "image": datasets.Image(),
            "emotion": datasets.ClassLabel(names=list(emotions)),
            "style": datasets.ClassLabel(names=list(STYLES)),
            "caption": datasets.Value("string"),
            "person_box": datasets.List(datasets.Value("float32")),
            "width": datasets.Value("int32"),
            "height": datasets.Value("int32"),
        }
    )
    folder = project.published(dataset) / "all"
    for split, rows in splits.items():
        write_table(folder / f"{split}-00000-of-00001.parquet", pa.Table.from_pylist(rows, schema=features.arrow_schema))
    return folder


def write_class_folders(root: Path, emotions: Sequence[str] = EMOTIONS, count: int = 6, seed: int = 0) -> Path:
    """Writes `<root>/<emotion>/<number>.png`; of names with another spelling the first part before a space tells the colour."""
    generator = np.random.default_rng(seed)
    for emotion in emotions:
        folder = root / emotion
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            colour = emotion.lower() if emotion.lower() in COLOURS else EMOTIONS[number % len(EMOTIONS)]
            (folder / f"{number:03}.png").write_bytes(png(colour, generator))
    return root


def write_image_task(root: Path, name: str, source: dict[str, Any], **changes: Any) -> None:
    declared = {
        "name": name,
        "title": f"Task {name}",
        "summary": "A task for tests.",
        "type": "image_classification",
        "source": source,
        "taxonomy": LABELS_FILE,
        "main_metric": "accuracy",
        **changes,
    }
    write_yaml(root / "benchmarks" / "tasks" / f"{name}.yaml", {key: value for key, value in declared.items() if value is not None})
