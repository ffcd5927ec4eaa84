"""Reading what engines really write."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.engine.base import Completion, FinishReason
from hub.generate.answers import failure, json_object, listed_lines, meant_as_json, prose, scored_labels

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12)  # fmt: skip
OBJECTS = st.dictionaries(TEXT, JSON, max_size=4)
WORD = st.from_regex(r"[a-z]{1,12}( [a-z]{1,8})?", fullmatch=True)
ITEM = st.from_regex(r"[A-Za-z][A-Za-z0-9 ,.']{0,40}[A-Za-z.]", fullmatch=True)


def completion(text: str, finish_reason: FinishReason = "stop") -> Completion:
    return Completion(text, finish_reason, None, None, 0, 0.0)


class TestJsonObject:
    @given(OBJECTS, st.sampled_from([None, 2]), st.booleans())
    def test_finds_an_object_bare_in_a_fence_and_in_prose(self, value: dict[str, Any], indent: int | None, ascii: bool) -> None:
        text = json.dumps(value, indent=indent, ensure_ascii=ascii)

        assert json_object(text) == value
        assert json_object(f"  {text}\n") == value
        if "```" not in text:
            assert json_object(f"Here you are:\n```json\n{text}\n```\nAnything else?") == value
        assert json_object(f"Sure, here is the JSON: {text} Anything else?") == value

    @given(st.text())
    def test_never_fails_and_finds_objects_only(self, text: str) -> None:
        assert json_object(text) is None or isinstance(json_object(text), dict)

    @given(OBJECTS.filter(bool), st.data())
    def test_takes_nothing_from_an_object_that_was_cut_off(self, value: dict[str, Any], data: st.DataObject) -> None:
        text = json.dumps({"answer": value})
        cut = text[: data.draw(st.integers(0, len(text) - 1))]

        found = json_object(cut)

        assert found is None or "answer" not in found

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "null",
            "[]",
            "3",
            '{"a": NaN}',
            '{"a": Infinity}',
            '{"a": 1,}',
            "{'a': 1}",
            '{"a": 1, "a": 2}',
            '{"a": "b\n"}',
            '{"a": "\\ud800"}',
            "[" * 100_000,
            '{"a": ' + "9" * 5000 + "}",
        ],
        ids=lambda text: text[:20],
    )
    def test_is_strict(self, text: str) -> None:
        assert json_object(text) is None

    def test_takes_characters_spelt_as_surrogate_pairs(self) -> None:
        assert json_object('{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


class TestLists:
    @given(st.lists(ITEM, min_size=1, max_size=8), st.sampled_from(["{}. ", "{}) ", "  {}: ", "- ", "* ", "• "]), st.booleans())
    def test_reads_back_any_list(self, items: list[str], bullet: str, quoted: bool) -> None:
        lines = [bullet.format(number) + (f'"{item}"' if quoted else item) for number, item in enumerate(items, start=1)]

        assert listed_lines("Here they are:\n" + "\n".join(lines) + "\nThat is all.") == [item.strip() for item in items]

    @given(
        st.lists(st.tuples(WORD, st.integers(0, 10)), min_size=1, max_size=5),
        st.sampled_from(["{}: {}", "{} ({})", "{} = {}", "- {}: {}"]),
        st.sampled_from([", ", "\n"]),
    )
    def test_reads_back_labels_with_scores(self, pairs: list[tuple[str, int]], form: str, between: str) -> None:
        text = between.join(form.format(word, score / 10) for word, score in pairs)

        found = scored_labels(text)

        assert [word for word, _ in found] == [word for word, _ in pairs]
        assert all(math.isclose(score, wanted / 10) for (_, score), (_, wanted) in zip(found, pairs, strict=True))

    @given(st.text())
    def test_scores_are_always_between_0_and_1(self, text: str) -> None:
        assert all(0 <= score <= 1 and label for label, score in scored_labels(text))

    @pytest.mark.parametrize(
        "text", ["a" * 200_000, " a" * 100_000, "- " + " " * 200_000, "1. " * 60_000, "you are now a " * 15_000, "```" * 60_000, "{" * 100_000]
    )
    def test_long_nonsense_takes_no_time_to_speak_of(self, text: str) -> None:
        # With a pattern that backtracks, each of these would take minutes.
        json_object(text), listed_lines(text), scored_labels(text), prose(text), failure(completion(text))


class TestFailure:
    @pytest.mark.parametrize(
        ("text", "finish_reason", "reason"),
        [
            ('{"context": "She le', "length", "truncated"),
            ("", "stop", "empty"),
            (" \n", "stop", "empty"),
            ("", "refusal", "refused"),
            ("I'm sorry, but I can't help with that.", "stop", "refused"),
            ("I’m sorry, but I can’t help with that.", "stop", "refused"),
            ("Unfortunately, I cannot provide the list.", "stop", "refused"),
            ("As an AI language model, I do not", "stop", "refused"),
            ("maximum context length is 4096", "rejected", "rejected"),
            ('{"context": "She left."}', "stop", None),
            ('{"context": "She left."}', "other", None),
            ('{"utterance": "I\'m sorry, I can\'t do this."}', "stop", None),
        ],
    )
    def test_says_why_an_answer_cannot_be_read(self, text: str, finish_reason: FinishReason, reason: str | None) -> None:
        assert failure(completion(text, finish_reason)) == reason

    def test_a_brace_means_that_json_was_tried(self) -> None:
        assert meant_as_json('{"context": "She le') and not meant_as_json("1. joy: 0.7")


@given(st.text(st.characters()))
def test_every_completion_can_be_written_to_a_file(text: str) -> None:
    assert completion(text).text.encode().decode() == completion(text).text


class TestProse:
    @pytest.mark.parametrize("text", ["She left.", '"She left!" he said, and wept…', "  \n'No.'\n", "Was it (so)?)", "A, b. C; d: e."])
    def test_sentences_are_taken_without_the_quotes_around_them(self, text: str) -> None:
        assert prose(text) == text.strip().strip('"')

    @pytest.mark.parametrize(
        "text",
        [
            *("", "null", "None.", "[object Object]", "{", "}", 'read it twice."}', "joy", "upstream connect error", "Traceback (most recent call last):"),
            *("1. One.\n2. Two.", "- a: b\n- c.", "| a | b |", "# Answer.", "---\na: b.", "<p>No.</p>", "```\nNo.\n```", "a,b\njoy,0.7"),
        ],
    )
    def test_lists_tables_markup_and_messages_of_programs_are_no_prose(self, text: str) -> None:
        assert prose(text) is None

    @given(st.text())
    def test_never_adds_anything(self, text: str) -> None:
        assert (prose(text) or "") in text
