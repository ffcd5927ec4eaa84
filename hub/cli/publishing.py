"""Commands that give data and models away, and take them in."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.common import ProfileOption, app, find_command, find_project, open_workspace

ToOption = Annotated[str | None, typer.Option(help="organisation/name on the Hub, or a folder; else what the profile names, else a folder in data/.")]
VersionOption = Annotated[str | None, typer.Option(help="As in v1.2.0: it is tagged, and never changes again. Without one only `main` moves.")]
PrivateOption = Annotated[bool, typer.Option("--private", help="A repository made on the Hub now is private.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be published and what has changed; write nothing.")]


@app.command()
def publish(
    dataset: Annotated[str | None, typer.Argument(help="The dataset; none with --all.")] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="Every dataset of the profile.")] = False,
    to: ToOption = None,
    version: VersionOption = None,
    private: PrivateOption = False,
    dry_run: DryRunOption = False,
    force: Annotated[str | None, typer.Option(help="Publish although a gate does not hold: the reason, which the card will say.")] = None,
    profile: ProfileOption = None,
) -> None:
    """Publish a built dataset to a folder or the Hub, once its gates hold."""
    from hub.errors import EmohubError
    from hub.publish.publish import publish, publish_all

    if (dataset is None) != all_of_them:
        raise EmohubError("name one dataset, or none and --all")
    workspace = open_workspace(profile)
    if dataset is not None:
        publish(workspace, dataset, to, version, private, dry_run, force)
        return
    if to is not None:
        raise EmohubError("--to names one repository, and every dataset has its own: leave it out, or name a repository for each in the profile")
    publish_all(workspace, version, private, dry_run, force)


@app.command()
def publish_model(
    task: str,
    model: str,
    seed: Annotated[int, typer.Option(help="Which run's model.")] = 0,
    to: ToOption = None,
    version: VersionOption = None,
    private: PrivateOption = False,
    dry_run: DryRunOption = False,
    profile: ProfileOption = None,
) -> None:
    """Publish what a run trained, as a model that transformers loads."""
    workspace = open_workspace(profile)
    release = find_command(workspace.project, "publish_model")(workspace, task, model, seed, to, version, private, dry_run)
    print("\n".join(release.lines()))


@app.command()
def pull(
    reference: Annotated[str, typer.Argument(help="organisation/name@v1 on the Hub, a dataset of this project (emo8@v0.1.0), or a folder of releases.")],
    out: Annotated[Path | None, typer.Option(help="Where it goes; ./<name>-<version> when not given.")] = None,
    model: Annotated[bool, typer.Option("--model", help="It is a model, not a dataset.")] = False,
) -> None:
    """Fetch a release, checked byte for byte."""
    from hub.publish.repositories.reference import pull

    print(pull(find_project(), reference, out, "model" if model else "dataset"))


@app.command()
def verify(
    reference: Annotated[str, typer.Argument(help="A published folder, or what `emohub pull` takes.")],
    model: Annotated[bool, typer.Option("--model", help="It is a model, not a dataset.")] = False,
) -> None:
    """Check a release: manifest, schema, gates. Anybody's."""
    import tempfile

    from hub.publish.inspection.verify import verify
    from hub.publish.repositories.reference import fetch, parse_reference

    project = find_project()
    with tempfile.TemporaryDirectory(prefix="emohub-") as work:
        folder = fetch(parse_reference(reference, project), Path(work) / "release", project, "model" if model else "dataset")
        found = verify(folder)
    print("\n".join(found.lines()))
    if not found.ok:
        raise typer.Exit(1)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A release, as `emohub pull` takes it, or a published folder.")],
    new: Annotated[str, typer.Argument(help="Another one.")],
) -> None:
    """Say what changed from one release to another, and which version would come next."""
    import tempfile

    from hub.publish.inspection.differences import compare, suggest
    from hub.publish.manifest import read_manifest
    from hub.publish.repositories.reference import fetch, parse_reference
    from hub.publish.version import parse_version, tag_of

    project = find_project()
    with tempfile.TemporaryDirectory(prefix="emohub-") as work:
        before, after = (fetch(parse_reference(text, project), Path(work) / place, project) for text, place in ((old, "old"), (new, "new")))
        differences = compare(before, after)
        following = suggest(parse_version(read_manifest(before).version), differences)
    print("\n".join(differences.lines()))
    if following:
        print(f"next version after {old}: {tag_of(following)}")
