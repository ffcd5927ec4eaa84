"""The tables of the pages, from what the board holds. Pure functions: texts that come from files are made printable here, and escaped by the templates."""

from collections.abc import Iterable, Sequence

from hub.results.board.claims_view import JudgedClaim, JudgedComparison
from hub.results.board.views import RunLine, TaskBoard, TaskEntry
from hub.results.datasets import DatasetReport
from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import bounds_text, count_text, decimals, decision_text, metric_title, note_text, printable, rank_text, seconds_text
from hub.results.store import BrokenRecord
from hub.results.table import Row
from leaderboard.export.material import Material
from leaderboard.export.tables import Cell, Column, Line, Table, used

_NOTHING = "–"
_NOT_MEASURED = "not measured"
_MOST_NAMED = 4
_ORDER = {"measured": 0, "imported": 1, "reported": 2, "unavailable": 3}
_BADGES = {"imported": "sent in by others", "reported": "reported, not measured here", "unavailable": "not run here"}


def page_of(profile: str, task: str) -> str:
    """Returns the page of one table, relative to the first page."""
    return f"tables/{profile}/{task}.html"


def standings(board: TaskBoard, found: Material) -> Table:
    """Returns one task's table: measured lines by rank, then what others sent in, what papers report, and what could not be run."""
    entry = found.entry(board.profile, board.task)
    rows = sorted(board.rows, key=lambda row: _ORDER[row.status])
    digits = decimals([row.main.value for row in rows if row.main])
    columns = (
        Column("Rank", number=True),
        Column("Model", head=True),
        Column(metric_title(entry.main_metric) + (", lower is better" if entry.main_metric in LOWER_IS_BETTER else ""), number=True),
        Column("95 % interval", number=True),
        Column("Not separable from", wide=True),
        Column("Seeds", number=True),
        Column("Parameters", number=True),
        Column("Training", number=True),
        Column("Prediction", number=True, aside=True),
        Column("Cost", number=True, aside=True),
        Column("Energy", number=True),
        Column("Method"),
        Column("Data"),
        Column("Decision", aside=True),
        Column("Machine", wide=True, aside=True),
        Column("The interval", wide=True, aside=True),
        Column("Notes", wide=True),
    )
    lines = tuple(_standing(row, found, digits) for row in rows)
    return used(Table("standings", f"{found.task(board.task)}, profile {board.profile}", columns, lines))


def _standing(row: Row, found: Material, digits: int) -> Line:
    measured = row.status == "measured"
    name = found.model(row.model)
    cells = (
        Cell(rank_text(row) or _NOTHING, row.rank),
        Cell(name, name, detail=row.kind or "", badge=_BADGES.get(row.status, "")),
        Cell(f"{row.main.value:.{digits}f}" if row.main else _NOTHING, row.main.value if row.main else None),
        Cell(bounds_text(row.main, digits) or _NOTHING, row.main.low if row.main else None),
        Cell(tied_text(row.ties, found) or ("every other is separable" if measured else _NOTHING)),
        Cell(str(len(row.seeds)) if row.seeds else _NOTHING, len(row.seeds) or None, detail="no training noise" if measured and len(row.seeds) == 1 else ""),
        Cell(count_text(row.parameters), row.parameters),
        Cell(seconds_text(row.train_seconds), row.train_seconds),
        Cell(seconds_text(row.predict_seconds), row.predict_seconds),
        _cost(row) if measured else Cell(_NOTHING),
        _energy(row) if measured else Cell(_NOTHING),
        Cell(printable(row.method or _NOTHING, 60)),
        Cell(_data(row)),
        Cell(decision_text(row)),
        Cell(printable(row.machine or _NOTHING, 120)),
        Cell(printable(row.interval or _NOTHING, 160)),
        Cell(note_text(row)),
    )
    return Line(cells, "" if measured else row.status)


def tied_text(ties: Sequence[str], found: Material) -> str:
    """Returns the models that share a rank; of many only some, because the files hold all."""
    named = [found.model(tied) for tied in ties]
    return ", ".join(named) if len(named) <= _MOST_NAMED else f"{', '.join(named[: _MOST_NAMED - 1])} and {len(named) - _MOST_NAMED + 1} others"


def _cost(row: Row) -> Cell:
    return Cell(_NOT_MEASURED) if row.us_dollars is None else Cell(f"{row.us_dollars:.2f} US$", row.us_dollars)


def _energy(row: Row) -> Cell:
    if row.energy_kilowatt_hours is None:
        return Cell(_NOT_MEASURED)
    return Cell(f"{row.energy_kilowatt_hours:.3g} kWh", row.energy_kilowatt_hours, detail=printable(row.energy_method or "", 160))


