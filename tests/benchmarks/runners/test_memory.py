"""How the most memory is measured."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.runners.memory import peak_memory

_HOLDING = """
import time
import numpy as np
from benchmarks.runners.memory import peak_memory

with peak_memory() as before:
    time.sleep(0.1)
with peak_memory() as during:
    held = np.ones(200_000_000, dtype=np.uint8)
    time.sleep(0.5)
    del held
print(during.megabytes - before.megabytes)
"""


def test_memory_that_is_held_for_a_moment_is_seen() -> None:
    # In a process of its own: what other tests gave back would be taken again, unseen.
    said = subprocess.run([sys.executable, "-c", _HOLDING], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True).stdout
    assert 100 < float(said) < 250


def test_an_error_inside_goes_on_its_way() -> None:
    with pytest.raises(KeyError), peak_memory():
        raise KeyError("lost")
