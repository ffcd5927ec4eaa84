"""The language model on tiny real networks: learns under every objective, scores as transformers does, and writes row by row."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.methods.language.decoding import DECODINGS
from benchmarks.methods.language.language_model import CausalLanguageModel, Prompt
from hub.errors import DataUnavailableError, DeclarationError, EmohubError
from tests.support.tiny_gpt import HELD_OUT, TEXTS, make_language_model, make_tiny_gpt

OBJECTIVES: dict[str, dict[str, Any]] = {
    "mle": {"kind": "mle"},
    "emo1": {"kind": "emo", "mode": "mle", "cost_embedding": "minilm"},
    "emo2": {"kind": "emo", "mode": "emo", "ratio": "plain", "cost_embedding": "minilm"},
    "tailr": {"kind": "tailr", "gamma": 0.001},
    "mixce": {"kind": "mixce", "eta": 0.3},
}
PROMPTS = [Prompt(str(number), " ".join(text.split()[:2])) for number, text in enumerate(HELD_OUT[:6])]


def quiet(count: int = 1) -> None:
    """No progress."""


def entropy(model: CausalLanguageModel) -> float:
    scored = model.surprisals(HELD_OUT)
    return float(scored.nats.sum() / scored.tokens.sum())


@pytest.fixture(scope="module")
def fitted() -> CausalLanguageModel:
    model = make_language_model()
    model.fit(TEXTS, HELD_OUT, quiet)
    return model


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_learns(objective: str) -> None:
    model = make_language_model(objective=OBJECTIVES[objective], mle_epochs=1)
    before = entropy(model)
    curve = model.fit(TEXTS, HELD_OUT, quiet)
    assert entropy(model) < before - 0.3
    assert all(np.isfinite(point.loss) for point in curve)


def test_surprisal_is_transformers_own_loss_text_by_text(fitted: CausalLanguageModel) -> None:
    scored = fitted.surprisals(HELD_OUT)
    for number, ids in enumerate(fitted._tokens.encode(HELD_OUT)):
        row = torch.tensor([[fitted._tokens.end, *ids]])
        with torch.no_grad():
            loss = fitted._network(input_ids=row, labels=row).loss
        assert scored.tokens[number] == len(ids)
        assert scored.nats[number] == pytest.approx(len(ids) * float(loss), rel=1e-4)


def test_what_is_trained_by_is_not_what_is_reported() -> None:
    """The curve's validation is cross-entropy although the objective's own value is another."""
    model = make_language_model(objective=OBJECTIVES["emo2"], epochs=1)
    curve = model.fit(TEXTS, HELD_OUT, quiet)
    assert curve[-1].validation == pytest.approx(entropy(model), abs=1e-5)
    assert curve[-1].loss < 2.5 < entropy(model)


def test_the_epoch_with_the_lowest_cross_entropy_on_validation_is_kept() -> None:
    model = make_language_model(epochs=4, learning_rate=0.2)
    curve = model.fit(TEXTS, HELD_OUT, quiet)
    assert entropy(model) == pytest.approx(min(point.validation or np.inf for point in curve), abs=1e-5)


def test_epochs_before_the_objective_takes_over_are_never_the_ones_kept() -> None:
    model = make_language_model(objective={"kind": "tailr", "gamma": 0.5}, epochs=2, mle_epochs=1)
    curve = model.fit(TEXTS, HELD_OUT, quiet)
    assert entropy(model) == pytest.approx(curve[1].validation, abs=1e-5)


def test_models_share_their_first_epochs_whatever_follows() -> None:
    curves = [make_language_model(objective=OBJECTIVES[name], mle_epochs=1).fit(TEXTS, HELD_OUT, quiet) for name in ("mle", "emo2")]
    assert curves[0][0] == curves[1][0]
    assert curves[0][1] != curves[1][1]


def test_the_seed_decides_everything(fitted: CausalLanguageModel) -> None:
    again, other = make_language_model(), make_language_model(seed=1)
    for model in (again, other):
        model.fit(TEXTS, HELD_OUT, quiet)
    np.testing.assert_array_equal(again.surprisals(HELD_OUT).nats, fitted.surprisals(HELD_OUT).nats)
    assert again.write(PROMPTS, 5, DECODINGS[0], quiet) == fitted.write(PROMPTS, 5, DECODINGS[0], quiet)
    assert entropy(other) != entropy(fitted)


@pytest.mark.parametrize("decoding", DECODINGS, ids=lambda decoding: decoding.name)
def test_a_row_is_continued_alike_alone_and_among_others(fitted: CausalLanguageModel, decoding: Any) -> None:
    together = fitted.write(PROMPTS, 6, decoding, quiet)
    assert together == [fitted.write([prompt], 6, decoding, quiet)[0] for prompt in PROMPTS]
    assert fitted.write(PROMPTS[::-1], 6, decoding, quiet) == together[::-1]
    assert all(len(text.split()) == 6 for text in together)


def test_greedy_writing_is_what_a_plain_loop_without_cache_gives(fitted: CausalLanguageModel) -> None:
    ids = [fitted._tokens.end, *fitted._tokens.encode([PROMPTS[0].text])[0]]
    start = len(ids)
    with torch.no_grad():
        while len(fitted._tokens.decode(ids[start:]).split()) <= 6:
            logits = fitted._network(input_ids=torch.tensor([ids])).logits[0, -1].double()
            logits[fitted._tokens.end] = -torch.inf
            ids.append(int(logits.argmax()))
    assert " ".join(fitted._tokens.decode(ids[start:]).split()[:6]) == fitted.write(PROMPTS[:1], 6, DECODINGS[2], quiet)[0]


def test_ticks_are_as_many_as_promised() -> None:
    model, ticks = make_language_model(), []
    model.fit(TEXTS, HELD_OUT, lambda count=1: ticks.append(count))
    assert sum(ticks) == model.rounds(TEXTS)


@pytest.mark.parametrize("family", ["gpt2", "opt"])
@pytest.mark.parametrize("objective", ["mle", "emo1"])
def test_pretrained_weights_are_tuned_with_costs_of_their_own(tmp_path: Path, family: Any, objective: str) -> None:
    folder = str(make_tiny_gpt(tmp_path, family))
    declared = {**OBJECTIVES[objective], **({"cost_embedding": "own"} if objective == "emo1" else {})}
    model = make_language_model(network={"kind": "pretrained", "weights": folder}, objective=declared)
    before = entropy(model)
    model.fit(TEXTS, HELD_OUT, quiet)
    assert entropy(model) < before - 0.3
    assert all(len(text.split()) == 3 for text in model.write(PROMPTS, 3, DECODINGS[0], quiet))


def test_experts_are_made_of_a_pretrained_models_own_neurons(tmp_path: Path) -> None:
    network = {"kind": "pretrained", "weights": str(make_tiny_gpt(tmp_path))}
    experts = {"kind": "emoe", "num_experts": 8, "top_k": 2, "layers": [1]}
    dense, sparse = make_language_model(network=network), make_language_model(network=network, experts=experts)
    assert sparse.parameters == dense.parameters
    assert entropy(sparse) != entropy(dense)
    sparse.fit(TEXTS, HELD_OUT, quiet)
    assert np.isfinite(entropy(sparse))


def test_what_does_not_fit_together_is_said() -> None:
    with pytest.raises(DeclarationError, match="take 'minilm'"):
        make_language_model(objective={"kind": "emo", "mode": "mle", "cost_embedding": "own"})
    with pytest.raises(DeclarationError, match="cannot be shared by 3 heads"):
        make_language_model(network={"kind": "new", "width": 32, "heads": 3})
    with pytest.raises(DeclarationError, match="settings.objective"):
        make_language_model(objective={"kind": "hope"})
    with pytest.raises(EmohubError, match="positions of this network"):
        make_language_model().write(PROMPTS, 40, DECODINGS[0], quiet)
    with pytest.raises(EmohubError, match="do not fill one block"):
        make_language_model().fit(TEXTS[:1], HELD_OUT, quiet)


def test_weights_that_are_not_at_hand_are_unavailable() -> None:
    with pytest.raises(DataUnavailableError, match="not on this machine"):
        make_language_model(network={"kind": "pretrained", "weights": "openai-community/gpt2"})
