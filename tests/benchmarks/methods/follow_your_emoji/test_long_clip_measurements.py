"""The script that measures long clips still runs, at toy size; its numbers mean nothing here."""

import pytest

from benchmarks.perf import long_clips


def test_every_strategy_is_reported_at_every_length(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # A process for each costs seconds of importing.
    monkeypatch.setattr(long_clips, "measure_apart", long_clips.measure)
    long_clips.main(["--quick", "--steps", "2", "--threads", "1"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert [" ".join(line[: line.index("frames")]) for line in lines] == [f"{name} {frames}" for name in long_clips.STRATEGIES for frames in (4, 8)]
