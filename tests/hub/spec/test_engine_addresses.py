"""The addresses of an endpoint: one or a list of them, and every mistake told once."""

import json
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from hub.spec.engine import EndpointEngineSpec


def test_one_address_may_stand_alone_or_in_a_list() -> None:
    declared = {"kind": "endpoint", "model": "m"}
    alone = EndpointEngineSpec.model_validate({**declared, "url": "http://a/v1/"})
    listed = EndpointEngineSpec.model_validate_json(json.dumps({**declared, "url": ["http://a/v1", "http://b/v1"]}))
    assert (alone.url, alone.urls) == ("http://a/v1/", ("http://a/v1",))
    assert listed.url == listed.urls == ("http://a/v1", "http://b/v1")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ([], "expected an address, such as"),
        (3, "expected an address, such as"),
        (["http://a/v1", "b/v1"], "'b/v1' in the list is no address"),
        (["http://a/v1", 4], "4 in the list is no address"),
        (["http://me:secret@a/v1"], "in the list is no address"),
        (["http://a/v1", "http://b/v1", "http://a/v1/"], "http://a/v1 stands in the list twice"),
        ("a/v1", "pattern"),
    ],
)
def test_a_mistake_is_told_once(url: Any, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        EndpointEngineSpec(kind="endpoint", model="m", url=url)
    (problem,) = caught.value.errors()
    assert problem["loc"] == ("url",) and message in problem["msg"]


def test_the_json_schema_takes_both_forms() -> None:
    schema = EndpointEngineSpec.model_json_schema()
    for url in ("http://a/v1", ["http://a/v1", "http://b/v1"]):
        jsonschema.validate({"kind": "endpoint", "model": "m", "url": url}, schema)
    for url in ([], ["a"], "a", 3):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"kind": "endpoint", "model": "m", "url": url}, schema)
