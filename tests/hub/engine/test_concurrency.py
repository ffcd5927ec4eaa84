"""The limit that finds out how much a server bears."""

from hypothesis import given
from hypothesis import strategies as st

from hub.engine.concurrency import AdaptiveLimit


def test_is_halved_once_by_all_the_complaints_of_one_overload() -> None:
    limit = AdaptiveLimit(32)
    entered = [limit.enter() for _ in range(32)]
    assert [limit.overloaded(number) for number in entered] == [True, *[False] * 31]
    assert limit.limit == 16


def test_grows_by_one_after_as_many_answers_as_it_has_room_for() -> None:
    limit = AdaptiveLimit(8)
    limit.overloaded(limit.enter())
    assert limit.limit == 4
    for _ in range(4):
        limit.answered()
    assert limit.limit == 5
    for _ in range(5 + 6 + 7 + 100):
        limit.answered()
    assert limit.limit == 8


@given(st.integers(1, 9), st.lists(st.sampled_from(["enter", "answered", "overloaded", "failed"]), max_size=60))
def test_stays_between_one_and_the_most_and_has_room_below_it(most: int, actions: list[str]) -> None:
    limit, places = AdaptiveLimit(most), list[int]()
    for action in actions:
        if action == "enter":
            if limit.has_room:
                places.append(limit.enter())
        elif places:
            entered = places.pop(0)
            limit.leave()
            if action == "answered":
                limit.answered()
            elif action == "overloaded":
                limit.overloaded(entered)
        assert 1 <= limit.limit <= most
        assert limit.in_flight == len(places) <= most
        assert limit.has_room == (limit.in_flight < limit.limit)


@given(st.integers(1, 40), st.integers(0, 10))
def test_recovers_fully_once_the_server_does(most: int, overloads: int) -> None:
    limit = AdaptiveLimit(most)
    for _ in range(overloads):
        limit.overloaded(limit.enter())
        limit.leave()
    assert limit.limit == max(1, most >> overloads)
    for _ in range(most * most):
        limit.answered()
    assert limit.limit == most
