"""The encoder classifier on tiny real encoders: learns, repeats itself, and does not mind what else is in a batch."""

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.examples import Probabilities, TextExamples
from benchmarks.methods.base import Setting
from benchmarks.methods.encoder import EncoderClassifier, _batches, _warm_then_linear
from benchmarks.methods.weights import load_tokenizer
from hub.errors import DeclarationError
from tests.support.toy_texts import toy_texts

TRAIN, TEST = toy_texts(240, classes=4), toy_texts(60, 1, classes=4)
LONG = "the boat door letter kitchen morning road window table friend story again never always before after came went said over under"


def _setting(seed: int = 0) -> Setting:
    return Setting(classes=4, seed=seed, threads=1, network=False)


def _classifier(encoder: Path, seed: int = 0, **settings: Any) -> EncoderClassifier:
    declared = {"encoder": str(encoder), "epochs": 4, "batch_size": 16, "maximum_length": 32, "learning_rate": 0.003, "head_learning_rate": 0.01}
    return EncoderClassifier({**declared, **settings}, _setting(seed))


def _fit(classifier: EncoderClassifier, train: TextExamples = TRAIN) -> EncoderClassifier:
    classifier.fit(train, train, lambda count=1: None)
    return classifier


def _accuracy(probabilities: Probabilities, examples: TextExamples = TEST) -> float:
    return float((probabilities.argmax(axis=1) == examples.labels.argmax(axis=1)).mean())


def _examples(rows: Iterable[tuple[str, str]]) -> TextExamples:
    """Unlabelled (context, text) rows."""
    contexts, texts = zip(*rows, strict=True)
    return TextExamples(tuple(str(row) for row in range(len(texts))), texts, contexts, np.zeros((len(texts), 4), dtype=np.bool_))


@pytest.fixture(scope="module")
def fitted(tiny_bert: Path) -> EncoderClassifier:
    return _fit(_classifier(tiny_bert))


def test_a_bert_learns_far_above_chance(fitted: EncoderClassifier) -> None:
    assert _accuracy(fitted.predict(TEST)) > 0.8


def test_a_roberta_learns_far_above_chance(tiny_roberta: Path) -> None:
    assert _accuracy(_fit(_classifier(tiny_roberta, pooling="first")).predict(TEST)) > 0.8


def test_a_class_without_examples_becomes_improbable(fitted: EncoderClassifier) -> None:
    assert fitted.predict(TEST)[:, 3].max() < 0.2


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_what_else_is_in_the_batch_does_not_change_a_prediction(tiny_bert: Path, pooling: str) -> None:
    classifier = _classifier(tiny_bert, pooling=pooling)
    rows = _examples([("", "happy"), ("", LONG), ("at the window", "she came"), (LONG, "furious day"), ("", "gloomy road again")])
    alone = np.concatenate([classifier.predict(rows.take([row])) for row in range(len(rows))])
    np.testing.assert_allclose(classifier.predict(rows), alone, atol=1e-6)


def test_predictions_come_in_the_order_of_the_rows(fitted: EncoderClassifier) -> None:
    order = np.random.default_rng(3).permutation(len(TEST))
    np.testing.assert_allclose(fitted.predict(TEST.take(order)), fitted.predict(TEST)[order], atol=1e-6)


def test_the_seed_decides_everything(tiny_bert: Path) -> None:
    few = TRAIN.take(range(48))
    zero, again, one = (_fit(_classifier(tiny_bert, seed, epochs=1), few).predict(TEST) for seed in (0, 0, 1))
    np.testing.assert_array_equal(zero, again)
    assert not np.array_equal(zero, one)


def test_what_was_learnt_survives_saving_and_holds_no_pickle(fitted: EncoderClassifier, tiny_bert: Path, tmp_path: Path) -> None:
    fitted.save(tmp_path / "kept")
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["model.safetensors"]
    loaded = _classifier(tiny_bert, seed=5)
    loaded.load(tmp_path / "kept")
    np.testing.assert_array_equal(loaded.predict(TEST), fitted.predict(TEST))


def test_a_second_fit_goes_on_from_the_first(tiny_bert: Path) -> None:
    classifier = _classifier(tiny_bert)
    first = classifier.fit(TRAIN, TRAIN, lambda count=1: None)
    second = classifier.fit(TRAIN, TRAIN, lambda count=1: None)
    assert second[0].loss < first[0].loss / 2
    assert _accuracy(classifier.predict(TEST)) > 0.8


