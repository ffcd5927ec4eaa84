"""ISEAR copies differ in encoding, separator and header. The rows here are our own."""

from pathlib import Path

import pytest

from benchmarks.sources.isear import read
from hub.errors import EmohubError


def _write(path: Path, rows: list[tuple[str, str]], delimiter: str = ",", header: tuple[str, str] = ("Field1", "SIT"), encoding: str = "utf-8") -> Path:
    lines = [delimiter.join(header), *(delimiter.join((emotion, '"' + text.replace('"', '""') + '"')) for emotion, text in rows)]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", "|", "\t", ";"])
@pytest.mark.parametrize("header", [("Field1", "SIT"), ("emotion", "text"), ("Label", "Content")])
def test_every_copy_gives_the_same_rows(tmp_path: Path, encoding: str, delimiter: str, header: tuple[str, str]) -> None:
    file = _write(tmp_path / "isear.csv", [("joy", "Our café opened; at last, | it did."), ("Shame", "I forgot her name.")], delimiter, header, encoding)
    assert [(row.text, row.labels) for row in read(file).train] == [("Our café opened; at last, | it did.", ("joy",)), ("I forgot her name.", ("shame",))]


def test_everything_goes_to_train_since_the_task_is_cross_validated(tmp_path: Path) -> None:
    _write(tmp_path / "isear.csv", [("joy", "We won.")])
    found = read(tmp_path)
    assert (len(found.train), len(found.validation), len(found.test)) == (1, 0, 0)


def test_the_stray_a_acute_of_the_old_database_goes_and_words_that_have_one_stay(tmp_path: Path) -> None:
    texts = ["When the train á\nstopped in Málaga.", "The bridge gaveá \nway.", "He left á again."]
    file = _write(tmp_path / "isear.csv", [("fear", text) for text in texts])
    assert [row.text for row in read(file).train] == ["When the train stopped in Málaga.", "The bridge gave way.", "He left again."]


NON_RESPONSES = ["", "   ", "[ No response.]", "NO RESPONSE", "None.", "nothing", "[Blank]", "Not applicable.", "[ Same as in anger.]", "Can not think of it"]


@pytest.mark.parametrize("text", NON_RESPONSES)
def test_non_responses_are_dropped_and_counted(tmp_path: Path, text: str) -> None:
    found = read(_write(tmp_path / "isear.csv", [("joy", "We won."), ("guilt", text)]))
    assert [row.text for row in found.train] == ["We won."]
    assert found.dropped == 1


@pytest.mark.parametrize("text", ["Nothing was left of our garden.", "None of my friends came.", "Blank pages in my exam.", "No one called on my birthday."])
def test_answers_that_only_begin_like_a_non_response_stay(tmp_path: Path, text: str) -> None:
    found = read(_write(tmp_path / "isear.csv", [("sadness", text)]))
    assert [row.text for row in found.train] == [text]
    assert found.dropped == 0


def test_rows_of_no_known_emotion_are_dropped_and_counted(tmp_path: Path) -> None:
    found = read(_write(tmp_path / "isear.csv", [("joy", "We won."), ("", "Something."), ("7", "Something else.")]))
    assert (len(found.train), found.dropped) == (1, 2)


def test_ids_tell_the_row_and_do_not_move_when_others_are_dropped(tmp_path: Path) -> None:
    found = read(_write(tmp_path / "isear.csv", [("joy", "none"), ("joy", "We won."), ("fear", "A dog.")]))
    assert [row.id for row in found.train] == ["isear-00002", "isear-00003"]


def test_a_folder_without_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"holds none of isear\.csv"):
        read(tmp_path)
