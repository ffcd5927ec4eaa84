"""What a run said, kept beside the work: bounded, without secrets and ways to folders, and readable while it is written."""

import logging
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import console
from hub.paths import Project
from hub.results.running.run_log import LARGEST, log_file, logged, read_log_tail, redact
from tests.support.records import make_record
from tests.support.text_bench import make_bench

ROOT = Path("/srv/people/ada/emohub")
RECORD = make_record()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def file_of(project: Project) -> Path:
    return log_file(project, RECORD.profile, RECORD.task, RECORD.model, RECORD.seed)


def said(project: Project) -> list[str]:
    tail = read_log_tail(project, RECORD)
    assert tail is not None
    return [line[21:] for line in tail.lines]


def test_what_is_said_and_how_far_it_came_is_kept(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    with logged(file_of(project), project.root):
        console.say("two rows were dropped")
        with console.progress("training", 3) as tick:
            tick(3)
    console.say("after the end")
    assert said(project) == ["two rows were dropped", "training: 3/3 in 0s"]
    assert "two rows were dropped" in capsys.readouterr().err


def test_quiet_runs_leave_a_log_too(project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "QUIET", True)
    with logged(file_of(project), project.root):
        console.say("two rows were dropped")
        with console.progress("training", 3) as tick:
            tick(3)
    assert said(project) == ["two rows were dropped", "training: 3/3 in 0s"]
    assert capsys.readouterr() == ("", "")


def test_warnings_of_python_and_of_libraries_are_kept_and_still_shown(project: Project) -> None:
    proud = logging.getLogger("transformers")
    kept = proud.propagate
    proud.propagate = False
    try:
        with warnings.catch_warnings(record=True) as shown, logged(file_of(project), project.root):
            warnings.simplefilter("always")
            warnings.warn("this is old", DeprecationWarning, stacklevel=1)
            logging.getLogger("some.library").warning("no %s here", "GPU")
            proud.warning("weights are new")
            logging.getLogger("some.library").info("nothing to see")
    finally:
        proud.propagate = kept
    assert said(project) == ["DeprecationWarning: this is old", "some.library: no GPU here", "transformers: weights are new"]
    assert [str(one.message) for one in shown] == ["this is old"]
    assert not [handler for handler in logging.getLogger().handlers if type(handler).__module__ == "hub.results.running.run_log"]


def test_a_new_run_replaces_the_log_of_the_one_before(project: Project) -> None:
    for text in ("first", "second"):
        with logged(file_of(project), project.root):
            console.say(text)
    assert said(project) == ["second"]


def test_whoever_reads_meanwhile_sees_whole_lines(project: Project) -> None:
    with logged(file_of(project), project.root):
        console.say("one")
        assert said(project) == ["one"]
        console.say("two\nthree")
        assert said(project) == ["one", "two", "three"]


def test_a_long_log_keeps_its_later_part(project: Project) -> None:
    with logged(file_of(project), project.root):
        for number in range(900):
            console.say(f"{number} {'x' * 1000}")
    assert file_of(project).stat().st_size <= LARGEST
    tail = read_log_tail(project, RECORD, lines=10)
    assert tail is not None and tail.cut and len(tail.lines) == 10 and " 899 x" in tail.lines[-1]
    whole = read_log_tail(project, RECORD, lines=100_000)
    assert whole is not None and whole.cut and whole.lines[0] == "(earlier lines were left out)"


def test_a_log_says_of_which_record_it_is(project: Project) -> None:
    with logged(file_of(project), project.root) as log:
        unfinished = read_log_tail(project, RECORD)
        log.close(RECORD)
    mine = read_log_tail(project, RECORD)
    other = read_log_tail(project, RECORD.model_copy(update={"finished": datetime(2026, 1, 1, tzinfo=UTC)}))
    assert (unfinished and unfinished.of_this_run, mine and mine.of_this_run, other and other.of_this_run) == (False, True, False)


def test_a_run_that_was_made_elsewhere_has_none(project: Project) -> None:
    assert read_log_tail(project, RECORD) is None


def test_a_strangers_log_is_bounded_and_printable(project: Project) -> None:
    path = file_of(project)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x1b[31mred\x00\xff\n" + b"y" * 3_000_000 + b"\nlast hf_" + b"A" * 34 + b" /etc/ssl/private/key.pem\n")
    tail = read_log_tail(project, RECORD)
    assert tail is not None and tail.cut and len("".join(tail.lines)) < LARGEST
    assert tail.lines[-1] == "last (withheld) …/key.pem" and all(line.isprintable() for line in tail.lines)


def test_redaction_takes_out_ways_and_secrets_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "a-token-of-mine")
    for text, shown in {
        f"read {ROOT}/data/raw/emo8": "read data/raw/emo8",
        "read /home/ada/goemotions/train.tsv: 3 rows": "read …/train.tsv: 3 rows",
        r"read C:\Users\ada\data\train.tsv": "read …/train.tsv",
        "sent a-token-of-mine": "sent (withheld)",
        "api_key=abcdef123456, next": "api_key=(withheld), next",
        "https://ada:secret@example.org/x": "https://example.org/x",
        "training: 1,500/1,500 in 3s, 4 tokens: 12": "training: 1,500/1,500 in 3s, 4 tokens: 12",
        "goemotions × minilm, seed 0: macro_f1 0.46 [0.44, 0.47]": "goemotions × minilm, seed 0: macro_f1 0.46 [0.44, 0.47]",
    }.items():
        assert redact(text, ROOT) == shown


@given(st.text(alphabet="ab/ .:-\n", max_size=60))
def test_no_way_into_the_project_survives(text: str) -> None:
    assert str(ROOT) not in redact(f"{text}{ROOT}/{text} {ROOT}{text}", ROOT)


def test_a_bench_leaves_a_log_a_seed(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    records = bench.run("target", "spy")
    for record in records:
        tail = read_log_tail(bench.project, record)
        assert tail is not None and tail.of_this_run and f"seed {record.seed}: macro_f1" in "\n".join(tail.lines)
        assert "emohub bench target spy --profile tiny" in tail.lines[0] and str(tmp_path) not in "\n".join(tail.lines)
    before = log_file(bench.project, "tiny", "target", "spy", 0).read_bytes()
    bench.run("target", "spy")
    assert log_file(bench.project, "tiny", "target", "spy", 0).read_bytes() == before, "a seed that is taken from the work folder says nothing new"
