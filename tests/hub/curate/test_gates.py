"""Each gate holds where it should; where it does not, it says what was measured, what was required and which rows."""

import pytest

from hub.curate import gates
from hub.curate.gates import Gate
from hub.errors import GateError

KEY = "hf_" + "a" * 34


@pytest.mark.parametrize(
    "gate",
    [
        gates.minimum_rows("all", 3, 3),
        gates.every_label_covered(["joy", "fear"], {"joy": 2, "fear": 3}, 2),
        gates.every_label_covered(["joy"], {}, 0),
        gates.no_text_in_two_splits("all", [("a", "train", "same"), ("b", "train", "same"), ("c", "test", "other")]),
        gates.groups_in_one_split([("p", "train"), ("p", "train"), ("q", "test")]),
        gates.few_duplicates("all", ["a"], 100, 0.01),
        gates.few_duplicates("none", [], 0, 0.0),
        gates.no_secrets([("a", "hf_short sk-short nothing")]),
        gates.licence_present([("a", "cc0-1.0")]),
        gates.no_empty_split("all", ["train", "test"], {"train": 1, "test": 1}),
    ],
    ids=lambda gate: gate.name,
)
def test_a_gate_that_holds(gate: Gate) -> None:
    assert gate.passed


@pytest.mark.parametrize(
    ("gate", "sentence"),
    [
        (gates.minimum_rows("all", 1_500, 6_000), "rows in all: measured 1,500, required at least 6,000"),
        (
            gates.every_label_covered(["joy", "fear", "love"], {"joy": 5, "love": 1}, 2),
            "rows of the rarest label: measured 0 (fear), required at least 2; rows: fear (0), love (1)",
        ),
        (
            gates.no_text_in_two_splits("all", [("a", "train", "Well, WELL"), ("b", "test", " well,  well")]),
            "texts in two splits of all: measured 1, required none; rows: b",
        ),
        (
            gates.groups_in_one_split([("p", "train"), ("q", "test"), ("p", "test"), ("p", "test")]),
            "groups in two splits: measured 1, required none; rows: p",
        ),
        (gates.few_duplicates("all", ["a", "b"], 100, 0.01), "near-duplicates in all: measured 2.00%, required at most 1%; rows: a, b"),
        (gates.few_duplicates("all", ["a"], 100, 0.005), "near-duplicates in all: measured 1.00%, required at most 0.5%; rows: a"),
        (gates.licence_present([("a", "cc0-1.0"), ("b", ""), ("c", " ")]), "rows without a licence: measured 2, required none; rows: b, c"),
        (
            gates.no_empty_split("all", ["train", "test"], {"train": 1}),
            "empty splits of all: measured test, required none, which takes at least as many groups as splits; rows: test",
        ),
    ],
)
def test_a_gate_that_does_not_hold(gate: Gate, sentence: str) -> None:
    assert not gate.passed
    assert gate.sentence == sentence


@pytest.mark.parametrize(
    "secret",
    [KEY, "sk-" + "A1" * 12, "AKIA" + "B2" * 8, "ghp_" + "c3" * 18, "-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----"],
)
def test_a_secret_is_found_but_not_repeated(secret: str) -> None:
    gate = gates.no_secrets([("a", "nothing"), ("b", f"my key is {secret}, do not tell")])
    assert gate.rows == ("b",)
    assert secret not in gate.sentence


def test_at_most_five_rows_are_named() -> None:
    gate = gates.no_secrets((str(number), KEY) for number in range(9))
    assert gate.measured == "9"
    assert gate.rows == ("0", "1", "2", "3", "4")


def test_enforcing_tells_every_gate_that_failed_and_lets_the_rest_pass() -> None:
    held, failed = gates.minimum_rows("one", 1, 1), gates.minimum_rows("two", 0, 1)
    gates.enforce("tiny", [held, held])
    with pytest.raises(GateError) as caught:
        gates.enforce("tiny", [held, failed, gates.licence_present([("a", "")])])
    assert str(caught.value).splitlines() == [
        "tiny does not pass 2 of 3 gates:",
        "  - rows in two: measured 0, required at least 1",
        "  - rows without a licence: measured 1, required none; rows: a",
    ]
