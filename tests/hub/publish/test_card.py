"""A card is valid front matter and Markdown whatever stands in the data, and says what a release must say."""

import itertools
from typing import Any

import datasets
import pytest
import yaml
from huggingface_hub import DatasetCard, DatasetCardData
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hub.publish import sections
from hub.publish.card import front_matter, infos_of, render_card
from hub.publish.plots import Plot
from hub.publish.sections import Facts
from hub.spec import DatasetSpec, ImageDatasetSpec, TextDatasetSpec, load
from tests.support.projects import REPOSITORY

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
FEATURES = datasets.Features({"id": datasets.Value("string"), "label": datasets.ClassLabel(names=["joy", "awe"]), "frames": datasets.List(datasets.Image())})
WORDS = st.text(st.characters(codec="utf-8"), max_size=60)


def _spec(name: str) -> DatasetSpec:
    kind = TextDatasetSpec if name == "emo_pillars" else ImageDatasetSpec
    return load(REPOSITORY / "builders" / name / "dataset.yaml", kind)


def _infos(spec: DatasetSpec) -> dict[str, datasets.DatasetInfo]:
    """Of every configuration, as a builder leaves them."""
    infos = {}
    for configuration in spec.configurations:
        splits = datasets.SplitDict({name: datasets.SplitInfo(name, num_bytes=10, num_examples=700) for name in configuration.shares})
        infos[configuration.name] = datasets.DatasetInfo(
            features=FEATURES, splits=splits, download_size=99, dataset_size=30, config_name=configuration.name, dataset_name=spec.name
        )
    return infos


def _emo8_report(**changes: Any) -> dict[str, Any]:
    return {
        "engine": {"kind": "render", "code": "abc"},
        "rows": {"images": {"train": 700, "validation": 700, "test": 700}},
        "size": 64,
        "batch_size": 8,
        "tables": {"pictures": 2103},
        "statistics": {
            **{"labels": {"images": {"joy": 2000, "awe": 100}}, "styles": {"cartoon": 2100}, "single_cue": {}},
            **{"people": 3, "scenes": 4, "with_person": 5, "with_face": 6},
        },
        "rejects": {"curate": {"duplicate": 3}},
        "rejects_by_label": {"duplicate": {"joy": 2, "awe": 1}},
        "gates": [{"name": "blank images", "passed": True, "measured": "0", "required": "none", "rows": []}],
        **changes,
    }


def _emo8_card(facts: Facts, **changes: Any) -> str:
    spec = _spec("emo8")
    return render_card(REPOSITORY / "builders" / "emo8", spec, _infos(spec), _emo8_report(**changes), facts)


def _text_of(markdown: str) -> str:
    """What a reader sees of one paragraph."""
    tokens = MARKDOWN.parse(markdown)
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])
    children = [child for token in tokens for child in token.children or ()]
    assert all(child.type in ("text", "text_special") for child in children)
    return "".join(child.content for child in children)


@given(WORDS)
def test_escaped_text_is_shown_as_it_is_and_nothing_of_it_comes_to_life(text: str) -> None:
    shown = _text_of(sections.escape(text))
    assert shown == " ".join("".join(one if one.isprintable() else " " for one in text).split())


@pytest.mark.parametrize(
    "text",
    ["1. one", "- one", "+ one", "# one", "> one", "===", "---", "| a | b |", "<script>", "![x](y)", "&amp;", "12.5%", "a\nb", "~~a~~", "www.a.org", "x@y.org"],
)
def test_what_would_be_markup_is_text(text: str) -> None:
    assert _text_of(sections.escape(text)) == " ".join(text.split())


@given(st.lists(st.tuples(WORDS, st.integers(0, 10**6)), max_size=5))
def test_a_table_has_its_rows_and_columns_whatever_stands_in_it(rows: list[tuple[str, int]]) -> None:
    tokens = MARKDOWN.parse(sections.table(("what", "count"), rows))
    cells = [token.content for before, token in itertools.pairwise(tokens) if before.type == "td_open"]
    assert len(cells) == 2 * len(rows)
    assert [cell.replace(",", "") for cell in cells[1::2]] == [str(count) for _, count in rows]


