"""Ctrl-C waits until the end of a block, and is not forgotten."""

import os
import signal

import pytest

from hub.interrupts import interrupts_held


def test_an_interrupt_comes_at_the_end() -> None:
    reached = False
    with pytest.raises(KeyboardInterrupt), interrupts_held():
        os.kill(os.getpid(), signal.SIGINT)
        reached = True
    assert reached


def test_without_one_nothing_happens_and_the_handler_is_the_old_one() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupts_held():
        pass
    assert signal.getsignal(signal.SIGINT) is before
