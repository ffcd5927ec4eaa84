"""Reading and writing the chat completions protocol."""

import email.utils
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.engine.base import Message, Request
from hub.engine.chat import Unanswered, body_of, complaint, completion_of, seconds_of
from hub.spec.engine import Sampling

SCHEMA = {"type": "object", "properties": {"label": {"type": "string"}}}
KEYS = st.sampled_from(["choices", "message", "content", "usage", "error", "detail"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
)


def request(penalty: float = 1.0, step: str = "soft labels") -> Request:
    sampling = Sampling(temperature=0.7, top_p=0.9, repetition_penalty=penalty)
    return Request("plot-1", step, (Message("system", "Be brief."), Message("user", "Why?")), {}, SCHEMA, 64, sampling, 5)


def answer(content: Any = "yes", finish_reason: Any = "stop", usage: Any = None, **message: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **message}, "finish_reason": finish_reason}
    return json.dumps({"choices": [choice], "usage": usage}).encode()


def test_a_body_holds_all_that_changes_the_answer() -> None:
    body = json.loads(body_of(request(), "tiny", "json_schema"))
    assert body == {
        "model": "tiny",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}],
        "max_tokens": 64,
        "temperature": 0.7,
        "top_p": 0.9,
        "seed": 5,
        "response_format": {"type": "json_schema", "json_schema": {"name": "soft_labels", "schema": SCHEMA}},
    }


def test_the_extension_is_sent_only_when_it_says_something() -> None:
    assert json.loads(body_of(request(penalty=1.03), "tiny", "none"))["repetition_penalty"] == 1.03
    assert "response_format" not in json.loads(body_of(request(), "tiny", "none"))
    assert json.loads(body_of(request(), "tiny", "json_object"))["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(
    ("named", "expected"), [("stop", "stop"), ("length", "length"), ("content_filter", "refusal"), ("tool_calls", "other"), (None, "other"), (7, "other")]
)
def test_finish_reasons_are_mapped(named: Any, expected: str) -> None:
    assert completion_of(answer(finish_reason=named), 5, 0.1).finish_reason == expected


def test_a_refusal_is_a_refusal_whatever_the_finish_reason() -> None:
    completion = completion_of(answer(content=None, refusal="I cannot help with that."), 5, 0.1)
    assert (completion.finish_reason, completion.text) == ("refusal", "I cannot help with that.")


def test_token_counts_are_read_or_unknown() -> None:
    counted = completion_of(answer(usage={"prompt_tokens": 3, "completion_tokens": 4}), 5, 0.25)
    assert (counted.prompt_tokens, counted.completion_tokens, counted.seed, counted.latency) == (3, 4, 5, 0.25)
    unusable: list[Any] = [None, [], {"prompt_tokens": "3", "completion_tokens": -1}]
    for usage in unusable:
        unknown = completion_of(answer(usage=usage), 5, 0.1)
        assert (unknown.prompt_tokens, unknown.completion_tokens) == (None, None)


def test_an_answer_cut_off_before_it_began_is_truncated_and_not_an_error() -> None:
    assert completion_of(answer(content=None, finish_reason="length"), 5, 0.1).text == ""


def test_half_surrogates_are_replaced_because_no_file_can_hold_them() -> None:
    completion_of(answer(content="a\ud83db"), 5, 0.1).text.encode()
    complaint(json.dumps({"error": "a\ud83db"}).encode()).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html><body>Bad gateway</body></html>",
        b"null",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{}]}',
        b'{"choices": [{"message": null}]}',
        b'{"error": {"message": "overloaded"}}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
        answer(content=None),
        answer(content=["a"]),
        answer(finish_reason="abort"),
    ],
)
def test_what_is_no_answer_is_unanswered(raw: bytes) -> None:
    with pytest.raises(Unanswered):
        completion_of(raw, 5, 0.1)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_whatever_raises_anything_else(raw: bytes) -> None:
    try:
        completion_of(raw, 0, 0.0)
    except Unanswered as problem:
        assert "\n" not in str(problem)


@given(JSON)
def test_a_complaint_is_one_short_line(value: Any) -> None:
    line = complaint(json.dumps(value).encode(), most=40)
    assert len(line) <= 40 and len(line.splitlines()) <= 1


def test_a_complaint_is_found_where_servers_put_it() -> None:
    for body in ({"error": {"message": "too  long"}}, {"error": "too long"}, {"message": "too long"}, {"detail": "too long"}):
        assert complaint(json.dumps(body).encode()) == "too long"
    assert complaint(b"<h1>too\nlong</h1>") == "<h1>too long</h1>"


def test_retry_after_is_seconds_or_a_date() -> None:
    assert seconds_of("7") == 7
    in_a_minute = email.utils.formatdate(time.time() + 60, usegmt=True)
    assert 55 < seconds_of(in_a_minute) <= 61
    assert [seconds_of(text) for text in (None, "", "soon", "-3", "inf", "nan", "Fri, 31 Feb 1999 00:00:00 GMT")] == [0.0] * 7
