"""`emohub annotate`: a sample out, answers in, a report."""

import csv
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hub.annotate import label_studio, rating_table
from hub.annotate.question import QUESTIONS, SEPARATOR, Sample, read_key, read_sample, write_key, write_sample
from hub.annotate.questionnaire import PROTOCOLS, item_id_of, questions_about
from hub.annotate.rating_table import Problems, append, checked, read_csv, read_ratings, read_table, standing
from hub.annotate.report import Report, report_of, write_report
from hub.annotate.rows import find_configuration, find_split, read_pictures, read_rows
from hub.annotate.sampling import draw_rows
from hub.console import say
from hub.errors import EmohubError
from hub.files import replacing
from hub.paths import Project
from hub.publish.inspection.published_folder import open_published
from hub.publish.manifest import MANIFEST, read_manifest

SPREADSHEET = "questions.csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import took."""

    new: int
    """Answers that were not there."""
    replaced: int
    """Answers that differ from an earlier one of the same rater, which no longer counts."""
    known: int
    """Answers that were there already."""
    problems: Problems

    def lines(self) -> list[str]:
        taken = f"{self.new} answers taken, {self.replaced} of earlier ones replaced, {self.known} known already"
        return [taken, *self.problems.lines()]


def export_sample(
    project: Project,
    source: str | Path,
    out: Path,
    configuration: str | None = None,
    split: str = "test",
    items: int = 200,
    distractors: int | None = None,
    seed: int = 0,
) -> Sample:
    """Draws a sample and writes it to `out`: `questions.json`, `questions.csv`, `label_studio/`, `images/` and `key.csv`, which is not for raters.

    Args:
        source: a dataset of the project, whose published folder is read, or any published folder.
        configuration: None means the default one.
        distractors: options beside a row's labels; None means as many as make six named options.

    Raises:
        EmohubError: `out` holds something, or the sample cannot be drawn.
    """
    folder = open_published(_published(project, source))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise EmohubError(f"{out}: is there already; name a new folder, so that no sample loses its answers")
    manifest = read_manifest(folder.root)
    chosen = find_configuration(folder, configuration)
    files = find_split(folder, manifest, chosen, split)
    labelled = read_rows(folder, manifest, chosen, files)
    rows = draw_rows(labelled.rows, items, seed)
    named = [(item_id_of(manifest.name, manifest.fingerprint, chosen.name, split, seed, row), row) for row in rows]
    questions, asked, key = questions_about(labelled, named, distractors, seed)
    sample = Sample(
        dataset=manifest.name,
        version=manifest.version,
        fingerprint=manifest.fingerprint,
        configuration=chosen.name,
        split=split,
        seed=seed,
        protocol=PROTOCOLS["several" if labelled.multiple else "single"],
        questions=tuple(questions),
        items=tuple(asked),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as work:
        staged = Path(work) / "sample"
        (staged / "images").mkdir(parents=True)
        if labelled.image:
            ids = {row.id: item_id for item_id, row in named}
            for row_id, picture in read_pictures(folder, files, labelled.image, ids).items():
                (staged / "images" / f"{ids[row_id]}.png").write_bytes(picture)
        else:
            (staged / "images").rmdir()
        write_sample(staged, sample)
        write_key(staged, key)
        _write_spreadsheet(staged, sample)
        label_studio.write_projects(staged, sample)
        if out.exists():
            out.rmdir()
        staged.rename(out)
    shared = Counter(row.groups[0] for row in rows if row.groups)
    say(f"{manifest.name} {manifest.version}: {len(rows)} items of {chosen.name}/{split}, {len(asked)} questions, in {out}")
    if shared and max(shared.values()) > 1:
        say(f"There are fewer groups than items: up to {max(shared.values())} items share one (a story, a person), as evenly as they could be spread")
    return sample


def import_ratings(out: Path, file: Path) -> Imported:
    """Takes answers from a Label Studio export (JSON, JSON-MIN, CSV) or from a filled-in `questions.csv` into `ratings/`.

    Raises:
        EmohubError: the file is neither, or `out` holds no sample.
    """
    sample, problems = read_sample(out / QUESTIONS), Problems()
    canonical = file.suffix == ".csv" and not any(label_studio.is_export(list(line)) for line in read_csv(file)[:1])
    found = read_table(file, problems) if canonical else label_studio.read_export(file, sample, problems)
    before = standing(read_ratings(out, sample)[0])
    new = replaced = known = 0
    for rating in found:
        result = checked(sample, rating)
        if isinstance(result, str):
            problems.add(result, rating.item_id or file.name)
            continue
        earlier = before.get(result.place)
        if earlier is not None and earlier.value == result.value:
            known += 1
            continue
        append(out, result)
        before[result.place] = result
        new, replaced = new + (earlier is None), replaced + (earlier is not None)
    return Imported(new, replaced, known, problems)


def report(out: Path) -> Report:
    """Judges the answers in `out` and writes `report.json` and `report.md` there.

    Raises:
        EmohubError: there is no sample, no key or no answer.
    """
    sample = read_sample(out / QUESTIONS)
    given, problems = read_ratings(out, sample)
    if not given:
        raise EmohubError(f"{out / rating_table.FOLDER}: there are no answers yet; rate on the page or import an export first")
    result = report_of(sample, read_key(out), given, problems)
    write_report(out, result)
    return result


def _published(project: Project, source: str | Path) -> Path:
    folder = Path(source)
    if (folder / MANIFEST).is_file():
        return folder
    own = project.published(str(source)) if Path(source).name == str(source) else None
    if own is not None and (own / MANIFEST).is_file():
        return own
    raise EmohubError(f"{source}: neither a published folder (one with a {MANIFEST}) nor a dataset that is built here; run `dvc repro publish@{source}`")


def _write_spreadsheet(folder: Path, sample: Sample) -> None:
    """Writes the questions for people who rate in a spreadsheet: `rater_id` and `value` are for them to fill in."""
    with replacing(folder / SPREADSHEET) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*rating_table.COLUMNS, "prompt", "text", "image", "options", "most_choices"])
        for item in sample.items:
            question = sample.question(item.question)
            text = "\n\n".join(f"{passage.title}: {passage.text}" if passage.title else passage.text for passage in item.passages)
            shown = [question.prompt, _cell(text), item.image or "", SEPARATOR.join(item.options), question.most]
            writer.writerow([item.item_id, "", item.question, "", "", sample.version, *shown])


def _cell(text: str) -> str:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return "'" + text if text.startswith(_FORMULA) else text
