"""What a dataset will take, before anything is spent."""

from dataclasses import dataclass

from hub.imports import load_object
from hub.workspace import Workspace


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step's expected requests and tokens."""

    step: str
    requests: int
    prompt_tokens: int
    answer_tokens: int


def print_plan(workspace: Workspace, dataset: str) -> None:
    """Prints the expected requests, tokens, GPU hours and cost of a dataset in the chosen profile."""
    from rich.console import Console
    from rich.table import Table

    spec, settings = workspace.registry.dataset(dataset), workspace.generation(dataset)
    steps: list[PlannedStep] = load_object(spec.plan, workspace.project.root)(workspace.project.root / "builders" / dataset, spec, settings)
    table = Table(title=f"{spec.title}, profile {workspace.profile.name}, engine {settings.engine.kind}")
    for name in ("step", "requests", "prompt tokens", "answer tokens"):
        table.add_column(name, justify="left" if name == "step" else "right")
    for step in steps:
        table.add_row(step.step, f"{step.requests:,}", f"{step.prompt_tokens:,}", f"{step.answer_tokens:,}")
    total = PlannedStep("total", *(sum(getattr(step, field) for step in steps) for field in ("requests", "prompt_tokens", "answer_tokens")))
    table.add_section()
    table.add_row(total.step, f"{total.requests:,}", f"{total.prompt_tokens:,}", f"{total.answer_tokens:,}")
    console = Console(width=100)
    console.print(table)
    hardware = workspace.profile.hardware
    if settings.engine.kind in ("authored", "render"):
        console.print(f"The {settings.engine.kind} engine costs nothing: no model, no GPU.")
    elif settings.kind == "images":
        console.print("GPU hours and cost of drawing are not estimated: no rate has been measured.")
    elif hardware is None:
        console.print(f"profiles/{workspace.profile.name}.yaml has no 'hardware', so GPU hours and cost are not estimated.")
    else:
        hours = total.requests / hardware.requests_per_second / 3600
        gpus = getattr(settings.engine, "data_parallel", 1)
        console.print(f"About {hours:,.0f} GPU hours on {hardware.gpu} ({hours / gpus:,.0f} h on {gpus}), about ${hours * hardware.price_per_gpu_hour:,.0f}.")
        console.print(f"Estimates: {hardware.requests_per_second:g} requests/s and GPU ({hardware.source}); ${hardware.price_per_gpu_hour:g} a GPU hour.")
