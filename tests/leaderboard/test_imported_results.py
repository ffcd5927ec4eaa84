"""Results that others sent in, on the page: visibly theirs, apart from the standings, and plain text whatever they hold."""

import json
from pathlib import Path

import pytest

from hub.results.board import write_board
from hub.results.exchange.importing import import_results
from tests.support.exchange import declared_project
from tests.support.one_page import open_page
from tests.support.records import fill_project, make_metrics, make_record

pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")


def test_an_imported_line_stands_in_a_table_of_its_own_and_can_be_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    project, registry = declared_project(tmp_path)
    fill_project(tmp_path)
    sent = tmp_path / "sent.json"
    sent.write_text(json.dumps(make_record(metrics=make_metrics(0.9)).model_dump(mode="json")), encoding="utf-8")
    import_results(project, registry, sent, "**loud** [click](http://evil.test)")
    write_board(project, registry)
    app = open_page("standings", task="goemotions")
    standings = next(frame.value for frame in app.dataframe if "Rank" in frame.value.columns)
    assert standings["Score"].max() < 0.9
    (table,) = [one.value for one in app.table if "Sent in by" in one.value.columns]
    assert list(table["Comparable"]) == ["yes"]
    assert table["Sent in by"][0].startswith(r"\*\*loud\*\* \[click\]")
    assert not [one for one in open_page("standings", task="goemotions", hide="sent in by others").table if "Sent in by" in one.value.columns]
