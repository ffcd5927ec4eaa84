"""A guarded process leaves nothing behind: no child, no temporary file, no shared memory."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.engine.process import GuardedProcess
from tests.hub.engine.test_vllm import alive

LITTERER = """
    import multiprocessing, os, subprocess, sys, tempfile, time
    from multiprocessing.shared_memory import SharedMemory
    memory = SharedMemory(create=True, size=1000)
    scratch = tempfile.mkstemp()[1]
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    said = open(sys.argv[1] + ".new", "w")
    print(memory.name, scratch, os.getpid(), child.pid, sep="\\n", file=said, flush=True)
    os.rename(said.name, sys.argv[1])
    time.sleep(float(sys.argv[2]))
    os._exit(7)
"""
"""What a model server leaves lying about when it is killed."""


def litterer(said: Path, seconds: float = 600) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(LITTERER), str(said), str(seconds)]


def await_that(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def left_by(said: Path) -> list[str]:
    memory, scratch, *pids = said.read_text().split()
    paths = [Path("/dev/shm") / memory, Path(scratch), Path(scratch).parent]
    return [*(str(path) for path in paths if path.exists()), *(pid for pid in pids if alive(int(pid)))]


def test_what_is_left_is_seen_by_this_test(tmp_path: Path) -> None:
    process = subprocess.Popen(litterer(tmp_path / "said"), env={**os.environ, "TMPDIR": str(tmp_path)}, start_new_session=True)
    try:
        await_that((tmp_path / "said").exists)
        assert len(left_by(tmp_path / "said")) == 5
    finally:
        os.kill(process.pid, signal.SIGKILL)  # Its resource tracker lives and clears the memory up.
        process.wait()
        os.kill(int((tmp_path / "said").read_text().split()[3]), signal.SIGKILL)


@pytest.mark.parametrize("stopped_before", [False, True], ids=["running", "hung"])
async def test_a_process_that_is_stopped(tmp_path: Path, stopped_before: bool) -> None:
    said = tmp_path / "said"
    process = await GuardedProcess.start(litterer(said), os.environ, tmp_path / "log", scratch=True)
    await asyncio.to_thread(await_that, said.exists)
    assert len(left_by(said)) == 5
    if stopped_before:
        os.kill(int(said.read_text().split()[2]), signal.SIGSTOP)
    await process.stop()
    assert left_by(said) == []
    await process.stop()  # A second time does no harm.
    assert not process.running


async def test_a_process_that_ends_and_leaves_a_child(tmp_path: Path) -> None:
    process = await GuardedProcess.start(litterer(tmp_path / "said", seconds=0), os.environ, tmp_path / "log", scratch=True)
    assert await process.wait() == "ended with code 7"
    assert left_by(tmp_path / "said") == []


async def test_a_process_that_is_killed_by_somebody_else(tmp_path: Path) -> None:
    said = tmp_path / "said"
    process = await GuardedProcess.start(litterer(said), os.environ, tmp_path / "log", scratch=True)
    await asyncio.to_thread(await_that, said.exists)
    os.kill(int(said.read_text().split()[2]), signal.SIGKILL)
    assert await process.wait() == "was killed by SIGKILL"
    assert left_by(said) == []


async def test_a_guard_that_is_asked_to_end(tmp_path: Path) -> None:
    said = tmp_path / "said"
    process = await GuardedProcess.start(litterer(said), os.environ, tmp_path / "log", scratch=True)
    await asyncio.to_thread(await_that, said.exists)
    os.kill(process._process.pid, signal.SIGTERM)
    await process.wait()
    assert left_by(said) == []


async def test_a_guard_that_is_killed_leaves_no_process_once_it_is_stopped(tmp_path: Path) -> None:
    said = tmp_path / "said"
    process = await GuardedProcess.start(litterer(said), os.environ, tmp_path / "log")
    await asyncio.to_thread(await_that, said.exists)
    os.kill(process._process.pid, signal.SIGKILL)
    await process.stop()
    memory, scratch, *pids = said.read_text().split()
    await asyncio.to_thread(await_that, lambda: not any(alive(int(pid)) for pid in pids))
    (Path("/dev/shm") / memory).unlink(missing_ok=True)
    Path(scratch).unlink()


async def test_temporary_files_are_left_alone_where_nobody_wants_them_gone(tmp_path: Path) -> None:
    said = tmp_path / "said"
    process = await GuardedProcess.start(litterer(said, seconds=0), {**os.environ, "TMPDIR": str(tmp_path)}, tmp_path / "log")
    await process.wait()
    assert Path(said.read_text().split()[1]).parent == tmp_path


def test_a_process_whose_starter_is_killed(tmp_path: Path) -> None:
    program = f"""
        import asyncio, os
        from pathlib import Path
        from hub.engine.process import GuardedProcess
        from tests.hub.engine.test_process import litterer

        async def main():
            folder = Path({str(tmp_path)!r})
            await GuardedProcess.start(litterer(folder / "said"), os.environ, folder / "log", scratch=True)
            await asyncio.sleep(600)

        asyncio.run(main())
    """
    starter = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], cwd=Path(__file__).parents[3])
    try:
        await_that((tmp_path / "said").exists)
    finally:
        starter.kill()
        starter.wait()
    await_that(lambda: left_by(tmp_path / "said") == [])
