"""The part of a profile that one dataset alone knows."""

from typing import Any, TypeVar

from pydantic import ValidationError

from hub.errors import DeclarationError
from hub.spec.base import Declaration

Options = TypeVar("Options", bound=Declaration)


def parse_options(model: type[Options], dataset: str, options: dict[str, Any]) -> Options:
    """Validates `datasets.<dataset>.options` of a profile.

    Raises:
        DeclarationError: they are not what the model asks for.
    """
    try:
        return model.model_validate(options, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["datasets", dataset, "options", *map(str, first["loc"])])
        raise DeclarationError(f"{where}: {first['msg']}") from error
