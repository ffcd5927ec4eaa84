"""Generation in shares: of the narratives, or of the batches of pictures."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.durable.lock import locked
from hub.errors import EngineError
from hub.generate.job import answer_share, generate
from hub.generate.pictures import draw_share, generate_images
from hub.generate.store import merge_parts
from hub.scale.launch import launch
from hub.scale.replay import ReplayEngine, ReplayImageEngine
from hub.scale.work import Outcome, Work
from hub.shard import Shard
from hub.spec import ImageDatasetSpec, ImageGenerationSpec, ScaleSpec, TextDatasetSpec, TextGenerationSpec
from hub.workspace import Workspace


def generate_share(workspace: Workspace, dataset: str, shard: Shard) -> Mapping[str, Any] | None:
    """Asks or draws what a share needs, into the stores. Returns the engine's identity; None if the share is empty."""
    match workspace.registry.dataset(dataset), workspace.generation(dataset):
        case TextDatasetSpec() as spec, TextGenerationSpec() as settings:
            return answer_share(workspace.project, spec, settings, shard)
        case ImageDatasetSpec() as spec, ImageGenerationSpec() as settings:
            return draw_share(workspace.project, spec, settings, shard)
        case _:
            raise AssertionError("a dataset's kind was checked by the workspace")


def spread_generation(workspace: Workspace, dataset: str, scale: ScaleSpec) -> None:
    """Generates a dataset, in as many shares as `scale` says, and writes `data/raw/<dataset>`.

    Raises:
        EmohubError: a rank failed, and what the others did, and what it did itself, is kept; or another run is generating this dataset.
    """
    project, spec, settings = workspace.project, workspace.registry.dataset(dataset), workspace.generation(dataset)
    with locked(project.lock("generate", dataset), f"generating {dataset}"):
        match spec, settings:
            case TextDatasetSpec(), TextGenerationSpec():
                stores = project.work / "stores" / dataset
                identity = _asked(workspace, dataset, scale, lambda: merge_parts(stores))  # Parts that a launch left that was ended.
                merge_parts(stores)
                # The embedded engine costs nothing, and knows what it has nothing to say about.
                embedded = settings.engine.kind == "authored"
                generate(project, spec, settings, None if identity is None or embedded else ReplayEngine(identity))
            case ImageDatasetSpec(), ImageGenerationSpec():
                identity = _asked(workspace, dataset, scale, lambda: None)
                generate_images(project, spec, settings, None if identity is None else ReplayImageEngine(identity))


def _asked(workspace: Workspace, dataset: str, scale: ScaleSpec, before: Callable[[], object]) -> Mapping[str, Any] | None:
    """Has ranks answer or draw everything, and returns their engine's identity; None where nothing is spread. `before` comes before new work begins."""
    if scale.spread:
        return _identity(launch(workspace.project, Work.in_workspace("generate", [dataset], workspace), scale, before))
    before()
    return None


def _identity(outcomes: Sequence[Outcome]) -> Mapping[str, Any]:
    """The identity that all ranks' engines had.

    Raises:
        EngineError: they differ, so that the ranks' answers are not those of one engine.
    """
    found = [outcome for outcome in outcomes if outcome.identity is not None]
    for outcome in found[1:]:
        if outcome.identity != found[0].identity:
            raise EngineError(
                f"rank {found[0].rank} on {found[0].host} asked {found[0].identity} and rank {outcome.rank} on {outcome.host} asked {outcome.identity}: "
                "make the engine the same on all nodes and run again"
            )
    assert found and found[0].identity is not None, "a launch has at least one item"
    return found[0].identity
