"""A trained encoder as a folder that transformers' own sequence classification classes load: no code of ours, and the same probabilities.

What was trained is logits = W h + b over the first token's vector h. The stock classes of BERT and RoBERTa put a dense layer and a tanh before their last
layer. With the dense layer set to s I and the last one to W / s, the stock logits are W tanh(s h) / s + b. For s = 2^-13 both products are exact, and tanh is
the identity up to (s h)^2 / 3: less than float32's own rounding for |h| <= 3, and 10^-5 of h at |h| = 48. No smaller, so that half precision can hold s h.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.examples import Probabilities, TextExamples
from benchmarks.methods.base import parse_settings
from benchmarks.methods.encoder import EncoderClassifier, EncoderSettings
from benchmarks.methods.weights import load_tokenizer, locate
from hub.errors import DataUnavailableError, EmohubError
from hub.files import write_json
from hub.results import Decision

SCALE = 2.0**-13


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a stock class keeps what we train."""

    encoder: str
    dense: str
    last: str


_HEADS = {"bert": _Head("bert", "bert.pooler.dense", "classifier"), "roberta": _Head("roberta", "classifier.dense", "classifier.out_proj")}


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the published model answers: its labels in order, the row of the trained layer that each is, and the rule from probabilities to decisions."""

    labels: tuple[str, ...]
    rows: tuple[int, ...]
    decision: Decision


def exportable_settings(method: type, values: dict[str, Any], model: str) -> EncoderSettings:
    """Returns the settings of a model that a stock class can be.

    Raises:
        EmohubError: there is no stock class that computes what was trained; the sentence says why.
    """
    if not issubclass(method, EncoderClassifier):
        raise EmohubError(f"{model!r} cannot be published as a model: {method.__name__} is no text encoder; publish one of the encoder classifiers")
    settings = parse_settings(method.settings_model, values)
    if getattr(settings, "experts", None) is not None:
        raise EmohubError(f"{model!r} cannot be published as a model: no stock class of transformers has its experts; publish its dense twin")
    if settings.pooling != "first":
        raise EmohubError(
            f"{model!r} cannot be published as a model: it pools by {settings.pooling}, and transformers' BERT and RoBERTa classifiers read the first token; "
            "train one with 'pooling: first', such as minilm_first"
        )
    return settings


def export_encoder(checkpoint: Path, settings: EncoderSettings, outputs: Outputs, network: bool, folder: Path) -> None:
    """Writes config.json, model.safetensors and the tokenizer to `folder`.

    Args:
        checkpoint: the folder that `EncoderClassifier.save` wrote.
        settings: of the model, as `exportable_settings` returns them.
        network: whether the encoder's configuration and tokenizer may be downloaded.

    Raises:
        EmohubError: the encoder is of an architecture that no stock head is known for.
        DataUnavailableError: its configuration or tokenizer is not on this machine.
    """
    from safetensors.torch import load_file
    from transformers import AutoModelForSequenceClassification
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    trained = load_file(checkpoint / "model.safetensors")
    token_types = trained["encoder.embeddings.token_type_embeddings.weight"].shape[0]
    config = _config(settings, outputs, token_types, network)
    model = AutoModelForSequenceClassification.from_config(config)  # type: ignore[no-untyped-call]
    model.load_state_dict(stock_weights(trained, _HEADS[config.model_type], outputs.rows), strict=True)
    model.save_pretrained(folder)
    _write_tokenizer(folder, settings, token_types, network)
    _sort_labels(folder / "config.json")


def stock_weights(trained: dict[str, Tensor], head: _Head, rows: Sequence[int]) -> dict[str, Tensor]:
    """Returns the stock class's weights. `rows` of the trained layer become the outputs, in their order."""
    encoder = {name.replace("encoder.", f"{head.encoder}.", 1): value for name, value in trained.items() if name.startswith("encoder.")}
    kept = {name: value for name, value in encoder.items() if not name.startswith(f"{head.encoder}.pooler.")}
    width = trained["head.weight"].shape[1]
    return kept | {
        f"{head.dense}.weight": SCALE * torch.eye(width),
        f"{head.dense}.bias": torch.zeros(width),
        f"{head.last}.weight": trained["head.weight"][list(rows)] / SCALE,
        f"{head.last}.bias": trained["head.bias"][list(rows)],
    }


