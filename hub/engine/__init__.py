"""Who answers a request. `open_engine` makes the engine that a profile declares; each kind is imported only when it is used."""

from hub.engine.base import Completion, Engine, FinishReason, Message, Request
from hub.engine.factory import open_engine

__all__ = ["Completion", "Engine", "FinishReason", "Message", "Request", "open_engine"]
