"""What others send is checked, kept apart from our own runs, and shown as theirs."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from hub.errors import EmohubError
from hub.paths import Project
from hub.results import read_results, write_record
from hub.results.board import write_board
from hub.results.board.reading import read_overview
from hub.results.exchange.importing import ImportOutcome, import_results
from hub.results.exports import print_table, rows_to_csv
from hub.results.imported import imported_folder, read_imported
from hub.results.table import Row, leaderboard_rows
from hub.spec import Registry
from tests.support.exchange import declared_project, foreign
from tests.support.records import make_metrics, make_record, make_unavailable

Send = Callable[..., ImportOutcome]


@pytest.fixture
def declared(tmp_path: Path) -> tuple[Project, Registry]:
    return declared_project(tmp_path / "project")


@pytest.fixture
def send(declared: tuple[Project, Registry], tmp_path: Path) -> Send:
    """Writes a file and imports it."""

    def send(content: object, name: str = "sent.json", by: str | None = "Ada L.") -> ImportOutcome:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return import_results(*declared, path, by)

    return send


def own(**changes: Any) -> dict[str, Any]:
    return make_record(**changes).model_dump(mode="json")


def changed(value: Any, place: tuple[str | int, ...], new: object) -> Any:
    """The same JSON values with another one at one place."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = new
    return copy


def test_a_run_record_is_kept_under_its_sender_apart_from_our_runs(send: Send, declared: tuple[Project, Registry]) -> None:
    project, _ = declared
    record = make_record(seed=3, predictions="predictions/local/goemotions/minilm/3.parquet")
    outcome = send(record.model_dump(mode="json"))
    assert [path.relative_to(project.root).as_posix() for path in outcome.accepted] == ["results/imported/ada-l/goemotions/minilm/local-3.json"]
    (kept,) = read_imported(project).results
    assert (kept.submitted_by, kept.format, kept.origin) == ("Ada L.", "run record", "sent.json")
    assert kept.record == record.model_copy(update={"predictions": None}), "its predictions would be looked for among ours"
    assert read_results(project).records == ()


def test_lists_lines_and_folders_are_taken_in_record_by_record(send: Send, declared: tuple[Project, Registry], tmp_path: Path) -> None:
    assert len(send([own(seed=0), own(seed=1)]).accepted) == 2
    lines = "\n".join(json.dumps(own(seed=seed)) for seed in (2, 3))
    assert len(send(lines.encode(), "sent.jsonl").accepted) == 2
    folder = tmp_path / "folder" / "inner"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps(own(seed=4)))
    (folder / "b_samples.jsonl").write_text("not a result")
    assert len(import_results(*declared, tmp_path / "folder").accepted) == 1


def test_a_broken_one_is_listed_with_its_reason_and_the_others_are_taken_in(send: Send) -> None:
    outcome = send([own(seed=0), {"main_metric": "macro_f1"}, 7, own(task="unknown"), own(seed=1)])
    assert len(outcome.accepted) == 2
    assert [refusal.place for refusal in outcome.refused] == [f"sent.json, record {number}" for number in (2, 3, 4)]
    assert outcome.lines()[-1] == "2 imported, 0 already there, 3 refused"


def test_the_same_again_is_free_and_another_of_the_same_name_is_refused_with_what_differs(send: Send, declared: tuple[Project, Registry]) -> None:
    (path,) = send(own()).accepted
    before = path.read_bytes()
    again = send([own()], "other.json")
    assert (again.accepted, again.already_there) == ((), (path,))
    other = send(own(metrics=make_metrics(0.47)))
    assert "metrics.macro_f1.value is 0.46 there and 0.47 here" in other.refused[0].reason
    assert path.read_bytes() == before
    assert len(send(own(metrics=make_metrics(0.47)), by="Somebody else").accepted) == 1


@pytest.mark.parametrize(
    ("place", "value", "complaint"),
    [
        (("task",), "goemotion", "did you mean 'goemotions'"),
        (("task",), "../../etc", "task"),
        (("model",), "../minilm", "model"),
        (("profile",), "a/b", "profile"),
        (("main_metric",), "micro_f1", "scored by 'macro_f1'"),
        (("metrics", "macro_f1", "value"), 46.0, "between 0 and 1"),
        (("metrics", "macro_f1", "low"), 0.9, "above the upper one"),
        (("metrics", "macro_f1", "low"), None, "two bounds"),
        (("metrics", "macro_f1", "replicates"), [0.1, 7], "between 0 and 1"),
        (("metrics", "ssim"), {"value": 0.5}, "no metric of goemotions"),
        (("command",), "x" * 3000, "command"),
        (("surprise",), 1, "surprise"),
        (("seed",), -1, "seed"),
        (("settings",), {"a": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}, "nested"),
    ],
)
def test_a_hostile_run_record_is_refused_by_naming_what_is_wrong(send: Send, place: tuple[str, ...], value: object, complaint: str) -> None:
    outcome = send(changed(own(), place, value))
    assert not outcome.accepted
    assert complaint in outcome.refused[0].reason


