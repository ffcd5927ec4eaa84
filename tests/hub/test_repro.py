"""How `emohub repro` listens to DVC."""

import subprocess
import time

from hub.repro import _lines_of


def test_a_helper_that_outlives_a_killed_stage_does_not_hold_it_up() -> None:
    command = ["sh", "-c", "echo one; sleep 20 & echo $!; exit 3"]
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        lines = list(_lines_of(process))
    assert lines[0] == "one" and process.returncode == 3 and time.monotonic() - started < 10
    subprocess.run(["kill", lines[1]], check=True)


def test_every_line_is_heard() -> None:
    with subprocess.Popen(["seq", "10000"], stdout=subprocess.PIPE) as process:
        assert [int(line) for line in _lines_of(process)] == list(range(1, 10_001))
