"""What synthetic training rows are worth on real test rows: points of scores over numbers of rows, from what run records say. Pure functions.

A recipe is a method with its settings. Only models of one recipe are put on one curve, so that they differ in what they were trained on and in nothing else;
and only tasks that declare the same real test rows, scored and decided the same way, share a picture.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hub.errors import EmohubError
from hub.files import digest
from hub.results.datasets import DatasetReport
from hub.results.record import Data, RunRecord
from hub.results.standings import Comparison
from hub.results.table import Estimate, Row
from hub.spec.model import ModelSpec
from hub.spec.task import ExternalSource, HoldoutProtocol, PublishedSource, TaskSpec, TextClassificationTask, data_owner

Training = Literal["real", "synthetic", "real + synthetic"]
NEARLY_EQUAL = 0.05
"""Numbers of rows that differ by no more than this share are called about equal."""


NO_CONTEXTS = (
    "Real texts here come without a context. A model that learnt to read utterances beside contexts is then asked about utterances alone, which stand "
    "where contexts stood in its training: its score says how it reads those, rather than what contexts are worth."
)
_ENGINES = {
    "authored": "put together from story kits that were authored for this project with AI writing assistance; the pipeline asked no language model",
    "endpoint": "written by a language model behind an endpoint",
    "transformers": "written by a language model, run with transformers",
    "vllm": "written by a language model, run with vLLM",
}
_NOT_THE_PAPERS = (
    " The paper's own data was written by a language model with 7 billion parameters and is about forty times larger: nothing on this page is the paper's "
    "result, nor a test of it."
)


@dataclass(frozen=True, slots=True)
class SharedTest:
    """Tasks whose test rows are the same real ones; they differ in how many training rows they give."""

    name: str
    """Of the first task."""
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one measured model was trained and tested on, and by which recipe."""

    row: Row
    data: Data
    """Of its first record."""
    recipe: str


@dataclass(frozen=True, slots=True)
class SizePoint:
    """One model: what it was trained on, and its score."""

    task: str
    model: str
    training: Training
    source: str | None
    """The task whose training rows are the synthetic ones."""
    real_rows: int
    synthetic_rows: int
    score: Estimate
    interval: str | None
    seeds: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """The points of one set of test rows in one profile, and what had to be left out."""

    points: tuple[SizePoint, ...]
    metric: str | None
    test_rows: int | None
    left_out: tuple[str, ...] = ()
    """One sentence each."""

    def of(self, training: Training, source: str | None = None) -> tuple[SizePoint, ...]:
        """The points of one way of training, by number of rows."""
        found = (point for point in self.points if point.training == training and (source is None or point.source == source))
        return tuple(sorted(found, key=lambda point: (point.real_rows + point.synthetic_rows, point.task, point.model)))

    @property
    def sources(self) -> tuple[str, ...]:
        """The synthetic sources, that with most rows first."""
        rows: dict[str, int] = {}
        for point in self.points:
            if point.source is not None:
                rows[point.source] = max(rows.get(point.source, 0), point.synthetic_rows)
        return tuple(sorted(rows, key=lambda source: (-rows[source], source)))


@dataclass(frozen=True, slots=True)
class Gap:
    """Two points beside each other, and the paired test of their difference where both belong to one task. Gains are positive when the first is better."""

    first: SizePoint
    second: SizePoint
    comparison: Comparison | None

    @property
    def gain(self) -> tuple[float, float, float] | None:
        """With the bounds of its 95 % interval."""
        if self.comparison is None:
            return None
        one = self.comparison if self.comparison.first == self.first.model else self.comparison.turned
        return one.gain, one.low, one.high


def recipe(method: str, settings: Mapping[str, Any]) -> str:
    """Returns what is the same for two models that are trained the same way; `method` is the name that lines of the leaderboard give."""
    return digest([method, dict(settings)])


