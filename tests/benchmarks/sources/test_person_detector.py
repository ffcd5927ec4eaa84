"""The person detector with random weights: torchvision's own answer, and clear words where there is none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor
from torchvision.models.detection import ssdlite320_mobilenet_v3_large

from benchmarks.image_examples import ImageExamples
from benchmarks.sources.person_detector import kept_person_boxes, person_boxes
from hub.errors import DataUnavailableError
from hub.paths import Project
from hub.spec.task import PersonDetectorSpec


@pytest.fixture(scope="module")
def detector() -> Any:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    made = ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=91)
    # Norms that have seen images, or random weights would let all signal die out and leave every box the same score.
    for norm in (module for module in made.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        norm.momentum = 1.0
    with torch.no_grad():
        made.head(list(made.backbone(torch.randn(2, 3, 320, 320)).values()))
    return made.eval()


@pytest.fixture(scope="module")
def weights(detector: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("detector") / "detector.safetensors"
    save_file(detector.state_dict(), path)
    yield path


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 100, 3), dtype=np.uint8)).save(path)
    return path


def _suppressed(boxes: Tensor, scores: Tensor, labels: Tensor, threshold: float) -> Tensor:
    """Greedy suppression in plain loops, for torchvision's post-processing where its operators do not run."""
    kept: list[int] = []
    for candidate in scores.argsort(descending=True).tolist():
        rivals = [row for row in kept if labels[row] == labels[candidate]]
        if not rivals or torchvision.ops.box_iou(boxes[candidate : candidate + 1], boxes[rivals]).max() <= threshold:
            kept.append(candidate)
    return torch.tensor(kept)


def test_the_box_is_the_best_one_that_torchvision_gives_a_person(detector: Any, weights: Path, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchvision.ops.boxes, "batched_nms", _suppressed)
    monkeypatch.setattr(detector, "topk_candidates", 2)
    with Image.open(photo) as image:
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255
    with torch.inference_mode():
        found = detector([pixels])[0]
    best = next(row for row in range(len(found["labels"])) if found["labels"][row] == 1)
    score = float(found["scores"][best])
    expected = (found["boxes"][best] / torch.tensor([100, 60, 100, 60])).numpy()
    boxes = person_boxes([photo], weights, network=False, threshold=score - 1e-4)
    assert boxes.shape == (1, 4) and boxes.dtype == np.float32
    np.testing.assert_allclose(boxes[0], expected, atol=1e-4)
    assert np.isnan(person_boxes([photo], weights, network=False, threshold=score + 1e-4)).all()


def test_weights_that_are_missing_or_of_something_else_are_named(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match="name a safetensors file"):
        person_boxes([photo], None, network=False)
    with pytest.raises(DataUnavailableError, match=r"absent\.safetensors cannot be loaded"):
        person_boxes([photo], tmp_path / "absent.safetensors", network=False)
    save_file({"weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(DataUnavailableError, match="are not of torchvision's ssdlite320"):
        person_boxes([photo], tmp_path / "other.safetensors", network=False)


def test_images_are_looked_at_once(weights: Path, photo: Path, tmp_path: Path) -> None:
    examples = ImageExamples.plain(["photo"], [photo], [""], ["its content"], np.ones((1, 1), dtype=bool))
    spec, project = PersonDetectorSpec(weights=str(weights), threshold=0.0001), Project(tmp_path)
    found = kept_person_boxes(examples, spec, project, network=False)
    assert not np.isnan(found).any()
    weights_again = PersonDetectorSpec(weights=str(tmp_path / "gone.safetensors"), threshold=0.0001)
    assert np.array_equal(kept_person_boxes(examples, spec, project, network=False), found)
    with pytest.raises(DataUnavailableError, match="gone"):
        kept_person_boxes(examples, weights_again, project, network=False)
