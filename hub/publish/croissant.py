"""`croissant.json`: the files, columns, classes and splits of a release as Croissant 1.1, with its provenance in W3C PROV.

Source: the Croissant Format Specification, version 1.1 (http://mlcommons.org/croissant/1.1): "Splits", "Categorical Data", "Label Data" and
"Provenance Representation".
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.errors import EmohubError
from hub.publish.lineage import Artifact, Lineage, Stage
from hub.publish.manifest import fingerprint_of
from hub.publish.sections import bibtex
from hub.spec import DatasetSpec

Json = dict[str, Any]
_CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
_PARQUET = "application/x-parquet"
_LICENCES = {
    "cc-by-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "cc-by-sa-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "cc-by-nc-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "cc0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "mit": "https://opensource.org/license/mit",
}
_SPLITS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
_TYPES = {"string": "sc:Text", "large_string": "sc:Text", "bool": "sc:Boolean"} | {
    f"{kind}{bits}": f"cr:{name}{bits}"
    for kind, name, sizes in (("int", "Int", (8, 16, 32, 64)), ("uint", "UInt", (8, 16, 32, 64)), ("float", "Float", (16, 32, 64)))
    for bits in sizes
}
# The format's own context (Appendix 1 of the specification), and what provenance needs.
_CONTEXT: Json = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
} | {
    term: f"cr:{term}"
    for term in (
        *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format"),
        *("includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex", "repeated"),
        *("replace", "samplingRate", "separator", "source", "subField", "transform"),
    )
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a release comes from."""

    lineage: Lineage
    engine: Mapping[str, Any]
    """What the curation's report says of the engine: its kind, model, revision, licence."""
    code: str | None
    """The revision of the code."""
    published: str | None
    """The day, as `2026-11-27`."""


def croissant(spec: DatasetSpec, version: str, infos: Mapping[str, Any], sizes: Mapping[str, int], sha256: Mapping[str, str], origin: Origin) -> Json:
    """Returns the description of a release.

    Args:
        infos: `DatasetInfo` by configuration.
        sizes: bytes of every file, by its path in the release.
        sha256: of every file, by its path in the release.
    """
    enumerations = _enumerations(infos)
    data = sorted(path for path in sha256 if path.endswith(".parquet"))
    described: Json = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": _CONFORMS_TO,
        "name": spec.name,
        "alternateName": spec.title,
        "description": spec.summary.strip(),
        "version": version,
        "identifier": f"sha256:{fingerprint_of(sha256)}",
        # Where the dataset will lie is not known when it is described; the card is its page, wherever that is.
        "url": "README.md",
        "license": _LICENCES.get(spec.licence, spec.licence),
        "inLanguage": list(spec.languages),
        "keywords": ["emotion", "synthetic", "rebuild", *spec.task_categories],
        "creator": {"@type": "sc:Organization", "name": "emohub"},
        "citeAs": bibtex(spec),
        "isLiveDataset": False,
        **({"datePublished": origin.published} if origin.published else {}),
        **_provenance(origin),
        "distribution": [_file(path, sizes[path], sha256[path]) for path in data] + [_file_set(one.name) for one in spec.configurations],
        "recordSet": [
            _splits(),
            *(_enumeration(name, names) for names, name in enumerations.items()),
            *(_record_set(spec, configuration.name, infos, enumerations) for configuration in spec.configurations),
        ],
    }
    return described


def check_croissant(path: Path) -> list[str]:
    """Validates a file with mlcroissant and returns its warnings, sorted.

    Raises:
        EmohubError: it is not valid.
    """
    import mlcroissant
    from absl import logging as absl_logging

    before = absl_logging.get_absl_logger().level
    # mlcroissant also writes its warnings to the log; they are returned here instead.
    absl_logging.get_absl_logger().setLevel(logging.ERROR)
    try:
        dataset = mlcroissant.Dataset(jsonld=str(path))
    except mlcroissant.ValidationError as error:
        raise EmohubError(f"{path.name} is not valid Croissant: {error}") from error
    finally:
        absl_logging.get_absl_logger().setLevel(before)
    return sorted(dataset.metadata.ctx.issues.warnings)