RESULT = ("evaluation_results", 0)


@pytest.mark.parametrize(
    ("place", "value", "complaint"),
    [
        (("schema_version",), "0.3.0", "0.2.1 is read here"),
        (("model_info",), {"name": "x"}, "model_info"),
        (("model_info", "id"), "模型", "no letter from a to z"),
        ((*RESULT, "evaluation_name"), "mmlu/macro_f1", "no task 'mmlu'"),
        ((*RESULT, "evaluation_name"), "goemotions/wer", "'wer' is no metric"),
        ((*RESULT, "evaluation_name"), "goemotions", "scored twice"),
        ((*RESULT, "metric_config", "lower_is_better"), True, "points"),
        ((*RESULT, "metric_config", "max_score"), 100.0, "on a scale"),
        ((*RESULT, "score_details", "score"), 46.0, "between 0 and 1"),
        ((*RESULT, "score_details", "score"), 10**400, "score"),
        ((*RESULT, "score_details", "details", "seed"), "1e3", "no seed"),
        ((*RESULT, "source_data", "dataset_name"), "other", "different data"),
        (("evaluation_results",), [], "there are none"),
    ],
)
def test_a_hostile_every_eval_ever_record_is_refused_by_naming_what_is_wrong(
    send: Send, declared: tuple[Project, Registry], place: tuple[str | int, ...], value: object, complaint: str
) -> None:
    log = changed(foreign(declared[1], make_record()), place, value)
    if complaint == "scored twice":
        log["evaluation_results"][0]["metric_config"]["additional_details"]["metric"] = "micro_f1"
    outcome = send(log)
    assert not outcome.accepted
    assert complaint in outcome.refused[0].reason


def test_a_task_may_be_named_apart_from_its_metric(send: Send, declared: tuple[Project, Registry]) -> None:
    log = changed(foreign(declared[1], make_record()), (*RESULT, "evaluation_name"), "goemotions")
    assert len(send(log).accepted) == 1


def test_an_interval_that_is_not_a_95_percent_one_is_left_out_and_said_to_be(send: Send, declared: tuple[Project, Registry]) -> None:
    log = foreign(declared[1], make_record())
    send(changed(log, (*RESULT, "score_details", "uncertainty", "confidence_interval", "confidence_level"), 0.9))
    (kept,) = read_imported(declared[0]).results
    assert (kept.record.metrics["macro_f1"].low, kept.record.interval_method) == (None, None)
    (row,) = [row for row in rows_of(declared[0]) if row.status == "imported"]
    assert "not given as 95 % ones were left out" in str(row.note)


def test_several_seeds_in_one_every_eval_ever_record_are_several_results(send: Send, declared: tuple[Project, Registry]) -> None:
    logs = [foreign(declared[1], make_record(seed=seed)) for seed in (0, 1)]
    logs[0]["evaluation_results"] += logs[1]["evaluation_results"]
    assert sorted(path.name for path in send(logs[0]).accepted) == ["local-0.json", "local-1.json"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[]", b"NaN", b"[" * 5000, b'{"main_metric": 1e999}', json.dumps(make_unavailable().model_dump(mode="json")).encode()]
)
def test_what_is_no_result_is_one_refusal(send: Send, content: bytes) -> None:
    outcome = send(content)
    assert (outcome.accepted, len(outcome.refused)) == ((), 1)


def test_a_file_that_is_not_there_and_a_sender_without_a_name_are_errors(declared: tuple[Project, Registry], tmp_path: Path, send: Send) -> None:
    with pytest.raises(EmohubError, match="no such file"):
        import_results(*declared, tmp_path / "absent.json")
    with pytest.raises(EmohubError, match="no letter"):
        send(own(), by="../..")
    with pytest.raises(EmohubError, match="longer than 200"):
        send(own(), by="x" * 300)


def test_a_file_that_is_too_large_is_not_read(declared: tuple[Project, Registry], tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(64_000_001)
    assert "larger than" in import_results(*declared, path).refused[0].reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["main_metric", "evaluation_results", "schema_version", "task", "x"]), inner),
    max_leaves=15,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()), st.none() | st.text(max_size=30))
