"""Small published datasets, written by the genuine `datasets` and `huggingface_hub`, so that what reads them is held against these."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import yaml
from datasets.info import DatasetInfosDict
from huggingface_hub import DatasetCardData
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from hub.files import write_text
from hub.publish.manifest import write_manifest
from hub.spec import ReleaseChecks
from hub.tables import write_table

TEXT = datasets.Value("string")
EMOTIONS = ["anger", "joy", "pride"]
FEATURES = datasets.Features(
    {
        "id": TEXT,
        "utterance": TEXT,
        "labels": datasets.List({"label": datasets.ClassLabel(names=EMOTIONS), "strength": datasets.Value("float32")}),
        "notes": datasets.List(datasets.List(TEXT)),
        "points": datasets.List(datasets.List(datasets.Value("float32"))),
        "licence": TEXT,
    }
)
CHECKS = ReleaseChecks(content={"default": ("utterance",)}, label="labels.label")
BODY = "# Toy\n\nA toy.\n"
SENTENCES = ("The kettle sings.", "Nobody came to the window.", "He left the gate open again!", "A letter, at last.", "Rain, and then more rain.", "Cake?")

Row = dict[str, Any]
Tables = Mapping[str, Mapping[str, Sequence[Row]]]
"""Rows by configuration and split."""


def text_row(number: int, **changes: Any) -> Row:
    row = {
        "id": f"r{number}",
        "utterance": f"{SENTENCES[number % len(SENTENCES)]} ({number})",
        "labels": [{"label": number % len(EMOTIONS), "strength": 0.5}],
        "notes": [["plain"], []],
        "points": [[float(number), 1.0], [2.0]],
        "licence": "cc-by-4.0",
    }
    return row | changes


def text_tables(rows: int = 12) -> dict[str, dict[str, list[Row]]]:
    """One configuration with two splits."""
    made = [text_row(number) for number in range(rows)]
    return {"default": {"train": made[: rows * 2 // 3], "test": made[rows * 2 // 3 :]}}


def write_published(
    root: Path,
    tables: Tables | None = None,
    features: datasets.Features | Mapping[str, datasets.Features] = FEATURES,
    checks: ReleaseChecks = CHECKS,
    body: str = BODY,
    files_per_split: int = 1,
    default: str = "default",
    **front: Any,
) -> Path:
    """Writes Parquet, card and manifest. `front` adds to the front matter or changes it; None takes a key out."""
    tables = tables or text_tables()
    infos = {}
    for name, splits in tables.items():
        own = features if isinstance(features, datasets.Features) else features[name]
        for split, rows in splits.items():
            size = -(-len(rows) // files_per_split)
            for number in range(files_per_split):
                table = pa.Table.from_pylist(list(rows[number * size : (number + 1) * size]), schema=own.arrow_schema)
                write_table(root / name / f"{split}-{number:05d}-of-{files_per_split:05d}.parquet", table)
        counts = {split: datasets.SplitInfo(split, 1, len(rows)) for split, rows in splits.items()}
        infos[name] = datasets.DatasetInfo(features=own, splits=datasets.SplitDict(counts), download_size=0, dataset_size=0, config_name=name)
    listed = DatasetCardData()
    DatasetInfosDict(infos).to_dataset_card_data(listed)
    configs = [
        {"config_name": name, "data_files": [{"split": split, "path": f"{name}/{split}-*.parquet"} for split in splits]}
        | ({"default": True} if name == default else {})
        for name, splits in tables.items()
    ]
    value = {"license": "cc-by-4.0", "configs": configs, "dataset_info": listed.dataset_info} | front
    write_card(root, {key: one for key, one in value.items() if one is not None}, body)
    write_manifest(root, "dataset", "toy", "0.1.0", checks=checks)
    return root


def write_card(root: Path, front: Mapping[str, Any], body: str = BODY) -> None:
    write_text(root / "README.md", f"---\n{yaml.safe_dump(dict(front), sort_keys=False)}---\n\n{body}")


def remanifest(root: Path, checks: ReleaseChecks = CHECKS) -> Path:
    """Writes the manifest anew, as whoever tampers with a folder would."""
    (root / "MANIFEST.json").unlink(missing_ok=True)
    write_manifest(root, "dataset", "toy", "0.1.0", checks=checks)
    return root


def picture(number: int, note: str = "", format: str = "PNG") -> dict[str, Any]:
    """Noise of 8 × 8 pixels that depends on `number` alone; `note` changes the file's bytes, not its pixels."""
    pixels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    information = PngInfo()
    information.add_text("note", note)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format, **({"pnginfo": information} if format == "PNG" else {}))
    return {"bytes": file.getvalue(), "path": f"{number}.png"}
