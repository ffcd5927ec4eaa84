"""Turns `package.module:object` in a declaration into the object."""

import ast
import importlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

from hub.errors import DeclarationError, nearest
from hub.interrupts import interrupts_held


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
        with interrupts_held():
            module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(error.name + ".")):
            raise DeclarationError(f"there is no module {error.name!r} (named by {reference!r})") from error
        raise
    if not hasattr(module, attribute):
        public = [name for name in vars(module) if not name.startswith("_")]
        raise DeclarationError(f"module {module_name!r} has no {attribute!r}: {nearest(attribute, public)}")
    return getattr(module, attribute)


def source_closure(reference: str, root: Path) -> list[Path]:
    """Returns the project's own source files that an object's module imports, directly or not, and that module's file; sorted.

    Read from the import statements, without running anything.
    """
    found: set[Path] = set()
    pending = [reference.partition(":")[0]]
    while pending:
        path = _source_file(pending.pop(), root)
        if path is None or path in found:
            continue
        found.add(path)
        pending.extend(_imported(path))
    return sorted(found)


def _source_file(module: str, root: Path) -> Path | None:
    place = root.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _imported(path: Path) -> tuple[str, ...]:
    return _imported_at(path, path.stat().st_mtime_ns)


@cache
def _imported_at(path: Path, changed: int) -> tuple[str, ...]:
    """`changed` is when the file was written: many methods import the same files, and reading one takes milliseconds."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            names.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.append(node.module)
            names.extend(f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(names)
