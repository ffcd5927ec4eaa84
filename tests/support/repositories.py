"""Releases to put into repositories: small staged folders with a manifest, in Parquet that `load_dataset` reads."""

from pathlib import Path

import pyarrow as pa

from hub.publish.manifest import Manifest, write_manifest
from hub.tables import write_table

NAME = "toy"
CARD = """---
license: cc-by-4.0
configs:
- config_name: first
  data_files:
  - split: train
    path: first/train-*.parquet
  default: true
- config_name: second
  data_files:
  - split: train
    path: second/train-*.parquet
dataset_info:
- config_name: first
  description: {rows} rows
---
# Toy {version}
"""


def stage(folder: Path, version: str, rows: int = 3, name: str = NAME, extra: dict[str, bytes] | None = None) -> Manifest:
    """Fills a folder with a release of two configurations of `rows` rows; the second one is always the same."""
    for configuration, count in (("first", rows), ("second", 2)):
        write_table(folder / configuration / "train-00000-of-00001.parquet", pa.table({"id": [str(row) for row in range(count)]}))
    (folder / "README.md").write_text(CARD.format(version=version, rows=rows), encoding="utf-8")
    for path, content in (extra or {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return write_manifest(folder, "dataset", name, version)


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder by relative path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
