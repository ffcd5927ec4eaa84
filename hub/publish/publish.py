"""The act of publishing: a release is staged, must pass its gates, is compared with what is there, and only then goes where it belongs, at once."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from semver import Version

from hub.console import say
from hub.curate.gates import Gate, enforce
from hub.durable.lock import locked
from hub.errors import EmohubError
from hub.files import working_folder
from hub.hugging_face import Hub
from hub.paths import Project
from hub.publish.inspection.differences import Differences, compare, suggest
from hub.publish.inspection.published_folder import open_published, rows_of
from hub.publish.inspection.release_gates import check_release
from hub.publish.manifest import Manifest, damage, read_manifest
from hub.publish.release import stage_release
from hub.publish.repositories.hub_repository import HubRepository
from hub.publish.repositories.placing import Published, has_content, look, put
from hub.publish.repositories.reference import open_repository
from hub.publish.repositories.repository import Repository
from hub.publish.version import parse_version, tag_of
from hub.results.datasets import GateOutcome
from hub.results.releases import ReleaseRecord, write_release
from hub.spec import DatasetSpec
from hub.workspace import Workspace


@dataclass(frozen=True)
class _Staged:
    """A release that could be published as it is."""

    folder: Path
    manifest: Manifest
    gates: tuple[Gate, ...]


def publish(
    workspace: Workspace,
    dataset: str,
    to: str | None = None,
    version: str | None = None,
    private: bool = False,
    dry_run: bool = False,
    force: str | None = None,
    hub: Hub | None = None,
) -> ReleaseRecord | None:
    """Publishes a built dataset, and writes its record into `results/releases`, but for a draft that goes elsewhere than the profile says.

    Doing it again, after a failure or without one, is free.

    Args:
        to: `organisation/name` or a folder, see `open_repository`; else what the profile names, else `data/releases/<dataset>`.
        version: as in v1.2.0; it is tagged and never moves. A draft, which only `main` names, when not given.
        private: a repository made on the Hub now is private.
        dry_run: say what would be done, and do nothing.
        force: why it is published although a gate does not hold. It stands in the card and the manifest.
        hub: which server; the environment's when not given.

    Returns:
        what was published; None for a dry run.

    Raises:
        GateError: gates do not hold.
        EmohubError: nothing is built, the version exists with other content or is older than the newest one, or the target refuses.
    """
    if force is not None and not force.strip():
        raise EmohubError("--force needs a reason: it is written into the card")
    project, spec = workspace.project, workspace.registry.dataset(dataset)
    repository = _target(workspace, spec, to, private, hub)
    wanted = parse_version(version) if version else None
    there = look(repository, "dataset", spec.name, wanted)
    with _passing_place() if dry_run else _workplace(project, dataset) as work:
        staged = _stage(project, spec, str(wanted) if wanted else f"{spec.version}-dev", force, work)
        if dry_run:
            _describe(repository, wanted, staged)
        if dry_run or wanted:
            _say_differences(repository, there, staged, work)
        if not force:
            enforce(dataset, staged.gates)
        there_already = _is_published(repository, wanted, there, staged, work) if wanted in there.versions else None
        if dry_run:
            return None
        revision = there_already or _put(repository, there, wanted, staged, f"{dataset} {staged.manifest.version}")
        record = _record(workspace, dataset, repository, wanted, revision, staged)
        if wanted or to is None:
            write_release(project, record)
        return record


def publish_all(
    workspace: Workspace, version: str | None = None, private: bool = False, dry_run: bool = False, force: str | None = None
) -> list[ReleaseRecord]:
    """Publishes every dataset of the profile to where it belongs; one that cannot be published does not hinder the others.

    Raises:
        EmohubError: some could not be published; the message says why for each.
    """
    records, failures = [], []
    for dataset in workspace.profile.datasets:
        try:
            record = publish(workspace, dataset, None, version, private, dry_run, force)
        except EmohubError as error:
            failures.append(f"{dataset}: {error}")
            continue
        records += [record] if record else []
    if failures:
        raise EmohubError("\n".join([f"{len(failures)} of {len(workspace.profile.datasets)} datasets are not published:", *failures]))
    return records


def _target(workspace: Workspace, spec: DatasetSpec, to: str | None, private: bool, hub: Hub | None) -> Repository:
    declared = workspace.generation(spec.name).publish
    named = to or (declared.to if declared else None)
    if named is None:
        named = str(workspace.project.releases(spec.name))
    return open_repository(named, "dataset", private or bool(declared and not to and declared.private), workspace.project, hub)


@contextmanager
def _workplace(project: Project, dataset: str) -> Iterator[Path]:
    """An empty folder on the data's own disk that one process at a time has; what a killed one left in it is gone."""
    with locked(project.lock("publish", dataset), f"publishing {dataset}"), working_folder(project.work / "publish" / dataset) as place:
        yield place


@contextmanager
def _passing_place() -> Iterator[Path]:
    """An empty folder outside the project, for a dry run."""
    with tempfile.TemporaryDirectory(prefix="emohub-") as place:
        yield Path(place)


