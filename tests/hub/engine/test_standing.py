"""What a server's failures and pleas say about it, in a time of the tests' own."""

from hypothesis import given
from hypothesis import strategies as st

from hub.engine.standing import Standing


def fail(standing: Standing, now: float, unreachable: bool = False) -> bool:
    return standing.failed(now, standing.turn, "answered 500", unreachable)


def test_single_failures_between_answers_close_nothing() -> None:
    standing = Standing(backoff=1.0, patience=6)
    for now in range(50):
        assert not fail(standing, now)
        if now % 4 == 3:
            standing.answered()
        assert standing.open(now)


def test_failing_again_and_again_leaves_it_out_for_a_while_then_it_is_on_trial() -> None:
    standing = Standing(backoff=1.0, patience=6)
    assert [fail(standing, 10.0) for _ in range(5)] == [False, False, False, False, True]
    assert not standing.open(10.9) and standing.open(11.0)
    assert standing.on_trial
    standing.answered()
    assert standing.open(10.0) and not standing.on_trial


def test_what_cannot_be_reached_is_left_out_at_once() -> None:
    standing = Standing(backoff=1.0, patience=6)
    assert fail(standing, 0.0, unreachable=True)
    assert not standing.open(0.5)


def test_failures_of_requests_sent_before_an_outage_are_echoes_of_it() -> None:
    standing = Standing(backoff=1.0, patience=6)
    before = standing.turn
    assert standing.failed(0.0, before, "cannot be reached", True)
    assert not any(standing.failed(0.1, before, "broke the connection", True) for _ in range(100))
    assert standing.open(1.0)


def test_every_further_outage_lasts_twice_as_long_up_to_a_minute() -> None:
    standing, now, lasted = Standing(backoff=1.0, patience=6), 0.0, []
    for _ in range(2000):  # A server that is down all day is still tried.
        assert fail(standing, now, unreachable=True)
        lasted.append(standing.opens_at() - now)
        now = standing.opens_at()
    assert lasted[:8] == [1, 2, 4, 8, 16, 32, 60, 60] and set(lasted[8:]) == {60}


def test_it_counts_as_gone_after_so_many_outages_in_a_row_and_no_longer_when_it_answers() -> None:
    standing = Standing(backoff=1.0, patience=3)
    for now in (0.0, 10.0, 20.0):
        assert not standing.gone(now)
        fail(standing, now, unreachable=True)
    assert standing.gone(20.0)
    standing.answered()
    assert not standing.gone(20.0)


def test_one_plea_for_fewer_requests_closes_nothing_but_a_second_without_an_answer_between_does() -> None:
    standing = Standing(backoff=1.0, patience=6)
    standing.overloaded(0.0, "answered 429")
    assert standing.open(0.0)
    standing.answered()
    standing.overloaded(1.0, "answered 429")
    assert standing.open(1.0)
    standing.overloaded(2.0, "answered 429")
    assert not standing.open(2.9) and standing.open(3.0)
    standing.overloaded(3.0, "answered 429")
    assert not standing.open(4.9) and standing.open(5.0)


def test_it_is_left_alone_as_long_as_it_asks_whatever_else_is_answered_meanwhile() -> None:
    standing = Standing(backoff=1.0, patience=6)
    standing.rest(0.0, 20.0, "answered 429")
    standing.answered()
    assert not standing.open(19.9) and standing.open(20.0)
    assert not standing.gone(0.0)


def test_one_that_asks_to_be_left_alone_for_an_hour_is_gone() -> None:
    standing = Standing(backoff=1.0, patience=6)
    standing.rest(0.0, 3600.0, "answered 429")
    assert standing.gone(0.0) and not standing.gone(3400.0)


def test_one_that_was_dismissed_never_opens() -> None:
    standing = Standing(backoff=1.0, patience=6)
    standing.dismiss("has another model")
    standing.answered()
    assert standing.gone(1e9) and not standing.open(1e9)


@given(st.lists(st.tuples(st.sampled_from(["answered", "failed", "unreachable", "overloaded"]), st.floats(0, 5)), max_size=80))
def test_it_always_opens_again_and_an_answer_always_ends_an_outage(events: list[tuple[str, float]]) -> None:
    standing, now = Standing(backoff=0.5, patience=6), 0.0
    for event, later in events:
        now += later
        match event:
            case "answered":
                standing.answered()
                assert not standing.on_trial
            case "overloaded":
                standing.overloaded(now, "answered 429")
            case _:
                fail(standing, now, event == "unreachable")
        assert standing.opens_at() - now <= 60 + 1e-9
        assert standing.open(standing.opens_at())
