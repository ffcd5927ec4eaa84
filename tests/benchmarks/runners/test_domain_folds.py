"""However domains are sized, every fold parts the rows: one domain for the test, the others between train and validation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.domain_examples import DomainRows
from benchmarks.examples import TextExamples
from benchmarks.runners.domain_folds import folds
from hub.errors import EmohubError


def _data(domains: list[str], names: tuple[str, ...]) -> DomainRows:
    ids = tuple(f"{name}-{row}" for row, name in enumerate(domains))
    rows = TextExamples(ids, ids, ("",) * len(ids), np.ones((len(ids), 1), dtype=np.bool_))
    return DomainRows(rows, tuple(domains), names, ("one",), "published", None)


@st.composite
def data(draw: st.DrawFn) -> DomainRows:
    """Two to four domains of 2 to 12 rows, mixed."""
    sizes = draw(st.lists(st.integers(2, 12), min_size=2, max_size=4))
    names = tuple("abcd"[: len(sizes)])
    return _data(draw(st.permutations([name for name, size in zip(names, sizes, strict=True) for _ in range(size)])), names)


@given(data(), st.floats(0.05, 0.95), st.integers(0, 9))
def test_every_fold_parts_the_rows_by_domain(given_data: DomainRows, share: float, seed: int) -> None:
    everything = set(given_data.rows.ids)
    made = list(folds(given_data, share, seed))
    assert [fold.left_out for fold in made] == list(given_data.names)
    for fold in made:
        test, train, validation = (set(rows.ids) for rows in (fold.test, fold.train, fold.validation))
        assert test == {id for id in everything if id.startswith(fold.left_out)}
        assert train | validation == everything - test and not train & validation
        for name in set(given_data.names) - {fold.left_out}:
            size = len(given_data.of(name))
            drawn = sum(id.startswith(name) for id in validation)
            assert drawn == min(max(1, round(size * share)), size - 1)


@given(data(), st.integers(0, 9))
def test_the_cut_depends_on_the_seed_and_the_domain_alone(given_data: DomainRows, seed: int) -> None:
    cuts = [{name: {id for id in fold.validation.ids if id.startswith(name)} for name in given_data.names} for fold in folds(given_data, 0.3, seed)]
    again = [fold.validation.ids for fold in folds(given_data, 0.3, seed)]
    assert [set().union(*cut.values()) for cut in cuts] == [set(ids) for ids in again]
    for name in given_data.names:
        assert len({frozenset(cut[name]) for cut in cuts if cut[name]}) == 1


def test_a_domain_too_small_to_be_cut_is_named() -> None:
    with pytest.raises(EmohubError, match="the domain 'b' has 1 rows"):
        list(folds(_data(["a", "a", "b"], ("a", "b")), 0.2, 0))
