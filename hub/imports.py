"""Turns `package.module:object` in a declaration into the object."""

import importlib
import sys
from pathlib import Path
from typing import Any

from hub.errors import DeclarationError, nearest


def load_object(reference: str, root: Path | None = None) -> Any:
    """Imports `package.module:object`. `root` is put on the path first, so that a project's own folders are found.

    Raises:
        DeclarationError: the module or the object does not exist.
    """
    module_name, separator, attribute = reference.partition(":")
    if not separator or not module_name or not attribute:
        raise DeclarationError(f"{reference!r} is not of the form 'package.module:object'")
    if root is not None and str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(error.name + ".")):
            raise DeclarationError(f"there is no module {error.name!r} (named by {reference!r})") from error
        raise
    if not hasattr(module, attribute):
        public = [name for name in vars(module) if not name.startswith("_")]
        raise DeclarationError(f"module {module_name!r} has no {attribute!r}: {nearest(attribute, public)}")
    return getattr(module, attribute)
