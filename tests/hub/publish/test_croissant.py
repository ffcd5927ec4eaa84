"""Croissant's own library takes the description, reads records by it, and other readers of linked data find the provenance in it."""

import io
import json
from pathlib import Path
from typing import Any

import datasets
import mlcroissant
import pyarrow as pa
import pytest
import rdflib
from PIL import Image
from rdflib.namespace import PROV, RDF

from hub.errors import EmohubError
from hub.files import file_digest, write_json
from hub.publish.croissant import Origin, check_croissant, croissant
from hub.publish.lineage import Artifact, Lineage, Stage
from hub.publish.manifest import CROISSANT, fingerprint_of
from hub.spec import DatasetSpec, ImageDatasetSpec, load
from hub.tables import write_table
from tests.support.projects import REPOSITORY

FEATURES = datasets.Features(
    {
        "id": datasets.Value("string"),
        "image": datasets.Image(),
        "frames": datasets.List(datasets.Image()),
        "emotion": datasets.ClassLabel(names=["joy", "awe"]),
        "mood": datasets.ClassLabel(names=["joy", "awe"]),
        "style": datasets.ClassLabel(names=["cartoon", "natural"]),
        "scores": datasets.List({"name": datasets.Value("string"), "value": datasets.Value("float32"), "kind": datasets.ClassLabel(names=["a", "b", "c"])}),
        "points": datasets.Array3D((None, 70, 3), "float32"),
        "box": datasets.List(datasets.Value("int16"), length=4),
        "seen": datasets.Value("bool"),
    }
)
RAW, CLEAN, PUBLISHED, CODE = (
    Artifact(path=path, md5=letter * 32 + ".dir") for path, letter in zip(("data/raw/d", "data/clean/d", "data/published/d", "hub"), "abcd", strict=True)
)
LINEAGE = Lineage(
    (
        Stage("generate@d", "emohub generate d", (CODE,), (RAW,), {"profiles/local.yaml": {"datasets.d": {"size": 64, "parts": ["one", "two"]}}}),
        Stage("curate@d", "emohub curate d", (CODE, RAW), (CLEAN,), {"params.yaml": {"profile": "local"}}),
        Stage("build@d", "emohub build d", (CLEAN, RAW, CODE), (PUBLISHED,), {}),
    )
)
ENGINE = {"kind": "diffusers", "model": "org/painter", "revision": "r1", "licence": "apache-2.0"}
ORIGIN = Origin(LINEAGE, ENGINE, "0123456789ab", "2026-11-27")


def _png(shade: int) -> dict[str, Any]:
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2), (shade, shade, shade)).save(buffer, "PNG")
    return {"bytes": buffer.getvalue(), "path": None}


def _row(number: int) -> dict[str, Any]:
    return {
        "id": f"row-{number}",
        "image": _png(number),
        "frames": [_png(number), _png(number + 1)],
        "emotion": number % 2,
        "mood": 0,
        "style": 1,
        "scores": [{"name": "one", "value": 0.5, "kind": 2}, {"name": "two", "value": 0.25, "kind": 0}],
        "points": None,
        "box": [1, 2, 3, 4],
        "seen": True,
    }


