"""The page Compare, run headless by Streamlit's own test driver against a project on disk."""

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.paths import Project
from hub.results.board import write_board
from hub.spec import Registry
from leaderboard.views.compare.parts import by_difference
from tests.support.comparable import HOSTILE, class_table, random_table, text_table, write_class_run, write_examples, write_predictions
from tests.support.records import make_metrics

pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")

from tests.support.one_page import open_page, words

UNESCAPED = re.compile(r"(?<!\\)<script|(?<!\\)\[link")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    import streamlit as st

    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    st.cache_resource.clear()
    st.cache_data.clear()
    found = Project(tmp_path)
    for number, model in enumerate(("minilm", "tfidf_logreg", "emo_pillars")):
        write_class_run(found, random_table(number + 1), model=model)
    write_examples(found, {f"row-{number}": f"This is text {number}." for number in range(40)}, context="It was a dark night.")
    return found


def _open(project: Project, **query: str | list[str]) -> Any:
    write_board(project, Registry(project))
    return open_page("compare", **query)


def _html(app: Any) -> str:
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def test_the_best_two_models_are_compared_by_default(project: Project) -> None:
    app = _open(project)
    assert not app.error
    assert len(app.multiselect[0].value) == 2 and len(app.dataframe) == 1
    table = app.dataframe[0].value
    assert table["Separable"].isin(["yes", "no"]).all() and "P(first is better)" in table


def test_a_link_chooses_models_and_seed(project: Project) -> None:
    app = _open(project, task="goemotions", model=["tfidf_logreg", "emo_pillars", "minilm"])
    assert app.multiselect[0].value == ["tfidf_logreg", "emo_pillars", "minilm"]
    assert len(app.dataframe[0].value) == 3


def test_names_that_are_not_there_are_left_out(project: Project) -> None:
    app = _open(project, task="nothing", model=["nobody", "minilm", "emo_pillars"], aspect="nonsense", rows="x", label="y", page="99999")
    assert not app.error and app.multiselect[0].value == ["minilm", "emo_pillars"]


def test_a_pair_reads_the_same_from_either_side(project: Project) -> None:
    one = _open(project, model=["minilm", "tfidf_logreg"]).dataframe[0].value.iloc[0]
    other = _open(project, model=["tfidf_logreg", "minilm"]).dataframe[0].value.iloc[0]
    assert one["Gain"] == pytest.approx(-other["Gain"])
    assert one["P(first is better)"] == pytest.approx(1 - other["P(first is better)"])
    assert one["Adjusted p"] == pytest.approx(other["Adjusted p"])


def test_disagreements_show_the_text_and_what_each_model_said(project: Project) -> None:
    app = _open(project, model=["minilm", "tfidf_logreg"])
    said = words(app)
    assert "Of 40 test rows" in said and "This is text" in said and "Truth:" in said and "cc0-1.0" in said
    assert any(expander.label == "Context" for expander in app.expander)
    table = _html(app)
    assert "decides from 0.50" in table and "✗ decided" in table and "● true" in table


def test_the_counts_are_those_of_the_predictions(project: Project) -> None:
    first, second = (pq.read_table(project.predictions / "local" / "goemotions" / model / "0.parquet").to_pylist() for model in ("minilm", "tfidf_logreg"))
    pairs = list(zip(first, second, strict=True))
    alone = sum(a["decided"] == a["truth"] and b["decided"] != b["truth"] for a, b in pairs)
    app = _open(project, model=["minilm", "tfidf_logreg"], rows="first")
    found = re.search(r"are decided differently: .+? alone is right on (\d+)", words(app))
    assert found is not None and int(found[1]) == alone
    assert len(app.get("html")) == min(10, alone)


def test_ten_rows_stand_on_a_page_and_the_address_turns_it(project: Project) -> None:
    first, third = _open(project, model=["minilm", "tfidf_logreg"]), _open(project, model=["minilm", "tfidf_logreg"], page="2")
    assert len(first.get("html")) == 10
    assert _html(first) != _html(third)


def test_a_label_narrows_the_rows(project: Project) -> None:
    whole, narrow = (words(_open(project, model=["minilm", "tfidf_logreg"], label=label)) for label in ("any label", "joy"))
    count = re.compile(r"Of (\d+) test rows")
    assert int(count.search(narrow)[1]) < int(count.search(whole)[1])  # type: ignore[index]


def test_a_strangers_text_stays_text(project: Project) -> None:
    labels = ("<img src=x onerror=alert(1)>", "b", "c")
    for number, model in enumerate(("minilm", "tfidf_logreg")):
        shares = np.array([[0.9, 0.2, 0.1]] if number else [[0.1, 0.9, 0.1]], dtype=np.float32)
        write_predictions(project, class_table(np.array([[True, False, False]]), shares, labels=labels, ids=["row-0"]), model=model)
    write_examples(project, {"row-0": HOSTILE}, context=HOSTILE)
    app = _open(project, model=["minilm", "tfidf_logreg"])
    assert "<img" not in _html(app) and "&lt;img" in _html(app)
    shown = "\n".join(str(element.value) for element in app.markdown)
    assert "\\<script\\>" in shown and not UNESCAPED.search(shown)


