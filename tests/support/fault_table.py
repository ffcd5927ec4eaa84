"""The table of what was tried to break the project: one row a fault, printed at the end of every run of pytest that tried any, with pytest-xdist too."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import pytest

PROPERTY = "fault"
"""The user property of a test report that holds a row: these travel from pytest-xdist's workers to the process that prints."""

_HEADINGS = ("what", "tried", "crashed", "lost", "repeated", "remark")
_NAME = "emohub-fault-table"


@dataclass(frozen=True)
class Fault:
    """One row. `crashed` counts ends other than a clean one or one clear sentence; `lost` and `repeated` count work that was done before the fault."""

    what: str
    tried: int
    crashed: int = 0
    lost: int = 0
    repeated: int = 0
    remark: str = ""

    def __add__(self, other: "Fault") -> "Fault":
        remarks = dict.fromkeys(remark for remark in (self.remark, other.remark) if remark)
        return Fault(
            self.what, self.tried + other.tried, self.crashed + other.crashed, self.lost + other.lost, self.repeated + other.repeated, "; ".join(remarks)
        )


class FaultTable:
    """Gathers the rows of finished tests and prints them."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == PROPERTY and isinstance(value, (list, tuple)):
                fault = Fault(*value)
                self._faults[fault.what] = self._faults[fault.what] + fault if fault.what in self._faults else fault

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._faults:
            terminalreporter.section("faults")
            for line in table(self._faults.values()):
                terminalreporter.write_line(line)


def table(faults: Iterable[Fault]) -> list[str]:
    """The rows in the order of their names, aligned, with a sum at the end."""
    ordered = sorted(faults, key=lambda fault: fault.what)
    total = Fault("together", *(sum(column) for column in zip(*(astuple(fault)[1:5] for fault in ordered), strict=True)))
    cells = [_HEADINGS, *(tuple(f"{value:,}" if isinstance(value, int) else value for value in astuple(fault)) for fault in [*ordered, total])]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADINGS))]
    return [
        "  ".join(cell.rjust(width) if 0 < column < 5 else cell.ljust(width) for column, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in cells
    ]


def install(config: pytest.Config) -> None:
    """Prints the table at the end of this run, once, however many ask for it."""
    if not config.pluginmanager.has_plugin(_NAME):
        config.pluginmanager.register(FaultTable(), _NAME)
