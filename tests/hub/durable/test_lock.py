"""One owner at a time, however the owner ends; whoever comes second is told who it is."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from hub.durable.lock import locked, owner_of
from hub.errors import EmohubError
from hub.live_state import process_start

ROOT = Path(__file__).parents[3]


@contextmanager
def running(*arguments: object) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-m", "tests.support.lock_holder", *map(str, arguments)], cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.005)


def test_a_lock_is_held_for_the_length_of_a_block_and_then_free(tmp_path: Path) -> None:
    lock = tmp_path / "deep" / "store.lock"
    for _ in range(2):
        with locked(lock, "writing"):
            owner = owner_of(lock)
            assert owner is not None
            assert (owner.process, owner.host, owner.process_start) == (os.getpid(), socket.gethostname(), process_start(os.getpid()))
        assert owner_of(lock) is None
    assert [path.name for path in lock.parent.iterdir()] == ["store.lock"]


def test_a_failure_in_the_block_frees_the_lock_and_passes_through(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="mine"), locked(tmp_path / "lock", "failing"):
        raise OSError(28, "mine")
    with locked(tmp_path / "lock", "trying again"):
        pass


def test_the_same_process_cannot_take_it_twice(tmp_path: Path) -> None:
    refusal = pytest.raises(EmohubError, match=f"process {os.getpid()} .* is writing answers")
    with locked(tmp_path / "lock", "writing answers"), refusal, locked(tmp_path / "lock", "again"):
        pass


def test_the_second_comer_is_told_who_where_since_when_and_what_to_do(tmp_path: Path) -> None:
    lock, ready = tmp_path / "lock", tmp_path / "ready"
    with running("hold", lock, ready) as holder:
        wait_for(ready)
        with pytest.raises(EmohubError) as caught, locked(lock, "coming second"):
            pass
    message = str(caught.value)
    for part in (str(lock), f"process {holder.pid} on {socket.gethostname()}", "is holding still since 20", "lock_holder.py hold", f"`kill {holder.pid}`"):
        assert part in message


def test_of_processes_that_take_it_at_the_same_moment_one_wins(tmp_path: Path) -> None:
    with ExitStack() as stack:
        outs = [tmp_path / f"out-{number}" for number in range(4)]
        for out in outs:
            stack.enter_context(running("take", tmp_path / "lock", tmp_path / "start", out))
        for out in outs:
            wait_for(out.with_name(f"{out.name}.here"))
        (tmp_path / "start").touch()
        for out in outs:
            wait_for(out)
        said = [out.read_text() for out in outs]
    assert said.count("won") == 1
    assert sum("is racing since" in one for one in said) == 3


def test_a_killed_owner_leaves_a_lock_that_the_next_one_takes(tmp_path: Path) -> None:
    lock, ready = tmp_path / "lock", tmp_path / "ready"
    with running("hold", lock, ready) as holder:
        wait_for(ready)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        left = owner_of(lock)
        assert left is not None
        assert left.process == holder.pid
        assert left.has_ended
        with locked(lock, "taking over"):
            taken = owner_of(lock)
            assert taken is not None
            assert taken.process == os.getpid()


def test_children_of_a_killed_owner_do_not_hold_its_lock(tmp_path: Path) -> None:
    lock, ready = tmp_path / "lock", tmp_path / "ready"
    with running("children", lock, ready) as holder:
        wait_for(ready)
        children = [int(number) for number in ready.read_text().split()]
        try:
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            assert all(process_start(child) for child in children)
            with locked(lock, "taking over"):
                pass
        finally:
            for child in children:
                os.kill(child, signal.SIGKILL)


def test_a_child_that_leaves_the_block_does_not_free_its_parents_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    child = None
    try:
        with locked(lock, "forking"):
            child = os.fork()
            if child:
                os.waitpid(child, 0)
                owner = owner_of(lock)
                assert owner is not None
                assert owner.process == os.getpid()
                with running("take", lock, tmp_path, tmp_path / "out"):
                    wait_for(tmp_path / "out")
                    assert "is forking" in (tmp_path / "out").read_text()
    finally:
        if child == 0:
            os._exit(0)


def test_an_owner_on_another_host_is_named_with_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with locked(lock, "merging"):
        owner = owner_of(lock)
        assert owner is not None
        # What a process on another machine would have written.
        lock.with_name("lock.owner").write_text(json.dumps(asdict(replace(owner, host="node-7", process=1))))
        with pytest.raises(EmohubError, match="process 1 on node-7 is merging .* stop it with `kill 1` on node-7"), locked(lock, "second"):
            pass


@pytest.mark.parametrize("record", ["", "{", "[]", '{"process": 1}', "\x00\xff", '{"process": "x"}'])
def test_a_record_that_cannot_be_read_is_no_owner_and_breaks_nothing(tmp_path: Path, record: str) -> None:
    lock = tmp_path / "lock"
    with locked(lock, "writing"):
        lock.with_name("lock.owner").write_text(record)
        with pytest.raises(EmohubError, match="somebody holds this lock who has not said who it is"), locked(lock, "second"):
            pass
    with locked(lock, "again"):
        pass


def test_a_record_of_an_ended_process_is_not_blamed(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with locked(lock, "writing"):
        owner = owner_of(lock)
        assert owner is not None
        lock.with_name("lock.owner").write_text(json.dumps(asdict(replace(owner, process_start="1"))))
        with pytest.raises(EmohubError, match="somebody holds this lock"), locked(lock, "second"):
            pass


def test_a_place_where_no_lock_can_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmohubError, match="no lock can be taken there .*; make its folder writable"), locked(tmp_path / "file" / "lock", "x"):
        pass
