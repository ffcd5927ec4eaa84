"""Rows of a published folder are read a page at a time, filtered by what the card declares, and checked: others' folders are untrusted."""

import json
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.errors import EmohubError
from hub.paths import Project
from hub.publish.inspection.published_folder import PublishedFolder, Split, open_published
from hub.results.browsing.published_rows import MOST_ROWS, Facet, Filters, find_row, open_built, read_facets, read_page, split_of
from tests.support.annotation import EMOTIONS, PICTURE_EMOTIONS, STYLES, publish_pictures, publish_texts


@pytest.fixture
def texts(tmp_path: Path) -> tuple[PublishedFolder, Split]:
    folder = open_published(publish_texts(tmp_path / "texts"))
    return folder, split_of(folder, "rewritten", "test")[1]


def test_a_page_holds_the_wanted_rows_with_classes_by_name(texts: tuple[PublishedFolder, Split]) -> None:
    page = read_page(*texts, 9, 3)
    assert (page.matching, page.total) == (120, 120)
    assert [(row.number, row.id) for row in page.rows] == [(9, "anger/009"), (10, "fear/010"), (11, "joy/011")]
    assert page.rows[0].values["requested"] == "fear"
    assert page.rows[0].values["labels"][-1] == {"label": "anger", "expressiveness": pytest.approx(0.9)}


def test_a_page_beyond_the_end_is_empty_and_no_page_is_endless(texts: tuple[PublishedFolder, Split]) -> None:
    assert read_page(*texts, 500, 10).rows == ()
    assert read_page(*texts, -5, 2).rows[0].number == 0
    assert len(read_page(*texts, 0, 10**9).rows) == MOST_ROWS
    assert read_page(*texts, 0, -1).rows == ()


def test_filters_leave_the_rows_that_a_reader_would(texts: tuple[PublishedFolder, Split]) -> None:
    everything = [row for start in (0, 100) for row in read_page(*texts, start, 100).rows]
    page = read_page(*texts, 0, 100, Filters((("labels.label", "joy"),)))
    assert [row.id for row in page.rows] == [row.id for row in everything if any(label["label"] == "joy" for label in row.values["labels"])]
    both = read_page(*texts, 0, 100, Filters((("labels.label", "joy"), ("character", "Speaker 2"))))
    assert [row.id for row in both.rows] == [row.id for row in page.rows if row.values["character"] == "Speaker 2"]
    assert 0 < both.matching < page.matching


def test_search_finds_a_text_in_whatever_case_and_takes_it_literally(texts: tuple[PublishedFolder, Split]) -> None:
    assert [row.number for row in read_page(*texts, 0, 10, Filters(search="UTTERANCE 17,")).rows] == [17]
    assert read_page(*texts, 0, 10, Filters(search=".*")).matching == 0


def test_a_value_that_no_class_has_leaves_nothing(texts: tuple[PublishedFolder, Split]) -> None:
    assert read_page(*texts, 0, 10, Filters((("requested", "<b>"),))).matching == 0


def test_an_unknown_column_is_one_sentence(texts: tuple[PublishedFolder, Split]) -> None:
    with pytest.raises(EmohubError, match="no column 'feeling'"):
        read_page(*texts, 0, 10, Filters((("feeling", "joy"),)))


def test_facets_are_class_labels_and_texts_with_few_values(texts: tuple[PublishedFolder, Split]) -> None:
    found = {facet.path: facet for facet in read_facets(*texts)}
    assert found["labels.label"] == Facet("labels.label", EMOTIONS)
    assert found["character"].values == tuple(f"Speaker {number}" for number in range(7))
    assert "utterance" not in found and "id" not in found and "description" not in found


def test_a_row_is_found_by_its_id(texts: tuple[PublishedFolder, Split]) -> None:
    found = find_row(*texts, "joy/011")
    assert found is not None and found.number == 11
    assert find_row(*texts, "joy/999") is None
    assert find_row(*texts, "../../etc/passwd") is None


def test_pictures_come_with_their_bytes(tmp_path: Path) -> None:
    folder = open_published(publish_pictures(tmp_path / "pictures"))
    row = read_page(folder, split_of(folder, "pictures", "test")[1], 5, 1).rows[0]
    assert row.values["image"]["bytes"].startswith(b"\x89PNG")
    assert (row.values["emotion"], row.values["style"]) == (PICTURE_EMOTIONS[1], STYLES[2])