def test_frozen_embeddings_stay_and_the_rest_moves(tiny_bert: Path) -> None:
    classifier = _classifier(tiny_bert, epochs=1, frozen_layers=1)
    before = {name: value.clone() for name, value in classifier._network.state_dict().items()}
    _fit(classifier, TRAIN.take(range(32)))
    moved = {name for name, value in classifier._network.state_dict().items() if not value.equal(before[name])}
    assert not any(".embeddings." in name for name in moved)
    assert any("encoder.layer" in name for name in moved)
    assert "head.weight" in moved


def test_ticks_rounds_and_curve_agree(tiny_bert: Path) -> None:
    classifier, ticks = _classifier(tiny_bert, epochs=2), []
    curve = classifier.fit(TRAIN.take(range(50)), TRAIN, lambda count=1: ticks.append(count))
    assert sum(ticks) == classifier.rounds(TRAIN.take(range(50))) == 2 * 4
    assert [point.step for point in curve] == list(range(1, 9))
    assert all(np.isfinite(point.loss) for point in curve)


def test_predicting_nothing_gives_nothing(fitted: EncoderClassifier) -> None:
    assert fitted.predict(TEST.take([])).shape == (0, 4)


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_short_rows_are_encoded_just_as_the_tokenizer_would(tiny_bert: Path, tiny_roberta: Path, family: str) -> None:
    folder = tiny_bert if family == "bert" else tiny_roberta
    tokenizer = load_tokenizer(str(folder), None, network=False)
    rows = _examples([("", "happy day, and never again!"), ("at the window", "she came")])
    single, paired = tokenizer(rows.texts[0]), tokenizer(rows.contexts[1], rows.texts[1])
    expected = [(encoded["input_ids"], encoded.get("token_type_ids", [0] * len(encoded["input_ids"]))) for encoded in (single, paired)]
    assert _classifier(folder)._encode(rows) == expected


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_long_contexts_lose_their_beginning_and_long_utterances_their_end(tiny_bert: Path, tiny_roberta: Path, family: str) -> None:
    folder = tiny_bert if family == "bert" else tiny_roberta
    tokenizer = load_tokenizer(str(folder), None, network=False)
    rows = _examples([(LONG + " gloomy", "happy end"), ("at the window", "happy " + LONG), (LONG, LONG), ("", "happy " + LONG)])
    encoded = [ids for ids, _ in _classifier(folder, maximum_length=12)._encode(rows)]
    assert [len(ids) for ids in encoded] == [12] * 4
    words = [tokenizer.decode(ids, skip_special_tokens=True).split() for ids in encoded]
    assert " ".join(words[0]).endswith("happy end")
    assert LONG.split()[0] not in words[0][:2]
    # An utterance that fills the row leaves the context no room.
    for row in (1, 3):
        assert words[row][0] == "happy"
        assert "window" not in words[row][:2]
    assert words[2][0] == LONG.split()[0]


def test_wrong_settings_are_named(tiny_bert: Path) -> None:
    with pytest.raises(DeclarationError, match=r"settings\.pooling: .*valid: .*pooling"):
        _classifier(tiny_bert, pooling="max")
    with pytest.raises(DeclarationError, match=r"settings\.epoch: "):
        _classifier(tiny_bert, epoch=2)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=200), st.integers(1, 9), st.integers(0, 5))
def test_every_row_is_in_one_batch_and_batches_are_as_many_as_promised(lengths: list[int], size: int, seed: int) -> None:
    rows = [([0] * length, [0] * length) for length in lengths]
    batches = list(_batches(rows, size, np.random.default_rng(seed)))
    assert sorted(row for batch in batches for row in batch) == list(range(len(rows)))
    assert len(batches) == -(-len(rows) // size)
    assert max(map(len, batches)) <= size


@given(st.integers(1, 300), st.floats(0, 0.99))
def test_the_learning_rate_rises_to_its_peak_and_then_falls_towards_zero(total: int, share: float) -> None:
    factors = [_warm_then_linear(step, total, share) for step in range(total + 1)]
    peak = factors.index(max(factors))
    assert max(factors) == 1
    assert all(low < high for low, high in pairwise(factors[: peak + 1]))
    assert all(high >= low >= 0 for high, low in pairwise(factors[peak:]))
