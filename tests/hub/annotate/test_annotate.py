"""From a published folder to questions, and from answers to a report."""

import csv
import io
import json
from pathlib import Path

import pytest

from hub.annotate.annotate import export_sample, import_ratings, report
from hub.annotate.question import NONE, read_key, read_sample
from hub.annotate.rating_table import append
from hub.annotate.report import markdown
from hub.errors import EmohubError
from hub.paths import Project
from tests.support.annotation import EMOTIONS, PICTURE_EMOTIONS, publish_pictures, publish_texts, simulated

PIL = pytest.importorskip("PIL.Image", reason="pillow is not installed (pip install emohub[images])")


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_texts(tmp_path_factory.mktemp("published") / "feelings")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_pictures(tmp_path_factory.mktemp("published") / "pictures")


def exported(source: Path, out: Path, **options: object) -> Path:
    export_sample(Project(source.parent), source, out, **options)  # type: ignore[arg-type]
    return out


def test_a_sample_names_its_data_exactly_and_its_files_hold_no_answer(texts: Path, tmp_path: Path) -> None:
    out = exported(texts, tmp_path / "out", items=30)
    sample, key = read_sample(out / "questions.json"), read_key(out)
    assert (sample.dataset, sample.version, sample.configuration, sample.split) == ("feelings", "1.2.0", "plain", "test")
    assert sample.fingerprint == json.loads((texts / "MANIFEST.json").read_text())["fingerprint"]
    assert len(sample.items) == len(key) == 30
    for_raters = [path for path in out.rglob("*") if path.is_file() and path.name != "key.csv"]
    assert {path.name for path in for_raters} == {"questions.json", "questions.csv", "emotions.json", "emotions.xml"}
    for path in for_raters:
        text = path.read_text(encoding="utf-8")
        assert not any(truth.row_id in text for truth in key.values())
        assert "expressiveness" not in text and "requested" not in text
        assert str(tmp_path) not in text and str(texts) not in text


def test_the_same_seed_writes_the_same_bytes_and_another_seed_other_items(texts: Path, tmp_path: Path) -> None:
    first, second, other = (exported(texts, tmp_path / name, items=20, seed=seed) for name, seed in (("a", 0), ("b", 0), ("c", 1)))
    for path in first.rglob("*.*"):
        if path.is_file():
            assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()
    ids = [{item.item_id for item in read_sample(out / "questions.json").items} for out in (first, other)]
    assert not ids[0] & ids[1]


def test_the_strongest_label_stands_first_and_what_was_asked_for_is_no_distractor(texts: Path, tmp_path: Path) -> None:
    out = exported(texts, tmp_path / "out", items=40)
    sample = read_sample(out / "questions.json")
    for (item_id, question), truth in read_key(out).items():
        emotion = truth.row_id.partition("/")[0]
        assert truth.labels[0] == truth.stratum == emotion
        requested = EMOTIONS[(EMOTIONS.index(emotion) + 1) % len(EMOTIONS)]
        assert requested in truth.labels or requested not in sample.by_place[item_id, question].options


def test_rewritten_utterances_are_compared_only_after_all_have_been_judged(texts: Path, tmp_path: Path) -> None:
    out = exported(texts, tmp_path / "out", configuration="rewritten", items=40)
    sample, key = read_sample(out / "questions.json"), read_key(out)
    asked = [item.question for item in sample.items]
    assert asked == sorted(asked)
    compared = sample.of("more_emotional")
    assert 0 < len(compared) < 40, "rows whose utterance was not changed are not compared"
    sides = {key[item.item_id, "more_emotional"].labels[0] for item in compared}
    assert sides == {"the first", "the second"}
    for item in compared:
        original = item.passages[0 if key[item.item_id, "more_emotional"].labels[0] == "the first" else 1]
        assert original.text.endswith("!")
    emotions = sample.of("emotions")[0]
    assert [passage.on_demand for passage in emotions.passages] == [False, True, True]


def test_pictures_lose_what_tells_their_label_and_keep_their_pixels(pictures: Path, tmp_path: Path) -> None:
    out = exported(pictures, tmp_path / "out", items=24)
    sample, key = read_sample(out / "questions.json"), read_key(out)
    assert all(item.options == PICTURE_EMOTIONS for item in sample.items)
    for item in sample.items:
        content = (out / str(item.image)).read_bytes()
        assert b"evokes" not in content
        number = int(key[item.item_id, "emotion"].row_id.partition("-")[2])
        assert PIL.open(io.BytesIO(content)).getpixel((3, 3)) == (number * 4, 40, 90)
    counted = [(truth.stratum, truth.style) for truth in key.values()]
    assert {counted.count(cell) for cell in set(counted)} == {2} and len(set(counted)) == 12


