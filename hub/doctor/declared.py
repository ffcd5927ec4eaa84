"""Declarations, graph.yaml, and the data that tasks are said to have."""

from collections.abc import Iterator
from pathlib import Path

from hub.doctor.finding import Check, Finding, Subject
from hub.errors import DeclarationError
from hub.spec.task import ExternalSource, data_owner, data_variable

_SHOWN = 5


def declarations(subject: Subject) -> Iterator[Finding]:
    from hub.validate import validate

    try:
        yield Finding("ok", validate(subject.workspace))
    except (ImportError, SyntaxError) as error:
        yield Finding("problem", f"code that a declaration names cannot be imported ({error})", "mend it, or install what it needs")
    except DeclarationError as error:
        problems = str(error).splitlines()
        yield from (Finding("problem", problem, "" if "run `" in problem else "mend the file") for problem in problems[:_SHOWN])
        if len(problems) > _SHOWN:
            yield Finding("problem", f"and {len(problems) - _SHOWN} more", "`emohub validate` lists them")


def task_data(subject: Subject) -> Iterator[Finding]:
    registry, params, profile = subject.workspace.registry, subject.workspace.params, subject.workspace.profile
    external = [
        task
        for task in map(registry.task, registry.files("task"))
        if isinstance(task.source, ExternalSource) and (not task.runs_in or profile.name in task.runs_in)
    ]
    absent: set[str] = set()
    there = 0
    for owner in sorted({data_owner(task) for task in external}):
        named = params.data.get(owner) or subject.environment.get(data_variable(owner))
        if not named:
            absent.add(owner)
        elif not (subject.project.root / Path(named).expanduser()).exists():
            yield Finding(
                "problem", f"the data of {owner} is said to be at {named}, and nothing is there", f"mend data.{owner} in params.yaml, or {data_variable(owner)}"
            )
        else:
            there += 1
    if absent:
        download = "what is on the Hub is downloaded" if profile.bench.network else "their benches are recorded as unavailable"
        listed = ", ".join(sorted(absent)[:_SHOWN]) + (", …" if len(absent) > _SHOWN else "")
        yield Finding("note", f"{len(absent)} external data sets are not given ({listed}); {download}", "name a path in params.yaml or EMOHUB_DATA_<TASK>")
    if there or not absent:
        yield Finding("ok", f"{there} external data sets are where they are said to be")


DECLARED: tuple[tuple[str, Check], ...] = (("declarations", declarations), ("data of tasks", task_data))
