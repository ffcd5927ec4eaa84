"""What the tests with real engines have measured, printed at the end."""

from collections.abc import Callable

import pytest

_PROPERTY = "measured"


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """`measured(text)` adds a line to what is printed at the end of the run."""
    return lambda text: request.node.user_properties.append((_PROPERTY, text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, []) if report.when == "call"]
    lines = [f"{report.nodeid.rpartition('::')[2]}: {text}" for report in reports for name, text in report.user_properties if name == _PROPERTY]
    if lines:
        terminalreporter.section("measured with real engines")
        for line in lines:
            terminalreporter.write_line(line)