def test_only_the_row_group_that_is_shown_is_read(tmp_path: Path) -> None:
    root = publish_texts(tmp_path / "texts")
    path = root / "rewritten" / "test-00000-of-00001.parquet"
    pq.write_table(pq.read_table(path), path, row_group_size=10)
    content = bytearray(path.read_bytes())
    # Spoil the first row group's data: a page from the last one does not notice.
    content[4:200] = bytes(196)
    path.write_bytes(content)
    folder = open_published(root)
    _, split = split_of(folder, "rewritten", "test")
    assert read_page(folder, split, 115, 5).rows[-1].number == 119
    with pytest.raises(EmohubError, match="is damaged"):
        read_page(folder, split, 0, 5)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"<html>" * 100, b"PAR1" + bytes(200) + b"PAR1"])
def test_a_file_that_is_no_parquet_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    root = publish_texts(tmp_path / "texts")
    (root / "plain" / "test-00000-of-00001.parquet").write_bytes(content)
    folder = open_published(root)
    with pytest.raises(EmohubError, match="no readable Parquet file") as raised:
        read_page(folder, split_of(folder, "plain", "test")[1], 0, 5)
    assert str(tmp_path) not in str(raised.value)


def test_a_column_of_another_type_than_the_card_says_is_refused(tmp_path: Path) -> None:
    root = publish_texts(tmp_path / "texts")
    path = root / "plain" / "test-00000-of-00001.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("requested")
    pq.write_table(table.set_column(place, "requested", pa.array(["<script>"] * table.num_rows)), path)
    folder = open_published(root)
    with pytest.raises(EmohubError, match="requested: is string"):
        read_page(folder, split_of(folder, "plain", "test")[1], 0, 5)


def test_a_number_that_is_no_class_is_said_and_breaks_nothing(tmp_path: Path) -> None:
    root = publish_texts(tmp_path / "texts")
    path = root / "plain" / "test-00000-of-00001.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("requested")
    pq.write_table(table.set_column(place, "requested", pa.array([77, -1, None] + [0] * (table.num_rows - 3), pa.int64())), path)
    folder = open_published(root)
    rows = read_page(folder, split_of(folder, "plain", "test")[1], 0, 3).rows
    assert [row.values["requested"] for row in rows] == ["(no class 77)", "(no class -1)", None]


@pytest.mark.parametrize("name", ["../raw", "/etc", "a/b", "", ".hidden", "<b>"])
def test_a_name_that_is_no_dataset_opens_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(EmohubError, match="is no dataset's name"):
        open_built(Project(tmp_path), name)


def test_a_dataset_that_is_not_built_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="dvc repro build@emo8"):
        open_built(Project(tmp_path), "emo8")


def test_names_of_configurations_and_splits_are_checked(tmp_path: Path) -> None:
    folder = open_published(publish_texts(tmp_path / "texts"))
    with pytest.raises(EmohubError, match="no configuration"):
        split_of(folder, "../plain", "test")
    with pytest.raises(EmohubError, match="no split"):
        split_of(folder, "plain", "train")


def test_a_group_that_claims_too_much_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.results.browsing.published_rows._LARGEST_READ", 1_000)
    folder = open_published(publish_texts(tmp_path / "texts"))
    with pytest.raises(EmohubError, match="claims"):
        read_page(folder, split_of(folder, "rewritten", "test")[1], 0, 5)


def test_a_page_of_pictures_is_quick(tmp_path: Path) -> None:
    folder = open_published(publish_pictures(tmp_path / "pictures", rows=2_000))
    _, split = split_of(folder, "pictures", "test")
    read_page(folder, split, 0, 12)
    started = time.perf_counter()
    read_page(folder, split, 1_500, 12)
    assert time.perf_counter() - started < 1


def test_html_in_a_row_is_data(tmp_path: Path) -> None:
    root = publish_texts(tmp_path / "texts")
    path = root / "plain" / "test-00000-of-00001.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("utterance")
    pq.write_table(table.set_column(place, "utterance", pa.array(["<script>alert(1)</script>"] * table.num_rows)), path)
    folder = open_published(root)
    assert json.dumps(read_page(folder, split_of(folder, "plain", "test")[1], 0, 1).rows[0].values["utterance"]) == '"<script>alert(1)</script>"'
