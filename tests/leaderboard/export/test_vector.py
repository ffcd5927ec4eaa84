"""Charts as SVG inside a page."""

from xml.etree import ElementTree

import pytest

alt = pytest.importorskip("altair", reason="altair is not installed (pip install emohub[board])")
pd = pytest.importorskip("pandas", reason="pandas is not installed (pip install emohub[board])")
pytest.importorskip("vl_convert", reason="vl-convert-python is not installed (pip install emohub[board])")

from leaderboard.export.vector import chart_svg  # noqa: E402

HOSTILE = "<script>alert(1)</script><image href='http://evil.test/x.png'/>&\"'"


def drawn(name: str = "one", words: str = "Two bars.") -> str:
    data = pd.DataFrame({"label": ["joy", HOSTILE], "value": [0.5, 0.123456789]})
    chart = alt.Chart(data).mark_bar(clip=True).encode(x="value:Q", y="label:N")
    return str(chart_svg(chart, words, 300, name))


def test_it_only_draws() -> None:
    found = [element for element in ElementTree.fromstring(drawn()).iter()]
    tags = {element.tag.rpartition("}")[2] for element in found}
    assert tags <= {"svg", "g", "path", "rect", "line", "text", "defs", "clipPath", "title"}
    assert not [key for element in found for key in element.attrib if key.startswith("on") or "href" in key or key == "style"]
    assert any(element.text and "<script>" in element.text for element in found)


def test_its_text_has_the_colour_and_the_font_of_the_page() -> None:
    svg = drawn()
    assert 'fill="currentColor"' in svg
    assert "font-family" not in svg
    assert 'fill="white"' not in svg


def test_words_stand_in_for_it_and_cannot_leave_their_attribute() -> None:
    root = ElementTree.fromstring(drawn(words=HOSTILE))
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == HOSTILE


def test_ids_of_two_charts_differ() -> None:
    ids = [{element.attrib["id"] for element in ElementTree.fromstring(drawn(name)).iter() if "id" in element.attrib} for name in ("one", "two")]
    assert ids[0] and not ids[0] & ids[1]
    assert "url(#one-" in drawn("one")


def test_it_is_the_same_every_time() -> None:
    assert drawn() == drawn()