def _file(path: str, size: int, sha256: str) -> Json:
    return {"@type": "cr:FileObject", "@id": path, "name": path, "contentUrl": path, "contentSize": f"{size} B", "encodingFormat": _PARQUET, "sha256": sha256}


def _file_set(configuration: str) -> Json:
    return {
        "@type": "cr:FileSet",
        "@id": f"{configuration}-files",
        "name": f"{configuration}-files",
        "description": f"The Parquet files of the configuration {configuration}.",
        "encodingFormat": _PARQUET,
        "includes": f"{configuration}/*.parquet",
    }


def _splits() -> Json:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [_plain("splits/name", "sc:Text"), _plain("splits/url", "sc:URL")],
        "data": [{"splits/name": name, "splits/url": url} for name, url in _SPLITS.items()],
    }


def _plain(id: str, data_type: str) -> Json:
    return {"@type": "cr:Field", "@id": id, "name": id.rpartition("/")[2], "dataType": data_type}


def _enumerations(infos: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    """The lists of class names among all columns, each with a name for its record set."""
    import datasets

    found: dict[tuple[str, ...], str] = {}
    for info in infos.values():
        for column, feature in _walk(info.features):
            if isinstance(feature, datasets.ClassLabel) and tuple(feature.names) not in found:
                name = f"{column}_classes"
                found[tuple(feature.names)] = name if name not in found.values() else f"{name}_{len(found)}"
    return found


def _walk(features: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, feature in features.items():
        inner = getattr(feature, "feature", feature)
        if isinstance(inner, Mapping):
            yield from _walk(inner)
        else:
            yield name, inner


def _enumeration(name: str, names: Sequence[str]) -> Json:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": "The classes by the numbers that stand for them in the data.",
        "dataType": "sc:Enumeration",
        "key": {"@id": f"{name}/value"},
        "field": [_plain(f"{name}/value", "sc:Integer"), _plain(f"{name}/name", "sc:Text")],
        "data": [{f"{name}/value": number, f"{name}/name": one} for number, one in enumerate(names)],
    }


def _record_set(spec: DatasetSpec, configuration: str, infos: Mapping[str, Any], enumerations: Mapping[tuple[str, ...], str]) -> Json:
    declared = next(one for one in spec.configurations if one.name == configuration)
    info, files = infos[configuration], {"fileSet": {"@id": f"{configuration}-files"}}
    split = {
        "@type": "cr:Field",
        "@id": f"{configuration}/split",
        "name": "split",
        "description": "The split, by the name of the file.",
        "dataType": "sc:Text",
        "source": files | {"extract": {"fileProperty": "fullpath"}, "transform": {"regex": rf"^{configuration}/({'|'.join(declared.splits)})-.+\.parquet$"}},
        "references": {"field": {"@id": "splits/name"}},
    }
    fields = [_field(f"{configuration}/{name}", feature, files, name, (), spec.release.label, enumerations) for name, feature in info.features.items()]
    rows = {str(name): part.num_examples for name, part in info.splits.items()}
    return {
        "@type": "cr:RecordSet",
        "@id": configuration,
        "name": configuration,
        "description": f"{declared.description.strip()} Rows: " + ", ".join(f"{name} {count}" for name, count in rows.items()) + ".",
        "key": {"@id": f"{configuration}/id"},
        "field": [split, *fields],
    }


def _field(id: str, feature: Any, files: Json, column: str, inside: tuple[str, ...], label: str | None, enumerations: Mapping[tuple[str, ...], str]) -> Json:
    """One column, or (`inside`) a field of its structs."""
    import datasets

    shape: list[int] = []
    while isinstance(feature, datasets.List | datasets.LargeList):
        shape.append(getattr(feature, "length", -1))
        feature = feature.feature
    if hasattr(feature, "shape"):
        shape += [-1 if size is None else size for size in feature.shape]
    described: Json = {"@type": "cr:Field", "@id": id, "name": id.rpartition("/")[2]}
    if shape:
        described |= {"isArray": True, "arrayShape": ",".join(str(size) for size in shape)}
    if isinstance(feature, Mapping):
        fields = [_field(f"{id}/{name}", one, files, column, (*inside, name), label, enumerations) for name, one in feature.items()]
        return described | {"subField": fields}
    path = ".".join((*inside, "bytes") if isinstance(feature, datasets.Image) else inside)
    if shape and isinstance(feature, datasets.Image):
        # The older word for a list: mlcroissant 1.1.1 decodes the pictures of a list only where it stands.
        described["repeated"] = True
    described["source"] = files | {"extract": {"column": column}} | ({"transform": {"jsonPath": path}} if path else {})
    if isinstance(feature, datasets.ClassLabel):
        is_label = ".".join((column, *inside)) == label
        described["dataType"] = ["sc:Integer", "cr:Label"] if is_label else "sc:Integer"
        described["references"] = {"field": {"@id": f"{enumerations[tuple(feature.names)]}/value"}}
    else:
        described["dataType"] = "sc:ImageObject" if isinstance(feature, datasets.Image) else _TYPES[feature.dtype]
    return described


def _provenance(origin: Origin) -> Json:
    """Who made it (agents), and with a lineage: by which activities, from what."""
    software: Json = {"@type": ["prov:Agent", "prov:SoftwareAgent"], "prov:label": "emohub"} | ({"version": origin.code} if origin.code else {})
    generator = _generator(origin.engine)
    stages = origin.lineage.stages
    if not stages:
        return {"prov:wasAttributedTo": [software, generator]}
    activities = [
        _activity(stage, [software, generator] if number == 0 else [software], stages[number - 1] if number else None) for number, stage in enumerate(stages)
    ]
    derived = [_entity(artifact) for artifact in stages[-1].dependencies if artifact.path.startswith("data/")]
    return {"prov:wasAttributedTo": [software, generator], "prov:wasDerivedFrom": derived, "prov:wasGeneratedBy": activities}


def _generator(engine: Mapping[str, Any]) -> Json:
    """The engine that wrote or drew the content."""
    model = engine.get("model")
    known = {"version": engine.get("revision") if model else engine.get("code") or engine.get("material"), "license": engine.get("licence")}
    label = str(model) if model else f"emohub's embedded engine {engine['kind']!r}"
    return {"@type": ["prov:Agent", "prov:SoftwareAgent"], "prov:label": label} | {key: value for key, value in known.items() if value}


def _activity(stage: Stage, agents: list[Json], before: Stage | None) -> Json:
    return {
        "@type": "prov:Activity",
        "@id": _activity_id(stage),
        "prov:label": stage.name,
        "description": stage.command,
        "prov:wasAssociatedWith": agents,
        "prov:used": [_entity(artifact) for artifact in stage.dependencies],
        "prov:generated": [_entity(artifact) for artifact in stage.outputs],
        **({"prov:wasInformedBy": {"@id": _activity_id(before)}} if before else {}),
        "additionalProperty": [{"@type": "sc:PropertyValue", "name": name, "value": value} for name, value in _flat(stage.parameters)],
    }


def _activity_id(stage: Stage) -> str:
    return f"urn:dvc:stage:{stage.name}"


def _entity(artifact: Artifact) -> Json:
    return {"@type": "prov:Entity", "@id": f"urn:dvc:md5:{artifact.md5}", "prov:label": artifact.path}


def _flat(values: Any, name: str = "") -> Iterator[tuple[str, str | int | float | bool]]:
    """Parameters as `file: path.to.value`."""
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from _flat(value, f"{name}{'.' if ':' in name else ': ' if name else ''}{key}")
    elif isinstance(values, list):
        for number, value in enumerate(values):
            yield from _flat(value, f"{name}[{number}]")
    elif values is not None:
        yield name, values
