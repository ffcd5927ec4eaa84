"""Reading a published folder that may be anybody's: held against what `datasets` itself reads, and against what a hostile one would try."""

from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from hub.errors import EmohubError
from hub.files import write_text
from hub.publish.inspection.features import ClassLabel, ListOf, Picture, Struct, Value, class_labels, misfit, read_features
from hub.publish.inspection.published_folder import batches, open_published, read_card, values_at
from tests.support.published import FEATURES, TEXT, picture, text_row, text_tables, write_card, write_published

EVERY_KIND = datasets.Features(
    {
        "id": TEXT,
        "image": datasets.Image(),
        "frames": datasets.List(datasets.Image()),
        "label": datasets.ClassLabel(names=["no", "yes"]),
        "several": datasets.List(datasets.ClassLabel(names=["no", "yes"])),
        "nested": {"inner": {"deep": datasets.List({"text": TEXT})}},
        "three": datasets.List(datasets.Value("int16"), length=3),
        "matrix": datasets.Array2D((None, 2), "float32"),
        "cube": datasets.Array3D((None, 2, 3), "float64"),
        "when": datasets.Value("timestamp[s]"),
        "flag": datasets.Value("bool"),
        "half": datasets.Value("float16"),
    }
)


def _read(features: datasets.Features) -> dict[str, Any]:
    return dict(read_features(features._to_yaml_list(), "columns"))


def test_every_kind_of_column_that_datasets_writes_is_understood() -> None:
    found = _read(EVERY_KIND)
    assert found["image"] == Picture()
    assert found["frames"] == ListOf(Picture())
    assert found["several"] == ListOf(ClassLabel(("no", "yes")))
    assert found["nested"] == Struct((("inner", Struct((("deep", ListOf(Struct((("text", Value("string")),)))),))),))
    assert found["three"] == ListOf(Value("int16"), 3)
    assert found["matrix"] == ListOf(ListOf(Value("float32")))
    assert class_labels(found) == {"label": ClassLabel(("no", "yes")), "several": ClassLabel(("no", "yes"))}


def test_the_declared_columns_fit_what_datasets_writes_and_nothing_else() -> None:
    found = _read(EVERY_KIND)
    for name, field in zip(EVERY_KIND, EVERY_KIND.arrow_schema, strict=True):
        assert misfit(found[name], field.type, name) is None
        assert misfit(found[name], pa.int8(), name) if name not in ("label",) else True
        assert misfit(found[name], pa.list_(pa.date32()), name)


@pytest.mark.parametrize("kind", [datasets.Audio(), datasets.Video(), datasets.Translation(languages=["en", "de"])])
def test_kinds_that_are_not_read_are_refused_by_name(kind: Any) -> None:
    with pytest.raises(EmohubError, match=r"columns\.sound: columns of the kind .* are not read here"):
        _read(datasets.Features({"sound": kind}))


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (None, "expected a list of columns"),
        ([{"dtype": "string"}], "needs a name of its own"),
        ([{"name": "a", "dtype": "string"}, {"name": "a", "dtype": "string"}], "needs a name of its own"),
        ([{"name": "a", "dtype": {"class_label": {"names": {"0": "x", "2": "y"}}}}], "numbered from 0 without a gap"),
        ([{"name": "a", "dtype": {"class_label": {"names": ["x", "x"]}}}], "different texts"),
        ([{"name": "a", "dtype": {"os.system": "true"}}], "of the kind 'os.system' are not read"),
        ([{"name": "a", "list": "string", "length": "many"}], "must be a whole number"),
        ([{"name": "a", "dtype": {"array2_d": {"shape": [1], "dtype": "int8"}}}], "an array needs a shape"),
    ],
)
def test_malformed_columns_are_one_sentence(declared: Any, message: str) -> None:
    with pytest.raises(EmohubError, match=message):
        read_features(declared, "columns")


def test_columns_nested_without_end_are_refused() -> None:
    declared: Any = "string"
    for _ in range(100):
        declared = {"list": declared}
    with pytest.raises(EmohubError, match="nested deeper than 20 levels"):
        read_features([{"name": "a", "list": declared}], "columns")


def test_a_folder_says_its_configurations_splits_and_files(tmp_path: Path) -> None:
    published = open_published(write_published(tmp_path, files_per_split=2))
    (configuration,) = published.configurations
    assert configuration is published.default
    assert [(split.name, len(split.files), split.declared_rows) for split in configuration.splits] == [("train", 2, 8), ("test", 2, 4)]


