"""The renderer as an engine: many processes that draw beside each other."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hub.engine.images import Drawn, ImageRequest
from hub.errors import EngineError
from hub.files import folder_digest
from hub.processes import worker_pool
from hub.results.environment import usable_cores
from hub.spec.engine import RenderEngineSpec

_PACKAGE = "skia-python"
_CHUNK = 8
"""Pictures sent to a process at a time."""


class RenderEngine:
    """Draws the pictures of requests; their prompts are not looked at."""

    def __init__(self, spec: RenderEngineSpec) -> None:
        self._workers = spec.workers or usable_cores()
        self._pool: ProcessPoolExecutor | None = None

    @cached_property
    def identity(self) -> Mapping[str, Any]:
        """The renderer has no version but its own code."""
        try:
            library = version(_PACKAGE)
        except PackageNotFoundError as error:
            raise EngineError("the render engine draws with skia-python, which is not installed: pip install 'emohub[images]'") from error
        code = folder_digest(Path(__file__).parent / "render", "**/*.py")
        return {"kind": "render", "code": code[:16], _PACKAGE: library}

    def draw(self, batch: Sequence[ImageRequest]) -> list[Drawn]:
        assert self._pool is not None, "the engine is used before it is entered"
        try:
            return list(self._pool.map(_draw, batch, chunksize=_CHUNK))
        except ImportError as error:
            raise EngineError(f"skia-python cannot be loaded ({error}); on a bare Linux it needs libgl1, libegl1 and libexpat1") from error
        except BrokenProcessPool as error:
            raise EngineError("a process that draws was ended from outside, perhaps for want of memory; run the same command to go on") from error

    def __enter__(self) -> Self:
        self._pool = worker_pool(self._workers)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._pool is not None
        self._pool.shutdown(cancel_futures=True)
        self._pool = None


def _draw(request: ImageRequest) -> Drawn:
    from hub.engine.provenance import encode_png
    from hub.engine.render import render

    assert request.picture is not None, f"{request.id} has a prompt but no picture, so it cannot be rendered"
    drawn = render(request.picture, request.size)
    return Drawn(request.id, encode_png(drawn.pixels), drawn.truth, "none")
