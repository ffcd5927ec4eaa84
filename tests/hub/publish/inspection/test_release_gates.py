"""The gates of a release, measured on the folder alone: what each lets through, what it stops, and which rows it names."""

from pathlib import Path
from typing import Any

import datasets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.curate.gates import Gate
from hub.errors import EmohubError
from hub.publish.inspection.content import pixel_hash
from hub.publish.inspection.release_gates import check_release, faces_note
from hub.publish.manifest import write_manifest
from hub.spec import ReleaseChecks
from tests.support.published import BODY, CHECKS, FEATURES, TEXT, Row, picture, text_row, text_tables, write_card, write_published

PICTURES = datasets.Features({"id": TEXT, "image": datasets.Image(), "licence": TEXT})
CLIPS = datasets.Features({"id": TEXT, "frames": datasets.List(datasets.Image())})
KEY = "hf_" + "aB3" * 12
NOTE = "## Whose faces are shown\n\nNobody's: they are drawn, so no consent is needed.\n"


def _gate(root: Path, beginning: str) -> Gate:
    found = [gate for gate in check_release(root) if gate.name.startswith(beginning)]
    assert len(found) == 1, [gate.name for gate in check_release(root)]
    return found[0]


def _failed(root: Path) -> dict[str, Gate]:
    return {gate.name: gate for gate in check_release(root) if not gate.passed}


def _with(root: Path, place: int = 0, **changes: Any) -> Path:
    """The toy dataset, one row of its training split changed."""
    tables = text_tables()
    tables["default"]["train"][place] |= changes
    return write_published(root, tables)


def _picture_rows(numbers: list[int], notes: str = "") -> list[Row]:
    return [{"id": f"{notes}{number}", "image": picture(number, notes), "licence": "cc0-1.0"} for number in numbers]


def test_a_sound_dataset_passes_every_gate(tmp_path: Path) -> None:
    gates = check_release(write_published(tmp_path))
    assert [gate.name for gate in gates] == [
        "empty splits",
        "classes of labels.label in default",
        "rows with labels.label beyond its classes",
        "licence in the card",
        "content in two splits of default",
        "rows with a secret in default",
        "rows with personal data in default",
        "rows without a licence in default",
        "texts beside the data with a secret",
        "texts beside the data with personal data",
        "faces",
    ]
    assert not _failed(tmp_path)


def test_an_empty_split_is_named(tmp_path: Path) -> None:
    tables = text_tables()
    tables["default"]["validation"] = []
    assert _failed(write_published(tmp_path, tables))["empty splits"].rows == ("default/validation",)


@pytest.mark.parametrize("text", ["The kettle sings. (0)", "  the KETTLE\tsings. (0) "])
def test_a_text_in_two_splits_is_found_whatever_its_case_and_spacing(tmp_path: Path, text: str) -> None:
    tables = text_tables()
    tables["default"]["test"][1]["utterance"] = text
    gate = _gate(write_published(tmp_path, tables), "content in two splits")
    assert (gate.passed, gate.measured, gate.rows) == (False, "1", ("r9",))


def test_a_text_twice_in_one_split_is_curations_business(tmp_path: Path) -> None:
    assert _gate(_with(tmp_path, 1, utterance="The kettle sings. (0)"), "content in two splits").passed


def test_several_columns_are_content_together(tmp_path: Path) -> None:
    tables = text_tables()
    tables["default"]["test"][0]["utterance"] = tables["default"]["train"][0]["utterance"]
    both = ReleaseChecks(content={"default": ("utterance", "notes")}, label="labels.label")
    assert not _gate(write_published(tmp_path / "same", tables, checks=both), "content in two splits").passed
    tables["default"]["test"][0]["notes"] = [["another"]]
    assert _gate(write_published(tmp_path / "other", tables, checks=both), "content in two splits").passed


@pytest.mark.parametrize("twin", [picture(0), picture(0, note="another file, the same pixels"), picture(0, format="BMP")])
def test_a_picture_in_two_splits_is_found_by_its_pixels(tmp_path: Path, twin: dict[str, Any]) -> None:
    tables = {"images": {"train": _picture_rows([0, 1]), "test": [{"id": "twin", "image": twin, "licence": "mit"}, *_picture_rows([2], "t")]}}
    root = write_published(tmp_path, tables, PICTURES, ReleaseChecks(content={"images": ("image",)}), default="images")
    assert _gate(root, "content in two splits of images").rows == ("twin",)


def test_pictures_with_other_pixels_are_others(tmp_path: Path) -> None:
    tables = {"images": {"train": _picture_rows([0, 1]), "test": _picture_rows([2, 3])}}
    assert not _failed(write_published(tmp_path, tables, PICTURES, ReleaseChecks(content={"images": ("image",)}), default="images"))


