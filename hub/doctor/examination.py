"""Runs all checks beside each other, and puts what they found into lines."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from hub.doctor.declared import DECLARED
from hub.doctor.engines import ENGINES
from hub.doctor.environment import ENVIRONMENT
from hub.doctor.finding import Check, Finding, Level, Subject
from hub.doctor.gpu import GPU
from hub.doctor.room import ROOM
from hub.doctor.scale import SCALE
from hub.doctor.stores import STORES
from hub.errors import EmohubError

CHECKS: tuple[tuple[str, Check], ...] = (*ENVIRONMENT, *DECLARED, *STORES, *ROOM, *GPU, *ENGINES, *SCALE)
_COLOURS: dict[Level, str] = {"ok": "32", "note": "33", "problem": "31"}


@dataclass(frozen=True, slots=True)
class Examined:
    """What a check, by its name, found."""

    check: str
    findings: tuple[Finding, ...]


def examine(subject: Subject, checks: Sequence[tuple[str, Check]] = CHECKS) -> list[Examined]:
    """Returns what every check found, in their order. A check that fails is itself a finding."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda one: Examined(one[0], _made(subject, one[1])), checks))


def lines(examined: Sequence[Examined], coloured: bool) -> list[str]:
    """Returns one line a finding, and one that counts them."""
    width = max(len(one.check) for one in examined)
    found = [(one.check, finding) for one in examined for finding in one.findings]
    shown = [f"{_level(finding.level, coloured)}  {check:<{width}}  {_sentence(finding)}" for check, finding in found]
    problems, notes = (sum(finding.level == level for _, finding in found) for level in ("problem", "note"))
    return [*shown, f"{problems} problem{'s' * (problems != 1)}, {notes} note{'s' * (notes != 1)}, {len(examined)} checks"]


def _made(subject: Subject, check: Check) -> tuple[Finding, ...]:
    try:
        return tuple(check(subject))
    except EmohubError as error:
        return (Finding("note", f"not examined: {_first_line(error)}"),)
    except Exception as error:  # A broken check must not hide what the others have to say.
        return (Finding("problem", f"the check itself failed ({type(error).__name__}: {_first_line(error)})", "tell the maintainers; the other checks hold"),)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _level(level: Level, coloured: bool) -> str:
    return f"\x1b[{_COLOURS[level]}m{level:<7}\x1b[0m" if coloured else f"{level:<7}"


def _sentence(finding: Finding) -> str:
    return f"{finding.what}: {finding.advice}" if finding.advice else finding.what