def stock_probabilities(folder: Path, examples: TextExamples) -> Probabilities:
    """Returns what the exported folder says of rows, (rows, labels), each asked alone and as its card tells: a text, or context and utterance as a pair."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    found = np.zeros((len(examples), model.config.num_labels), dtype=np.float32)
    for row, (context, text) in enumerate(zip(examples.contexts, examples.texts, strict=True)):
        # A long text loses its end; of a pair the context loses its beginning.
        tokenizer.truncation_side, truncation = ("left", "only_first") if context else ("right", True)
        given = (context, text) if context else (text,)
        with torch.inference_mode():
            found[row] = torch.sigmoid(model(**tokenizer(*given, truncation=truncation, return_tensors="pt")).logits)[0].numpy()
    return found


def fits(folder: Path, examples: TextExamples) -> list[int]:
    """Returns the rows that a stock tokenizer can cut as we do: those whose utterance leaves its context some room."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    room = tokenizer.model_max_length - tokenizer.num_special_tokens_to_add(pair=True)
    lengths = [len(tokenizer.backend_tokenizer.encode(text, add_special_tokens=False)) for text in examples.texts]
    return [row for row in range(len(examples)) if not examples.contexts[row] or lengths[row] < room]


def _config(settings: EncoderSettings, outputs: Outputs, token_types: int, network: bool) -> Any:
    from transformers import AutoConfig

    place = locate(settings.encoder, network)
    try:
        known = AutoConfig.from_pretrained(place, revision=settings.revision or "main")
    except (OSError, ValueError) as error:
        raise DataUnavailableError(f"the configuration of {settings.encoder!r} cannot be loaded: {str(error).splitlines()[0]}") from error
    if known.model_type not in _HEADS:
        raise EmohubError(f"a {known.model_type} encoder cannot be published as a model: stock heads are known of {' and '.join(_HEADS)}")
    values = known.to_dict() | {
        "type_vocab_size": token_types,
        "problem_type": "multi_label_classification",
        "id2label": dict(enumerate(outputs.labels)),
        "label2id": {label: number for number, label in enumerate(outputs.labels)},
        "classifier_dropout": settings.dropout,
        "dtype": "float32",
        "decision_rule": outputs.decision.rule,
        "decision_threshold": outputs.decision.threshold,
        "decision_tuned_on": outputs.decision.tuned_on,
    }
    return type(known).from_dict({name: value for name, value in values.items() if name not in ("_name_or_path", "architectures")})


def _write_tokenizer(folder: Path, settings: EncoderSettings, token_types: int, network: bool) -> None:
    """Writes the tokenizer with the length that was trained on and, where the stock one has none, the second segment's token type."""
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    known = load_tokenizer(settings.encoder, settings.revision, network)
    backend = known.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    names = list(known.model_input_names)
    if token_types > 1 and "token_type_ids" not in names:
        begin, end = known.cls_token, known.sep_token
        backend.post_processor = TemplateProcessing(
            single=f"{begin}:0 $A:0 {end}:0",
            pair=f"{begin}:0 $A:0 {end}:0 {end}:0 $B:1 {end}:1",
            special_tokens=[(begin, known.cls_token_id), (end, known.sep_token_id)],
        )
        names.insert(1, "token_type_ids")
    # The general class, because RoBERTa's own makes its template anew when it is loaded.
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend, model_max_length=settings.maximum_length, model_input_names=names, **known.special_tokens_map
    ).save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    # The name that transformers 4 and 5 both know.
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | {"tokenizer_class": "PreTrainedTokenizerFast"})


def _sort_labels(path: Path) -> None:
    """Writes the labels in the order of their numbers: transformers sorts keys as texts, and then 10 stands before 2."""
    config = json.loads(path.read_text(encoding="utf-8"))
    config["id2label"] = dict(sorted(config["id2label"].items(), key=lambda item: int(item[0])))
    config["label2id"] = dict(sorted(config["label2id"].items(), key=lambda item: int(item[1])))
    write_json(path, config)
