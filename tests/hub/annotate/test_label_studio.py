"""Label Studio's forms. The exports below have the shape that Label Studio 1.23.2 gave for these tasks, cut to what differs."""

import base64
import csv
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from hub.annotate.annotate import export_sample, import_ratings
from hub.annotate.question import Sample, read_sample
from hub.annotate.rating_table import read_ratings
from hub.errors import EmohubError
from hub.paths import Project
from tests.support.annotation import publish_pictures, publish_texts


@pytest.fixture
def out(tmp_path: Path) -> Path:
    export_sample(Project(tmp_path), publish_texts(tmp_path / "feelings"), tmp_path / "out", configuration="rewritten", items=20)
    return tmp_path / "out"


def annotation(choices: list[str], rater: Any = 1, updated: str = "2026-03-01T10:00:00.000000Z", question: str = "emotions", **more: Any) -> dict[str, Any]:
    result = [{"from_name": question, "to_name": "passage_1", "type": "choices", "value": {"choices": choices}}] if choices else []
    return {"id": 1, "completed_by": rater, "result": result, "was_cancelled": False, "lead_time": 4.5, "updated_at": updated, "ground_truth": False} | more


def task(sample: Sample, number: int, *annotations: dict[str, Any], item_id: str = "") -> dict[str, Any]:
    data = {"item_id": item_id or sample.items[number].item_id, "dataset": sample.dataset, "version": sample.version, "fingerprint": sample.fingerprint}
    return {"id": number + 1, "data": data, "annotations": list(annotations), "drafts": [], "predictions": [], "meta": {}}


def written(folder: Path, tasks: list[dict[str, Any]]) -> Path:
    path = folder.parent / "export.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


def options(sample: Sample, number: int) -> list[str]:
    return list(sample.items[number].options)


def test_a_question_is_a_project_whose_configuration_names_what_its_tasks_hold(out: Path) -> None:
    sample = read_sample(out / "questions.json")
    for question in sample.questions:
        root = ElementTree.fromstring((out / "label_studio" / f"{question.name}.xml").read_text())
        tasks = json.loads((out / "label_studio" / f"{question.name}.json").read_text())
        wanted = {value[1:] for element in root.iter() if (value := element.get("value", "")).startswith("$")}
        assert all(wanted <= set(one["data"]) and set(one) == {"data"} for one in tasks)
        assert [one["data"]["item_id"] for one in tasks] == [item.item_id for item in sample.of(question.name)]
        choices = root.find("Choices")
        assert choices is not None
        assert choices.get("choice") == ("single" if question.most == 1 else "multiple")
        assert choices.get("toName") in {element.get("name") for element in root.iter()}
        assert choices.get("name") == question.name


def test_pictures_are_embedded_so_that_one_file_is_the_whole_import(tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="pillow is not installed (pip install emohub[images])")
    sample = export_sample(Project(tmp_path), publish_pictures(tmp_path / "pictures"), tmp_path / "out", items=4)
    tasks = json.loads((tmp_path / "out" / "label_studio" / "emotion.json").read_text())
    for one, item in zip(tasks, sample.items, strict=True):
        kind, _, content = one["data"]["image"].partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(content) == (tmp_path / "out" / str(item.image)).read_bytes()


def test_an_export_becomes_answers_by_rater(out: Path) -> None:
    sample = read_sample(out / "questions.json")
    picks = options(sample, 0)[:2]
    taken = import_ratings(out, written(out, [task(sample, 0, annotation(picks), annotation(picks[:1], rater={"id": 7, "email": "me@example.org"}))]))
    found, _ = read_ratings(out, sample)
    assert (taken.new, taken.problems.lines()) == (2, [])
    assert {(one.rater_id, one.value, one.seconds) for one in found} == {("annotator-1", tuple(picks), 4.5), ("annotator-7", tuple(picks[:1]), 4.5)}
    assert not any("example.org" in path.read_text() for path in (out / "ratings").iterdir())


def test_what_cannot_be_taken_is_counted_and_named(out: Path) -> None:
    sample = read_sample(out / "questions.json")
    tasks = [
        task(sample, 0, annotation(["bliss"])),
        task(sample, 1, annotation([], was_cancelled=True)),
        task(sample, 2, annotation([])),
        task(sample, 3, annotation(options(sample, 3)[:1]), item_id="feelings-0000000000"),
        task(sample, 4, annotation(options(sample, 4)[:1], question="mood")),
    ]
    taken = import_ratings(out, written(out, tasks))
    ids = [item.item_id for item in sample.items]
    assert taken.new == 0
    assert set(taken.problems.lines()) == {
        f"1 left out: a choice that the item does not offer ({ids[0]})",
        f"1 left out: cancelled by the rater ({ids[1]})",
        f"1 left out: nothing was chosen ({ids[2]})",
        "1 left out: an item that is not in this sample (feelings-0000000000)",
        f"1 left out: a question that the item is not asked ({ids[4]})",
    }


def test_the_later_of_two_answers_counts_in_whatever_order_they_stand(out: Path) -> None:
    sample = read_sample(out / "questions.json")
    first, second = options(sample, 0)[:2]
    late, early = annotation([second], updated="2026-03-02T09:00:00Z"), annotation([first], updated="2026-03-01T09:00:00Z")
    taken = import_ratings(out, written(out, [task(sample, 0, late, early)]))
    assert (taken.new, taken.replaced) == (1, 1)
    assert read_ratings(out, sample)[0][-1].value == (second,)


def test_json_min_and_csv_say_the_same_as_json(out: Path, tmp_path: Path) -> None:
    sample = read_sample(out / "questions.json")
    several, one = options(sample, 0)[:2], options(sample, 1)[0]
    common = {"version": sample.version, "annotator": 1, "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "lead_time": 4.5}
    lines = [
        {"item_id": sample.items[0].item_id, "id": 1, "emotions": {"choices": several}, "annotation_id": 1, **common},
        {"item_id": sample.items[1].item_id, "id": 2, "emotions": one, "annotation_id": 2, **common},
    ]
    assert import_ratings(out, written(out, lines)).new == 2
    table = tmp_path / "export.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), quoting=csv.QUOTE_NONNUMERIC)
        writer.writeheader()
        writer.writerows([lines[0] | {"emotions": json.dumps(lines[0]["emotions"])}, lines[1]])
    taken = import_ratings(out, table)
    assert (taken.new, taken.known, taken.problems.lines()) == (0, 2, [])


@pytest.mark.parametrize("text", ["", "{}", '[{"data": 3, "annotations": []}]', "[1]", '[{"data": {"item_id": "x"}}]', "[" * 5000])
def test_a_file_that_is_no_export_is_refused_in_one_sentence(out: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "export.json"
    path.write_text(text)
    with pytest.raises(EmohubError, match=r"export\.json: "):
        import_ratings(out, path)