def provenance(reports: Sequence[DatasetReport], datasets: Iterable[str], profile: str, title: Callable[[str], str]) -> tuple[str, ...]:
    """Returns in a sentence or two how the synthetic rows of each dataset were made, from its report in the profile, or else in another one."""
    said = []
    ordered = sorted(reports, key=lambda report: report.profile != profile)
    for name in sorted(set(datasets)):
        report = next((report for report in ordered if report.dataset == name), None)
        if report is not None:
            made = _ENGINES.get(report.engine.kind, f"written by the engine {report.engine.kind}")
            disclaimer = _NOT_THE_PAPERS if report.engine.kind == "authored" else ""
            said.append(f"The synthetic rows are {title(name)}, version {report.version}: {made}.{disclaimer}")
    return tuple(said)


def read_seen(rows: Iterable[Row], read: Callable[[Row], RunRecord]) -> tuple[list[Seen], tuple[str, ...]]:
    """Returns the measured lines with what the record of each one's first seed says of data and settings, and why others could not be read.

    Args:
        rows: lines of the leaderboard; baselines and models that are no longer declared are passed over.
        read: reads the record of a line's first seed, or raises EmohubError.
    """
    found, unread = [], []
    for row in rows:
        if row.status != "measured" or row.kind == "baseline" or row.method is None or row.profile is None or not row.seeds:
            continue
        try:
            record = read(row)
        except EmohubError as error:
            unread.append(str(error))
            continue
        found.append(Seen(row, record.data, recipe(row.method, record.settings)))
    return found, tuple(unread)


def real_tests(tasks: Iterable[TaskSpec]) -> tuple[SharedTest, ...]:
    """Returns the tasks on real texts, those with the same test rows together; the task that gives all training rows comes first."""
    groups: dict[str, list[TextClassificationTask]] = {}
    for task in tasks:
        if isinstance(task, TextClassificationTask) and isinstance(task.source, ExternalSource):
            same = task.model_dump(mode="json", include={"taxonomy", "labels", "scored_labels", "mapping", "decision", "main_metric"})
            groups.setdefault(digest([data_owner(task), task.protocol.kind, same]), []).append(task)
    ordered = (sorted(group, key=lambda task: (-_share(task), task.name)) for group in groups.values())
    return tuple(SharedTest(group[0].name, tuple(task.name for task in group)) for group in ordered)


def _share(task: TextClassificationTask) -> float:
    return task.protocol.train_share if isinstance(task.protocol, HoldoutProtocol) else 1.0


def synthetic_tasks(tasks: Iterable[TaskSpec]) -> frozenset[str]:
    """Returns the tasks on texts that this hub made."""
    return frozenset(task.name for task in tasks if isinstance(task, TextClassificationTask) and isinstance(task.source, PublishedSource))


def size_points(seen: Sequence[Seen], synthetic: frozenset[str]) -> Sizes:
    """Returns the points of models of the recipes that some model trains on synthetic rows with. A model on several tasks that adapts to none of them is
    the same on each, and is kept once: where it has most seeds.

    All must have been tested on the same rows: those whose record says other test rows, or another number of them, than most are left out.
    """
    recipes = {one.recipe for one in seen if one.data.pretrained_on in synthetic}
    fitting = {None, *synthetic}
    kept = [one for one in seen if one.recipe in recipes and one.row.main is not None and one.data.pretrained_on in fitting]
    if not kept:
        return Sizes((), None, None)
    tests, left_out = _same_test(kept)
    points: list[SizePoint] = []
    for one in tests:
        if one.data.pretrained_on is not None and one.data.pretrain_rows is None:
            left_out.append(f"{one.row.model} on {one.row.task} does not say how many synthetic rows it was trained on; run it again")
            continue
        points.append(_point(one))
    return Sizes(tuple(_without_repeats(points)), tests[0].row.main_metric, tests[0].data.test, tuple(left_out))