def test_examples_of_other_data_are_not_joined(project: Project) -> None:
    write_examples(project, {f"row-{number}": "A secret." for number in range(40)}, fingerprint="0" * 64)
    app = _open(project)
    assert "of other data than this run's" in words(app) and "A secret." not in words(app) and app.get("html")


def test_predictions_that_are_not_here_are_said_and_the_rest_is_shown(project: Project) -> None:
    (project.predictions / "local" / "goemotions" / "minilm" / "0.parquet").unlink()
    app = _open(project, model=["minilm", "tfidf_logreg"])
    assert "not on this machine" in words(app) and len(app.dataframe) == 1
    assert "F1 on test" in words(_open(project, model=["minilm", "tfidf_logreg"], aspect="Classes"))


def test_predictions_that_were_changed_are_refused_on_the_page(project: Project) -> None:
    pq.write_table(random_table(9), project.predictions / "local" / "goemotions" / "minilm" / "0.parquet")
    app = _open(project, model=["minilm", "tfidf_logreg", "emo_pillars"])
    assert "not the file that the record was made with" in words(app) and app.get("html")
    assert str(project.root) not in words(app)


@pytest.mark.parametrize("aspect", ["Classes", "Confusions", "Calibration"])
def test_the_other_aspects_draw_a_chart_and_say_how(project: Project, aspect: str) -> None:
    app = _open(project, aspect=aspect)
    charts = app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")
    assert not app.error and len(charts) >= 2


def test_classes_come_by_difference_of_the_first_two() -> None:
    scores: dict[str, dict[str, float | None]] = {"a": {"X": 0.5, "Y": 0.4}, "b": {"X": None, "Y": 0.1}, "c": {"X": 0.1, "Y": 0.9}}
    assert list(by_difference(scores, ["X", "Y"])) == ["c", "a", "b"]


def _titled(monkeypatch: pytest.MonkeyPatch, type: str) -> None:
    from leaderboard.project_data import Shown

    monkeypatch.setattr(Shown, "task_type", lambda self, name: type)


def test_language_models_stand_side_by_side(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    _titled(monkeypatch, "language_modeling")
    for model, nats in (("minilm", [2.0, 3.0]), ("tfidf_logreg", [2.0, 6.0])):
        write_predictions(project, text_table(nats, [1, 1], [f"*{model}* went on", None], [("q", "joy", "joy")]), model=model, metrics=make_metrics(0.4))
    write_examples(project, {"text-0": "Once upon a time", "text-1": "The end"})
    app = _open(project, model=["minilm", "tfidf_logreg"])
    said = words(app)
    assert "Once upon a time" in said and "*minilm* went on" in said and "perplexity 403.4" in said
    assert "finds 1 of them less surprising" in said and "Right: " in said


def test_animations_stand_side_by_side_or_say_that_there_are_none(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    _titled(monkeypatch, "portrait_animation")
    for model, errors in (("minilm", [0.1, 0.2]), ("tfidf_logreg", [0.1, 0.9])):
        rows = {"id": ["a", "b"], "style": ["<b>cartoon"] * 2, "family": ["talking"] * 2, "l1": pa.array(errors, pa.float32())}
        write_predictions(project, pa.table(rows), model=model, metrics=make_metrics(0.4))
    app = _open(project, model=["minilm", "tfidf_logreg"])
    assert "2 test pairs; 0 kept their pictures" in words(app)
    assert app.dataframe[1].value["Pair"].tolist() == ["b", "a"]


def test_one_model_alone_is_asked_for_another(project: Project) -> None:
    assert "Choose two models or more" in words(_open(project, model=["minilm"]))


def test_without_two_models_anywhere_the_page_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    alone = Project(tmp_path)
    write_class_run(alone, random_table(1))
    assert "No task has scores of two models yet" in words(_open(alone))


def test_five_thousand_rows_of_28_labels_answer_in_a_moment(project: Project) -> None:
    from hub.results.comparing.disagreements import disagreements, shared_classes
    from hub.results.comparing.predictions import ClassPredictions

    generator = np.random.default_rng(0)
    truth = generator.random((5427, 28)) < 0.04
    ids = tuple(str(number) for number in range(5427))
    shares = [generator.random((5427, 28)).astype(np.float32) for _ in range(2)]
    both = [ClassPredictions(ids, tuple(map(str, range(28))), truth, one > 0.9, one, np.full(5427, 0.9), ()) for one in shares]
    started = time.perf_counter()
    first, second = shared_classes(both)
    disagreements(first, second, "differ", "3")
    assert time.perf_counter() - started < 1
