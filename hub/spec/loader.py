"""Reads a declaration; every mistake in it becomes one sentence with file, key, what was found and what was expected."""

import json
import math
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.errors import DeclarationError, nearest
from hub.spec.strict_yaml import read_yaml

Spec = TypeVar("Spec", bound=BaseModel)
_LARGEST_NUMBER = 2**63
_KINDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", list: "a list", dict: "keys and values", type(None): "nothing"}
_EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
}


def load(path: Path, model: type[Spec]) -> Spec:
    """Reads and validates one declaration.

    Raises:
        DeclarationError: with every mistake found, one a line.
    """
    value = read_yaml(path)
    if not isinstance(value, dict):
        raise DeclarationError(f"{path}: expected keys and values, found {_describe(value)}")
    foreign = [f"{path}: {sentence}" for sentence in _foreign(value)]
    if foreign:
        raise DeclarationError("\n".join(foreign))
    try:
        # JSON input lets strict models take lists as tuples.
        return model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        problems = error.errors()
        raise DeclarationError("\n".join(f"{path}: {_sentence(model, problem)}" for problem in _first_causes(problems))) from error


def _foreign(value: Any, key: str = "") -> list[str]:
    """What JSON has no word for: YAML's own types such as dates, numbers that are none, numbers without measure."""
    if isinstance(value, dict):
        return [sentence for name, inner in value.items() for sentence in _foreign(inner, f"{key}.{name}" if key else name)]
    if isinstance(value, list):
        return [sentence for index, inner in enumerate(value) for sentence in _foreign(inner, f"{key}.{index}")]
    if type(value) not in _KINDS:
        return [f"{key!r} is {value}, which YAML reads as {type(value).__name__}; put it in quotes"]
    if isinstance(value, float) and not math.isfinite(value):
        return [f"{key!r} is {value}, which is not a finite number"]
    if isinstance(value, int) and abs(value) >= _LARGEST_NUMBER:
        return [f"{key!r} is too large a number"]
    return []


def _first_causes(problems: list[ErrorDetails]) -> list[ErrorDetails]:
    """Leaves out that a list is too short when that is only so because its items are wrong."""
    places = [problem["loc"] for problem in problems]
    return [
        problem
        for problem in problems
        if problem["type"] != "too_short" or not any(len(place) > len(problem["loc"]) and place[: len(problem["loc"])] == problem["loc"] for place in places)
    ]


def _sentence(model: type[BaseModel], problem: ErrorDetails) -> str:
    parts, siblings = _follow(model, problem["loc"])
    key, found, kind = ".".join(parts) or "the whole file", _describe(problem["input"]), problem["type"]
    context = problem.get("ctx", {})
    if problem["loc"] and problem["loc"][-1] == "[key]" and kind == "literal_error":
        return f"unknown key {key!r}: {nearest(str(problem['input']), _names(context['expected']))}"
    match kind:
        case "extra_forbidden":
            return f"unknown key {key!r}: {nearest(str(problem['loc'][-1]), siblings)}"
        case "missing":
            return f"the key {key!r} is missing"
        case "union_tag_invalid":
            return _not_valid(f"{key}.kind", context["tag"], _names(context["expected_tags"]))
        case "literal_error" if isinstance(problem["input"], str):
            return _not_valid(key, problem["input"], _names(context["expected"]))
        case "literal_error":
            return f"{key!r} is {found}, expected one of {', '.join(_names(context['expected']))}"
        case "union_tag_not_found":
            return f"the key {f'{key}.kind'!r} is missing"
        case "string_pattern_mismatch" if problem["loc"][-1] == "[key]":
            return f"the key {key!r} does not match {context['pattern']}"
        case "string_pattern_mismatch":
            return f"{key!r} is {found}, which does not match {context['pattern']}"
        case "value_error":
            return f"{key!r}: {problem['msg'].removeprefix('Value error, ')}"
        case _ if kind in _EXPECTED:
            return f"{key!r} is {found}, expected {_EXPECTED[kind]}"
        case _:
            message = problem["msg"]
            return f"{key!r} is {found}: {message[0].lower()}{message[1:]}"


def _not_valid(key: str, found: str, valid: list[str]) -> str:
    return f"{key!r} is {found!r}, which is not one of the valid values: {nearest(found, valid)}"


def _names(listed: Any) -> list[str]:
    """The names in pydantic's `'a', 'b' or 'c'`."""
    return [name.strip().strip("'") for name in str(listed).replace(" or ", ", ").split(",")]


def _describe(value: Any) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({_KINDS.get(type(value), type(value).__name__)})"


def _follow(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[list[str], list[str]]:
    """The keys that stand in the file on the way to `location`, and the keys valid beside the last one, found by walking the JSON Schema."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})

    def resolve(node: dict[str, Any]) -> list[dict[str, Any]]:
        if "$ref" in node:
            return resolve(definitions[node["$ref"].rsplit("/", 1)[-1]])
        branches = node.get("anyOf") or node.get("oneOf") or node.get("allOf")
        return [found for branch in branches for found in resolve(branch)] if branches else [node]

    nodes, beside = resolve(schema), resolve(schema)
    parts: list[str] = []
    for part in location:
        chosen = [node for node in nodes if len(nodes) > 1 and node.get("properties", {}).get("kind", {}).get("const") == part]
        if chosen:
            # A discriminated union puts its tag into the location; the tag is no key.
            nodes = chosen
            continue
        if part == "[key]":
            continue
        parts.append(str(part))
        nodes, beside = [found for node in nodes for inner in _inside(node, part) for found in resolve(inner)], nodes
    return parts, sorted({key for node in beside for key in node.get("properties", {})})


def _inside(node: dict[str, Any], part: int | str) -> list[dict[str, Any]]:
    """The schemas of what stands under a key, or at an index."""
    if isinstance(part, int):
        candidates = [node.get("items")]
    else:
        candidates = [node.get("properties", {}).get(part) or node.get("additionalProperties"), *node.get("patternProperties", {}).values()]
    return [candidate for candidate in candidates if isinstance(candidate, dict)]
