"""The page Claims, run headless against a project on disk, and its plot."""

import json
from typing import Any

import pytest

from hub.errors import EmohubError
from hub.paths import Project
from hub.results import Score, write_record
from hub.results.board import write_board
from hub.results.board.claims_view import read_claims
from hub.spec import Registry
from leaderboard.charts.forest import Gain, forest
from tests.support.one_page import open_page, words
from tests.support.records import make_record
from tests.support.size_records import declared_project

pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")
COMPARED = {"emotion_domains": (0.66, 0.6), "goemotions_tenth": (0.39, 0.3)}
"""Made-up scores of minilm_emoe and minilm."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = declared_project(tmp_path_factory.mktemp("filled"))
    for task, scores in COMPARED.items():
        for model, score in zip(("minilm_emoe", "minilm"), scores, strict=True):
            for seed in range(5):
                value = score + 0.002 * (seed % 2)
                found = Score(value=value, low=value - 0.01, high=value + 0.01, replicates=(score, score + 0.001, score + 0.002, score - 0.001))
                write_record(project.runs, make_record(profile="study", task=task, model=model, seed=seed, metrics={"macro_f1": found}))
    write_record(project.runs, make_record())
    write_board(project, Registry(project))
    return project


def _edit(project: Project, **changes: Any) -> None:
    """Replaces keys of the first claim that has evidence."""
    path = project.board / "claims.json"
    claims = json.loads(path.read_text(encoding="utf-8"))
    next(claim for claim in claims if claim["verdict"] != "no evidence").update(changes)
    path.write_text(json.dumps(claims), encoding="utf-8")


def test_a_claim_stands_with_its_verdict_its_words_and_its_paper(shown: Project) -> None:
    said = words(open_page("claims"))
    assert "EMoE beats dense fine-tuning, in and out of domain" in said
    assert "Unlocking Emergent Modularity in Large Language Models" in said and "https://arxiv.org/abs/2310.10908" in said
    assert ":blue-badge[:material/check_circle: supported]" in said


def test_the_verdicts_are_counted(shown: Project) -> None:
    app = open_page("claims")
    counts = {metric.label.rpartition(" ")[2]: int(metric.value) for metric in app.metric}
    declared = len(Registry(shown).files("claim"))
    assert counts["Supported"] == 1 and sum(counts.values()) == declared


def test_the_profile_that_decides_most_comes_first_and_another_has_no_evidence(shown: Project) -> None:
    assert open_page("claims").segmented_control(key="address-profile").value == "study"
    app = open_page("claims", profile="local")
    assert app.segmented_control(key="address-profile").value == "local"
    assert "no claim can be decided by them" in words(app)


def test_the_evidence_is_a_table_with_seeds_and_what_the_interval_covers(shown: Project) -> None:
    table = open_page("claims").dataframe[0].value
    assert list(table["Seeds"]) == [5, 5]
    assert set(table["The interval covers"]) == {"over seeds and test rows"}
    assert table["Claim"][0] == "minilm_emoe is better than minilm"


def test_gains_are_shares_of_the_baseline_as_margins_are(shown: Project) -> None:
    one = next(one for claim in read_claims(shown) for one in claim.evidence if one.gain is not None and one.task == "emotion_domains")
    assert one.relative is not None and one.baseline_score is not None and one.gain is not None
    assert one.relative[0] == pytest.approx(100 * one.gain / one.baseline_score)


def test_strangers_text_is_shown_as_it_is(changed: Project) -> None:
    _edit(changed, title="**loud** [click](http://evil.test)", url="javascript:alert(1)", source=":red[x]")
    app = open_page("claims")
    texts = "\n".join(str(element.value) for element in [*app.markdown, *app.subheader, *app.caption])
    assert r"\*\*loud\*\* \[click\]" in texts and r"\:red\[x\]" in texts
    assert "javascript" not in texts


@pytest.mark.parametrize(("changes", "problem"), [({"verdict": "proven"}, "verdict"), ({"title": "x" * 3000}, "title"), ({"evidence": "none"}, "evidence")])
def test_a_broken_file_is_one_sentence_on_the_page(changed: Project, changes: dict[str, Any], problem: str) -> None:
    _edit(changed, **changes)
    with pytest.raises(EmohubError, match=problem):
        read_claims(changed)
    app = open_page("claims")
    assert len(app.error) == 1 and "emohub board" in app.error[0].value.replace("\\", "")


def test_a_number_that_is_none_is_refused(changed: Project) -> None:
    path = changed.board / "claims.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"effect_size": null', '"effect_size": NaN', 1), encoding="utf-8")
    with pytest.raises(EmohubError, match="effect_size"):
        read_claims(changed)


GAINS = [Gain("a", "supported", 20.0, 10.0, 30.0), Gain("b", "not separable", -0.2, -0.9, 0.5, margin=1.0), Gain("c", "contradicted", -60.0, -70.0, -50.0)]


@pytest.mark.parametrize("wide_range", [False, True])
def test_the_plot_keeps_the_order_and_holds_every_interval_and_margin(wide_range: bool) -> None:
    drawn = forest(GAINS, wide_range=wide_range).to_dict()
    encoding = [layer["encoding"] for layer in drawn["layer"]]
    scales = [one[side]["scale"] for one in encoding for side in ("x",) if "scale" in one[side]]
    low, high = scales[0]["domain"]
    assert low < -70 and high > 30 and all(scale == scales[0] for scale in scales)
    sorts = [one["y"]["sort"] for one in encoding if "y" in one]
    assert sorts and all(order == ["0", "1", "2"] for order in sorts)


def test_a_verdict_is_told_by_shape_as_well_as_by_colour() -> None:
    drawn = forest(GAINS).to_dict()
    point = next(layer for layer in drawn["layer"] if layer["mark"]["type"] == "point")
    assert len(set(point["encoding"]["shape"]["scale"]["range"])) == 3


def test_a_plot_without_a_loss_still_shows_the_zero_line() -> None:
    low, high = forest(GAINS[:1]).to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low < 0 < high
