"""The Hugging Face builder of Emo Pillars: typed features over the clean tables. It runs here only; what is published is Parquet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq

from builders.emo_pillars.steps import NEUTRAL
from hub.spec import load
from hub.spec.dataset import TextDatasetSpec
from hub.taxonomy import Taxonomy

_FOLDER = Path(__file__).parent
_SPEC = load(_FOLDER / "dataset.yaml", TextDatasetSpec)
_LABELS = list(Taxonomy.read(_FOLDER / _SPEC.taxonomy).labels)
_CONTEXTUAL = frozenset({"contextual", "contextual-rewritten"})
assert NEUTRAL in _LABELS


class EmoPillarsConfig(datasets.BuilderConfig):  # type: ignore[misc]
    """One configuration. `clean` is the folder with the clean tables."""

    def __init__(self, clean: str = "", **keywords: Any) -> None:
        super().__init__(**keywords)
        self.clean = clean


def features_of(configuration: str) -> datasets.Features:
    """Returns the typed columns of a configuration."""
    text = datasets.Value("string")
    label = datasets.ClassLabel(names=_LABELS)
    columns: dict[str, Any] = {"id": text, "utterance": text}
    if configuration in _CONTEXTUAL:
        columns["context"] = text
    if configuration == "contextual-rewritten":
        columns["original_utterance"] = text
    columns |= {
        "character": text,
        "description": text,
        "labels": datasets.List({"label": label, "expressiveness": datasets.Value("float32")}),
        "answered": datasets.List({"raw": text, "label": text, "how": text, "expressiveness": datasets.Value("float32")}),
        "requested": label,
        "label_rule": text,
        "plot_id": text,
        "character_id": text,
        "part": text,
        "prompts": text,
        "engine": text,
        "seed": datasets.Value("int64"),
        "finish_reason": text,
        "licence": text,
    }
    return datasets.Features(columns)


class EmoPillars(datasets.GeneratorBasedBuilder):  # type: ignore[misc]
    """Emo Pillars, rebuilt (arXiv 2504.16856)."""

    VERSION = datasets.Version(_SPEC.version)
    BUILDER_CONFIG_CLASS = EmoPillarsConfig
    BUILDER_CONFIGS = [
        EmoPillarsConfig(name=configuration.name, version=datasets.Version(_SPEC.version), description=configuration.description)
        for configuration in _SPEC.configurations
    ]
    DEFAULT_CONFIG_NAME = _SPEC.default_configuration.name

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(description=_SPEC.summary, features=features_of(self.config.name), homepage=_SPEC.citation.url, license=_SPEC.licence)

    def _split_generators(self, dl_manager: datasets.DownloadManager) -> list[datasets.SplitGenerator]:
        path = Path(self.config.clean) / f"{self.config.name}.parquet"
        return [datasets.SplitGenerator(name=split, gen_kwargs={"path": path, "split": split}) for split in ("train", "validation", "test")]

    def _generate_examples(self, path: Path, split: str) -> Iterator[tuple[str, dict[str, Any]]]:
        columns = list(features_of(self.config.name))
        for row in pq.read_table(path, filters=[("split", "==", split)]).to_pylist():
            yield row["id"], {name: row[name] for name in columns}
