"""The cover's own letters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.engine.render.decor import PRICES, STRAPS
from hub.engine.render.lettering import GLYPHS, brand, text_width, words


@given(st.text(alphabet="".join(GLYPHS), min_size=1, max_size=12).filter(lambda text: text.strip(" .") != ""), st.floats(5, 200))
def test_a_text_has_the_height_and_at_most_the_width_asked_for(text: str, height: float) -> None:
    bounds = words(text, 10.0, 20.0, height).computeTightBounds()
    assert bounds.left() >= 10 - 1e-3
    assert bounds.right() <= 10 + text_width(text, height) + 1e-2
    assert bounds.top() >= 20 - 1e-3
    assert bounds.bottom() <= 20 + height + 1e-2


def test_a_text_can_be_stretched_to_a_width() -> None:
    bounds = words("VENO", 0.0, 0.0, 10.0, 300.0).computeTightBounds()
    assert bounds.right() == pytest.approx(300.0, abs=0.01)


def test_a_sign_without_strokes_is_refused_with_what_to_use() -> None:
    with pytest.raises(ValueError, match="no strokes for 'é'.*capital letters"):
        words("CAFé", 0.0, 0.0, 10.0)


def test_all_that_covers_say_can_be_written() -> None:
    for text in (*STRAPS, *PRICES, *(brand(np.random.default_rng(seed)) for seed in range(300))):
        assert words(text, 0.0, 0.0, 10.0).countPoints() > 0


def test_brands_vary_and_are_short() -> None:
    names = [brand(np.random.default_rng(seed)) for seed in range(200)]
    assert len(set(names)) > 120
    assert all(4 <= len(name) <= 7 for name in names)


def test_every_sign_looks_different() -> None:
    drawn = {sign: tuple(_points(sign)) for sign in GLYPHS if sign not in " 0"}
    assert len(set(drawn.values())) == len(drawn)


def _points(sign: str) -> list[tuple[float, float]]:
    path = words(sign, 0.0, 0.0, 70.0)
    return [(path.getPoint(index).x(), path.getPoint(index).y()) for index in range(path.countPoints())]
