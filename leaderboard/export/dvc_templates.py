"""The Vega-Lite templates in .dvc/plots, made from the charts of the leaderboard: `python -m leaderboard.export.dvc_templates` writes them.

A chart is drawn of one made-up line; then its data give way to DVC's anchor, bounds that were computed for that line to Vega-Lite's own, and one panel a task
or run takes the place of the single plot. DVC's pages bring an older Vega-Lite (5.2), which understands all that is used here.
"""

import json
from pathlib import Path
from typing import Any

from hub.files import write_text
from hub.paths import Project
from hub.results.record import CurvePoint
from hub.results.table import Estimate, Row
from leaderboard.charts.curves import curve
from leaderboard.charts.scores import intervals
from leaderboard.charts.style import AXIS_HEIGHT, LIGHT, configuration

_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_DATA, _TITLE = "<DVC_METRIC_DATA>", "<DVC_METRIC_TITLE>"
_PANELS = 3
_REVISION: dict[str, Any] = {"calculate": "datum.revisions > 1 ? '  ·  ' + datum.rev : ''", "as": "revision"}
"""Named only where several are compared."""
Spec = dict[str, Any]


def templates() -> dict[str, str]:
    """Returns the files of .dvc/plots by name."""
    made = {"scores.json": _scores(), "curves.json": _curves()}
    return {name: json.dumps(spec, indent=1, ensure_ascii=False) + "\n" for name, spec in made.items()}


def write_templates(project: Project) -> None:
    for name, text in templates().items():
        write_text(project.root / ".dvc" / "plots" / name, text)


def _scores() -> Spec:
    """Main scores with intervals as results/board/main_scores.csv holds them, a panel a task and profile, a line a model."""
    row = Row("measured", "task", "model", "macro_f1", profile="local", kind="trained", metrics={"macro_f1": Estimate(0.5, 0.4, 0.6)})
    chart = intervals([row], {}, LIGHT).to_dict()
    # The line's own marks; ranks and brackets are laid out for the lines at hand and have data of their own.
    own = chart["layer"][0].get("data", chart.get("data"))
    layers = [_freed(layer) for layer in chart["layer"] if layer.get("data", own) == own]
    high, low = "isValid(datum.high) ? datum.high : datum.score", "isValid(datum.low) ? datum.low : datum.score"
    transform: list[Spec] = [
        {"joinaggregate": [{"op": "distinct", "field": "rev", "as": "revisions"}]},
        _REVISION,
        {"calculate": "datum.task + '  ·  ' + datum.profile + '  ·  ' + datum.metric", "as": "panel"},
        {"calculate": f"toNumber({low})", "as": "start"},
        {"calculate": f"toNumber({high})", "as": "end"},
        {"joinaggregate": [{"op": "min", "field": "start", "as": "least"}, {"op": "max", "field": "end", "as": "most"}], "groupby": ["panel"]},
        {"calculate": "max(0, datum.least - max(0.002, 0.08 * (datum.most - datum.least)))", "as": "left"},
        {"calculate": "datum.rank === datum.rank_high ? datum.rank : datum.rank + '–' + datum.rank_high", "as": "ranks"},
        {"calculate": "datum.model + '  ·  rank ' + datum.ranks + '  ·  ' + datum.kind + datum.revision", "as": "line"},
        {"calculate": "datum.model", "as": "name"},
        {"window": [{"op": "row_number", "as": "place"}], "groupby": ["panel"]},
    ]
    height = chart["height"] - AXIS_HEIGHT
    panel = {"width": 560, "height": {"step": height}, "layer": layers}
    numbers = dict.fromkeys(("score", "low", "high", "rank", "rank_high"), "number")
    return _in_panels(transform, "panel", panel, numbers, columns=1)


def _curves() -> Spec:
    """Training losses as results/board/curves.csv holds them, a panel a run, a line a seed."""
    line = curve([CurvePoint(step=1, loss=0.5), CurvePoint(step=2, loss=0.4)]).to_dict()["layer"][0]
    encoding = {**line["encoding"], "detail": [{"field": "seed", "type": "nominal"}, {"field": "rev", "type": "nominal"}]}
    encoding["tooltip"] = [*encoding["tooltip"], {"field": "seed", "title": "Seed", "type": "nominal"}]
    transform: list[Spec] = [
        {"joinaggregate": [{"op": "distinct", "field": "rev", "as": "revisions"}]},
        _REVISION,
        {"calculate": "datum.run + datum.revision", "as": "panel"},
        {"calculate": "datum.loss", "as": "value"},
    ]
    panel = {"width": 290, "height": 130, "mark": {**line["mark"], "strokeWidth": 1.5, "opacity": 0.8}, "encoding": encoding}
    return _in_panels(transform, "panel", panel, dict.fromkeys(("step", "loss"), "number"), columns=_PANELS)


def _in_panels(transform: list[Spec], field: str, panel: Spec, numbers: Spec, columns: int) -> Spec:
    return {
        "$schema": _SCHEMA,
        "title": {"text": _TITLE, "anchor": "start", "fontSize": 18, "offset": 14},
        "data": {"values": _DATA, "format": {"parse": numbers}},
        "transform": transform,
        "facet": {"field": field, "type": "nominal", "title": None, "sort": None},
        "columns": columns,
        "align": "all" if columns > 1 else "each",
        "spec": panel,
        "resolve": {"scale": {"x": "independent", "y": "independent"}, "axis": {"x": "independent", "y": "independent"}},
        "config": {**configuration(LIGHT), "background": "white"},
    }


def _freed(layer: Spec) -> Spec:
    """A layer whose scales find their own bounds, and whose places are steps of equal height."""
    encoding = {}
    for channel, found in layer["encoding"].items():
        if isinstance(found, dict) and channel in ("x", "y"):
            found = {**found}
            if channel == "x":
                found["scale"] = {"nice": False, "zero": False}
                found["title"] = None
                found["type"] = "quantitative"
            if channel == "y":
                found |= {"type": "ordinal", "scale": {"paddingInner": 0, "paddingOuter": 0}}
        encoding[channel] = found
    return {**{key: value for key, value in layer.items() if key != "data"}, "encoding": encoding}


if __name__ == "__main__":
    write_templates(Project.find(Path(__file__).parent))