def test_a_clip_is_compared_as_a_whole(tmp_path: Path) -> None:
    def tables(last: int) -> dict[str, dict[str, list[Row]]]:
        return {
            "clips": {
                "train": [{"id": "a", "frames": [picture(0), picture(1)]}],
                "test": [{"id": "b", "frames": [picture(0, "x"), picture(last, "x")]}],
            }
        }

    checks = ReleaseChecks(content={"clips": ("frames",)})
    assert _gate(write_published(tmp_path / "same", tables(1), CLIPS, checks, default="clips"), "content").rows == ("b",)
    assert _gate(write_published(tmp_path / "other", tables(2), CLIPS, checks, default="clips"), "content").passed


def test_a_picture_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    rows = _picture_rows([0, 1, 2])
    rows[1]["image"]["bytes"] = rows[1]["image"]["bytes"][:60]
    rows[2]["image"] = {"bytes": b"<svg/>", "path": "a.png"}
    root = write_published(
        tmp_path, {"images": {"train": rows, "test": _picture_rows([4])}}, PICTURES, ReleaseChecks(content={"images": ("image",)}), default="images"
    )
    assert _gate(root, "pictures that cannot be decoded").rows == ("1", "2")


@given(st.binary(max_size=200))
def test_any_bytes_have_a_pixel_hash_or_none(content: bytes) -> None:
    assert pixel_hash(content) is None or content


@pytest.mark.parametrize(
    ("checks", "measured"),
    [(ReleaseChecks(label="labels.label"), "no columns declared"), (ReleaseChecks(content={"default": ("speech",)}, label="labels.label"), "no column speech")],
)
def test_content_must_be_declared_where_there_is_more_than_one_split(tmp_path: Path, checks: ReleaseChecks, measured: str) -> None:
    gate = _gate(write_published(tmp_path, checks=checks), "content in two splits")
    assert (gate.passed, gate.measured) == (False, measured)


def test_one_split_needs_no_content_declared(tmp_path: Path) -> None:
    root = write_published(tmp_path, {"default": {"train": [text_row(number) for number in range(3)]}}, checks=ReleaseChecks(label="labels.label"))
    assert not _failed(root)


def test_a_class_that_never_occurs_is_named(tmp_path: Path) -> None:
    tables = text_tables()
    for rows in tables["default"].values():
        for row in rows:
            row["labels"] = [{"label": 0, "strength": 1.0}]
    gate = _gate(write_published(tmp_path, tables), "classes of labels.label")
    assert (gate.passed, gate.measured, gate.rows) == (False, "1 of 3", ("joy", "pride"))


def test_a_plain_class_label_is_counted_too_and_unknown_ones_are_allowed(tmp_path: Path) -> None:
    features = datasets.Features({"id": TEXT, "emotion": datasets.ClassLabel(names=["awe", "fear"])})
    tables = {"default": {"train": [{"id": str(place), "emotion": emotion} for place, emotion in enumerate([0, 1, -1, None])]}}
    assert not _failed(write_published(tmp_path, tables, features, ReleaseChecks(label="emotion")))


def test_a_label_beyond_its_classes_is_named(tmp_path: Path) -> None:
    root = _with(tmp_path, 2, labels=[{"label": 1, "strength": 1.0}, {"label": 3, "strength": 1.0}])
    assert _gate(root, "rows with labels.label beyond").rows == ("r2",)


@pytest.mark.parametrize(
    ("label", "measured"), [(None, "no label column declared"), ("utterance", "no class label utterance"), ("labels", "no class label labels")]
)
def test_the_label_must_be_declared_where_there_is_one(tmp_path: Path, label: str | None, measured: str) -> None:
    gate = _gate(write_published(tmp_path, checks=ReleaseChecks(content=CHECKS.content, label=label)), "classes in default")
    assert (gate.passed, gate.measured) == (False, measured)


@pytest.mark.parametrize(
    ("front", "measured"),
    [
        ({"license": None}, "no `license:`"),
        ({"license": []}, "no `license:`"),
        ({"license": "free"}, "'free', which the Hub does not know"),
        ({"license": ["mit", "unknown"]}, "'unknown', which the Hub does not know"),
        ({"license": {"a": 1}}, "\"{'a': 1}\", which the Hub does not know"),
        ({"license": "other"}, "`other` without `license_name:`"),
        ({"license": "other", "license_name": "toy-1"}, "`other` without `license_link:`"),
    ],
)
def test_a_licence_must_be_named(tmp_path: Path, front: dict[str, Any], measured: str) -> None:
    gate = _gate(write_published(tmp_path, None, FEATURES, **front), "licence in the card")
    assert (gate.passed, gate.measured) == (False, measured)


@pytest.mark.parametrize("front", [{"license": ["mit", "cc-by-4.0"]}, {"license": "other", "license_name": "toy-1", "license_link": "LICENSE"}])
def test_several_licences_and_ones_of_its_own_are_fine(tmp_path: Path, front: dict[str, Any]) -> None:
    assert not _failed(write_published(tmp_path, None, FEATURES, **front))


