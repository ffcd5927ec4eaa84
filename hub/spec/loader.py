"""Reads a declaration; every mistake in it becomes one sentence with file, key, what was found and what was expected."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.errors import DeclarationError, nearest

Spec = TypeVar("Spec", bound=BaseModel)
_LARGEST = 1_000_000


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe YAML in which a key given twice is an error and sequences become tuples-to-be."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """Parses one YAML file.

    Raises:
        DeclarationError: it is missing, too large, not UTF-8 or not YAML.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise DeclarationError(f"{path}: larger than {_LARGEST:,} bytes; a declaration is a small file")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DeclarationError(f"{path}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    try:
        return yaml.load(text, Loader=_StrictLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or str(error)
        raise DeclarationError(f"{where}: not valid YAML: {problem}") from error


def load(path: Path, model: type[Spec]) -> Spec:
    """Reads and validates one declaration.

    Raises:
        DeclarationError: with every mistake found, one a line.
    """
    value = read_yaml(path)
    if not isinstance(value, dict):
        raise DeclarationError(f"{path}: expected keys and values, found {_describe(value)}")
    try:
        return model.model_validate_json(_as_json(path, value))
    except ValidationError as error:
        lines = [f"{path}: {_sentence(model, problem)}" for problem in error.errors()]
        raise DeclarationError("\n".join(lines)) from error


def _as_json(path: Path, value: Any) -> str:
    """JSON input lets strict models take lists as tuples, and refuses YAML's own types such as dates."""
    import json

    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"{path}: holds a value that is not text, number, true/false, list or mapping: {error}; quote it") from error


def _sentence(model: type[BaseModel], problem: ErrorDetails) -> str:
    location, found = problem["loc"], _describe(problem["input"])
    key = ".".join(str(part) for part in location) or "the whole file"
    match problem["type"]:
        case "extra_forbidden":
            return f"unknown key {key!r}: {nearest(str(location[-1]), _keys_at(model, location[:-1]))}"
        case "missing":
            return f"the key {key!r} is missing"
        case "union_tag_invalid" | "literal_error":
            context = problem.get("ctx", {})
            valid = str(context.get("expected_tags") or context.get("expected", "")).replace(" or ", ", ")
            names = [name.strip().strip("'") for name in valid.split(",")]
            wrong = str(context.get("tag", problem["input"]))
            return f"{key!r} is {wrong!r}, which is not one of the valid values: {nearest(wrong, names)}"
        case "union_tag_not_found":
            return f"{key!r} needs the key 'kind'"
        case "string_pattern_mismatch":
            return f"{key!r} is {found}, which does not match {problem.get('ctx', {}).get('pattern')}"
        case "value_error":
            return f"{key!r}: {problem['msg'].removeprefix('Value error, ')}"
        case _:
            message = problem["msg"]
            return f"{key!r} is {found}: {message[0].lower()}{message[1:]}"


def _describe(value: Any) -> str:
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """The keys that are valid where `location` leads, found by walking the JSON Schema."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def resolve(node: dict[str, Any]) -> list[dict[str, Any]]:
        if "$ref" in node:
            return resolve(definitions[node["$ref"].rsplit("/", 1)[-1]])
        branches = node.get("anyOf") or node.get("oneOf") or node.get("allOf")
        return [found for branch in branches for found in resolve(branch)] if branches else [node]

    nodes = resolve(schema)
    for part in location:
        step: list[dict[str, Any]] = []
        for node in nodes:
            if isinstance(part, int):
                inner = node.get("items")
            else:
                inner = node.get("properties", {}).get(part) or node.get("additionalProperties")
                # A discriminated union puts its tag into the location; the tag is no key.
                if inner is None and node.get("properties", {}).get("kind", {}).get("const") == part:
                    inner = node
            if isinstance(inner, dict):
                step.extend(resolve(inner))
        nodes = step or nodes
    return sorted({key for node in nodes for key in node.get("properties", {})})
