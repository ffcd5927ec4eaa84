"""`emohub doctor`: every check says what is sound and what is broken, none takes the others down, and no secret is shown."""

import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer.testing

import hub.cli.doctor
from hub.cli.common import app
from hub.doctor import Finding, Subject, declared, engines, environment, examine, gpu, lines, room, stores
from hub.doctor.finding import Check
from hub.durable.lock import locked
from hub.durable.quarantine import quarantine
from hub.errors import EmohubError
from hub.graph import write_graph
from hub.live_state import process_start
from hub.paths import Project
from hub.spec import Registry
from tests.support.examined import AUTHORED, SECRET, endpoint, found, profile, program, subject

# Environment


def test_this_python_is_one_that_is_supported_and_an_old_one_is_not(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(environment.python, subject(project))[0] == ["ok"]
    monkeypatch.setattr(sys, "version_info", (3, 9, 0))
    levels, words = found(environment.python, subject(project))
    assert levels == ["problem"]
    assert "make PYTHON=" in words


def test_packages_are_compared_with_the_ranges_that_are_declared() -> None:
    declaration = {"dependencies": ["pyyaml>=6,<7"], "optional-dependencies": {"old": ["numpy<1"], "absent": ["no-such-package-of-ours"], "vllm": ["vllm==0"]}}
    findings = list(environment.compare_packages(declaration))
    assert [(one.level, "extra" in one.what) for one in findings] == [("problem", True), ("note", True), ("ok", False)]
    assert "is outside <1" in findings[0].what
    assert "'.[absent]'" in findings[1].advice
    assert findings[2].what.endswith("core")
    (missing,) = environment.compare_packages({"dependencies": ["no-such-package-of-ours"]})
    assert missing.level == "problem"


def test_missing_system_libraries_are_named_with_the_package_that_has_them(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(environment, "_SKIA", {"libno-such.so.9": "libno-such9"})
    levels, words = found(environment.system_libraries, subject(project))
    assert (levels, "apt-get install libno-such9" in words) == (["problem"], True)
    monkeypatch.setattr(environment, "_SKIA", {})
    assert found(environment.system_libraries, subject(project))[0] == ["ok"]


def test_git_is_looked_for_on_the_path(project: Project, tmp_path: Path) -> None:
    program(tmp_path / "bin", "git", "echo git version 9.9")
    assert "git version 9.9" in found(environment.programs, subject(project, PATH=str(tmp_path / "bin")))[1]
    levels, words = found(environment.programs, subject(project, PATH="/nowhere"))
    assert "git is not there" in words
    assert "problem" in levels


# Declarations


def test_a_broken_declaration_is_a_problem_and_what_needs_it_is_not_examined(project: Project) -> None:
    (project.root / "profiles" / "local.yaml").write_text("name: local\nnonsense: 1\n")
    examined = {one.check: one.findings for one in examine(subject(project), [*declared.DECLARED, *engines.ENGINES])}
    assert examined["declarations"][0].level == "problem"
    assert all(one.level == "note" and one.what.startswith("not examined") for one in examined["tokens"])


def test_a_stale_graph_is_a_problem_with_the_command_that_mends_it(project: Project) -> None:
    write_graph(project, Registry(project), "local")
    assert found(declared.declarations, subject(project))[0] == ["ok"]
    (project.root / "graph.yaml").write_text("datasets: []\n")
    levels, words = found(declared.declarations, subject(project))
    assert levels == ["problem"]
    assert "run `emohub graph`" in words


def test_data_that_is_said_to_be_somewhere_has_to_be_there(project: Project, tmp_path: Path) -> None:
    levels, words = found(declared.task_data, subject(project, EMOHUB_DATA_GOEMOTIONS=str(tmp_path / "absent")))
    assert "problem" in levels
    assert "EMOHUB_DATA_GOEMOTIONS" in words
    (tmp_path / "here").mkdir()
    levels, words = found(declared.task_data, subject(project, EMOHUB_DATA_GOEMOTIONS=str(tmp_path / "here")))
    assert "problem" not in levels
    assert "1 external data sets are where they are said to be" in words


# Stores


def store(path: Path, answers: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE answers (key TEXT PRIMARY KEY, text TEXT)")
        database.executemany("INSERT INTO answers VALUES (?, ?)", [(str(number), "x" * 500) for number in range(answers)])
    database.close()


def test_sound_stores_are_counted_and_damaged_ones_are_problems(project: Project) -> None:
    folder = project.work / "stores" / "d"
    assert found(stores.stores, subject(project))[0] == ["ok"]
    store(folder / "sound.sqlite", 40)
    assert "1 answer stores with 40 answers" in found(stores.stores, subject(project))[1]
    (folder / "none.sqlite").write_bytes(b"no database at all" * 100)
    store(folder / "torn.sqlite", 400)
    data = bytearray((folder / "torn.sqlite").read_bytes())
    data[4096 : len(data) - 4096] = os.urandom(len(data) - 8192)
    (folder / "torn.sqlite").write_bytes(data)
    before = sorted(path.name for path in folder.iterdir())
    levels, words = found(stores.stores, subject(project))
    assert levels == ["problem", "problem", "ok"]
    assert "none.sqlite" in words
    assert "torn.sqlite" in words
    assert sorted(path.name for path in folder.iterdir()) == before


def test_parts_that_wait_are_named_with_the_command_that_merges_them(project: Project) -> None:
    assert found(stores.parts, subject(project))[0] == ["ok"]
    store(project.work / "stores" / "emo_pillars" / "parts" / "abc.7.sqlite", 1)
    levels, words = found(stores.parts, subject(project))
    assert levels == ["note"]
    assert "`emohub run generate emo_pillars`" in words


def test_what_is_in_quarantine_is_shown_with_its_reason(project: Project) -> None:
    assert found(stores.quarantine, subject(project))[0] == ["ok"]
    broken = project.work / "stores" / "d" / "x.sqlite"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"?")
    quarantine(broken, "its checksum is wrong")
    levels, words = found(stores.quarantine, subject(project))
    assert levels == ["note"]
    assert "its checksum is wrong" in words


def test_a_held_lock_names_its_owner_and_one_left_behind_is_only_a_note(project: Project) -> None:
    path = project.work / "locks" / "generate-d.lock"
    path.parent.mkdir(parents=True)
    assert found(stores.locks, subject(project))[0] == ["ok"]
    with locked(path, "generating d"):
        levels, words = found(stores.locks, subject(project))
        owner = json.loads(path.with_name(f"{path.name}.owner").read_text())
    assert levels == ["ok"]
    assert f"process {os.getpid()} is generating d" in words
    path.with_name(f"{path.name}.owner").write_text(json.dumps(owner | {"process_start": "1"}))
    levels, words = found(stores.locks, subject(project))
    assert levels == ["note"]
    assert "the next run takes it over" in words
    path.with_name(f"{path.name}.owner").write_text("{")
    assert found(stores.locks, subject(project))[0] == ["note"]


def test_live_files_of_dead_processes_are_told_from_those_of_living_ones(project: Project) -> None:
    folder = project.work / "live"
    folder.mkdir(parents=True)
    (folder / "1.json").write_text(json.dumps({"pid": os.getpid(), "process_start": process_start(os.getpid())}))
    assert found(stores.live_files, subject(project))[0] == ["ok"]
    (folder / "2.json").write_text(json.dumps({"pid": os.getpid(), "process_start": "an earlier one"}))
    (folder / "3.json").write_text("[" * 100_000)
    levels, words = found(stores.live_files, subject(project))
    assert levels == ["note", "ok"]
    assert "2 processes were ended" in words


# Room


def test_caches_are_added_up(project: Project) -> None:
    assert "nothing is kept" in found(room.caches, subject(project))[1]
    (project.work / "pixels").mkdir(parents=True)
    (project.work / "pixels" / "a").write_bytes(bytes(3_000_000))
    assert ".emohub/pixels 3.0 MB" in found(room.caches, subject(project))[1]


def test_too_little_room_is_a_problem(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 0, 10**12))  # type: ignore[attr-defined]
    assert found(room.disk_space, subject(project))[0] == ["ok"] * 3
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 0, 10**9))  # type: ignore[attr-defined]
    levels, words = found(room.disk_space, subject(project))
    assert levels == ["problem", "problem", "ok"]
    assert "TMPDIR" in words


