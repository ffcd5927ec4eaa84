"""Commands on faces in pictures and videos."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.common import ProfileOption, app, open_workspace


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

    workspace = open_workspace(profile)
    run = load_object(f"benchmarks.animate:{workspace.registry.task(task).type}", workspace.project.root)
    files = {"portrait": portrait, "driving": driving, "out": out, "portrait_landmarks": portrait_landmarks, "driving_landmarks": driving_landmarks}
    chosen = {"model": model, "checkpoint": checkpoint, "task": task, "size": size, "python": python, "task_file": task_file}
    print(run(workspace, **files, **chosen, fps=fps, unaligned=unaligned, side_by_side=side_by_side))