@pytest.mark.parametrize("licence", ["", "  ", None])
def test_a_row_without_a_licence_is_named(tmp_path: Path, licence: str | None) -> None:
    assert _gate(_with(tmp_path, 3, licence=licence), "rows without a licence").rows == ("r3",)


@pytest.mark.parametrize("changes", [{"utterance": f"my key: {KEY}"}, {"notes": [["a"], ["b", KEY]]}, {"licence": KEY}])
def test_a_secret_is_found_in_any_column_at_any_depth_and_never_repeated(tmp_path: Path, changes: dict[str, Any]) -> None:
    gate = _gate(_with(tmp_path, 5, **changes), "rows with a secret")
    assert (gate.passed, gate.rows) == (False, ("r5 (Hugging Face token)",))
    assert KEY not in gate.sentence


def test_a_secret_in_the_card_is_found(tmp_path: Path) -> None:
    gate = _gate(write_published(tmp_path, body=f"# Toy\n\nUse {KEY}.\n"), "texts beside the data with a secret")
    assert gate.rows == ("README.md (Hugging Face token)",)


def test_personal_data_is_found_in_rows_and_beside_them(tmp_path: Path) -> None:
    root = _with(tmp_path, 4, utterance="Write to ann.lee@mail.com!")
    (root / "notes.txt").write_text("She lives at +49 30 1234567, they say.")
    assert _gate(root, "rows with personal data").rows == ("r4 (e-mail address)",)
    assert _gate(root, "texts beside the data with personal data").rows == ("notes.txt (telephone number)",)


def test_five_rows_are_named_and_all_counted(tmp_path: Path) -> None:
    tables = {"default": {"train": [text_row(number, notes=[[KEY, KEY]]) for number in range(9)]}}
    gate = _gate(write_published(tmp_path, tables), "rows with a secret")
    assert (gate.measured, len(gate.rows)) == ("9", 5)


def test_hashes_of_provenance_raise_no_alarm(tmp_path: Path) -> None:
    tables = text_tables()
    for rows in tables["default"].values():
        for number, row in enumerate(rows):
            row["notes"] = [[f"{number:064d}", f"{number:x}" * 64, "4" * 40]]
    assert not _failed(write_published(tmp_path, tables))


FACES = datasets.Features({"id": TEXT, "image": datasets.Image(), "face_points": datasets.List(datasets.Value("float32")), "licence": TEXT})


def _faces(root: Path, body: str, faces: bool = True) -> Gate:
    rows = [row | {"face_points": [1.0]} for row in _picture_rows([0, 1])]
    return _gate(write_published(root, {"default": {"train": rows}}, FACES, ReleaseChecks(faces=faces), body), "faces")


@pytest.mark.parametrize(
    ("body", "measured"),
    [
        (BODY, "no heading in the card"),
        ("# Toy\n\nFaces are drawn, consent is not needed.\n", "no heading in the card"),
        ("```\n# faces\nreal consent\n```\n", "no heading in the card"),
        ("# Surfaces\n\nreal, consent\n", "no heading in the card"),
        ("## Faces\n\n## Licence\n\nreal people, with their consent\n", "a note without whether the people are real and consent or licence"),
        ("## Faces\n\nThe people do not exist.\n", "a note without consent or licence"),
    ],
)
def test_faces_without_a_note_whose_they_are_stop_a_release(tmp_path: Path, body: str, measured: str) -> None:
    gate = _faces(tmp_path, body)
    assert (gate.passed, gate.measured) == (False, measured)


@pytest.mark.parametrize("body", [NOTE, f"# Toy\n\n{NOTE}\n## More\n\nx\n", "# Of FACES\n\n### A\n\nReal people.\n\n### B\n\nThey consented.\n"])
def test_a_note_on_faces_lets_them_through(tmp_path: Path, body: str) -> None:
    assert _faces(tmp_path, body).passed


def test_faces_that_nobody_declared_stop_a_release(tmp_path: Path) -> None:
    gate = _faces(tmp_path, NOTE, faces=False)
    assert (gate.passed, gate.rows) == (False, ("default: face_points",))


def test_a_note_ends_at_the_next_heading_of_its_level() -> None:
    assert faces_note("# A\n## Faces\none\n### deeper\ntwo\n## Next\nthree") == "one\n\ntwo"
    assert faces_note("# A\nno") is None


def test_a_models_card_and_texts_are_checked(tmp_path: Path) -> None:
    write_card(tmp_path, {"license": "mit"})
    write_manifest(tmp_path, "model", "toy", "0.1.0")
    assert [gate.passed for gate in check_release(tmp_path)] == [True, True, True]


def test_a_folder_nobody_published_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="this is no folder that emohub published"):
        check_release(tmp_path)