def test_a_clock_that_is_behind_the_files_is_a_problem(project: Project) -> None:
    assert found(room.clock, subject(project))[0] == ["ok"]
    later = time.time() + 7_200
    os.utime(project.root / "dvc.yaml", (later, later))
    levels, words = found(room.clock, subject(project))
    assert levels == ["problem"]
    assert "2.0 hours" in words


def test_a_file_system_without_locks_or_without_writing_is_a_problem(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(room.file_system, subject(project))[0] == ["ok"]
    assert not list(project.root.glob(".doctor-*"))
    with monkeypatch.context() as patched:
        patched.setattr(room.fcntl, "flock", lambda *_: None)
        assert "no locks between processes" in found(room.file_system, subject(project))[1]
    missing = Subject(Project(project.root / "absent"), None, {})
    levels, words = found(room.file_system, missing)
    assert levels == ["problem"]
    assert "cannot be written" in words


# GPU


def test_without_a_driver_everything_runs_on_the_cpu_and_vllm_on_several_gpus_does_not(project: Project) -> None:
    assert found(gpu.gpu, subject(project, PATH="/nowhere"))[0] == ["note"]
    engine = {"kind": "vllm", "model": "m/m", "data_parallel": 4}
    profile(project, {"emo_pillars": AUTHORED | {"engine": engine}})
    levels, words = found(gpu.gpu, subject(project, PATH="/nowhere"))
    assert levels == ["note", "problem"]
    assert "4 vLLM servers" in words


def test_a_driver_that_fails_is_a_problem(project: Project, tmp_path: Path) -> None:
    program(tmp_path / "bin", "nvidia-smi", "exit 9")
    levels, words = found(gpu.gpu, subject(project, PATH=f"{tmp_path / 'bin'}:/bin"))
    assert levels == ["problem"]
    assert "nvidia-smi fails" in words


def test_what_nvidia_smi_says_is_read_line_by_line() -> None:
    said = "NVIDIA H100 80GB HBM3, 570.86.15, 81559, 81000\nNVIDIA H100 80GB HBM3, 570.86.15, 81559, [N/A]\nnoise\n"
    assert [(one.driver, one.memory, one.free) for one in gpu.parse(said)] == [("570.86.15", 81559, 81000), ("570.86.15", 81559, 0)]


# The whole


def failing(error: Exception) -> Check:
    def check(_: Subject) -> list[Finding]:
        raise error

    return check


def test_a_check_that_fails_is_a_finding_and_the_others_go_on(project: Project) -> None:
    fine: Callable[[Subject], list[Finding]] = lambda _: [Finding("ok", "fine")]  # noqa: E731
    checks = [("bug", failing(ZeroDivisionError("by zero"))), ("declared", failing(EmohubError("broken"))), ("fine", fine)]
    examined = examine(subject(project), checks)
    assert [one.findings[0].level for one in examined] == ["problem", "note", "ok"]
    assert "ZeroDivisionError" in examined[0].findings[0].what


def test_lines_have_colour_only_when_asked_and_end_with_the_count(project: Project) -> None:
    examined = examine(subject(project), [("one", lambda _: [Finding("problem", "a", "b"), Finding("note", "c")])])
    plain, coloured = lines(examined, False), lines(examined, True)
    assert plain == ["problem  one  a: b", "note     one  c", "1 problem, 1 note, 1 checks"]
    assert all("\x1b[" in line for line in coloured[:2])
    assert "\x1b" not in "".join(plain)


def test_the_command_prints_lines_or_json_and_its_code_says_whether_there_are_problems(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub.cli.doctor
    for name in ("HF_TOKEN", "MY_KEY"):
        monkeypatch.setenv(name, SECRET)
    profile(project, {"emo_pillars": endpoint("http://127.0.0.1:9/v1")})
    run = typer.testing.CliRunner()
    result = run.invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    written = json.loads(result.stdout)
    assert {one["check"] for one in written} >= {"python", "stores", "disk", "GPU", "tokens", "scale"}
    plain = run.invoke(app, ["doctor"])
    assert "cannot be reached" in plain.stdout
    assert "the check itself failed" not in plain.stdout
    assert SECRET[:8] not in result.stdout + plain.stdout


def test_the_command_ends_with_0_where_there_is_no_problem(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.doctor.examine", lambda subject: examine(subject, (("fine", lambda _: [Finding("note", "worth knowing")]),)))
    assert typer.testing.CliRunner().invoke(app, ["doctor"]).exit_code == 0
