"""Numbers from elsewhere."""

from pathlib import Path

import pytest

from hub.errors import DeclarationError
from hub.paths import Project
from hub.spec import Registry
from hub.spec.reported import read_reported, reported_file

REPOSITORY = Path(__file__).parents[3]
NUMBER = "{task: goemotions, model: BERT, metric: macro_f1, value: 0.46, source: a paper, confidence: reported, comparable: true}"


def write(root: Path, numbers: str) -> None:
    reported_file(root).parent.mkdir(parents=True, exist_ok=True)
    reported_file(root).write_text(f"numbers: [{numbers}]\n")


def test_a_number_is_read(tmp_path: Path) -> None:
    write(tmp_path, NUMBER)
    assert read_reported(tmp_path)[0].value == 0.46


def test_a_project_without_the_file_has_none(tmp_path: Path) -> None:
    assert read_reported(tmp_path) == ()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("confidence: reported", "confidence: certain", "reported, second-hand"),
        ("comparable: true", "comparable: false", "note"),
        ("source: a paper, ", "", "'numbers.0.source' is missing"),
        ("value: 0.46", "value: high", "value"),
    ],
)
def test_a_mistake_is_one_clear_error(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    write(tmp_path, NUMBER.replace(old, new))
    with pytest.raises(DeclarationError, match=complaint):
        read_reported(tmp_path)


def test_ours_name_tasks_that_exist_and_only_abstracts_count_as_reported() -> None:
    numbers = read_reported(REPOSITORY)
    tasks = set(Registry(Project(REPOSITORY)).files("task"))
    assert {number.task for number in numbers} <= tasks
    assert all("abstract" in number.source for number in numbers if number.confidence == "reported")
