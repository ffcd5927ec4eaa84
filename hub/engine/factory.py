"""From a declared engine to one that can be used."""

from collections.abc import Callable

from hub.engine.base import Engine
from hub.engine.images import ImageEngine
from hub.spec.engine import (
    AuthoredEngineSpec,
    DiffusersEngineSpec,
    EndpointEngineSpec,
    EngineSpec,
    ImageEngineSpec,
    RenderEngineSpec,
    TransformersEngineSpec,
    VllmEngineSpec,
)


def open_engine(spec: EngineSpec, responder: Callable[[], object]) -> Engine:
    """Makes the engine that `spec` declares. `responder` supplies the dataset's hand-written material and is called only for `authored`."""
    match spec:
        case AuthoredEngineSpec():
            from hub.engine.authored import AuthoredEngine

            return AuthoredEngine(responder())  # type: ignore[arg-type]
        case EndpointEngineSpec():
            from hub.engine.endpoint import EndpointEngine

            return EndpointEngine(spec)
        case TransformersEngineSpec():
            from hub.engine.transformers import TransformersEngine

            return TransformersEngine(spec)
        case VllmEngineSpec():
            from hub.engine.vllm import VllmEngine

            return VllmEngine(spec)


def open_image_engine(spec: ImageEngineSpec) -> ImageEngine:
    """Makes the image engine that `spec` declares."""
    match spec:
        case RenderEngineSpec():
            from hub.engine.rendering import RenderEngine

            return RenderEngine(spec)
        case DiffusersEngineSpec():
            from hub.engine.diffusers import DiffusersEngine

            return DiffusersEngine(spec)
