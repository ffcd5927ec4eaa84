"""Who answers a request. `open_engine` and `open_image_engine` make the engine that a profile declares; each kind is imported only when it is used."""

from hub.engine.base import Completion, Engine, FinishReason, Message, Request
from hub.engine.factory import open_engine, open_image_engine
from hub.engine.images import Drawn, ImageEngine, ImageRequest

__all__ = ["Completion", "Drawn", "Engine", "FinishReason", "ImageEngine", "ImageRequest", "Message", "Request", "open_engine", "open_image_engine"]