def _data(row: Row) -> str:
    sizes = f"{row.train_rows:,} train, {row.test_rows:,} test" if row.train_rows is not None and row.test_rows is not None else ""
    before = f"after {printable(row.pretrained_on, 60)}" if row.pretrained_on else ""
    return "; ".join(part for part in (before, sizes) if part) or _NOTHING


def pairs(board: TaskBoard, found: Material) -> Table:
    """Returns every pair that was tested, the clearest first."""
    columns = (
        Column("Better", head=True),
        Column("Other"),
        Column("Difference", number=True),
        Column("95 % interval", number=True),
        Column("P(better)", number=True),
        Column("p, adjusted", number=True),
        Column("Separable"),
        Column("Seeds", number=True),
        Column("The interval covers", wide=True),
    )
    lines = []
    for tested in sorted(board.comparisons, key=lambda one: (1.0 if one.adjusted is None else one.adjusted, -abs(one.gain), one.first, one.second)):
        one = tested.turned if tested.gain < 0 else tested
        cells = (
            Cell(found.model(one.first)),
            Cell(found.model(one.second)),
            Cell(f"{one.gain:.4f}", one.gain),
            Cell(f"{one.low:+.4f} to {one.high:+.4f}", one.low),
            Cell(f"{one.probability:.3f}", one.probability),
            Cell(_NOTHING if one.adjusted is None else f"{one.adjusted:.3g}", one.adjusted),
            Cell("yes" if one.separable else "no"),
            Cell(str(one.seeds), one.seeds),
            Cell(printable(one.variance, 120)),
        )
        lines.append(Line(cells))
    return Table("pairs", "Every pair of models, tested", columns, tuple(lines))


def overview_table(entries: Sequence[TaskEntry], found: Material, profile: str) -> Table:
    """Returns the tasks of a profile with their leaders; those with scores first."""
    columns = (
        Column("Task", head=True),
        Column("Leader"),
        Column("Score", number=True),
        Column("95 % interval", number=True),
        Column("Metric"),
        Column("Not separable from the leader", wide=True),
        Column("Models", number=True),
        Column("Runs", number=True),
    )
    lines = []
    for entry in sorted(entries, key=lambda entry: (not entry.measured, found.task(entry.task))):
        digits = decimals([entry.score.value]) if entry.score else 3
        cells = (
            Cell(found.task(entry.task), link=page_of(entry.profile, entry.task), badge="" if entry.measured else _BADGES["unavailable"]),
            Cell(found.model(entry.winner) if entry.winner else _NOTHING),
            Cell(f"{entry.score.value:.{digits}f}" if entry.score else _NOTHING, entry.score.value if entry.score else None),
            Cell(bounds_text(entry.score, digits) or _NOTHING),
            Cell(metric_title(entry.main_metric), detail="lower is better" if entry.main_metric in LOWER_IS_BETTER else ""),
            Cell(tied_text(entry.ties, found) or _NOTHING),
            Cell(str(entry.measured), entry.measured),
            Cell(str(entry.runs), entry.runs),
        )
        lines.append(Line(cells, "" if entry.measured else "unavailable"))
    return Table(f"tasks-{profile}", f"Tasks of the profile {profile}", columns, tuple(lines))


def broken_table(broken: Iterable[BrokenRecord]) -> Table:
    lines = tuple(Line((Cell(printable(one.place, 200)), Cell(printable(one.reason, 300)))) for one in broken)
    return Table("broken", "Result files that could not be read", (Column("File", head=True), Column("Why", wide=True)), lines)


def runs_table(runs: Sequence[RunLine], found: Material) -> Table:
    """Returns one line a run, in the order given."""
    columns = (
        Column("Run", head=True),
        Column("Finished, UTC"),
        Column("Metric"),
        Column("Score", number=True),
        Column("Training", number=True),
        Column("Data"),
        Column("Code"),
        Column("Machine", wide=True, aside=True),
        Column("Notes", wide=True),
    )
    lines = tuple(
        Line(
            (
                Cell(
                    printable(run.place, 200).replace("/", " / "), printable(run.place, 200), badge="" if run.status == "complete" else _BADGES["unavailable"]
                ),
                Cell(printable(run.finished, 40)),
                Cell(metric_title(run.main_metric)),
                Cell(_NOTHING if run.score is None else f"{run.score:.4f}", run.score),
                Cell(seconds_text(run.train_seconds), run.train_seconds),
                Cell(printable(run.data, 80), detail=printable(run.fingerprint or "", 12)),
                Cell(printable(run.revision or _NOTHING, 12)),
                Cell(printable(run.machine, 120)),
                Cell(printable(run.reason or "", 400)),
            ),
            "" if run.status == "complete" else "unavailable",
        )
        for run in runs
    )
    return Table("runs", "Runs, the latest first", columns, lines)