@pytest.fixture
def spec() -> DatasetSpec:
    return load(REPOSITORY / "builders" / "emo8" / "dataset.yaml", ImageDatasetSpec)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five rows in four Parquet files."""
    schema = pa.schema([("id", pa.string()), *((field.name, field.type) for field in FEATURES.arrow_schema if field.name not in ("id", "points"))])
    for name, numbers in (("train-00000-of-00002", (0, 1)), ("train-00001-of-00002", (2,)), ("validation-00000-of-00001", (3,)), ("test-00000-of-00001", (4,))):
        rows = [{name: value for name, value in _row(number).items() if name != "points"} for number in numbers]
        table = pa.Table.from_pylist(rows, schema=schema)
        write_table(tmp_path / "images" / f"{name}.parquet", table.append_column("points", pa.nulls(len(rows), pa.list_(pa.list_(pa.list_(pa.float32()))))))
    return tmp_path


def _describe(spec: DatasetSpec, folder: Path, origin: Origin = ORIGIN) -> dict[str, Any]:
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.parquet")}
    splits = datasets.SplitDict({name: datasets.SplitInfo(name, num_examples=count) for name, count in (("train", 3), ("validation", 1), ("test", 1))})
    sizes, hashes = {name: path.stat().st_size for name, path in files.items()}, {name: file_digest(path) for name, path in files.items()}
    described = croissant(spec, "1.2.0", {"images": datasets.DatasetInfo(features=FEATURES, splits=splits)}, sizes, hashes, origin)
    write_json(folder / CROISSANT, described)
    return described


def _graph(folder: Path) -> rdflib.Graph:
    return rdflib.Graph().parse(data=(folder / CROISSANT).read_text(encoding="utf-8"), format="json-ld", publicID="https://example.org/")


def _field(described: dict[str, Any], id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(field for one in described["recordSet"] for field in one["field"] if field["@id"] == id)
    return found


def test_mlcroissant_finds_nothing_to_say(spec: DatasetSpec, folder: Path) -> None:
    _describe(spec, folder)
    assert check_croissant(folder / CROISSANT) == []
    metadata = mlcroissant.Dataset(str(folder / CROISSANT)).metadata
    assert metadata.ctx.conforms_to.value == "http://mlcommons.org/croissant/1.1"
    assert metadata.version == "1.2.0"
    assert metadata.license == ["https://creativecommons.org/licenses/by/4.0/"]
    assert metadata.cite_as.startswith("@misc{chen2024emo8,")
    assert metadata.ctx.is_live_dataset is False


def test_without_a_day_there_is_a_warning(spec: DatasetSpec, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert "datePublished" not in _describe(spec, folder, Origin(LINEAGE, ENGINE, None, None))
    (warning,) = check_croissant(folder / CROISSANT)
    assert "datePublished" in warning
    assert not caplog.records


def test_what_is_not_valid_is_an_error(spec: DatasetSpec, folder: Path) -> None:
    described = _describe(spec, folder)
    del described["distribution"][0]["encodingFormat"]
    write_json(folder / CROISSANT, described)
    with pytest.raises(EmohubError, match=r"croissant\.json is not valid Croissant: (.|\n)*encodingFormat"):
        check_croissant(folder / CROISSANT)


def test_every_parquet_file_is_listed_with_its_hash_and_size(spec: DatasetSpec, folder: Path) -> None:
    described = _describe(spec, folder)
    files = {one["contentUrl"]: one for one in described["distribution"] if one["@type"] == "cr:FileObject"}
    assert set(files) == {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}
    for name, one in files.items():
        assert one["sha256"] == file_digest(folder / name)
        assert one["contentSize"] == f"{(folder / name).stat().st_size} B"
    assert described["identifier"] == "sha256:" + fingerprint_of({name: one["sha256"] for name, one in files.items()})


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("id", {"dataType": "sc:Text"}),
        ("image", {"dataType": "sc:ImageObject"}),
        ("frames", {"dataType": "sc:ImageObject", "isArray": True, "arrayShape": "-1"}),
        ("emotion", {"dataType": ["sc:Integer", "cr:Label"], "references": {"field": {"@id": "emotion_classes/value"}}}),
        ("mood", {"dataType": "sc:Integer", "references": {"field": {"@id": "emotion_classes/value"}}}),
        ("style", {"dataType": "sc:Integer", "references": {"field": {"@id": "style_classes/value"}}}),
        ("points", {"dataType": "cr:Float32", "isArray": True, "arrayShape": "-1,70,3"}),
        ("box", {"dataType": "cr:Int16", "isArray": True, "arrayShape": "4"}),
        ("seen", {"dataType": "sc:Boolean"}),
    ],
)
def test_a_column_has_its_type_shape_and_classes(spec: DatasetSpec, folder: Path, column: str, expected: dict[str, Any]) -> None:
    field = _field(_describe(spec, folder), f"images/{column}")
    assert {key: field.get(key) for key in ("dataType", "isArray", "arrayShape", "references")} == {
        "isArray": None,
        "arrayShape": None,
        "references": None,
    } | expected
    assert field["source"]["extract"] == {"column": column}


def test_a_list_of_structs_has_fields_inside(spec: DatasetSpec, folder: Path) -> None:
    field = _field(_describe(spec, folder), "images/scores")
    assert (field["isArray"], field["arrayShape"]) == (True, "-1")
    assert [(one["@id"], one["source"]["transform"], one["dataType"]) for one in field["subField"]] == [
        ("images/scores/name", {"jsonPath": "name"}, "sc:Text"),
        ("images/scores/value", {"jsonPath": "value"}, "cr:Float32"),
        ("images/scores/kind", {"jsonPath": "kind"}, "sc:Integer"),
    ]


def test_classes_and_splits_are_enumerations(spec: DatasetSpec, folder: Path) -> None:
    sets = {one["@id"]: one for one in _describe(spec, folder)["recordSet"]}
    assert sets["emotion_classes"]["dataType"] == "sc:Enumeration"
    assert sets["emotion_classes"]["data"] == [
        {"emotion_classes/value": 0, "emotion_classes/name": "joy"},
        {"emotion_classes/value": 1, "emotion_classes/name": "awe"},
    ]
    assert sets["splits"]["dataType"] == "cr:Split"
    assert [one["splits/url"] for one in sets["splits"]["data"]] == ["cr:TrainingSplit", "cr:ValidationSplit", "cr:TestSplit"]
    assert list(sets) == ["splits", "emotion_classes", "style_classes", "kind_classes", "images"]


def test_mlcroissant_reads_the_rows_with_splits_pictures_and_lists(spec: DatasetSpec, folder: Path) -> None:
    _describe(spec, folder)
    rows = {row["images/id"].decode(): row for row in mlcroissant.Dataset(str(folder / CROISSANT)).records("images")}
    assert {id: row["images/split"].decode() for id, row in rows.items()} == {
        **{"row-0": "train", "row-1": "train", "row-2": "train"},
        **{"row-3": "validation", "row-4": "test"},
    }
    row = rows["row-3"]
    assert row["images/image"].getpixel((0, 0)) == (3, 3, 3)
    assert [picture.getpixel((0, 0)) for picture in row["images/frames"]] == [(3, 3, 3), (4, 4, 4)]
    assert (row["images/emotion"], row["images/seen"], list(row["images/box"]), row["images/points"]) == (1, True, [1, 2, 3, 4], None)
    assert [one["images/scores/name"] for one in row["images/scores"]] == [b"one", b"two"]


def test_the_provenance_is_a_chain_of_activities_for_any_reader_of_linked_data(spec: DatasetSpec, folder: Path) -> None:
    _describe(spec, folder)
    graph = _graph(folder)
    generate, curate, build = (rdflib.URIRef(f"urn:dvc:stage:{name}@d") for name in ("generate", "curate", "build"))
    raw, clean = rdflib.URIRef(f"urn:dvc:md5:{RAW.md5}"), rdflib.URIRef(f"urn:dvc:md5:{CLEAN.md5}")
    (described,) = graph.subjects(RDF.type, rdflib.URIRef("https://schema.org/Dataset"))
    assert set(graph.objects(described, PROV.wasGeneratedBy)) == {generate, curate, build}
    assert set(graph.objects(described, PROV.wasDerivedFrom)) == {raw, clean}
    assert set(graph.subjects(RDF.type, PROV.Activity)) == {generate, curate, build}
    assert (generate, PROV.generated, raw) in graph
    assert (curate, PROV.used, raw) in graph
    assert (curate, PROV.wasInformedBy, generate) in graph
    assert (build, PROV.wasInformedBy, curate) in graph
    description, value = (rdflib.URIRef(f"https://schema.org/{name}") for name in ("description", "value"))
    assert [str(one) for one in graph.objects(build, description)] == ["emohub build d"]
    told = {str(one) for node in graph.objects(generate, rdflib.URIRef("https://schema.org/additionalProperty")) for one in graph.objects(node, value)}
    assert told == {"64", "one", "two"}


def test_software_and_generator_are_agents(spec: DatasetSpec, folder: Path) -> None:
    described = _describe(spec, folder)
    software, generator = described["prov:wasAttributedTo"]
    assert software == {"@type": ["prov:Agent", "prov:SoftwareAgent"], "prov:label": "emohub", "version": "0123456789ab"}
    assert generator == {"@type": ["prov:Agent", "prov:SoftwareAgent"], "prov:label": "org/painter", "version": "r1", "license": "apache-2.0"}
    by = [one["prov:wasAssociatedWith"] for one in described["prov:wasGeneratedBy"]]
    assert by == [[software, generator], [software], [software]]
    names = [one["name"] for one in described["prov:wasGeneratedBy"][0]["additionalProperty"]]
    assert names == ["profiles/local.yaml: datasets.d.size", "profiles/local.yaml: datasets.d.parts[0]", "profiles/local.yaml: datasets.d.parts[1]"]


def test_without_a_lineage_only_the_agents_are_told(spec: DatasetSpec, folder: Path) -> None:
    described = _describe(spec, folder, Origin(Lineage((), "nobody looked"), {"kind": "render", "code": "abc"}, None, "2026-11-27"))
    assert {key for key in described if key.startswith("prov:")} == {"prov:wasAttributedTo"}
    assert described["prov:wasAttributedTo"][1]["prov:label"] == "emohub's embedded engine 'render'"
    assert check_croissant(folder / CROISSANT) == []


def test_describing_again_gives_the_same_bytes(spec: DatasetSpec, folder: Path) -> None:
    first = json.dumps(_describe(spec, folder))
    assert json.dumps(_describe(spec, folder)) == first