def test_long_values_are_cut_in_tables() -> None:
    assert sections.cell("x" * 500) == "x" * 79 + "…"


def test_only_the_commonest_labels_of_a_reason_are_listed_and_the_others_counted() -> None:
    report = {"rejects": {"labels": {"off_label": 78}}, "rejects_by_label": {"off_label": {f"l{number:02d}": number for number in range(1, 13)}}}
    told = sections.rejects(report)
    assert "| off label | l12 | 12 |" in told
    assert "| off label | (2 more labels) | 3 |" in told
    assert "l02" not in told
    assert sections.rejects({"rejects": {}, "rejects_by_label": {}}) == "Nothing was taken out.\n"


def test_answers_are_counted_by_step_with_the_version_of_the_prompt() -> None:
    steps = [
        {"step": "labels", "prompt": "labels.v2.j2", "requests": 1200, "rows": 1100, "rejects": {"off_label": 90, "malformed": 10}},
        {"step": "context", "prompt": "context.v1.j2", "requests": 3, "rows": 3, "rejects": {}},
    ]
    told = sections.answers({"steps": steps})
    assert "1,203 answers were asked for; 100 answers or parts of answers were rejected." in told
    assert "| labels | labels.v2.j2 | 1,200 | 1,100 | 100 |" in told


def test_everything_known_of_an_engine_is_told() -> None:
    report = {"engine": {"kind": "vllm", "model": "a/b", "revision": None, "safety_checker": False}, "sampling": {"top_p": 0.9}, "attempts": 2}
    told = sections.engine(report)
    for row in ("| kind | vllm |", "| model | a/b |", "| safety checker | no |", "| top p | 0.9 |", "| attempts at an unusable answer | 2 |"):
        assert row in told
    assert "revision" not in told


def test_gates_that_did_not_hold_are_named_first() -> None:
    gates = [{"name": "blank", "passed": False, "measured": "3", "required": "none"}, {"name": "rows", "passed": True, "measured": "9", "required": "1"}]
    assert "1 of 2 did not hold: blank." in sections.gates({"gates": gates})
    assert "All of them held." in sections.gates({"gates": gates[1:]})


@pytest.mark.parametrize("name", ["emo_pillars", "emo8", "emojibench"])
def test_the_front_matter_is_what_the_hub_and_datasets_read(name: str) -> None:
    spec = _spec(name)
    text = front_matter(spec, _infos(spec), {})
    front = yaml.safe_load(text)
    card = DatasetCard(f"---\n{text}---\n\nText.\n", ignore_metadata_errors=False)
    assert isinstance(card.data, DatasetCardData)
    assert card.data.to_dict() == front
    assert front["pretty_name"] == spec.title
    assert front["license"] == spec.licence
    assert front["annotations_creators"] == front["language_creators"] == ["machine-generated"]
    assert front["source_datasets"] == ["original"]
    assert front["size_categories"] == ["1K<n<10K"]
    assert front["task_categories"] == list(spec.task_categories)
    assert [one["config_name"] for one in front["configs"] if one.get("default")] == [spec.default_configuration.name]
    assert {one["config_name"]: [file["split"] for file in one["data_files"]] for one in front["configs"]} == {
        configuration.name: list(configuration.splits) for configuration in spec.configurations
    }
    assert "extra_gated_prompt" not in front


def test_narratives_of_others_are_said_to_be_others() -> None:
    spec = _spec("emo_pillars")
    assert yaml.safe_load(front_matter(spec, _infos(spec), {"narratives": {"kind": "jsonl"}}))["source_datasets"] == ["extended|other"]


def test_the_infos_of_a_card_are_read_as_they_were_written() -> None:
    card = _emo8_card(Facts("1.0.0"))
    spec = _spec("emo8")
    infos = infos_of(card)
    assert infos["images"].features == FEATURES
    assert infos["images"].splits["test"].num_examples == 700
    assert render_card(REPOSITORY / "builders" / "emo8", spec, infos, _emo8_report(), Facts("1.0.0")) == card


