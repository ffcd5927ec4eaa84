"""Label Studio's forms: tasks and a labelling configuration out; its JSON, JSON_MIN and CSV exports in.

A project of Label Studio has one configuration, so every question is a project of its own. Pictures are embedded as data URLs: one file is then the whole
import, where file names would need a storage to be set up on the server.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from xml.sax.saxutils import quoteattr

from pydantic import BaseModel, Field, RootModel

from hub.annotate.question import Question, Sample
from hub.annotate.rating_table import LARGEST, Problems, Rating, rater_of, read_csv, seconds_of
from hub.errors import EmohubError
from hub.files import write_json, write_text
from hub.results.untrusted import read_untrusted

FOLDER = "label_studio"
_MARK = "annotation_id"
"""A column that JSON_MIN and CSV have and our table has not."""


def write_projects(folder: Path, sample: Sample) -> None:
    """Writes `label_studio/<question>.json` (tasks) and `label_studio/<question>.xml` (configuration)."""
    for question in sample.questions:
        write_json(folder / FOLDER / f"{question.name}.json", [_task(folder, sample, item) for item in sample.of(question.name)])
        write_text(folder / FOLDER / f"{question.name}.xml", configuration(sample, question))


def configuration(sample: Sample, question: Question) -> str:
    """Returns the labelling configuration of a question, in Label Studio's XML."""
    items = sample.of(question.name)
    passages = max(items, key=lambda item: len(item.passages)).passages
    lines = ["<View>", f"  <Header value={quoteattr(question.prompt)}/>", f'  <Text name="instructions" value={quoteattr(question.instructions)}/>']
    shown = "image" if items[0].image else "passage_1"
    if items[0].image:
        lines.append('  <Image name="image" value="$image" maxWidth="420px"/>')
    for number, passage in enumerate(passages, start=1):
        text = f'<Text name="passage_{number}" value="$passage_{number}"/>'
        if passage.on_demand:
            text = f"<Collapse><Panel value={quoteattr(passage.title)}>{text}</Panel></Collapse>"
        else:
            text = f'<View style="margin: 0.6em 0">{text}</View>'
        if passage.title and not passage.on_demand:
            text = f'<Header size="5" value={quoteattr(passage.title)}/>{text}'
        lines.append(f"  {text}")
    choice = "single" if question.most == 1 else "multiple"
    lines.append(f'  <Choices name={quoteattr(question.name)} toName="{shown}" choice="{choice}" value="$options" required="true"/>')
    return "\n".join([*lines, "</View>", ""])


def _task(folder: Path, sample: Sample, item: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"item_id": item.item_id, "dataset": sample.dataset, "version": sample.version, "fingerprint": sample.fingerprint}
    if item.image:
        data["image"] = "data:image/png;base64," + base64.b64encode((folder / item.image).read_bytes()).decode()
    data |= {f"passage_{number}": passage.text for number, passage in enumerate(item.passages, start=1)}
    return {"data": data | {"options": [{"value": option} for option in item.options]}}


class _Choices(BaseModel):
    choices: list[str] = []


class _Result(BaseModel):
    from_name: str = ""
    type: str = ""
    value: _Choices | None = None


class _Annotation(BaseModel):
    completed_by: int | str | dict[str, Any] | None = None
    result: list[_Result] = []
    was_cancelled: bool = False
    lead_time: float | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class _Data(BaseModel):
    item_id: Annotated[str, Field(max_length=200)]
    version: Annotated[str, Field(max_length=100)] = ""


class _Task(BaseModel):
    data: _Data
    annotations: list[_Annotation] = []


class _Tasks(RootModel[list[_Task]]):
    pass


class _Flat(RootModel[list[dict[str, Any]]]):
    pass


def read_export(path: Path, sample: Sample, problems: Problems) -> list[Rating]:
    """Reads a JSON, JSON_MIN or CSV export, the oldest answer first.

    Raises:
        EmohubError: it is none of these.
    """
    if path.suffix == ".csv":
        return list(_flat(read_csv(path), sample, problems))
    lines = read_untrusted(path, _Flat, LARGEST).root
    if any("annotations" in line for line in lines):
        return _raw(read_untrusted(path, _Tasks, LARGEST).root, problems)
    if lines and not any(_MARK in line for line in lines):
        raise EmohubError(f"{path.name}: tasks without annotations; export the project as JSON, JSON-MIN or CSV once people have answered")
    return list(_flat(lines, sample, problems))


def is_export(columns: Sequence[str]) -> bool:
    """Tells Label Studio's CSV from the canonical one by its columns."""
    return _MARK in columns


def _raw(tasks: Sequence[_Task], problems: Problems) -> list[Rating]:
    found: list[tuple[float, Rating]] = []
    for task in tasks:
        for annotation in task.annotations:
            if annotation.was_cancelled:
                problems.add("cancelled by the rater", task.data.item_id)
                continue
            answers = [(result.from_name, result.value.choices) for result in annotation.result if result.type == "choices" and result.value]
            if not answers:
                problems.add("nothing was chosen", task.data.item_id)
            time = annotation.updated_at or annotation.created_at
            for question, choices in answers:
                rating = Rating(
                    task.data.item_id, _rater(annotation.completed_by), question, tuple(choices), seconds_of(annotation.lead_time), task.data.version
                )
                found.append((_seconds(time), rating))
    return [rating for _, rating in sorted(found, key=lambda one: one[0])]


def _seconds(time: datetime | None) -> float:
    """Since 1970; a time without a zone is taken as UTC, which is what Label Studio writes."""
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() if time else 0.0


def _flat(lines: Sequence[dict[str, Any]], sample: Sample, problems: Problems) -> Iterator[Rating]:
    questions = [question.name for question in sample.questions]
    for line in sorted(lines, key=lambda line: str(line.get("updated_at") or line.get("created_at") or "")):
        item = str(line.get("item_id", ""))
        answers = [(name, _choices(line[name])) for name in questions if line.get(name)]
        if not answers:
            problems.add("nothing was chosen", item)
        for question, choices in answers:
            yield Rating(item, _rater(line.get("annotator")), question, choices, seconds_of(line.get("lead_time")), str(line.get("version", "")))


def _choices(cell: Any) -> tuple[str, ...]:
    """A flattened answer: the one choice, or `{"choices": [...]}`, in CSV as text."""
    if isinstance(cell, str) and cell.startswith("{"):
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError):
            return (cell,)
    if isinstance(cell, dict):
        cell = cell.get("choices", [])
    return tuple(str(one) for one in cell) if isinstance(cell, list) else (str(cell),)


def _rater(completed_by: Any) -> str:
    """A number of Label Studio's becomes `annotator-7`; names and addresses go the way of every rater's name."""
    if isinstance(completed_by, dict):
        completed_by = completed_by.get("id", completed_by.get("email"))
    text = str(completed_by)
    return f"annotator-{text}" if text.isdigit() else rater_of(text)