def _same_test(seen: Sequence[Seen]) -> tuple[list[Seen], list[str]]:
    """Those tested on the rows that most were tested on, and a sentence about each other one. Older records give no fingerprint of their test rows; of
    these the number has to do."""
    counts: dict[int, int] = {}
    prints: dict[str, int] = {}
    for one in seen:
        counts[one.data.test] = counts.get(one.data.test, 0) + 1
        if one.data.test_fingerprint:
            prints[one.data.test_fingerprint] = prints.get(one.data.test_fingerprint, 0) + 1
    rows = max(counts, key=lambda count: (counts[count], count))
    usual = max(prints, key=lambda name: (prints[name], name)) if prints else None
    same = [one for one in seen if one.data.test == rows and one.data.test_fingerprint in (None, usual)]
    others = [f"{one.row.model} on {one.row.task} was tested on other rows" for one in seen if one not in same]
    return same, others


def _point(seen: Seen) -> SizePoint:
    data, row = seen.data, seen.row
    assert row.main is not None
    training: Training = "real" if data.pretrained_on is None else "real + synthetic" if data.adapted else "synthetic"
    return SizePoint(row.task, row.model, training, data.pretrained_on, data.train, data.pretrain_rows or 0, row.main, row.interval, len(row.seeds))


def _without_repeats(points: Iterable[SizePoint]) -> Iterable[SizePoint]:
    best: dict[tuple[object, ...], SizePoint] = {}
    for point in points:
        key = (point.training, point.model, point.real_rows, point.synthetic_rows)
        if key not in best or best[key].seeds < point.seeds:
            best[key] = point
    return best.values()


def gains_of_adding(sizes: Sizes, comparisons: Mapping[str, Sequence[Comparison]]) -> tuple[Gap, ...]:
    """Returns, for every number of real rows, the model that had synthetic rows first beside the one that had none; `comparisons` are those of each task."""
    alone = {(point.task, point.real_rows): point for point in sizes.of("real")}
    both = [point for point in sizes.of("real + synthetic") if (point.task, point.real_rows) in alone]
    return tuple(_gap(point, alone[point.task, point.real_rows], comparisons) for point in both)


def at_equal_rows(sizes: Sizes, first: str, second: str, comparisons: Mapping[str, Sequence[Comparison]]) -> Gap | None:
    """Returns the models trained on synthetic rows alone whose numbers of rows of the two sources are nearest; None where none are about equal."""
    pairs = [(one, other) for one in sizes.of("synthetic", first) for other in sizes.of("synthetic", second)]
    if not pairs:
        return None
    one, other = min(pairs, key=lambda pair: _apart(*pair))
    return _gap(one, other, comparisons) if _apart(one, other) <= NEARLY_EQUAL else None


def _apart(one: SizePoint, other: SizePoint) -> float:
    return abs(one.synthetic_rows - other.synthetic_rows) / max(one.synthetic_rows, other.synthetic_rows, 1)


def _gap(first: SizePoint, second: SizePoint, comparisons: Mapping[str, Sequence[Comparison]]) -> Gap:
    found = (one for one in comparisons.get(first.task, ()) if {one.first, one.second} == {first.model, second.model})
    return Gap(first, second, next(found, None) if first.task == second.task else None)


def missing_runs(pairs: Iterable[tuple[TaskSpec, ModelSpec]], tests: SharedTest, synthetic: frozenset[str], profile: str, sizes: Sizes) -> tuple[str, ...]:
    """Returns the commands that make the points that are declared and not there; `pairs` are those of the profile."""
    from hub.results.board.making import method_of

    ours = [(task, model) for task, model in pairs if task.name in tests.tasks]
    recipes = {recipe(method_of(model.method), model.settings_for(profile)) for _, model in ours if model.pretrain_on in synthetic}
    there = {(point.task, point.model) for point in sizes.points}
    zero_shot = {point.model for point in sizes.of("synthetic")}
    return tuple(
        f"emohub bench {task.name} {model.name} --profile {profile}"
        for task, model in ours
        if recipe(method_of(model.method), model.settings_for(profile)) in recipes
        and (model.pretrain_on is None or model.pretrain_on in synthetic)
        and (task.name, model.name) not in there
        and (model.adapt or model.name not in zero_shot)
    )
