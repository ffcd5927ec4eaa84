"""A model's card says what its record says, in a form that the Hub's own library reads."""

import pytest
from huggingface_hub import ModelCard

from hub.errors import EmohubError
from hub.publish.model_card import BaseEncoder, ModelFacts, render_model_card
from hub.results import Decision
from tests.support.model_release import model_facts
from tests.support.records import make_record, make_unavailable


def _card(facts: ModelFacts, version: str = "1.2.0", address: str | None = "somebody/model") -> str:
    return render_model_card(facts, version, address)


def test_the_hub_s_library_reads_the_front_matter() -> None:
    data = ModelCard(_card(model_facts())).data
    assert (data.license, data.language, data.library_name, data.pipeline_tag) == ("apache-2.0", ["en"], "transformers", "text-classification")
    assert (data.base_model, data.datasets) == ("sentence-transformers/all-MiniLM-L6-v2", ["google-research-datasets/go_emotions"])


def test_the_model_index_holds_every_metric_of_the_record() -> None:
    facts = model_facts()
    results = ModelCard(_card(facts)).data.eval_results
    assert {one.metric_name: one.metric_value for one in results} == {name: round(score.value, 6) for name, score in facts.record.metrics.items()}
    assert {(one.dataset_type, one.dataset_config, one.dataset_split) for one in results} == {("google-research-datasets/go_emotions", "simplified", "test")}
    assert next(one.metric_args for one in results if one.metric_name == "macro_f1") == {"average": "macro"}


def test_scores_on_a_target_never_seen_are_not_told_of_the_training_data() -> None:
    seen = make_record()
    record = make_record(data=seen.data.model_copy(update={"pretrained_on": "emo_pillars_contextless", "adapted": False, "train": 0}))
    results = ModelCard(_card(model_facts(record=record, seeds=(record,)))).data.eval_results
    assert {(one.dataset_type, one.dataset_config, one.dataset_name) for one in results} == {("goemotions", None, "GoEmotions")}


def test_an_encoder_and_data_that_are_not_on_the_hub_get_no_hub_names() -> None:
    facts = model_facts()
    local = model_facts(base=BaseEncoder("folder", False, "mit", None, None), data=type(facts.data)("T", "local", "mit", ("en",), None, None, None, "ab" * 32))
    data = ModelCard(_card(local)).data
    assert data.base_model is None
    assert data.datasets is None
    assert data.license == "mit"


def test_every_metric_stands_with_its_interval_or_says_there_is_none() -> None:
    facts = model_facts()
    card = _card(facts)
    for name, score in facts.record.metrics.items():
        interval = f"{score.low:.4f} to {score.high:.4f}" if score.low is not None else "not computed"
        assert f"{name}{' (main)' if name == 'macro_f1' else ''} | {score.value:.4f} | {interval} |" in card
    assert facts.record.interval_method is not None
    assert facts.record.interval_method in card


def test_labels_stand_in_the_order_of_the_outputs() -> None:
    facts = model_facts()
    assert ", ".join(f"{number} {label}" for number, label in enumerate(facts.labels)) in _card(facts)


def test_it_tells_threshold_data_training_and_command() -> None:
    card = _card(model_facts())
    for told in (
        "**0.34**",
        "validation rows",
        "cc-by-4.0",
        "7d3f7d3f",
        "learning_rate",
        "51ca33700c1d",
        "emohub bench goemotions minilm --profile local",
        "1,234",
    ):
        assert told in card


def test_the_examples_pin_a_version_and_a_draft_says_that_it_is_one() -> None:
    assert 'model="somebody/model", revision="v1.2.0"' in _card(model_facts())
    draft = _card(model_facts(), "0.1.0-dev")
    assert "revision=" not in draft
    assert "This is a draft" in draft
    assert 'model="path/to/this/folder"' in _card(model_facts(), address=None)


def test_without_a_threshold_the_highest_probability_decides() -> None:
    record = make_record(decision=Decision(rule="highest_probability"))
    card = _card(model_facts(record=record, seeds=(record,)))
    assert "The label with the highest probability holds" in card
    assert "decision_threshold" not in card


def test_other_seeds_are_told_and_a_single_one_too() -> None:
    seeds = tuple(make_record(seed=seed) for seed in (1, 0))
    assert "seed 0 0.4600; seed 1 0.4600" in _card(model_facts(seeds=seeds))
    assert "One seed was run" in _card(model_facts())


def test_a_run_that_did_not_finish_has_no_card() -> None:
    with pytest.raises(EmohubError, match="of no finished classification run"):
        _card(model_facts(record=make_unavailable()))