def test_rows_are_those_that_datasets_reads(tmp_path: Path) -> None:
    published = open_published(write_published(tmp_path, files_per_split=2))
    loaded = datasets.load_dataset(str(tmp_path), cache_dir=str(tmp_path / "cache"))
    for split in published.default.splits:
        rows = [row for batch in batches(published, split, list(FEATURES)) for row in batch.data.to_pylist()]
        assert rows == loaded[split.name].with_format("arrow")[:].to_pylist()
        assert [name for batch in batches(published, split, ["labels"]) for name in batch.names] == loaded[split.name]["id"]


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    published = open_published(write_published(tmp_path))
    train = published.default.splits[0]
    assert [batch.data.schema.names for batch in batches(published, train, ["licence"])] == [["licence", "id"]]
    texts = next(batches(published, train)).data.schema.names
    assert texts == ["id", "utterance", "notes", "licence"]


def test_rows_without_an_id_are_named_by_their_place(tmp_path: Path) -> None:
    features = datasets.Features({"utterance": TEXT})
    tables = {"default": {"train": [{"utterance": "a"}, {"utterance": "b"}]}}
    published = open_published(write_published(tmp_path, tables, features, files_per_split=2))
    assert [name for batch in batches(published, published.default.splits[0], ["utterance"]) for name in batch.names] == ["train row 0", "train row 1"]


def test_a_value_inside_a_list_keeps_the_row_it_stands_in() -> None:
    column = pa.array([[{"a": 1}, {"a": 2}], None, [], [{"a": None}]])
    rows, values = values_at(column, ["a"])
    assert rows.to_pylist() == [0, 0, 3]
    assert values.to_pylist() == [1, 2, None]