def test_a_dataset_without_class_labels_is_refused(tmp_path: Path) -> None:
    published = publish_pictures(tmp_path / "pictures", label=None)
    with pytest.raises(EmohubError, match="no column of class labels"):
        exported(published, tmp_path / "out", items=4)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"configuration": "plane"}, "did you mean 'plain'"),
        ({"split": "tset"}, "did you mean 'test'"),
        ({"items": 9999}, "ask for 1 to 120"),
        ({"items": 9, "distractors": 40}, "distractors cannot be drawn"),
    ],
)
def test_what_does_not_exist_is_named(texts: Path, tmp_path: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(EmohubError, match=message):
        exported(texts, tmp_path / "out", **options)


def test_data_that_is_not_what_the_manifest_says_is_refused(tmp_path: Path) -> None:
    published = publish_texts(tmp_path / "feelings", rows=30)
    publish_texts(tmp_path / "other", rows=31)
    (tmp_path / "other" / "plain" / "test-00000-of-00001.parquet").replace(published / "plain" / "test-00000-of-00001.parquet")
    with pytest.raises(EmohubError, match="other bytes than MANIFEST.json says"):
        exported(published, tmp_path / "out", items=4)


def test_a_folder_that_holds_something_is_never_written_over(texts: Path, tmp_path: Path) -> None:
    exported(texts, tmp_path / "out", items=5)
    with pytest.raises(EmohubError, match="is there already"):
        exported(texts, tmp_path / "out", items=5)


def test_three_simulated_raters_make_a_report_in_which_every_number_has_its_n(texts: Path, tmp_path: Path) -> None:
    out = exported(texts, tmp_path / "out", items=60)
    sample, key = read_sample(out / "questions.json"), read_key(out)
    for seed, rater in enumerate(("simulated-1", "simulated-2", "simulated-3")):
        for rating in simulated(sample, key, rater, seed, error=0.2)[: 60 - 5 * seed]:
            append(out, rating)
    found = report(out)
    judgement = found.judgements[0]
    assert (judgement.raters, judgement.items, judgement.answers, judgement.missing) == (3, 60, 165, 15)
    right = judgement.with_labels[0]
    assert right.value == pytest.approx(0.8 + 0.2 / 7, abs=0.08)
    assert right.low is not None and right.high is not None and right.low < right.value < right.high
    assert right.chance == pytest.approx(1 / 7)
    assert (right.items, right.answers) == (60, 165)
    assert 0.4 < (judgement.between_raters[0].value or 0) < 0.9
    assert [one.items for one in judgement.by_pair] == [55, 50, 50]
    assert sum(one.answers for one in judgement.by_class) == 165
    assert all(one.low is None and "no interval" in one.verdict for one in judgement.by_class if one.items < 10)
    written = (out / "report.md").read_text(encoding="utf-8")
    assert written == markdown(found)
    assert "3 raters, 60 items" in written and "data " + sample.fingerprint[:16] in written
    assert json.loads((out / "report.json").read_text())["judgements"][0]["answers"] == 165


def test_raters_who_guess_are_not_told_from_chance(pictures: Path, tmp_path: Path) -> None:
    out = exported(pictures, tmp_path / "out", items=60)
    sample, key = read_sample(out / "questions.json"), read_key(out)
    for seed, rater in enumerate(("simulated-1", "simulated-2")):
        for rating in simulated(sample, key, rater, seed, error=1):
            append(out, rating)
    judgement = report(out).judgements[0]
    assert judgement.between_raters[0].verdict in ("cannot be told from chance", "too wide to tell anything, chance included")
    assert judgement.with_labels[0].verdict == "cannot be told from chance"
    assert judgement.with_labels[0].chance == 0.25


def test_raters_who_all_choose_the_label_agree_in_full(pictures: Path, tmp_path: Path) -> None:
    out = exported(pictures, tmp_path / "out", items=20)
    sample, key = read_sample(out / "questions.json"), read_key(out)
    for rater in ("simulated-1", "simulated-2"):
        for rating in simulated(sample, key, rater, 0, error=0):
            append(out, rating)
    judgement = report(out).judgements[0]
    measures = (*judgement.between_raters, *judgement.with_labels)
    assert [one.value for one in measures] == [1, 1, 1, 1]
    assert all(one.low is None and "all items alike" in one.verdict for one in measures), "a bootstrap would call a lucky sample certain"


def test_one_rater_has_no_agreement_with_others(texts: Path, tmp_path: Path) -> None:
    out = exported(texts, tmp_path / "out", items=12)
    sample = read_sample(out / "questions.json")
    for rating in simulated(sample, read_key(out), "simulated-1", 0, error=0.5):
        append(out, rating)
    judgement = report(out).judgements[0]
    assert all(one.value is None for one in judgement.between_raters)
    assert "needs two" in (out / "report.md").read_text()


def test_a_report_needs_answers(texts: Path, tmp_path: Path) -> None:
    out = exported(texts, tmp_path / "out", items=5)
    with pytest.raises(EmohubError, match="no answers yet"):
        report(out)


def test_the_spreadsheet_comes_back_as_it_was_filled_in(texts: Path, tmp_path: Path) -> None:
    out = exported(texts, tmp_path / "out", items=6)
    with (out / "questions.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines[:4]:
        line |= {"rater_id": "simulated-1", "value": line["options"].split("|")[0]}
    lines[4] |= {"rater_id": "simulated-1", "value": "bliss"}
    filled = tmp_path / "filled.csv"
    with filled.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    taken = import_ratings(out, filled)
    assert (taken.new, taken.replaced, taken.known) == (4, 0, 0)
    assert taken.problems.lines() == [f"1 left out: a choice that the item does not offer ({lines[4]['item_id']})"]
    assert (import_ratings(out, filled).new, import_ratings(out, filled).known) == (0, 4)
    assert NONE not in lines[0]["options"].split("|")[0]
