"""The text classifier with experts: its dense twin, its merged self, its baselines, and the balance loss that reaches their routers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.examples import Probabilities
from benchmarks.methods.base import Setting
from benchmarks.methods.emo_pillars import EmoPillarsClassifier
from benchmarks.methods.emoe import expert_layers
from benchmarks.methods.emoe.routing import CosineRouter
from benchmarks.methods.encoder import EncoderClassifier
from benchmarks.methods.expert_encoder import ExpertEncoderClassifier
from hub.errors import DeclarationError
from tests.support.toy_texts import toy_texts

TRAIN, TEST = toy_texts(96, classes=4), toy_texts(30, 1, classes=4)
EMOE = {"kind": "emoe", "num_experts": 8, "top_k": 2}
GMOE = {"kind": "gmoe", "num_experts": 3, "top_k": 1}


def _settings(encoder: Path, **settings: Any) -> dict[str, Any]:
    declared = {"encoder": str(encoder), "epochs": 2, "batch_size": 16, "maximum_length": 32, "learning_rate": 0.003, "head_learning_rate": 0.01}
    return {**declared, "probe_steps": 20, **settings}


def _classifier(encoder: Path, seed: int = 0, **settings: Any) -> ExpertEncoderClassifier:
    return ExpertEncoderClassifier(_settings(encoder, **settings), Setting(classes=4, seed=seed, threads=1, network=False))


def _fitted(classifier: EncoderClassifier) -> EncoderClassifier:
    classifier.fit(TRAIN, TRAIN, lambda count=1: None)
    return classifier


def _dense(encoder: Path, seed: int = 0) -> EncoderClassifier:
    return EmoPillarsClassifier(_settings(encoder), Setting(classes=4, seed=seed, threads=1, network=False))


def _accuracy(probabilities: Probabilities) -> float:
    return float((probabilities.argmax(axis=1) == TEST.labels.argmax(axis=1)).mean())


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_with_all_experts_chosen_it_is_bitwise_the_dense_classifier(tiny_bert: Path, tiny_roberta: Path, family: str) -> None:
    folder = tiny_bert if family == "bert" else tiny_roberta
    twin = _fitted(_classifier(folder, experts={**EMOE, "top_k": 8}))
    dense = _fitted(_dense(folder))
    assert np.array_equal(twin.predict(TEST), dense.predict(TEST))
    assert twin.parameters == dense.parameters


def test_without_experts_and_noise_it_is_the_dense_classifier(tiny_bert: Path) -> None:
    assert np.array_equal(_fitted(_classifier(tiny_bert)).predict(TEST), _fitted(_dense(tiny_bert)).predict(TEST))


@pytest.mark.parametrize(
    "settings",
    [
        {"experts": EMOE},
        {"experts": {**EMOE, "gate": "learned"}},
        {"experts": {**EMOE, "partition": "random"}},
        {"experts": {**EMOE, "selector": "bottom"}},
        {"experts": GMOE},
        {"noise": 0.15},
    ],
    ids=["emoe", "learned", "random", "bottom", "gmoe", "noisy"],
)
def test_every_variant_learns_repeats_itself_and_starts_with_the_head_of_the_dense_twin(tiny_bert: Path, settings: dict[str, Any]) -> None:
    classifier, again, dense = _classifier(tiny_bert, **settings), _classifier(tiny_bert, **settings), _dense(tiny_bert)
    assert torch.equal(classifier._network.head.weight, dense._network.head.weight)
    predicted = _fitted(classifier).predict(TEST)
    assert np.array_equal(predicted, _fitted(again).predict(TEST))
    assert not np.array_equal(predicted, _fitted(dense).predict(TEST))
    assert _accuracy(predicted) > 0.5


def test_merging_turns_all_neurons_on_and_moves_no_weight(tiny_bert: Path) -> None:
    sparse, merged = _fitted(_classifier(tiny_bert, experts=EMOE)), _fitted(_classifier(tiny_bert, experts=EMOE, merge=True))
    before = {name: value.clone() for name, value in merged._network.state_dict().items()}
    predicted = merged.predict(TEST)
    assert not expert_layers(merged._network) and expert_layers(sparse._network)
    assert all(torch.equal(value, before[name]) for name, value in merged._network.state_dict().items())
    assert not np.array_equal(predicted, sparse.predict(TEST))
    dense = _dense(tiny_bert)
    dense._network.load_state_dict(merged._network.state_dict())
    assert np.array_equal(dense.predict(TEST), predicted)
    assert np.array_equal(merged.predict(TEST), predicted)


@pytest.mark.parametrize("settings", [{"experts": EMOE}, {"experts": {**EMOE, "gate": "learned"}}, {"experts": GMOE}], ids=["emoe", "learned", "gmoe"])
def test_what_was_saved_predicts_the_same(tiny_bert: Path, tmp_path: Path, settings: dict[str, Any]) -> None:
    classifier, other = _fitted(_classifier(tiny_bert, **settings)), _classifier(tiny_bert, **settings)
    classifier.save(tmp_path)
    other.load(tmp_path)
    assert np.array_equal(classifier.predict(TEST), other.predict(TEST))


def test_the_balance_loss_of_copied_experts_reaches_the_gradient_of_their_router(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(balanced: bool) -> dict[str, torch.Tensor]:
        classifier = _classifier(tiny_bert, experts=GMOE, epochs=1)
        if not balanced:
            monkeypatch.setattr(classifier, "extra_loss", lambda network: 0.0)
        router = next(module for module in classifier._network.modules() if isinstance(module, CosineRouter))
        _fitted(classifier)
        return {name: value.clone() for name, value in router.state_dict().items()}

    with_loss, without = moved(balanced=True), moved(balanced=False)
    assert any(not torch.equal(with_loss[name], without[name]) for name in with_loss)


def test_the_balance_loss_is_added_to_the_loss_of_a_step(tiny_bert: Path) -> None:
    classifier = _classifier(tiny_bert, experts=GMOE)
    network = classifier._network.train()
    rows = classifier._encode(TRAIN.take(range(8)))
    network(*classifier._pad(rows))
    loss = classifier.extra_loss(network)
    assert loss.item() > 0
    loss.backward()
    router = next(module for module in network.modules() if isinstance(module, CosineRouter))
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in router.parameters())
    assert network.head.weight.grad is None


def test_own_neurons_ask_for_no_balance_loss(tiny_bert: Path) -> None:
    classifier = _classifier(tiny_bert, experts=EMOE)
    classifier._network.train()(*classifier._pad(classifier._encode(TRAIN.take(range(8)))))
    assert classifier.extra_loss(classifier._network).item() == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"experts": {**EMOE, "num_experts": 7}}, r"settings\.experts: .*7"),
        ({"experts": {**EMOE, "top_k": 9}}, r"settings\.experts: .*top_k is 9"),
        ({"experts": {**EMOE, "layers": [5]}}, r"settings\.experts: .*layers are \[5\]"),
        ({"experts": {"kind": "moe"}}, r"settings\.experts: "),
        ({"experts": GMOE, "merge": True}, "'merge' needs experts of kind 'emoe'"),
        ({"merge": True}, "'merge' needs experts of kind 'emoe'"),
        ({"noise": -1}, r"settings\.noise"),
    ],
)
def test_settings_that_cannot_be_are_named(tiny_bert: Path, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        _classifier(tiny_bert, **settings)
