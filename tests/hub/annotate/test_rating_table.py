"""The tidy table: kept line by line, the last answer counts, nothing untrue gets in."""

from pathlib import Path

import pytest

from hub.annotate.question import NONE, Item, Question, Sample
from hub.annotate.rating_table import Problems, Rating, append, checked, rater_of, read_ratings, read_table, standing
from hub.errors import EmohubError

SAMPLE = Sample(
    dataset="feelings",
    version="1.2.0",
    fingerprint="0" * 64,
    configuration="plain",
    split="test",
    seed=0,
    protocol="",
    questions=(Question(name="emotions", prompt="Which?", instructions="", most=2), Question(name="one", prompt="Which one?", instructions="", most=1)),
    items=tuple(Item(item_id=f"item-{number}", question="emotions", options=("joy", "fear", "awe", NONE)) for number in range(3)),
)


def rating(*value: str, item: str = "item-0", rater: str = "heron", question: str = "emotions", version: str = "1.2.0") -> Rating:
    return Rating(item, rater, question, value, 3.25, version)


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    for one in (rating("fear", "joy"), rating(NONE, item="item-1"), rating("awe", rater="owl")):
        append(tmp_path, one)
    found, problems = read_ratings(tmp_path, SAMPLE)
    assert [one.value for one in found] == [("joy", "fear"), (NONE,), ("awe",)]
    assert not problems.counts
    assert (tmp_path / "ratings" / "heron.csv").read_text().splitlines()[0] == "item_id,rater_id,question,value,seconds,version"


def test_the_last_answer_of_a_rater_counts(tmp_path: Path) -> None:
    for value in ("joy", "fear", "awe"):
        append(tmp_path, rating(value))
    found, _ = read_ratings(tmp_path, SAMPLE)
    assert [one.value for one in standing(found).values()] == [("awe",)]


def test_a_line_that_was_cut_off_costs_that_line_alone(tmp_path: Path) -> None:
    append(tmp_path, rating("joy"))
    path = tmp_path / "ratings" / "heron.csv"
    path.write_bytes(path.read_bytes() + b"item-1,her")
    append(tmp_path, rating("awe", item="item-2"))
    found, problems = read_ratings(tmp_path, SAMPLE)
    assert [one.item_id for one in found] == ["item-0", "item-2"]
    assert problems.lines() == ["1 left out: a line that is cut off (line 3)"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (rating("joy", item="item-9"), "an item that is not in this sample"),
        (rating("joy", question="one"), "a question that the item is not asked"),
        (rating("bliss"), "a choice that the item does not offer"),
        (rating("joy", "fear", "awe"), "more choices than the question allows"),
        (rating("joy", NONE), f"'{NONE}' together with another choice"),
        (rating(), "nothing was chosen"),
        (rating("joy", version="1.1.0"), "another version of the dataset than 1.2.0"),
    ],
)
def test_an_answer_that_fits_no_question_is_told_why(wrong: Rating, reason: str) -> None:
    assert checked(SAMPLE, wrong) == reason


@pytest.mark.parametrize("name", ["../key", "a b", "", "x" * 41, "me@example.org", "-x"])
def test_a_name_that_could_lead_elsewhere_names_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(EmohubError, match="cannot name a rater"):
        append(tmp_path, rating("joy", rater=name))
    assert list(tmp_path.iterdir()) == []


def test_an_address_becomes_a_pseudonym_that_is_always_the_same() -> None:
    assert rater_of("me@example.org") == rater_of("me@example.org") != rater_of("you@example.org")
    assert "example" not in rater_of("me@example.org")
    assert rater_of("heron-2") == "heron-2"


def test_a_table_without_a_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("item_id,question,value,version\nitem-0,emotions,joy,1.2.0\n")
    with pytest.raises(EmohubError, match="'rater_id' is missing"):
        read_table(path, Problems())


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(EmohubError, match="not a readable CSV file"):
        read_table(path, Problems())


def test_many_problems_are_counted_and_the_first_named() -> None:
    problems = Problems()
    for number in range(9):
        problems.add("a choice that the item does not offer", f"item-{number}")
    assert problems.lines() == ["9 left out: a choice that the item does not offer (item-0, item-1, item-2, item-3, item-4, …)"]
