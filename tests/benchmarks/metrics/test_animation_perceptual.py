"""LPIPS equals torchmetrics' on the same weights, and reads only safetensors."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchmetrics.functional.image.lpips import _LPIPS

from benchmarks.metrics.animation.perceptual import Lpips, load_lpips
from hub.errors import DeclarationError

torch.set_num_threads(1)
GENERATOR = np.random.default_rng(0)
OUTPUT, TARGET = (GENERATOR.integers(0, 256, (3, 64, 64, 3), dtype=np.uint8) for _ in range(2))


@pytest.fixture(scope="module")
def reference() -> _LPIPS:
    """Another's implementation, with a random backbone and the real heads."""
    torch.manual_seed(0)
    return _LPIPS(pnet_rand=True, net="alex")


@pytest.fixture(scope="module")
def weights(reference: _LPIPS, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lpips") / "alexnet.safetensors"
    state = {f"features.{name.split('.', 1)[1]}": value for name, value in reference.net.state_dict().items()}
    save_file({**state, "classifier.1.bias": torch.zeros(3)}, path)
    return path


def test_it_equals_torchmetrics_with_the_same_weights(reference: _LPIPS, weights: Path) -> None:
    pair = [torch.from_numpy(clip).permute(0, 3, 1, 2).float() / 255 for clip in (OUTPUT, TARGET)]
    expected = float(reference(*pair, normalize=True).mean())
    network = load_lpips(weights)
    assert isinstance(network, Lpips)
    assert expected > 1e-4
    assert network.distance(OUTPUT, TARGET) == pytest.approx(expected, rel=1e-4)
    assert network.distance(TARGET, TARGET) == 0


def test_without_weights_there_is_no_lpips() -> None:
    assert load_lpips(None) is None


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "alexnet.pth").write_bytes(b"")
    with pytest.raises(DeclarationError, match=r"expected a \.safetensors file"):
        load_lpips(tmp_path / "alexnet.pth")


def test_other_weights_are_refused_by_name(tmp_path: Path) -> None:
    save_file({"features.0.weight": torch.zeros(64, 3, 11, 11)}, tmp_path / "other.safetensors")
    with pytest.raises(DeclarationError, match="not those of torchvision's AlexNet"):
        load_lpips(tmp_path / "other.safetensors")
