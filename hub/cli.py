"""The `emohub` command. Every command imports what it needs when it is called, so that `--help` answers at once."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hub.workspace import Workspace

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Builds emotion datasets, trains and evaluates models on them, and shows the outcome.",
)

ProfileOption = Annotated[str | None, typer.Option(help="The profile; the one in params.yaml when not given.")]


@app.callback()
def options(quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but results and errors.")] = False) -> None:
    import hub.console

    hub.console.QUIET = hub.console.QUIET or quiet


@app.command()
def validate() -> None:
    """Check every declaration; nothing is run."""
    from hub.validate import validate

    print(validate(_open(None)))


@app.command()
def schema(folder: Annotated[str, typer.Option(help="Where the JSON Schemas go.")] = "schemas") -> None:
    """Write JSON Schemas of the declarations, for editors."""
    from hub.validate import write_schemas

    for path in write_schemas(folder):
        print(path)


@app.command()
def graph() -> None:
    """Bring graph.yaml, the names that dvc.yaml loops over, up to date."""
    from hub.graph import write_graph

    workspace = _open(None)
    changed = write_graph(workspace.project, workspace.registry, workspace.params.profile)
    print("graph.yaml is new" if changed else "graph.yaml is up to date")


@app.command()
def plan(dataset: str, profile: ProfileOption = None) -> None:
    """Print the requests, tokens, GPU hours and cost a dataset will take, before anything is spent."""
    from hub.generate.plan import print_plan

    print_plan(_open(profile), dataset)


@app.command()
def generate(dataset: str, profile: ProfileOption = None) -> None:
    """Ask the engine everything a dataset needs; what is already answered is free."""
    from hub.generate import generate
    from hub.generate.pictures import generate_images
    from hub.spec import ImageDatasetSpec, ImageGenerationSpec, TextDatasetSpec, TextGenerationSpec

    workspace = _open(profile)
    match workspace.registry.dataset(dataset), workspace.generation(dataset):
        case TextDatasetSpec() as spec, TextGenerationSpec() as settings:
            generate(workspace.project, spec, settings)
        case ImageDatasetSpec() as spec, ImageGenerationSpec() as settings:
            generate_images(workspace.project, spec, settings)


@app.command()
def curate(dataset: str, profile: ProfileOption = None) -> None:
    """Clean a generated dataset and check its gates."""
    from hub.curate import curate

    workspace = _open(profile)
    curate(workspace.project, workspace.registry.dataset(dataset), workspace.profile.name, workspace.generation(dataset).complete)


@app.command()
def build(dataset: str) -> None:
    """Write a clean dataset as Parquet with its card."""
    from hub.publish.build import build

    workspace = _open(None)
    build(workspace.project, workspace.registry.dataset(dataset))


@app.command()
def sign(
    dataset: str,
    certificate: Annotated[Path, typer.Option(help="The certificate chain, PEM, leaf first.")],
    key: Annotated[Path, typer.Option(help="Its private key, PEM, outside the project.")],
    out: Annotated[Path, typer.Option(help="Where the signed copy goes.")],
) -> None:
    """Write a copy of a built image dataset whose images carry C2PA manifests."""
    from hub.publish.signing import sign_published

    project = _open(None).project
    count = sign_published(project.published(dataset), out, certificate, key, project.root)
    print(f"{count:,} images signed in {out}")


@app.command()
def bench(
    task: str,
    model: str,
    profile: ProfileOption = None,
    seed: Annotated[int | None, typer.Option(help="Only this seed, instead of all of the profile's.")] = None,
) -> None:
    """Train and score one model on one task, all seeds."""
    from hub.imports import load_object

    workspace = _open(profile)
    spec = workspace.registry.task(task)
    runner = load_object(f"benchmarks.runners.{spec.type}:bench", workspace.project.root)
    runner(workspace, spec.for_profile(workspace.profile.name), workspace.registry.model(model), seed)


@app.command()
def board() -> None:
    """Write the tables that the leaderboard and DVC show."""
    from hub.results.board import write_board

    workspace = _open(None)
    write_board(workspace.project, workspace.registry)


@app.command()
def results(
    task: Annotated[str | None, typer.Option(help="Only this task.")] = None,
    profile: Annotated[str | None, typer.Option(help="Only this profile.")] = None,
) -> None:
    """Print the results as a table."""
    from hub.results.board import print_results

    workspace = _open(None)
    print_results(workspace.project, workspace.registry, task, profile)


@app.command()
def claims(profile: Annotated[str, typer.Option(help="The profile whose runs are the evidence.")] = "study") -> None:
    """Judge the papers' claims by the run records."""
    from hub.results.claims_output import judge_all, print_claims

    workspace = _open(profile)
    print_claims(judge_all(workspace.project, workspace.registry, profile))