def test_a_version_is_named_wherever_a_consumer_needs_it() -> None:
    card = _emo8_card(Facts("1.2.0", released=True))
    assert "# Emo8 (rebuild) 1.2.0" in card
    assert 'revision="v1.2.0"' in card
    assert "A version never changes" in card


def test_a_draft_says_that_it_is_one() -> None:
    card = _emo8_card(Facts("0.1.0-dev", released=True))
    assert 'revision="main"' in card
    assert "This is a draft" in card


def test_a_forced_release_says_why_on_the_first_page() -> None:
    card = _emo8_card(Facts("1.0.0", forced="Two pictures <b>look</b> alike;\n# but they are not."))
    before, _, after = card.partition("## Released although a gate did not hold")
    assert "## What made the images" in after
    assert "> Two pictures \\<b\\>look\\</b\\> alike; \\# but they are not." in after
    assert "# Emo8" in before
    assert "Released although" not in _emo8_card(Facts("1.0.0"))


def test_pictures_stand_in_the_card_with_their_words() -> None:
    card = _emo8_card(Facts("1.0.0", plots=(Plot("plots/classes.png", "Rows by class", "Rows by class: joy 2"),), released=True))
    assert "![Rows by class\\: joy 2](plots/classes.png)" in card


def test_an_unknown_lineage_is_admitted() -> None:
    assert "no record of the commands that made the data: nobody looked." in _emo8_card(Facts("1.0.0", unknown_lineage="nobody looked", released=True))
    assert "Its provenance (W3C PROV) tells which commands" in _emo8_card(Facts("1.0.0", released=True))
    assert "croissant" not in _emo8_card(Facts("1.0.0"))


def test_a_card_says_what_is_ours_and_how_to_cite_the_paper() -> None:
    card = _emo8_card(Facts("1.0.0"))
    assert "**What is the paper's:**" in card
    assert "**What is ours:**" in card
    assert "@misc{chen2024emo8," in card
    assert "author = {Chuang Chen and Xiao Sun and Zhi Liu}" in card


def test_a_card_of_a_models_pictures_names_model_revision_and_licence() -> None:
    engine = {"kind": "diffusers", "model": "org/painter", "revision": "r1", "licence": "apache-2.0", "safety_checker": True}
    card = _emo8_card(Facts("1.0.0"), engine=engine)
    assert "`org/painter` (revision `r1`, licence of the weights `apache-2.0`) with the engine `diffusers`" in card
    assert "Nobody's that we know of" in card
    assert "drawn by a program" not in card


@pytest.mark.parametrize(("recorded", "gated"), [({}, False), ({"video": 2}, True)])
def test_only_recordings_of_people_ask_the_hub_for_a_prompt(recorded: dict[str, int], gated: bool) -> None:
    spec = _spec("emojibench")
    counts = {"train": 9, "validation": 9, "test": 9}
    statistics = {
        "sources": {"portraits": {"rendered": 9}, "driving": {"rendered": 9, **recorded}},
        "photographs": [{"id": "photo", "credit": "Somebody_else", "licence": "public domain"}],
        "landmarks": {"portraits": {"exact": 9}, "driving": {"exact": 9}},
        "identities": counts,
        "frames_of_a_clip": [2.0, 2.0],
        **{"detectors": [], "styles": {}, "by_family": {}, "clips_by_style": {}, "motions": 4, "frames": 18, "cross_pairs_with_target": 1},
    }
    report = {
        "engine": {"kind": "render"},
        "rows": {configuration.name: counts for configuration in spec.configurations},
        "tables": {"portraits": 27, "driving": 27},
        "statistics": statistics,
        **{"size": 64, "gates": [], "rejects": {}, "rejects_by_label": {}},
    }
    card = render_card(REPOSITORY / "builders" / "emojibench", spec, _infos(spec), report, Facts("1.0.0"))
    assert ("extra_gated_prompt" in yaml.safe_load(card.split("---\n")[1])) == gated
    assert "## Whose faces are shown" in card
    assert "- `photo`: Somebody\\_else; public domain" in card
