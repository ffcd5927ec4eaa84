"""YAML as declarations use it: safe, small, every key a text that stands once, and nothing that grows beyond the file's own size."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hub.errors import DeclarationError

_LARGEST = 1_000_000
_DEEPEST = 40
_MOST_VALUES = 200_000
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_Base):  # type: ignore[misc]
    """The safe loader, with a place in the file for every value that cannot be read."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
            kind = node.tag.removeprefix("tag:yaml.org,2002:")
            raise yaml.constructor.ConstructorError(None, None, f"{_short(node)} cannot be read as {kind}; put it in quotes", node.start_mark) from error


@dataclass(slots=True)
class _Collection:
    """A mapping or sequence that is being read: how many values it stands for so far, and how deep it goes."""

    anchor: str | None
    values: int = 1
    height: int = 0


def read_yaml(path: Path) -> Any:
    """Parses one YAML file.

    Raises:
        DeclarationError: it is missing, too large, not UTF-8 or not YAML, or has a key twice or a key that is not text.
    """
    text = _read_text(path)
    try:
        _refuse_bombs(text)
        loader = _StrictLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _check_keys(node)
        return loader.construct_document(node)
    except yaml.reader.ReaderError as error:
        number = text.count("\n", 0, max(0, text.find(chr(error.character)))) + 1
        raise DeclarationError(f"{path}:{number}: not valid YAML: the character #x{error.character:04x} is not allowed") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        problem = ", ".join(part for part in (error.context, error.problem) if part)
        line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
        if "\t" in line[: len(line) - len(line.lstrip())]:
            problem = "the line is indented with a tab; use spaces"
        raise DeclarationError(f"{where}: not valid YAML: {problem}") from error


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise DeclarationError(f"{path}: larger than {_LARGEST:,} bytes; a declaration is a small file")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DeclarationError(f"{path}: there is no such file") from error
    except OSError as error:
        raise DeclarationError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error


def _refuse_bombs(text: str) -> None:
    """Refuses deep nesting, which would overflow the parser's stack, and aliases that stand for more than a file may hold.

    It looks at the stream of events, in which nothing is nested or expanded yet.
    """
    open_collections: list[_Collection] = []
    anchored: dict[str, tuple[int, int]] = {}
    for event in yaml.parse(text, Loader=_StrictLoader):
        values, height = 1, 1
        if isinstance(event, yaml.CollectionStartEvent):
            _refuse_depth(len(open_collections) + 1, event)
            open_collections.append(_Collection(event.anchor))
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            closed = open_collections.pop()
            values, height = closed.values, closed.height + 1
            if closed.anchor:
                anchored[closed.anchor] = (values, height)
        elif isinstance(event, yaml.AliasEvent):
            if any(collection.anchor == event.anchor for collection in open_collections):
                raise _error(f"the alias {event.anchor!r} stands inside what it stands for", event)
            values, height = anchored.get(event.anchor or "", (1, 1))
            _refuse_depth(len(open_collections) + height, event)
        elif not isinstance(event, yaml.ScalarEvent):
            continue
        if open_collections:
            parent = open_collections[-1]
            parent.values += values
            parent.height = max(parent.height, height)
            if parent.values > _MOST_VALUES:
                raise _error(f"more than {_MOST_VALUES:,} values (an alias counts as all that it stands for)", event)


def _refuse_depth(depth: int, event: yaml.Event) -> None:
    if depth > _DEEPEST:
        raise _error(f"nested deeper than {_DEEPEST} levels", event)


def _check_keys(root: yaml.Node) -> None:
    """Every key is text and stands once in its mapping; a key that overrides a merged one stands once."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if key.tag not in (_TEXT, _MERGE) or not isinstance(key, yaml.ScalarNode):
                    raise _error(f"{_short(key)} as a key is not text; put it in quotes", key)
                if key.value in keys:
                    raise _error(f"the key {key.value!r} stands twice", key)
                keys.add(key.value)
                waiting.append(value)


def _error(problem: str, place: yaml.Node | yaml.Event) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)  # type: ignore[arg-type]


def _short(node: yaml.Node) -> str:
    text = repr(node.value) if isinstance(node, yaml.ScalarNode) else "a mapping" if isinstance(node, yaml.MappingNode) else "a list"
    return text if len(text) <= 60 else text[:57] + "..."
