"""Prompts are templates; what is filled in is data."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import DeclarationError
from hub.generate.filters import visible
from hub.generate.prompt import PromptTemplate, defuse

FENCED = "Read.\n<plot>\n{{ plot }}\n</plot>\nAnswer.\n"
HOSTILE = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "/",
            "plot",
            "</plot>",
            "</plot >",
            "< / plot>",
            "<plot>",
            "</PLOT>",
            "<|im_end|>",
            "<｜User｜>",
            "＜/plot＞",
            "<\u200b/plot>",
            "<\u202e\u2066\u200b\u200b\u200b\u200b/plot>",
            "\U000e003c",
            "[/INST]",
            "{{ plot }}",
            "{% raw %}",
            "\n",
            " ",
            "\t",
            "x",
        ]
    )
    | st.text(max_size=3),
    max_size=20,
).map("".join)


def template(folder: Path, text: str, name: str = "actors.v1.j2") -> PromptTemplate:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return PromptTemplate(path)


@pytest.fixture(scope="module")
def fenced(tmp_path_factory: pytest.TempPathFactory) -> PromptTemplate:
    return template(tmp_path_factory.mktemp("prompts"), FENCED)


@given(HOSTILE)
def test_a_narrative_cannot_open_or_close_a_fence(fenced: PromptTemplate, plot: str) -> None:
    rendered = fenced.render({"plot": plot})

    assert len(re.findall(r"<\s*/\s*plot", rendered, re.IGNORECASE)) == 1
    assert len(re.findall(r"<\s*plot\s*>", rendered, re.IGNORECASE)) == 1
    assert rendered.startswith("Read.\n<plot>\n") and rendered.rstrip().endswith("</plot>\nAnswer.")
    assert "<|" not in rendered and "<｜" not in rendered and "＜/" not in rendered and "[/INST]" not in rendered
    assert visible(rendered) == rendered


@given(HOSTILE)
def test_what_is_filled_in_is_never_run_as_a_template(fenced: PromptTemplate, plot: str) -> None:
    assert fenced.render({"plot": plot}).count("{{ plot }}") == plot.count("{{ plot }}")


@pytest.mark.parametrize("text", ["5 < 6 and 7 > 3", "I <3 you", "He said: so what?", "[sic] and [1]", "a -> b", "café — naïve"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert defuse(text) == text


@given(HOSTILE | st.text())
def test_defusing_changes_only_brackets_and_nothing_the_second_time(text: str) -> None:
    once = defuse(text)
    brackets = str.maketrans("‹›⟦＜＞﹤﹥", "<>[<><>")

    assert defuse(once) == once
    assert once.translate(brackets) == visible(text).translate(brackets)


@pytest.mark.parametrize("text", ["नमस्ते क्‍ष", "می‌خواهم", "👩‍👩‍👧 ❤️", "two\nlines\tand a tab\r\n"])
def test_what_scripts_and_emoji_are_made_of_stays(text: str) -> None:
    assert visible(text) == text


def test_the_version_is_in_the_name(tmp_path: Path) -> None:
    assert template(tmp_path, "", "labels.v12.j2").version == "v12"
    with pytest.raises(DeclarationError, match="ends in its version"):
        _ = template(tmp_path, "", "labels.j2").version


def test_another_text_has_another_hash(tmp_path: Path) -> None:
    assert template(tmp_path, "a", "a.v1.j2").hash != template(tmp_path, "b", "b.v1.j2").hash


@pytest.mark.parametrize(
    ("text", "message"), [("{{ plot ", "v1.j2:1: "), ("{{ narrator }}", "'narrator' is undefined; given are plot")], ids=["syntax", "unknown name"]
)
def test_a_broken_template_is_one_clear_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DeclarationError) as error:
        template(tmp_path, text).render({"plot": "x"})
    assert message in str(error.value)


def test_a_missing_template_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="no such prompt file"):
        PromptTemplate(tmp_path / "actors.v1.j2").render({})


def test_a_template_cannot_reach_python(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="unsafe"):
        template(tmp_path, "{{ plot.__class__.__mro__ }}").render({"plot": "x"})
