"""From clean tables to a folder that `load_dataset` reads: Parquet by configuration and split, a card with `configs:`, the report, nothing that runs."""

from pathlib import Path
from typing import Any

from hub.console import progress, say
from hub.durable.checksums import check_sums
from hub.durable.lock import locked
from hub.files import digest, file_digest, read_json, working_folder, write_json, write_text
from hub.imports import load_object
from hub.paths import Project
from hub.publish.card import render_card
from hub.publish.lineage import public
from hub.publish.manifest import CARD, write_manifest
from hub.publish.sections import Facts
from hub.spec import DatasetSpec, ImageDatasetSpec
from hub.tables import IMAGES_PER_GROUP, ROWS_PER_GROUP, read_table, write_table

REPORT = "report.json"
"""The curation's account, beside the data it is of."""


def build(project: Project, spec: DatasetSpec) -> None:
    """Writes `data/published/<dataset>`. The old folder is replaced only when the new one is complete.

    Raises:
        EmohubError: nothing is curated, or a file of it is damaged.
    """
    with locked(project.lock("build", spec.name), f"building {spec.name}"):
        _build(project, spec)


def _build(project: Project, spec: DatasetSpec) -> None:
    import datasets

    datasets.disable_progress_bars()
    clean, target = project.clean(spec.name), project.published(spec.name)
    builder_type = load_object(spec.builder, project.root)
    with_images = isinstance(spec, ImageDatasetSpec)
    check_sums(clean, f"run `emohub curate {spec.name}`")
    if with_images:
        check_sums(project.raw(spec.name), f"run `emohub generate {spec.name}`")
    report = public(read_json(clean / REPORT, f"run `emohub curate {spec.name}`"))
    sources = {"clean": str(clean)} | ({"images": str(project.raw(spec.name) / "images")} if with_images else {})
    rows_per_group = IMAGES_PER_GROUP if with_images else ROWS_PER_GROUP
    infos: dict[str, Any] = {}
    with working_folder(target.with_name(f".{target.name}.building")) as work:
        staged = work / "published"
        with progress(f"{spec.name}: building", len(spec.configurations)) as tick:
            for configuration in spec.configurations:
                builder = builder_type(cache_dir=f"{work}/cache", config_name=configuration.name, **sources)
                prepared = work / "prepared" / configuration.name
                builder.download_and_prepare(output_dir=str(prepared), file_format="parquet")
                _lay_out(prepared, staged / configuration.name, list(configuration.splits), rows_per_group)
                written = sorted((staged / configuration.name).iterdir())
                builder.info.download_size = sum(file.stat().st_size for file in written)
                # `datasets` finds what it has read from a folder by the folder's name and this metadata: other data must say otherwise.
                builder.info.description = f"data {digest({file.name: file_digest(file) for file in written})[:16]}"
                infos[configuration.name] = builder.info
                tick()
        write_text(staged / CARD, render_card(project.root / "builders" / spec.name, spec, infos, report, Facts(spec.version)))
        write_json(staged / REPORT, report)
        manifest = write_manifest(staged, "dataset", spec.name, spec.version, checks=spec.release)
        if target.exists():
            # Moved away, not deleted in place: a process that is killed meanwhile leaves no half of it.
            target.replace(work / "old")
        staged.replace(target)
    say(f"{spec.name} {spec.version}: {len(manifest.sha256)} files in {target.relative_to(project.root)}")


def _lay_out(prepared: Path, folder: Path, splits: list[str], rows_per_group: int) -> None:
    """Gives the builder's files the Hub's names, `<split>-00000-of-000NN.parquet`, and our Parquet settings."""
    for split in splits:
        shards = sorted(prepared.glob(f"*-{split}*.parquet"))
        for number, shard in enumerate(shards):
            write_table(folder / f"{split}-{number:05d}-of-{len(shards):05d}.parquet", read_table(shard), rows_per_group)
