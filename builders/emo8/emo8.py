"""The Hugging Face builder of Emo8: typed features over the clean table and the drawn images. It runs here only; what is published is Parquet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq

from hub.curate.images import read_drawn
from hub.engine.render.parameters import STYLES
from hub.spec import ImageDatasetSpec, load
from hub.taxonomy import Taxonomy

_FOLDER = Path(__file__).parent
_SPEC = load(_FOLDER / "dataset.yaml", ImageDatasetSpec)
_EMOTIONS = list(Taxonomy.read(_FOLDER / _SPEC.taxonomy).labels)
_FLOATS = datasets.List(datasets.Value("float32"))
_TEXT = datasets.Value("string")

FEATURES = datasets.Features(
    {
        "id": _TEXT,
        "image": datasets.Image(),
        "emotion": datasets.ClassLabel(names=_EMOTIONS),
        "style": datasets.ClassLabel(names=list(STYLES)),
        "caption": _TEXT,
        "brightness": datasets.Value("float32"),
        "colourfulness": datasets.Value("float32"),
        "place": _TEXT,
        "weather": _TEXT,
        "time": _TEXT,
        "objects": datasets.List(_TEXT),
        "object_boxes": datasets.List({"name": _TEXT, "box": _FLOATS}),
        "expression": _TEXT,
        "action": _TEXT,
        "person_box": _FLOATS,
        "action_units": datasets.List({"unit": datasets.Value("int16"), "intensity": datasets.Value("float32")}),
        "face_points": _FLOATS,
        "face_visible": datasets.List(datasets.Value("bool")),
        "head_rotation": _FLOATS,
        "own_cues": datasets.List(_TEXT),
        "scene_id": _TEXT,
        "identity_id": _TEXT,
        "width": datasets.Value("int32"),
        "height": datasets.Value("int32"),
        "prompt": _TEXT,
        "moderation": _TEXT,
        "engine": _TEXT,
        "batch": datasets.Value("int32"),
        "seed": datasets.Value("int64"),
        "licence": _TEXT,
    }
)


class Emo8Config(datasets.BuilderConfig):  # type: ignore[misc]
    """The configuration. `clean` is the folder with the clean table, `images` the one with the shards of drawn pictures."""

    def __init__(self, clean: str = "", images: str = "", **keywords: Any) -> None:
        super().__init__(**keywords)
        self.clean = clean
        self.images = images


class Emo8(datasets.GeneratorBasedBuilder):  # type: ignore[misc]
    """Emo8, rebuilt (arXiv 2409.18877)."""

    VERSION = datasets.Version(_SPEC.version)
    BUILDER_CONFIG_CLASS = Emo8Config
    BUILDER_CONFIGS = [Emo8Config(name=one.name, version=datasets.Version(_SPEC.version), description=one.description) for one in _SPEC.configurations]
    DEFAULT_CONFIG_NAME = _SPEC.default_configuration.name

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(description=_SPEC.summary, features=FEATURES, homepage=_SPEC.citation.url, license=_SPEC.licence)

    def _split_generators(self, dl_manager: datasets.DownloadManager) -> list[datasets.SplitGenerator]:
        path = Path(self.config.clean) / f"{self.config.name}.parquet"
        return [datasets.SplitGenerator(name=split, gen_kwargs={"path": path, "split": split}) for split in ("train", "validation", "test")]

    def _generate_examples(self, path: Path, split: str) -> Iterator[tuple[str, dict[str, Any]]]:
        rows = {row["id"]: row for row in pq.read_table(path, filters=[("split", "==", split)]).to_pylist()}
        for drawn in read_drawn(Path(self.config.images), ["id", "image"]):
            id = str(drawn["id"])
            if id in rows:
                yield id, {**{name: rows[id][name] for name in FEATURES if name != "image"}, "image": {"bytes": drawn["image"], "path": f"{id}.png"}}
