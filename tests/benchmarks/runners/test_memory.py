"""How the most memory is measured."""

import time

import numpy as np
import pytest

from benchmarks.runners.memory import peak_memory


def test_memory_that_is_held_for_a_moment_is_seen() -> None:
    with peak_memory() as before:
        time.sleep(0.05)
    with peak_memory() as during:
        held = np.ones(40_000_000, dtype=np.uint8)
        time.sleep(0.1)
        del held
    assert during.megabytes > before.megabytes + 20


def test_an_error_inside_goes_on_its_way() -> None:
    with pytest.raises(KeyError), peak_memory():
        raise KeyError("lost")