def test_no_content_and_no_sender_raises_anything_but_our_own_error(send: Send, content: bytes, by: str | None) -> None:
    try:
        outcome = send(content, by=by)
    except EmohubError:
        return
    assert outcome.accepted == ()


def places(value: Any, before: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where a JSON value can be changed."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, one in inner for place in [(*before, key), *places(one, (*before, key))]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_record_with_anything_at_any_place_is_taken_in_or_refused(send: Send, declared: tuple[Project, Registry], data: st.DataObject) -> None:
    value = data.draw(st.sampled_from([own(), foreign(declared[1], make_record())]))
    hostile = changed(value, data.draw(st.sampled_from(places(value))), data.draw(JSON))
    outcome = send(hostile)
    assert len(outcome.accepted) + len(outcome.already_there) + len(outcome.refused) == 1
    for path in outcome.accepted:
        assert imported_folder(declared[0]) in path.resolve().parents
    assert read_imported(declared[0]).broken == ()
    for path in outcome.accepted:
        path.unlink()


def rows_of(project: Project) -> tuple[Row, ...]:
    return leaderboard_rows(read_results(project), imported=read_imported(project).results)


def test_imported_lines_are_never_ranked_and_say_whether_they_can_be_compared(send: Send, declared: tuple[Project, Registry]) -> None:
    project, _ = declared
    write_record(project.runs, make_record())
    better = make_metrics(0.9)
    data = make_record().data
    send([own(metrics=better, seed=seed) for seed in (0, 1)])
    send(own(metrics=better, model="tfidf_logreg", data=data.model_copy(update={"fingerprint": "0" * 64})))
    send(own(metrics=better, model="emo_pillars", data=data.model_copy(update={"fingerprint": None})))
    ours, *others = sorted(rows_of(project), key=lambda row: (row.status != "measured", row.model))
    assert (ours.status, ours.rank) == ("measured", 1)
    assert {row.model: (row.status, row.rank, row.profile, row.comparable, row.seeds) for row in others} == {
        "minilm": ("imported", None, None, True, (0, 1)),
        "tfidf_logreg": ("imported", None, None, False, (0,)),
        "emo_pillars": ("imported", None, None, False, (0,)),
    }
    assert {row.submitted_by for row in others} == {"Ada L."}
    (line, *_) = [line for line in csv.DictReader(io.StringIO(rows_to_csv(others))) if line["model"] == "tfidf_logreg"]
    assert (line["status"], line["submitted_by"], line["comparable"], line["note"]) == (
        "imported",
        "Ada L.",
        "False",
        "tested on other data than the runs here",
    )
    text = io.StringIO()
    print_table(rows_of(project), Console(file=text))
    assert "goemotions · sent in by others, not measured here and not ranked" in text.getvalue()


def test_html_and_markup_of_a_sender_stay_text(send: Send, declared: tuple[Project, Registry]) -> None:
    log = changed(foreign(declared[1], make_record()), ("model_info", "name"), "<script>x</script>[bold]\x1b[2J=1+1")
    assert len(send(log, by="=HYPERLINK(1)").accepted) == 1
    text = io.StringIO()
    rows = rows_of(declared[0])
    print_table(rows, Console(file=text))
    assert "\x1b" not in text.getvalue()
    assert "[bold]" in text.getvalue()
    (line,) = csv.DictReader(io.StringIO(rows_to_csv(rows)))
    assert line["submitted_by"].startswith("'=")


def test_the_board_files_hold_them_and_list_what_is_broken(send: Send, declared: tuple[Project, Registry]) -> None:
    project, registry = declared
    (path,) = send(own()).accepted
    (path.parent / "local-9.json").write_bytes(path.read_bytes())
    (path.parent / "broken.json").write_text("{")
    rows = write_board(project, registry)
    assert [row.submitted_by for row in rows if row.status == "imported"] == ["Ada L."]
    assert {one.place for one in read_overview(project).broken} == {f"imported/ada-l/goemotions/minilm/{name}.json" for name in ("broken", "local-9")}
    assert json.loads((project.board / "metrics.json").read_text(encoding="utf-8")) == {}
