"""Where a model runs in this process."""

from typing import Any

from hub.errors import EngineError


def device_of(wanted: str) -> Any:
    """Returns the torch device that `engine.device` means; `auto` is a GPU where there is one.

    Raises:
        EngineError: there is no such device here.
    """
    import torch

    name = ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise EngineError(f"the device {name!r} cannot be used here ({first_line(error)}): set engine.device to auto or cpu") from error


def first_line(error: Exception) -> str:
    """Returns what an error says in its first line, or its name if it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
