"""The renderer as an engine: order, truth, identity, and processes that are killed."""

import io
import multiprocessing
import os
import signal
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from hub.engine import ImageRequest
from hub.engine.render import Person, Picture, Scene, render
from hub.engine.rendering import RenderEngine
from hub.errors import EngineError
from hub.spec.engine import RenderEngineSpec

SPEC = RenderEngineSpec(kind="render", workers=2)


def _request(number: int) -> ImageRequest:
    picture = Picture("cartoon", Scene("park", seed=number), Person(x=0.3 + 0.02 * number), seed=number)
    return ImageRequest(f"picture-{number}", "a person in a park", "", picture, 64, number)


@pytest.fixture(scope="module")
def engine() -> Iterator[RenderEngine]:
    with RenderEngine(SPEC) as opened:
        yield opened


def test_pictures_come_back_in_order_whichever_process_drew_them(engine: RenderEngine) -> None:
    requests = [_request(number) for number in range(20)]
    drawn = engine.draw(requests)
    assert [one.id for one in drawn] == [request.id for request in requests]
    for request, one in zip(requests, drawn, strict=True):
        assert request.picture is not None
        expected = render(request.picture, 64)
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(one.png))), expected.pixels)
        assert one.truth is not None
        assert one.truth.person == expected.truth.person
        assert one.moderation == "none"


def test_its_identity_is_its_code_and_the_library_it_draws_with(engine: RenderEngine) -> None:
    assert engine.identity["kind"] == "render"
    assert set(engine.identity) == {"kind", "code", "skia-python"}


def test_the_number_of_processes_is_no_part_of_its_identity(engine: RenderEngine) -> None:
    assert RenderEngine(RenderEngineSpec(kind="render", workers=7)).identity == engine.identity


def test_a_process_that_is_killed_is_one_clear_error() -> None:
    others = set(multiprocessing.active_children())  # Those of other tests live on.
    with RenderEngine(SPEC) as doomed:
        doomed.draw([_request(0)])
        mine = set(multiprocessing.active_children()) - others
        assert len(mine) == SPEC.workers
        for child in mine:
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
        with pytest.raises(EngineError, match="a process that draws was ended from outside"):
            doomed.draw([_request(number) for number in range(40)])
