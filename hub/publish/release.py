"""One release of a dataset: the built Parquet with the card of its version, pictures, Croissant and manifest."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.console import say
from hub.errors import EmohubError
from hub.files import file_digest, write_json, write_text
from hub.paths import Project
from hub.publish.build import REPORT
from hub.publish.card import infos_of, render_card
from hub.publish.croissant import Origin, check_croissant, croissant
from hub.publish.lineage import public, read_lineage
from hub.publish.manifest import CARD, CROISSANT, Manifest, damage, files_below, read_manifest, write_manifest
from hub.publish.plots import draw_plots
from hub.publish.sections import Facts
from hub.results.environment import code_revision, commit_day
from hub.spec import DatasetSpec


def stage_release(project: Project, spec: DatasetSpec, version: str, forced: str | None, folder: Path) -> Manifest:
    """Fills an empty folder with what is published as `version`, and returns its manifest. The same inputs and code give the same bytes.

    Args:
        version: three numbers, as in `1.2.0`, or a draft's, as in `0.1.0-dev`.
        forced: why it is released although a gate does not hold; the card says so.

    Raises:
        EmohubError: the dataset is not built, its files are damaged, or it was built for another version or from other clean tables; or the disk is full.
    """
    built = project.published(spec.name)
    report = _checked(project, spec, built)
    lineage = read_lineage(project.root, spec.name, built)
    try:
        _copy_data(built, folder)
        infos = infos_of((built / CARD).read_text(encoding="utf-8"))
        plots = draw_plots(folder, spec, report, _class_names(infos))
        facts = Facts(version, forced, plots, lineage.missing, released=True)
        write_text(folder / CARD, render_card(project.root / "builders" / spec.name, spec, infos, report, facts))
        files = files_below(folder)
        sizes, hashes = {name: path.stat().st_size for name, path in files.items()}, {name: file_digest(path) for name, path in files.items()}
        code = code_revision(project.root)
        origin = Origin(lineage, report["engine"], code, commit_day(project.root))
        write_json(folder / CROISSANT, croissant(spec, version, infos, sizes, hashes, origin))
        for warning in check_croissant(folder / CROISSANT):
            say(f"{spec.name}: {CROISSANT}: {warning}")
        return write_manifest(folder, "dataset", spec.name, version, code=code, forced=forced, checks=spec.release)
    except OSError as error:
        raise EmohubError(f"{spec.name}: the release cannot be written to {folder} ({error.strerror or error}); make room or name another place") from error


def _checked(project: Project, spec: DatasetSpec, built: Path) -> Mapping[str, Any]:
    """The report that the built files are of, once they are seen to be whole, of the declared version and of the clean tables that are there."""
    again = f"run `emohub build {spec.name}`"
    if not built.is_dir():
        raise EmohubError(f"{spec.name} is not built: {again}")
    try:
        manifest = read_manifest(built)
    except EmohubError as error:
        raise EmohubError(f"{built} was not built by this version of emohub ({error}): {again}") from error
    found = damage(built, manifest)
    if found:
        raise EmohubError(f"{built}: {found[0]}; {again}")
    if (manifest.name, manifest.version) != (spec.name, spec.version):
        raise EmohubError(f"{built} holds {manifest.name} {manifest.version}, but dataset.yaml declares {spec.name} {spec.version}: {again}")
    if manifest.checks != spec.release:
        raise EmohubError(f"{built} was built before `release:` in dataset.yaml was changed: {again}")
    clean = project.clean(spec.name) / REPORT
    if not clean.is_file():
        raise EmohubError(f"{clean}: there is no report of the curation; run `dvc repro build@{spec.name}`")
    report: Mapping[str, Any] = json.loads((built / REPORT).read_text(encoding="utf-8"))
    if report != public(json.loads(clean.read_text(encoding="utf-8"))):
        raise EmohubError(f"{built} was built from other clean tables than lie in {clean.parent}: {again}")
    return report


def _copy_data(built: Path, folder: Path) -> None:
    """Copies what was built, but for the card, which is rendered for the version. No hard links: what is released may not change with what was built."""
    for name, file in files_below(built).items():
        if name != CARD:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def _class_names(infos: Mapping[str, Any]) -> dict[str, list[str]]:
    """The names of classes by `configuration/column`."""
    import datasets

    return {
        f"{configuration}/{column}": list(feature.names)
        for configuration, info in infos.items()
        for column, feature in info.features.items()
        if isinstance(feature, datasets.ClassLabel)
    }
