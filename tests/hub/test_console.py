"""What a person sees: plain lines on standard error where there is no terminal, nothing when quiet, never anything on standard output."""

import time

import pytest

from hub import console


def test_lines_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    console.say("two plots")
    assert capsys.readouterr() == ("", "two plots\n")


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "QUIET", True)
    console.say("two plots")
    with console.progress("work", 3) as tick:
        tick()
        tick(2)
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_the_end_is_told_with_what_was_done_before(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress("work", 1_500, done=1_000) as tick:
        tick(300)
        tick(200)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("work: 1,500/1,500 in ")


def test_on_long_work_the_way_left_is_told_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with console.progress("work", 4) as tick:
        for _ in range(4):
            now[0] += 6
            tick()
        now[0] += 6
    assert capsys.readouterr().err.splitlines() == ["work: 2/4, about 12s left", "work: 4/4, about 0s left", "work: 4/4 in 30s"]


def test_who_listens_hears_every_line_quiet_or_not(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    for quiet in (False, True):
        monkeypatch.setattr(console, "QUIET", quiet)
        with console.listening(heard.append):
            console.say("two plots")
            with console.progress("work", 3) as tick:
                tick(3)
        console.say("nobody hears this")
    assert heard == ["two plots", "work: 3/3 in 0s"] * 2


def test_on_a_terminal_the_bar_is_drawn_and_listeners_hear_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with console.listening(heard.append), console.progress("work", 3) as tick:
        tick(3)
    assert heard == ["work: 3/3 in 0s"] and "work: 3/3" not in capsys.readouterr().err


def test_an_error_inside_is_not_swallowed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), console.progress("work", 4) as tick:
        tick()
        raise ZeroDivisionError
    assert "4/4" not in capsys.readouterr().err


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (0.4, "0s"), (59.4, "59s"), (59.6, "1m00s"), (125, "2m05s"), (3_599.6, "1h00m"), (11_220, "3h07m")])
def test_durations(seconds: float, text: str) -> None:
    assert console.shorten(seconds) == text


def test_the_first_few_units_of_many_are_no_ground_for_an_estimate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with console.progress("work", 100) as tick:
        now[0] += 30
        tick()
        now[0] += 30
        tick(9)
    assert capsys.readouterr().err.splitlines()[:2] == ["work: 1/100", "work: 10/100, about 9m00s left"]
