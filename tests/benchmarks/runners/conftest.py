"""The project that the runner's tests train in."""

from pathlib import Path

import pytest

from tests.support.text_bench import Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)
