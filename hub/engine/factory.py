"""From a declared engine to a running one."""

from collections.abc import Callable

from hub.engine.base import Engine
from hub.spec.engine import AuthoredEngineSpec, EndpointEngineSpec, EngineSpec, TransformersEngineSpec, VllmEngineSpec


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
