"""The Emo Pillars recipe: two token types, also for an encoder that has one, and the context told apart from the utterance."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.examples import TextExamples
from benchmarks.methods.base import Setting
from benchmarks.methods.emo_pillars import CONTEXT, UTTERANCE, EmoPillarsClassifier, enlarge_token_types
from benchmarks.methods.encoder import EncoderClassifier
from benchmarks.methods.weights import load_encoder, load_tokenizer
from tests.support.toy_texts import toy_texts

SETTING = Setting(classes=3, seed=0, threads=1, network=False)
LONG = "the boat door letter kitchen morning road window table friend story again never always before after came went said over under"
FAMILIES = ["bert", "roberta"]


@pytest.fixture(params=FAMILIES)
def encoder(request: pytest.FixtureRequest, tiny_bert: Path, tiny_roberta: Path) -> Path:
    return tiny_bert if request.param == "bert" else tiny_roberta


def _classifier(folder: Path, maximum_length: int = 32) -> EmoPillarsClassifier:
    declared = {"encoder": str(folder), "epochs": 4, "batch_size": 16, "maximum_length": maximum_length, "learning_rate": 0.003, "head_learning_rate": 0.01}
    return EmoPillarsClassifier(declared, SETTING)


def _row(context: str, text: str) -> TextExamples:
    return TextExamples(("0",), (text,), (context,), np.zeros((1, 3), dtype=np.bool_))


def test_stock_roberta_has_one_token_type_and_would_fail_on_a_second(tiny_roberta: Path) -> None:
    encoder = load_encoder(str(tiny_roberta), None, network=False)
    assert encoder.embeddings.token_type_embeddings.num_embeddings == 1
    with pytest.raises(IndexError):
        encoder(input_ids=torch.tensor([[0, 9, 2]]), token_type_ids=torch.tensor([[0, 1, 1]]))


def test_enlarging_gives_two_types_and_changes_no_output(tiny_roberta: Path) -> None:
    encoder = load_encoder(str(tiny_roberta), None, network=False).eval()
    ids = torch.tensor([[0, 9, 12, 30, 2]])
    with torch.inference_mode():
        before = encoder(input_ids=ids).last_hidden_state
        enlarged = enlarge_token_types(encoder)
        assert enlarged.embeddings.token_type_embeddings.num_embeddings == enlarged.config.type_vocab_size == 2
        for types in ([0, 0, 0, 0, 0], [0, 0, 1, 1, 1], [1, 1, 1, 1, 1]):
            assert enlarged(input_ids=ids, token_type_ids=torch.tensor([types])).last_hidden_state.equal(before)


def test_an_encoder_with_two_types_keeps_them(tiny_bert: Path) -> None:
    encoder = load_encoder(str(tiny_bert), None, network=False)
    before = encoder.embeddings.token_type_embeddings.weight.clone()
    assert enlarge_token_types(encoder).embeddings.token_type_embeddings.weight.equal(before)


def test_before_training_the_recipe_predicts_what_the_plain_classifier_does(tiny_roberta: Path) -> None:
    examples = toy_texts(12, in_context=True)
    settings = {"encoder": str(tiny_roberta), "maximum_length": 32}
    recipe, plain = EmoPillarsClassifier(settings, SETTING), EncoderClassifier(settings, SETTING)
    plain._network.head.load_state_dict(recipe._network.head.state_dict())
    np.testing.assert_allclose(recipe.predict(examples), plain.predict(examples), atol=1e-6)


@pytest.mark.parametrize("context", ["she came", LONG, LONG + " " + LONG])
@pytest.mark.parametrize("text", ["happy", "at the window again"])
def test_the_utterance_begins_right_behind_the_contexts_separator(encoder: Path, context: str, text: str) -> None:
    ids, types = _classifier(encoder, maximum_length=16)._encode(_row(context, text))[0]
    tokenizer = load_tokenizer(str(encoder), None, network=False)
    start = types.index(UTTERANCE)
    assert types == [CONTEXT] * start + [UTTERANCE] * (len(types) - start)
    assert tokenizer.decode(ids[start:], skip_special_tokens=True).strip() == text
    assert ids[start - 1] == ids[-1] == tokenizer.sep_token_id
    said = tokenizer.decode(ids[:start], skip_special_tokens=True).strip()
    assert context.endswith(said) and said


def test_an_utterance_too_long_for_the_row_is_cut_and_keeps_its_type(encoder: Path) -> None:
    ids, types = _classifier(encoder, maximum_length=16)._encode(_row("she came", LONG))[0]
    specials = load_tokenizer(str(encoder), None, network=False).num_special_tokens_to_add(pair=True)
    assert len(ids) == len(types) == 16
    assert types.count(UTTERANCE) == 16 - specials + 1
    assert all(low <= high for low, high in pairwise(types))


def test_without_a_context_everything_is_of_the_first_type_whatever_other_rows_have(encoder: Path) -> None:
    both = TextExamples(("0", "1"), ("happy day", "happy day"), ("", "she came"), np.zeros((2, 3), dtype=np.bool_))
    alone, paired = (types for _, types in _classifier(encoder)._encode(both))
    assert set(alone) == {CONTEXT}
    assert set(paired) == {CONTEXT, UTTERANCE}
    assert _classifier(encoder)._encode(both)[0] == _classifier(encoder)._encode(both.take([0]))[0]


def test_it_learns_from_the_context(encoder: Path) -> None:
    classifier = _classifier(encoder)
    classifier.fit(toy_texts(240, in_context=True), toy_texts(3), lambda count=1: None)
    test = toy_texts(60, 1, in_context=True)
    assert (classifier.predict(test).argmax(axis=1) == test.labels.argmax(axis=1)).mean() > 0.7


def test_it_learns_with_an_enlarged_encoder_and_survives_saving(tiny_roberta: Path, tmp_path: Path) -> None:
    classifier, test = _classifier(tiny_roberta), toy_texts(9, 1, in_context=True)
    classifier.fit(toy_texts(48, in_context=True), toy_texts(3), lambda count=1: None)
    classifier.save(tmp_path)
    loaded = _classifier(tiny_roberta)
    loaded.load(tmp_path)
    np.testing.assert_array_equal(loaded.predict(test), classifier.predict(test))
    rows = loaded._network.encoder.embeddings.token_type_embeddings.weight
    assert not rows[CONTEXT].equal(rows[UTTERANCE])
