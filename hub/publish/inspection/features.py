"""The typed columns that a card's `dataset_info` declares, read without `datasets`: others' cards are data, and nothing in them may name code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from hub.errors import EmohubError

_DEEPEST = 20
_ARROW_NAMES = {"float": "float32", "double": "float64", "halffloat": "float16", "large_string": "string", "large_binary": "binary", "boolean": "bool"}
_PICTURE = {"bytes": "binary", "path": "string"}


@dataclass(frozen=True, slots=True)
class Value:
    """A plain value by the name `datasets` gives its type: `string`, `float32`."""

    dtype: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An image with its bytes inside the table."""


@dataclass(frozen=True, slots=True)
class ClassLabel:
    """An integer that stands for one of these names."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; `length` is None where it varies."""

    item: "Feature"
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Struct:
    """Named fields."""

    fields: tuple[tuple[str, "Feature"], ...]


Feature = Value | Picture | ClassLabel | ListOf | Struct


def read_features(declared: Any, where: str) -> dict[str, Feature]:
    """Reads the list `features` of one configuration's `dataset_info`.

    Raises:
        EmohubError: it is malformed, or has a kind of column that this project does not read (audio, video, translations).
    """
    return dict(_fields(declared, where, 0))


def inside(feature: Feature, path: str = "") -> Iterator[tuple[str, Feature]]:
    """Yields a feature and all within it, each with its dotted path below the column; a list adds nothing to the path."""
    yield path, feature
    if isinstance(feature, ListOf):
        yield from inside(feature.item, path)
    elif isinstance(feature, Struct):
        for name, one in feature.fields:
            yield from inside(one, f"{path}.{name}" if path else name)


def class_labels(features: Mapping[str, Feature]) -> dict[str, ClassLabel]:
    """Returns every ClassLabel, at any depth, by its path: `labels.label`."""
    return {path: one for name, feature in features.items() for path, one in inside(feature, name) if isinstance(one, ClassLabel)}


def has_picture(feature: Feature) -> bool:
    return any(isinstance(one, Picture) for _, one in inside(feature))


def without_names(feature: Feature) -> Feature:
    """Returns the feature with the names of its classes left out: what is left is its type."""
    match feature:
        case ClassLabel():
            return ClassLabel(())
        case ListOf(item, length):
            return ListOf(without_names(item), length)
        case Struct(fields):
            return Struct(tuple((name, without_names(one)) for name, one in fields))
        case _:
            return feature


def misfit(feature: Feature, found: pa.DataType, path: str) -> str | None:
    """Returns a sentence when a Parquet column has another type than its feature, else None."""
    if isinstance(found, pa.BaseExtensionType):
        found = found.storage_type
    match feature:
        case Value(dtype):
            return None if _name(found) == dtype else _sentence(path, found, dtype)
        case ClassLabel():
            return None if pa.types.is_integer(found) else _sentence(path, found, "int64, the ids of classes")
        case Picture():
            named = {field.name: _name(field.type) for field in found} if pa.types.is_struct(found) else None
            return None if named == _PICTURE else _sentence(path, found, "an image, as struct<bytes: binary, path: string>")
        case ListOf(item, length):
            if not is_list(found):
                return _sentence(path, found, "a list")
            if pa.types.is_fixed_size_list(found) and found.list_size != length:
                return _sentence(path, found, f"a list of length {length}")
            return misfit(item, found.value_type, path)
        case Struct(fields):
            if not pa.types.is_struct(found):
                return _sentence(path, found, "a struct")
            types = {field.name: field.type for field in found}
            if set(types) != {name for name, _ in fields}:
                return f"{path}: holds the fields {', '.join(sorted(types))}, but dataset_info says {', '.join(sorted(name for name, _ in fields))}"
            return next((said for name, one in fields if (said := misfit(one, types[name], f"{path}.{name}"))), None)


def is_list(found: pa.DataType) -> bool:
    return bool(pa.types.is_list(found) or pa.types.is_large_list(found) or pa.types.is_fixed_size_list(found))


def _name(found: pa.DataType) -> str:
    return _ARROW_NAMES.get(str(found), str(found))


def _sentence(path: str, found: pa.DataType, expected: str) -> str:
    return f"{path}: is {str(found)[:80]} in Parquet, but dataset_info says {expected}"


def _fields(declared: Any, where: str, depth: int) -> Iterator[tuple[str, Feature]]:
    if not isinstance(declared, list):
        raise EmohubError(f"{where}: expected a list of columns, each with a name and a type")
    seen = set()
    for one in declared:
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or not name or len(name) > 200 or name in seen:
            raise EmohubError(f"{where}: every column needs a name of its own, found {str(name)[:60]!r}")
        seen.add(name)
        yield name, _feature({key: value for key, value in one.items() if key != "name"}, f"{where}.{name}", depth + 1)


def _feature(declared: Any, where: str, depth: int) -> Feature:
    """Reads the short forms `datasets` writes: `{dtype: string}`, `{list: string}`, `{list: [fields]}`, `{struct: [fields]}`, `{dtype: {class_label: …}}`."""
    if depth > _DEEPEST:
        raise EmohubError(f"{where[:80]}: columns nested deeper than {_DEEPEST} levels are not read")
    if isinstance(declared, str):
        return Picture() if declared == "image" else _value(declared, where)
    if isinstance(declared, list):
        return Struct(tuple(_fields(declared, where, depth)))
    match declared:
        case {"class_label": {"names": names}}:
            return ClassLabel(_class_names(names, where))
        case {"list": item, **more} | {"large_list": item, **more}:
            return ListOf(_feature(item, where, depth + 1), _length(more.get("length"), where))
        case {"struct": fields}:
            return Struct(tuple(_fields(fields, where, depth)))
        case {"dtype": inner}:
            return _feature(inner, where, depth + 1)
        case {"image": _}:
            return Picture()
        case {"array2_d": array} | {"array3_d": array} | {"array4_d": array} | {"array5_d": array}:
            return _array(array, where)
    kind = next(iter(declared), None) if isinstance(declared, dict) else declared
    raise EmohubError(f"{where}: columns of the kind {str(kind)[:60]!r} are not read here; read are values, class labels, images, lists, structs and arrays")


def _value(dtype: str, where: str) -> Value:
    if dtype in ("audio", "video", "pdf", "nifti", "json") or len(dtype) > 60:
        raise EmohubError(f"{where}: columns of the kind {dtype[:60]!r} are not read here")
    return Value(_ARROW_NAMES.get(dtype, dtype))


def _class_names(names: Any, where: str) -> tuple[str, ...]:
    listed = names
    if isinstance(names, dict):
        numbered = {str(number): name for number, name in names.items()}
        listed = [numbered.get(str(number)) for number in range(len(numbered))]
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed) or len(set(listed)) != len(listed):
        raise EmohubError(f"{where}: the names of a class label must be different texts, numbered from 0 without a gap")
    return tuple(listed)


def _length(declared: Any, where: str) -> int | None:
    if declared is None or declared == -1:
        return None
    if not isinstance(declared, int) or declared < 0:
        raise EmohubError(f"{where}: a list's length must be a whole number, found {str(declared)[:60]!r}")
    return declared


def _array(declared: Any, where: str) -> Feature:
    match declared:
        case {"shape": list(shape), "dtype": str(dtype)} if 2 <= len(shape) <= 5:
            feature: Feature = _value(dtype, where)
            for _ in shape:
                feature = ListOf(feature)
            return feature
    raise EmohubError(f"{where}: an array needs a shape of two to five sizes and a dtype")