@app.command()
def landmarks(
    path: Annotated[Path, typer.Argument(help="A picture, a video, a gif or a folder of pictures.")],
    out: Annotated[Path, typer.Option(help="Where the track of landmarks goes (.parquet).")],
    task_file: Annotated[Path | None, typer.Option(help="A FaceLandmarker model; the face mesh of MediaPipe 0.10.21 when not given.")] = None,
    python: Annotated[Path | None, typer.Option(help="The interpreter that has MediaPipe; what `make env-faces` made when not given.")] = None,
) -> None:
    """Find the face in every frame and write its landmarks."""
    from hub.faces.extraction import extract_landmarks

    print(extract_landmarks(path, out, python, task_file))


@app.command()
def animate(
    portrait: Annotated[Path, typer.Option(help="A picture with one face.")],
    driving: Annotated[Path, typer.Option(help="A video, a gif, a folder of pictures, or landmarks alone (.parquet).")],
    out: Annotated[Path, typer.Option(help="Where the animation goes (.mp4 or .gif).")],
    portrait_landmarks: Annotated[Path | None, typer.Option(help="The portrait's landmarks; found when not given.")] = None,
    driving_landmarks: Annotated[Path | None, typer.Option(help="The driving video's landmarks; found when not given.")] = None,
    model: Annotated[str, typer.Option(help="The model, by its declaration.")] = "follow_your_emoji",
    checkpoint: Annotated[Path | None, typer.Option(help="The folder of a trained model; the newest of this project when not given.")] = None,
    task: Annotated[str, typer.Option(help="The task whose size is taken where the model has none.")] = "emojibench_self",
    size: Annotated[int | None, typer.Option(min=32, max=1024, help="Width and height of the frames, for models without a training.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames a second; the driving video's when not given.")] = None,
    unaligned: Annotated[bool, typer.Option("--unaligned", help="Take the driver's landmarks where they are; the portrait then needs none.")] = False,
    side_by_side: Annotated[bool, typer.Option("--side-by-side", help="Show the portrait and the driver beside the result.")] = False,
    python: Annotated[Path | None, typer.Option(help="The interpreter that has MediaPipe; what `make env-faces` made when not given.")] = None,
    task_file: Annotated[Path | None, typer.Option(help="A FaceLandmarker model; the face mesh of MediaPipe 0.10.21 when not given.")] = None,
    profile: ProfileOption = None,
) -> None:
    """Move a portrait as the face in a video moves."""
    from hub.imports import load_object

    workspace = _open(profile)
    run = load_object(f"benchmarks.animate:{workspace.registry.task(task).type}", workspace.project.root)
    files = {"portrait": portrait, "driving": driving, "out": out, "portrait_landmarks": portrait_landmarks, "driving_landmarks": driving_landmarks}
    chosen = {"model": model, "checkpoint": checkpoint, "task": task, "size": size, "python": python, "task_file": task_file}
    print(run(workspace, **files, **chosen, fps=fps, unaligned=unaligned, side_by_side=side_by_side))


@app.command()
def repro(profile: ProfileOption = None) -> None:
    """Run `dvc repro` with progress, and say what came of it."""
    from hub.repro import repro

    repro(_open(None), profile)


def main() -> None:
    """Runs the command line. Exit codes: 0 done, 2 something the user can mend, 130 interrupted; anything else is a bug."""
    from hub.errors import EmohubError

    try:
        app()
    except EmohubError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as end:
        if end.code == 130:
            print("interrupted; nothing that was done is lost: run the same command to go on", file=sys.stderr)
        raise


def _open(profile: str | None) -> "Workspace":
    from hub.workspace import Workspace

    return Workspace.open(profile)
