"""The official GoEmotions files, hand-written here in the same format, and the real ones where this machine has them."""

import os
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.sources.goemotions import read, read_hub
from hub.errors import DataUnavailableError, EmohubError
from hub.paths import Project
from hub.spec import Registry
from hub.spec.task import ExternalSource, data_variable
from hub.taxonomy import Taxonomy
from tests.support.projects import REPOSITORY

REAL = Path(os.environ.get(data_variable("goemotions")) or REPOSITORY.parent / "shared" / "data" / "goemotions")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "emotions.txt").write_text("joy\nanger\nneutral\n", encoding="utf-8")
    (tmp_path / "train.tsv").write_text('What a "day" ☀\t0\tid1\nStop it. Now, ha\t1,0\tid2\n', encoding="utf-8")
    (tmp_path / "dev.tsv").write_text("It is Monday\t2\tid3\n", encoding="utf-8")
    (tmp_path / "test.tsv").write_text("Fine\t2\tid4\r\n", encoding="utf-8", newline="")
    return tmp_path


def test_rows_keep_text_id_and_label_names(folder: Path) -> None:
    found = read(folder)
    assert [(row.id, row.text, row.labels) for row in found.train] == [("id1", 'What a "day" ☀', ("joy",)), ("id2", "Stop it. Now, ha", ("anger", "joy"))]
    assert [(row.id, row.text, row.labels) for row in found.validation] == [("id3", "It is Monday", ("neutral",))]
    assert [(row.id, row.text, row.labels, row.context) for row in found.test] == [("id4", "Fine", ("neutral",), "")]


WRONG_IDS = [f"text\t{ids}\tid" for ids in ("3", "", "joy", "-1", "²", "0,")]


@pytest.mark.parametrize("line", ["no tabs at all", "text\t0", "text\t0\tid\tmore", *WRONG_IDS])
def test_a_malformed_line_is_an_error_with_file_and_line(folder: Path, line: str) -> None:
    with (folder / "dev.tsv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(EmohubError, match=r"dev\.tsv:2: expected text, label ids below 3 and comment id between tabs"):
        read(folder)


@pytest.mark.parametrize("name", ["emotions.txt", "train.tsv", "dev.tsv", "test.tsv"])
def test_a_missing_file_is_an_error_that_lists_what_is_needed(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(EmohubError, match=rf"{name}: cannot be read .* needs train\.tsv, dev\.tsv, test\.tsv and emotions\.txt"):
        read(folder)


def test_another_encoding_is_an_error_with_the_place(folder: Path) -> None:
    (folder / "train.tsv").write_bytes("caf\xe9\t0\tid\n".encode("latin-1"))
    with pytest.raises(EmohubError, match=r"train\.tsv: byte 3 is not UTF-8"):
        read(folder)


def test_a_file_in_the_folders_place_is_an_error(folder: Path) -> None:
    with pytest.raises(EmohubError, match="cannot be read"):
        read(folder / "train.tsv")


def test_a_hub_that_cannot_be_reached_makes_the_data_unavailable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import datasets
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    source = Registry(Project(REPOSITORY)).task("goemotions").source
    assert isinstance(source, ExternalSource)
    with pytest.raises(DataUnavailableError, match="go_emotions cannot be downloaded from the Hub"):
        read_hub(source)


@pytest.mark.skipif(not REAL.is_dir(), reason=f"GoEmotions is not on this machine; name its folder in {data_variable('goemotions')}")
def test_the_real_files_are_read_whole() -> None:
    found = read(REAL)
    assert (len(found.train), len(found.validation), len(found.test)) == (43_410, 5_426, 5_427)
    rows = [*found.train, *found.validation, *found.test]
    assert len({row.id for row in rows}) == len(rows)
    assert Counter(split for split in ("train", "validation", "test") for row in getattr(found, split) if "grief" in row.labels) == {
        "train": 77,
        "validation": 13,
        "test": 6,
    }
    labels = Taxonomy.read(REPOSITORY / "builders/emo_pillars/labels.yaml").labels
    assert tuple((REAL / "emotions.txt").read_text(encoding="utf-8").split()) == labels