def evidence_table(claim: JudgedClaim, found: Material) -> Table:
    columns = (
        Column("Comparison", head=True),
        Column("Metric"),
        Column("Verdict"),
        Column("Scores", number=True),
        Column("Gain", number=True),
        Column("95 % interval", number=True),
        Column("Effect size", number=True),
        Column("p", number=True),
        Column("Seeds", number=True),
        Column("The interval covers, or what is missing", wide=True),
    )
    lines = tuple(Line(_evidence(one, found)) for one in claim.evidence)
    return Table(f"{claim.profile}-{claim.claim}", f"{printable(claim.title, 200)}: the evidence", columns, lines)


def _evidence(one: JudgedComparison, found: Material) -> tuple[Cell, ...]:
    relation = "better than" if one.expected == "better" else f"at most {one.margin:.0%} worse than"
    known = one.gain is not None and one.low is not None and one.high is not None
    return (
        Cell(f"{found.model(one.model)} is {relation} {found.model(one.baseline)}", detail=found.task(one.task)),
        Cell(metric_title(one.metric)),
        Cell(one.verdict),
        Cell(f"{one.model_score:.4g} / {one.baseline_score:.4g}" if known else _NOTHING),
        Cell(f"{one.gain:+.4g}" if known else _NOTHING, one.gain),
        Cell(f"{one.low:+.4g} to {one.high:+.4g}" if known else _NOTHING, one.low),
        Cell(_NOTHING if one.effect_size is None else f"{one.effect_size:+.2f}", one.effect_size),
        Cell(_NOTHING if one.p_value is None else f"{one.p_value:.2g}", one.p_value),
        Cell(str(len(one.seeds)), len(one.seeds)),
        Cell(printable(one.reason or one.variance, 200)),
    )


def rows_table(report: DatasetReport) -> Table:
    """Returns a dataset's rows by configuration and split."""
    splits = list(dict.fromkeys(split for sizes in report.rows.values() for split in sizes))
    lines = tuple(
        Line((Cell(name), *(Cell(f"{sizes.get(split, 0):,}", sizes.get(split, 0)) for split in splits), Cell(f"{sum(sizes.values()):,}", sum(sizes.values()))))
        for name, sizes in report.rows.items()
    )
    columns = (Column("Configuration", head=True), *(Column(split, number=True) for split in splits), Column("all", number=True))
    return Table(f"rows-{report.profile}-{report.dataset}", "Rows", columns, lines)


def gates_table(report: DatasetReport) -> Table:
    lines = tuple(
        Line(
            (
                Cell(printable(gate.name, 120)),
                Cell("held" if gate.passed else "not held"),
                Cell(printable(gate.measured, 120)),
                Cell(printable(gate.required, 120)),
            )
        )
        for gate in report.gates
    )
    columns = (Column("Gate", head=True), Column("Outcome"), Column("Measured"), Column("Required"))
    return Table(f"gates-{report.profile}-{report.dataset}", "Gates", columns, lines)


def rejects_table(report: DatasetReport) -> Table:
    lines = tuple(
        Line((Cell(printable(step, 80)), Cell(printable(reason, 120)), Cell(f"{count:,}", count)))
        for step, reasons in report.rejects.items()
        for reason, count in sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    )
    columns = (Column("Step", head=True), Column("Why"), Column("Answers taken out", number=True))
    return Table(f"rejects-{report.profile}-{report.dataset}", "What was taken out on the way", columns, lines)


def releases_table(found: Material) -> Table:
    columns = (
        Column("Dataset", head=True),
        Column("Profile"),
        Column("Version"),
        Column("Where"),
        Column("Revision"),
        Column("Rows", number=True),
        Column("Size", number=True),
        Column("Gates"),
    )
    lines = []
    for one in found.releases:
        held = sum(gate.passed for gate in one.gates)
        cells = (
            Cell(found.dataset(one.dataset)),
            Cell(one.profile),
            Cell(one.version, detail="" if one.tag else "draft"),
            Cell(printable(one.repository, 120)),
            Cell(one.revision[:12]),
            Cell(f"{one.row_count:,}", one.row_count),
            Cell(f"{one.bytes / 1e6:,.1f} MB", one.bytes),
            Cell(f"{held} of {len(one.gates)} held", held),
        )
        lines.append(Line(cells))
    return Table("releases", "What was published where", columns, tuple(lines))