def _stage(project: Project, spec: DatasetSpec, version: str, force: str | None, work: Path) -> _Staged:
    """Stages a release and measures its gates. Where they do not hold and there is a reason, the reason stands in its card."""
    staged = _stage_once(project, spec, version, None, work / "release")
    failed = [gate for gate in staged.gates if not gate.passed]
    if force and not failed:
        say(f"{spec.name}: every gate holds, so the reason for --force is not written anywhere")
    if not force or not failed:
        return staged
    say(f"{spec.name}: to be published although {len(failed)} gates do not hold, because: {force}")
    return _stage_once(project, spec, version, force, work / "forced")


def _stage_once(project: Project, spec: DatasetSpec, version: str, forced: str | None, folder: Path) -> _Staged:
    built = read_manifest(project.published(spec.name))
    folder.mkdir()
    try:
        manifest = stage_release(project, spec, version, forced, folder)
        found = damage(folder, manifest)
    except OSError as error:
        raise EmohubError(f"{spec.name}: cannot be staged in {folder.parent} ({error.strerror}); make room there") from error
    if found or manifest.fingerprint != built.fingerprint or read_manifest(project.published(spec.name)) != built:
        raise EmohubError(f"{spec.name}: data/published/{spec.name} changed while it was staged; publish again when nothing builds it")
    return _Staged(folder, manifest, tuple(check_release(folder)))


def _compare(repository: Repository, revision: str, staged: _Staged, work: Path) -> Differences:
    """What the release changes of a revision."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        return compare(repository.download(revision, Path(folder)), staged.folder)


def _is_published(repository: Repository, version: Version, there: Published, staged: _Staged, work: Path) -> str:
    """The revision of a version that is there already and is what would be published."""
    if has_content(repository, tag_of(version), staged.manifest):
        say(f"{repository.address}: {tag_of(version)} is there with the same content; nothing is done")
        return there.versions[version]
    differences = _compare(repository, tag_of(version), staged, work)
    lines = "\n".join(f"  - {line}" for line in differences.lines())
    suggested = suggest(max(there.versions), differences)
    advice = f"publish it as {tag_of(suggested)}" if suggested else "choose the next version"
    raise EmohubError(f"{repository.address}: {tag_of(version)} is there with other content, and a version is immutable; {advice}:\n{lines}")


def _put(repository: Repository, there: Published, version: Version | None, staged: _Staged, message: str) -> str:
    """Puts the release where it belongs, and says so."""
    if there.is_main(staged.manifest):
        say(f"{repository.address}: main has this content already; no commit")
    elif found := damage(staged.folder, staged.manifest):
        raise EmohubError(f"{repository.address}: {found[0]}: the staged files changed; publish again")
    revision = put(repository, there, staged.folder, staged.manifest, version, message)
    say(f"{repository.address}: {message} is {tag_of(version) if version else 'main'}, revision {revision[:12]}")
    return revision


def _describe(repository: Repository, wanted: Version | None, staged: _Staged) -> None:
    """Says what publishing would do."""
    sizes = {path: (staged.folder / path).stat().st_size for path in staged.manifest.sha256}
    say(f"{repository.address}: would become {staged.manifest.name} {staged.manifest.version}, {'tagged' if wanted else 'a draft'}; nothing is written")
    for path, size in sizes.items():
        say(f"  {size:>14,} {path}")
    say(f"  {sum(sizes.values()):>14,} bytes in {len(sizes)} files")
    for gate in staged.gates:
        say(f"  {'holds' if gate.passed else 'does not hold'}: {gate.sentence}")


def _say_differences(repository: Repository, there: Published, staged: _Staged, work: Path) -> None:
    """Says what is new since the newest version or draft, and which version that suggests."""
    if there.label is None:
        say(f"{repository.address}: nothing is published there yet")
        return
    if has_content(repository, there.label, staged.manifest):
        say(f"{repository.address}: the content is that of {there.label}")
        return
    differences = _compare(repository, there.label, staged, work)
    say(f"{repository.address}: compared with {there.label}:")
    for line in differences.lines():
        say(f"  {line}")
    suggested = suggest(there.newest, differences) if there.newest else None
    if suggested:
        say(f"suggested version: {tag_of(suggested)}")


def _record(workspace: Workspace, dataset: str, repository: Repository, version: Version | None, revision: str, staged: _Staged) -> ReleaseRecord:
    manifest = repository.manifest(revision) or staged.manifest
    return ReleaseRecord(
        profile=workspace.profile.name,
        dataset=dataset,
        version=manifest.version,
        tag=tag_of(version) if version else None,
        repository=_place(repository, workspace.project),
        revision=revision,
        fingerprint=manifest.fingerprint,
        code=manifest.code,
        forced=manifest.forced,
        rows=_rows(staged.folder),
        bytes=sum((staged.folder / path).stat().st_size for path in staged.manifest.sha256),
        gates=tuple(GateOutcome(name=gate.name, passed=gate.passed, measured=gate.measured, required=gate.required) for gate in staged.gates),
    )


def _place(repository: Repository, project: Project) -> str:
    if isinstance(repository, HubRepository):
        return repository.address
    folder = Path(repository.address).resolve()
    return folder.relative_to(project.root).as_posix() if folder.is_relative_to(project.root) else folder.name


def _rows(folder: Path) -> dict[str, dict[str, int]]:
    """Rows by configuration and split."""
    return {one.name: {split.name: rows_of(folder, split) for split in one.splits} for one in open_published(folder).configurations}
