"""What is exported is a stock class of transformers with the probabilities of what was trained."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.examples import TextExamples
from benchmarks.methods.base import Setting
from benchmarks.methods.emo_pillars import EmoPillarsClassifier
from benchmarks.methods.encoder import EncoderClassifier
from benchmarks.methods.stock_export import SCALE, Outputs, export_encoder, exportable_settings, fits, stock_probabilities
from hub.results import Decision
from tests.support.toy_texts import toy_texts

CLASSES = 12
LABELS = tuple(f"label-{number}" for number in range(CLASSES))
DECISION = Decision(rule="global_threshold", threshold=0.3, tuned_on="validation")
LONG = "boat door letter kitchen morning road window table " * 4


def _rows(*pairs: tuple[str, str]) -> TextExamples:
    contexts, texts = zip(*pairs, strict=True)
    return TextExamples(tuple(str(row) for row in range(len(pairs))), texts, contexts, np.zeros((len(pairs), CLASSES), dtype=np.bool_))


ROWS = _rows(
    ("", "happy day"), ("", "lovely " + LONG), ("at the window", "furious"), (LONG + "gloomy", "she came"), (LONG, "rage and burn at the door"), ("a", "slam")
)


@pytest.fixture(scope="module", params=["bert", "roberta", "roberta without token types"])
def exported(request: pytest.FixtureRequest, tiny_bert: Path, tiny_roberta: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[EncoderClassifier, Path]:
    """A trained classifier and the folder it was exported to."""
    work = tmp_path_factory.mktemp("exported")
    method = EncoderClassifier if "without" in request.param else EmoPillarsClassifier
    encoder = tiny_bert if request.param == "bert" else tiny_roberta
    declared = {"encoder": str(encoder), "pooling": "first", "epochs": 2, "batch_size": 16, "maximum_length": 24, "learning_rate": 0.003}
    classifier = method(declared, Setting(CLASSES, 0, 1, network=False))
    train = toy_texts(96, classes=CLASSES, in_context=True)
    classifier.fit(train, train, lambda count=1: None)
    classifier.save(work / "checkpoint")
    settings = exportable_settings(method, declared, "tiny")
    export_encoder(work / "checkpoint", settings, Outputs(LABELS, tuple(range(CLASSES)), DECISION), False, work / "folder")
    return classifier, work / "folder"


def test_its_probabilities_are_those_of_the_trained_model(exported: tuple[EncoderClassifier, Path]) -> None:
    classifier, folder = exported
    expected = classifier.predict(ROWS)
    assert expected.std() > 0.01
    np.testing.assert_allclose(stock_probabilities(folder, ROWS), expected, rtol=0, atol=1e-6)


def test_its_configuration_tells_labels_by_number_and_the_decision(exported: tuple[EncoderClassifier, Path]) -> None:
    config = json.loads((exported[1] / "config.json").read_text(encoding="utf-8"))
    assert list(config["id2label"].items()) == [(str(number), label) for number, label in enumerate(LABELS)]
    assert config["label2id"] == {label: number for number, label in enumerate(LABELS)}
    assert config["problem_type"] == "multi_label_classification"
    assert (config["decision_rule"], config["decision_threshold"], config["decision_tuned_on"]) == ("global_threshold", 0.3, "validation")
    assert config["architectures"][0].endswith("ForSequenceClassification")


def test_an_utterance_that_leaves_its_context_no_room_is_named(exported: tuple[EncoderClassifier, Path]) -> None:
    rows = _rows(("", LONG), ("at the window", LONG), ("at the window", "happy"))
    assert fits(exported[1], rows) == [0, 2]


def test_half_precision_holds_what_goes_through_the_tanh() -> None:
    values = torch.tensor([0.5, 1.0, 3.0, 12.0, 48.0])
    for dtype in (torch.float16, torch.bfloat16):
        there = torch.tanh(values.to(dtype) * SCALE) / SCALE
        torch.testing.assert_close(there.float(), values, rtol=2e-2 if dtype is torch.bfloat16 else 1e-3, atol=0)


def test_the_labels_may_be_some_of_the_classes_in_another_order(tiny_bert: Path, tmp_path: Path) -> None:
    declared = {"encoder": str(tiny_bert), "pooling": "first", "maximum_length": 24}
    classifier = EmoPillarsClassifier(declared, Setting(CLASSES, 3, 1, network=False))
    classifier.save(tmp_path / "checkpoint")
    chosen = (7, 2, 11)
    outputs = Outputs(tuple(LABELS[row] for row in chosen), chosen, Decision(rule="highest_probability"))
    export_encoder(tmp_path / "checkpoint", exportable_settings(EmoPillarsClassifier, declared, "tiny"), outputs, False, tmp_path / "folder")
    np.testing.assert_allclose(stock_probabilities(tmp_path / "folder", ROWS), classifier.predict(ROWS)[:, list(chosen)], rtol=0, atol=1e-6)
