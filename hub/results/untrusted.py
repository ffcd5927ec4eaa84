"""Reads JSON that others may have written: size-limited, validated by schema, one sentence when it is wrong."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from hub.errors import EmohubError

LARGEST = 2_000_000
"""Bytes."""

Model = TypeVar("Model", bound=BaseModel)


def read_untrusted(path: Path, model: type[Model], largest: int = LARGEST) -> Model:
    """Reads one file.

    Raises:
        EmohubError: it is too large, not JSON or does not fit the model; the message names the first thing that is wrong, and the file without its folder.
    """
    try:
        if path.stat().st_size > largest:
            raise EmohubError(f"{path.name}: larger than {largest:,} bytes")
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise EmohubError(f"{path.name}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise EmohubError(f"{path.name}: {first_problem(error, 'the file')}") from error


def first_problem(error: ValidationError, whole: str) -> str:
    """Returns the first thing that is wrong, and where; `whole` is what stands for no place in particular."""
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc']) or whole}: {first['msg']}"