def test_others_ids_cannot_write_on_the_terminal(tmp_path: Path) -> None:
    published = open_published(write_published(tmp_path, {"default": {"train": [text_row(0, id="\x1b[2Jgone")]}}))
    assert [batch.names for batch in batches(published, published.default.splits[0], ["id"])] == [("?[2Jgone",)]


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ({"configs": None}, "has no `configs:`"),
        ({"configs": []}, "has no `configs:`"),
        ({"configs": ["default"]}, "every one needs a `config_name`"),
        ({"configs": [{"config_name": "default", "data_files": "*.parquet"}]}, "every one needs a `config_name` and `data_files`"),
        ({"configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "../../*/*.parquet"}]}]}, "no file matches"),
        ({"configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "/etc/passwd"}]}]}, "no file matches"),
        ({"configs": [{"config_name": "default", "data_files": [{"path": "a"}]}]}, "needs a `split` and a `path`"),
        ({"configs": [{"config_name": "other", "data_files": [{"split": "train", "path": "default/train-*.parquet"}]}]}, "does not say which columns"),
        ({"dataset_info": None}, "has no `dataset_info:`"),
        ({"dataset_info": {"config_name": "default", "features": [], "splits": [{"name": "train", "num_examples": float("nan")}]}}, "a whole number"),
        ({"dataset_info": {"config_name": "default", "features": [], "splits": 7}}, "a whole number"),
    ],
)
def test_a_card_that_declares_nonsense_is_one_sentence(tmp_path: Path, front: dict[str, Any], message: str) -> None:
    with pytest.raises(EmohubError, match=message):
        open_published(write_published(tmp_path, None, FEATURES, **front))


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("# No front matter\n", "has no front matter"),
        ("---\nlicense: [mit\n---\n", "is not valid YAML"),
        ("---\n- a\n---\n", "no mapping"),
        ("---\na: &a [1]\nb: *a\n---\n", "uses an alias"),
        ("---\na: " + "[" * 500 + "]" * 500 + "\n---\n", "nested deeper than 40"),
        ("---\na: !!python/object/apply:os.system [ls]\n---\n", "is not valid YAML"),
        ("---\n? [a, b]\n: 1\n---\n", "is not valid YAML|no mapping"),
        ("---\na: 2024-99-99\n---\n", "is not valid YAML"),
        ("---\na: " + "x" * 2_000_000 + "\n---\n", "the front matter is larger"),
        ("x" * 5_000_000, "larger than 4,194,304 bytes"),
    ],
)
def test_a_hostile_card_is_one_sentence(tmp_path: Path, card: str, message: str) -> None:
    write_text(tmp_path / "README.md", card)
    with pytest.raises(EmohubError, match=message):
        read_card(tmp_path)


def test_a_card_that_is_not_utf8_or_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"README\.md: is missing"):
        read_card(tmp_path)
    (tmp_path / "README.md").write_bytes(b"---\n\xff\n---\n")
    with pytest.raises(EmohubError, match="byte 4 is not UTF-8"):
        read_card(tmp_path)


def test_a_card_with_windows_line_ends_is_read(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"---\r\nlicense: mit\r\n---\r\n# Toy\r\n")
    assert read_card(tmp_path)[0] == {"license": "mit"}


def test_a_link_that_leads_outside_is_not_followed(tmp_path: Path) -> None:
    root = write_published(tmp_path / "published")
    outside = tmp_path / "outside.parquet"
    (root / "default" / "train-00000-of-00001.parquet").rename(outside)
    (root / "default" / "train-00000-of-00001.parquet").symlink_to(outside)
    with pytest.raises(EmohubError, match="is a link that leads outside the folder"):
        open_published(root)


def _rows_of_first_split(root: Path, columns: list[str] | None = None) -> list[Any]:
    published = open_published(root)
    return list(batches(published, published.default.splits[0], columns))


def test_what_is_no_parquet_file_is_one_sentence(tmp_path: Path) -> None:
    root = write_published(tmp_path)
    path = root / "default" / "train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(EmohubError, match=r"default/train-00000-of-00001\.parquet: is no readable Parquet file"):
        _rows_of_first_split(root)


def test_a_damaged_page_is_one_sentence(tmp_path: Path) -> None:
    root = write_published(tmp_path)
    path = root / "default" / "train-00000-of-00001.parquet"
    content = bytearray(path.read_bytes())
    content[40:400] = bytes(360)
    path.write_bytes(content)
    with pytest.raises(EmohubError, match=r"train-00000-of-00001\.parquet: is damaged"):
        _rows_of_first_split(root, list(FEATURES))


def test_one_long_text_that_every_row_repeats_is_read_a_few_rows_at_a_time(tmp_path: Path) -> None:
    root = write_published(tmp_path)
    path = root / "default" / "train-00000-of-00001.parquet"
    long = "x" * (4 * 2**20)
    first = pq.read_table(path).slice(0, 1).to_pylist()[0] | {"utterance": long}
    one = pa.Table.from_pylist([first], schema=pq.read_schema(path))
    repeated = one.set_column(one.column_names.index("utterance"), "utterance", pa.array([long]).dictionary_encode())
    repeated = repeated.take(pa.array([0] * 500))
    pq.write_table(repeated, path, compression="zstd", store_schema=False)
    assert path.stat().st_size < 100_000
    published = open_published(root)
    read = next(batches(published, published.default.splits[0], ["utterance"]))
    assert 0 < read.data.nbytes <= 128 * 2**20


def test_text_that_is_not_utf8_is_one_sentence(tmp_path: Path) -> None:
    root = write_published(tmp_path)
    broken = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")])
    pq.write_table(pa.table({"id": broken}), root / "default" / "train-00000-of-00001.parquet")
    with pytest.raises(EmohubError, match="is damaged .*UTF8"):
        _rows_of_first_split(root, ["id"])


@pytest.mark.parametrize("column", [pa.array([[("a", "b")]], pa.map_(pa.string(), pa.string())), pa.array(["a"]).dictionary_encode()])
def test_types_that_are_never_published_are_refused(tmp_path: Path, column: pa.Array) -> None:
    root = write_published(tmp_path)
    pq.write_table(pa.table({"id": column}), root / "default" / "train-00000-of-00001.parquet")
    with pytest.raises(EmohubError, match="which is not read here"):
        _rows_of_first_split(root)


def test_a_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="has no column 'nothing'; its columns are id, utterance"):
        _rows_of_first_split(write_published(tmp_path), ["nothing"])


def test_a_column_of_another_type_than_declared_is_not_read(tmp_path: Path) -> None:
    root = write_published(tmp_path)
    path = root / "default" / "train-00000-of-00001.parquet"
    table = pq.read_table(path)
    pq.write_table(table.set_column(2, "labels", pa.array([["joy"]] * len(table))), path)
    with pytest.raises(EmohubError, match=r"column labels: is string in Parquet, but dataset_info says a struct|column labels"):
        _rows_of_first_split(root, ["labels"])


def test_pictures_are_read_too(tmp_path: Path) -> None:
    features = datasets.Features({"id": TEXT, "image": datasets.Image()})
    root = write_published(tmp_path, {"default": {"train": [{"id": str(number), "image": picture(number)} for number in range(120)]}}, features)
    assert sum(len(batch.names) for batch in _rows_of_first_split(root, ["image"])) == 120


def test_the_card_of_the_toy_is_what_datasets_writes(tmp_path: Path) -> None:
    root = write_published(tmp_path, text_tables())
    front = read_card(root)[0]
    assert front == yaml.safe_load((root / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    write_card(root, front)
    assert read_card(root)[0] == front
