"""Small published datasets to draw samples from, and raters who are simulated and say so."""

import io
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from hub.annotate.question import Item, Sample, Truth
from hub.annotate.rating_table import Rating
from hub.publish.manifest import write_manifest
from hub.spec import ReleaseChecks
from hub.tables import write_table

EMOTIONS = ("anger", "fear", "joy", "love", "pride", "relief", "sadness", "surprise", "neutral")
PICTURE_EMOTIONS = ("anger", "awe", "fear", "joy")
STYLES = ("cartoon", "natural", "realistic")
_TEXT_COLUMNS = ("utterance", "context", "original_utterance", "character", "description", "plot_id", "character_id")


def publish_texts(folder: Path, rows: int = 120, stories: int = 40) -> Path:
    """A dataset of utterances: `plain` has no context, `rewritten` has one and the utterance before it was rewritten."""
    label = pa.struct([("label", pa.int64()), ("expressiveness", pa.float32())])
    schema = pa.schema([("id", pa.string()), *((name, pa.string()) for name in _TEXT_COLUMNS), ("labels", pa.list_(label)), ("requested", pa.int64())])
    values = [_text(number, stories) for number in range(rows)]
    plain = [name for name in schema.names if name not in ("context", "original_utterance", "character", "description")]
    table = pa.Table.from_pylist(values, schema=schema)
    write_table(folder / "plain" / "test-00000-of-00001.parquet", table.select(plain))
    write_table(folder / "rewritten" / "test-00000-of-00001.parquet", table)
    names = {"class_label": {"names": {str(number): name for number, name in enumerate(EMOTIONS)}}}
    kinds: dict[str, Any] = {
        "labels": {"list": [{"name": "label", "dtype": names}, {"name": "expressiveness", "dtype": "float32"}]},
        "requested": {"dtype": names},
    }
    _finish(folder, "feelings", {"plain": plain, "rewritten": schema.names}, kinds, rows, "labels.label")
    return folder


def publish_pictures(folder: Path, rows: int = 60, label: str | None = "emotion") -> Path:
    """A dataset of flat pictures whose files, like the real ones, carry the prompt that names the emotion."""
    from PIL import Image, PngImagePlugin

    def picture(number: int) -> dict[str, Any]:
        written, told = io.BytesIO(), PngImagePlugin.PngInfo()
        told.add_itxt("emohub", f"a picture that evokes {PICTURE_EMOTIONS[number % 4]}")
        Image.new("RGB", (16, 16), (number * 4, 40, 90)).save(written, "PNG", pnginfo=told)
        return {"bytes": written.getvalue(), "path": f"{number}.png"}

    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    schema = pa.schema([("id", pa.string()), ("image", image), ("emotion", pa.int64()), ("style", pa.int64()), ("identity_id", pa.string())])
    values = [
        {"id": f"picture-{number:03d}", "image": picture(number), "emotion": number % 4, "style": number % 3, "identity_id": f"person-{number % 30}"}
        for number in range(rows)
    ]
    write_table(folder / "pictures" / "test-00000-of-00001.parquet", pa.Table.from_pylist(values, schema=schema))
    kinds = {
        "image": {"dtype": "image"},
        "emotion": {"dtype": _classes(PICTURE_EMOTIONS)},
        "style": {"dtype": _classes(STYLES)},
    }
    _finish(folder, "pictures", {"pictures": schema.names}, kinds, rows, label)
    return folder


def simulated(
    sample: Sample, key: dict[tuple[str, str], Truth], rater: str, seed: int, error: float, choose: Callable[[Item], Sequence[str]] | None = None
) -> list[Rating]:
    """Answers of a simulated rater, who takes the strongest label but for a share `error` of items, where the choice is random. Nobody's judgement."""
    generator = random.Random(seed)
    ratings = []
    for item in sample.items:
        right = key[item.item_id, item.question].labels[0]
        value = (right,) if generator.random() >= error else (generator.choice(item.options),)
        ratings.append(Rating(item.item_id, rater, item.question, tuple(choose(item)) if choose else value, 2.5, sample.version))
    return ratings


def _classes(names: Sequence[str]) -> dict[str, Any]:
    return {"class_label": {"names": {str(number): name for number, name in enumerate(names)}}}


def _text(number: int, stories: int) -> dict[str, Any]:
    first, second = number % len(EMOTIONS), (number * 5 + 1) % len(EMOTIONS)
    # The strongest label is not the first one, so that a reader must look at the strength.
    labels = [{"label": second, "expressiveness": 0.3}] if second != first and number % 2 else []
    story = f"story-{number % stories}"
    return {
        "id": f"{EMOTIONS[first]}/{number:03d}",
        "utterance": f"Utterance {number}, rewritten.",
        "context": f"What happened before {number}.",
        "original_utterance": f"Utterance {number}, as it was said!" if number % 10 else f"Utterance {number}, rewritten.",
        "character": f"Speaker {number % 7}",
        "description": "someone",
        "plot_id": story,
        "character_id": f"{story}/c{number % 3}",
        "labels": [*labels, {"label": first, "expressiveness": 0.9}],
        "requested": (first + 1) % len(EMOTIONS),
    }


def _finish(folder: Path, name: str, columns: dict[str, list[str]], kinds: dict[str, Any], rows: int, label: str | None) -> None:
    infos = [
        {
            "config_name": configuration,
            "features": [{"name": column, **kinds.get(column, {"dtype": "string"})} for column in names],
            "splits": [{"name": "test", "num_examples": rows}],
        }
        for configuration, names in columns.items()
    ]
    configs = [
        {"config_name": configuration, "data_files": [{"split": "test", "path": f"{configuration}/test-*.parquet"}]} | ({} if number else {"default": True})
        for number, configuration in enumerate(columns)
    ]
    # JSON is YAML, and without aliases.
    front = json.dumps({"configs": configs, "dataset_info": infos})
    (folder / "README.md").write_text(f"---\n{front}\n---\n\nA dataset for tests.\n", encoding="utf-8")
    write_manifest(folder, "dataset", name, "1.2.0", checks=ReleaseChecks(label=label))
