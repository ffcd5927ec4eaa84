"""Running text in the forms that corpora come in."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.sources.corpora import (
    Corpus,
    RawCorpus,
    TextRow,
    first_sentences,
    read_ag_news,
    read_corpus,
    read_penn_treebank,
    read_webtext,
    read_wikitext,
    read_writing_prompts,
)
from hub.errors import DataUnavailableError, EmohubError
from hub.paths import Project
from hub.spec import LanguageModelingTask, ParamsSpec
from hub.tables import write_table


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def texts(corpus: RawCorpus) -> dict[str, list[str]]:
    return {split: [row.text for row in getattr(corpus, split)] for split in ("train", "validation", "test")}


def task(source: dict[str, Any], **changes: Any) -> LanguageModelingTask:
    fields = {"name": "running", "title": "T", "summary": "S", "type": "language_modeling", "source": source, "main_metric": "mauve", **changes}
    return LanguageModelingTask.model_validate(fields, strict=False)


EXTERNAL = {"kind": "external", "reader": "benchmarks.sources.corpora:read_penn_treebank", "licence": "none", "how_to_get": "Ask."}
TREEBANK = {"ptb.train.txt": " no it was n't black monday \n", "ptb.valid.txt": "consumers may want\n", "ptb.test.txt": "a record date\n\n"}


@pytest.mark.parametrize("ending", ["raw", "tokens"])
def test_wikitext_is_paragraphs_without_headings(tmp_path: Path, ending: str) -> None:
    page = " \n = Robert Boulter = \n \n Robert Boulter is an English actor . \n = = Career = = \n In 2000 he had a role . \n"
    found = read_wikitext(written(tmp_path, {f"wiki.{split}.{ending}": page for split in ("train", "valid", "test")}))
    assert texts(found)["test"] == ["Robert Boulter is an English actor .", "In 2000 he had a role ."]
    assert found.dropped == 3 * 5


def test_the_penn_treebank_is_a_sentence_a_line(tmp_path: Path) -> None:
    found = read_penn_treebank(written(tmp_path, TREEBANK))
    assert texts(found) == {"train": ["no it was n't black monday"], "validation": ["consumers may want"], "test": ["a record date"]}
    assert found.train == [TextRow("train-0", "no it was n't black monday")]


def test_a_story_of_writing_prompts_is_one_text(tmp_path: Path) -> None:
    line = "So many times have I walked . <newline> <newline> Never again .\n"
    found = read_writing_prompts(written(tmp_path, {f"{split}.wp_target": line for split in ("train", "valid", "test")}))
    assert texts(found)["train"] == ["So many times have I walked . Never again ."]


def test_webtext_is_a_document_a_json_line(tmp_path: Path) -> None:
    line = json.dumps({"id": 0, "ended": True, "length": 5, "text": "Two\n\nparagraphs"}) + "\n"
    found = read_webtext(written(tmp_path, {f"webtext.{split}.jsonl": line for split in ("train", "valid", "test")}))
    assert texts(found)["validation"] == ["Two paragraphs"]


def test_validation_of_ag_news_is_cut_from_train(tmp_path: Path) -> None:
    rows = "".join(f'"3","Title {number}","He said ""no"", \\again."\n' for number in range(100))
    found = read_ag_news(written(tmp_path, {"train.csv": rows, "test.csv": rows}))
    assert (len(found.train), len(found.validation), len(found.test)) == (95, 5, 100)
    assert found.test[0].text == 'Title 0 He said "no", again.'
    assert not {row.id for row in found.train} & {row.id for row in found.validation}


@pytest.mark.parametrize(
    ("reader", "files", "complaint"),
    [
        (read_penn_treebank, {"ptb.train.txt": "a"}, r"holds none of ptb\.valid\.txt"),
        (
            read_webtext,
            {f"webtext.{split}.jsonl": "{}\n" for split in ("train", "valid", "test")},
            r"train\.jsonl:1: expected a JSON object with the key",
        ),
        (read_webtext, {f"webtext.{split}.jsonl": '{"text": 3}\n' for split in ("train", "valid", "test")}, "'text' is no text"),
        (read_ag_news, {"train.csv": '"3","only a title"\n', "test.csv": ""}, "row 1 has 2 values, expected class, title and description"),
        (read_ag_news, {"train.csv": '"3","open\n', "test.csv": ""}, "not comma-separated values"),
    ],
)
def test_a_broken_file_is_one_clear_error(tmp_path: Path, reader: Any, files: dict[str, str], complaint: str) -> None:
    with pytest.raises(EmohubError, match=complaint):
        reader(written(tmp_path, files))


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    for split in ("train", "valid", "test"):
        (tmp_path / f"ptb.{split}.txt").write_bytes(b"abc\xff")
    with pytest.raises(EmohubError, match=r"ptb\.train\.txt: byte 3 is not UTF-8"):
        read_penn_treebank(tmp_path)


def test_a_published_dataset_gives_its_columns_joined(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for split in ("train", "validation", "test"):
        rows = [{"id": f"{split}-a", "context": "It rained.", "utterance": "Come in!", "seed": 1}]
        write_table(project.published("stories") / "contextual" / f"{split}-00000-of-00001.parquet", pa.Table.from_pylist(rows))
    source = {"kind": "published", "dataset": "stories", "configuration": "contextual"}
    found = read_corpus(task(source, columns=["context", "utterance"]), project, ParamsSpec(profile="local"), False)
    assert found.test == (TextRow("test-a", "It rained. Come in!"),)
    assert found.source == "published" and found.revision
    with pytest.raises(EmohubError, match="no column 'utterances'; it has id, context, utterance, seed"):
        read_corpus(task(source, columns=["utterances"]), project, ParamsSpec(profile="local"), False)
    with pytest.raises(EmohubError, match="needs 'columns'"):
        read_corpus(task(source), project, ParamsSpec(profile="local"), False)


def test_external_text_comes_from_the_path_that_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    params = ParamsSpec(profile="local", data={"running": str(written(tmp_path, TREEBANK))})
    found = read_corpus(task(EXTERNAL), Project(tmp_path), params, False)
    assert (found.source, found.revision, len(found.test)) == ("local", None, 1)
    assert "lines of the source are empty or headings and were left out" in capsys.readouterr().err


def test_external_text_without_a_path_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="EMOHUB_DATA_RUNNING"):
        read_corpus(task(EXTERNAL), Project(tmp_path), ParamsSpec(profile="local"), False)


def test_an_empty_split_is_an_error(tmp_path: Path) -> None:
    params = ParamsSpec(profile="local", data={"running": str(written(tmp_path, {**TREEBANK, "ptb.test.txt": "\n"}))})
    with pytest.raises(EmohubError, match="holds nothing for test"):
        read_corpus(task(EXTERNAL), Project(tmp_path), params, False)


def test_the_first_sentences_are_counted_over_whole_rows() -> None:
    rows = [TextRow("a", "One. Two!"), TextRow("b", "no mark"), TextRow("c", "“Three?” he asked. Four.")]
    assert [len(first_sentences(rows, count)) for count in (1, 2, 3, 4, 99)] == [1, 1, 2, 3, 3]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.integers(0, 4), st.text(min_size=1, max_size=3))
def test_the_fingerprint_follows_every_text(found: list[str], position: int, more: str) -> None:
    rows = tuple(TextRow(str(number), text) for number, text in enumerate(found))
    position %= len(rows)
    changed = tuple(TextRow(row.id, row.text + more) if number == position else row for number, row in enumerate(rows))
    assert Corpus(rows, (), (), "local", None).fingerprint != Corpus(changed, (), (), "local", None).fingerprint


def test_wikitext_in_the_hubs_parquet_files_gives_the_same_texts(tmp_path: Path) -> None:
    lines = ["", " = A Title = ", " A paragraph of text . ", " = = Section = = ", " Another one . "]
    plain, parquet = tmp_path / "plain", tmp_path / "parquet"
    plain.mkdir()
    for split, name in (("train", "train"), ("validation", "valid"), ("test", "test")):
        (plain / f"wiki.{name}.raw").write_text("\n".join(lines), encoding="utf-8")
        write_table(parquet / f"{split}-00000-of-00001.parquet", pa.table({"text": lines}))
    assert texts(read_wikitext(parquet)) == texts(read_wikitext(plain))
    write_table(parquet / "test-00000-of-00001.parquet", pa.table({"words": lines}))
    with pytest.raises(EmohubError, match="no column 'text'"):
        read_wikitext(parquet)
