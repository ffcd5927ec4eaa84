"""Which lines of a task are shown: what was asked for, and the widgets that ask."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from hub.results.display import printable
from hub.results.table import KINDS, Row
from leaderboard.address import choose_several, clear, write
from leaderboard.project_data import Shown
from leaderboard.views.standings.columns import KIND_HELP, data_used, machine

UNKNOWN_SIZE = "not measured"
_SIZES = ((10**6, "under 1 M"), (10**7, "1 M to 10 M"), (10**8, "10 M to 100 M"), (10**9, "100 M to 1 G"))
_LARGEST_SIZE = "1 G and more"
NO_METHOD = "no longer declared"
_HIDDEN = {"reported": "reported in papers", "imported": "sent in by others", "unavailable": "not run here"}
_FILTERS = ("search", "kind", "size", "method", "data", "machine", "hide")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to show; an empty choice keeps all. What others sent in or report has no kind, method, size, data or machine, and is hidden by
    the search and by status alone."""

    kinds: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    sizes: frozenset[str] = frozenset()
    data: frozenset[str] = frozenset()
    machines: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    """Statuses that are left out."""
    search: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything that was measured may be hidden."""
        return bool(self.kinds or self.methods or self.sizes or self.data or self.machines or self.search.strip())

    def apply(self, rows: Iterable[Row], shown: Shown) -> list[Row]:
        """Returns the lines that are wanted, in their order."""
        return [row for row in rows if self._keeps(row, shown)]

    def _keeps(self, row: Row, shown: Shown) -> bool:
        if not all(word in f"{row.model} {shown.model(row.model)}".casefold() for word in self.search.casefold().split()):
            return False
        if row.status in self.hidden:
            return False
        if row.status in ("reported", "imported"):
            return True
        facts = [(self.kinds, row.kind), (self.methods, row.method or NO_METHOD), (self.data, data_used(row, shown))]
        if row.status == "measured":
            # What was not run has no size and no machine.
            facts += [(self.sizes, size_of(row)), (self.machines, machine(row))]
        return all(not wanted or fact in wanted for wanted, fact in facts)


def size_of(row: Row) -> str:
    """Returns the class of sizes that a model belongs to."""
    if row.parameters is None:
        return UNKNOWN_SIZE
    return next((name for limit, name in _SIZES if row.parameters < limit), _LARGEST_SIZE)


def ask(rows: Sequence[Row], shown: Shown) -> Wanted:
    """Draws the filters into the sidebar. What no line of the task has is not offered."""
    ours = [row for row in rows if row.status in ("measured", "unavailable")]
    measured = [row for row in rows if row.status == "measured"]
    sizes = [*(name for _, name in _SIZES), _LARGEST_SIZE, UNKNOWN_SIZE]
    with st.sidebar:
        st.subheader("Filters")
        st.caption("Ranks are those of the whole task: filters hide lines and never change a rank.")
        search = write("Search models", "search", 100, placeholder="Part of a name", icon=":material/search:", type="search")
        kinds = _pills("Kind", "kind", [kind for kind in KINDS if any(row.kind == kind for row in ours)], KIND_HELP)
        size = _pills("Parameters", "size", [name for name in sizes if any(size_of(row) == name for row in measured)])
        methods = _several("Method", "method", ours, lambda row: row.method or NO_METHOD)
        data = _several("Data used", "data", ours, lambda row: data_used(row, shown))
        machines = _several("Machine", "machine", measured, machine)
        hidden = _pills("Hide", "hide", [name for status, name in _HIDDEN.items() if any(row.status == status for row in rows)])
        st.button("Reset filters", icon=":material/restart_alt:", on_click=clear, args=_FILTERS, key="reset", width="stretch")
    return Wanted(kinds, methods, size, data, machines, frozenset(status for status, name in _HIDDEN.items() if name in hidden), search)


def _pills(label: str, parameter: str, options: Sequence[str], help: str | None = None) -> frozenset[str]:
    return frozenset(choose_several(label, parameter, options, pills=True, help=help)) if options else frozenset()


def _several(label: str, parameter: str, rows: Sequence[Row], of: Callable[[Row], str]) -> frozenset[str]:
    options = sorted({printable(of(row), 120) for row in rows})
    return frozenset(choose_several(label, parameter, options, placeholder="All")) if options else frozenset()
