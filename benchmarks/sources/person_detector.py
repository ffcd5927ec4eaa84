"""Where the person is in an image that nobody has annotated: the best box of a detector of torchvision. To be run once, into a column of boxes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.image_examples import Boxes, ImageExamples
from hub.console import progress
from hub.errors import DataUnavailableError
from hub.files import digest, replacing
from hub.paths import Project
from hub.spec.task import PersonDetectorSpec
from hub.untrusted_images import open_image

_PERSON = 1
"""Of COCO's classes as torchvision counts them; 0 is the background."""
_CLASSES = 91


def person_boxes(paths: Sequence[Path], weights: Path | None, network: bool, threshold: float = 0.8) -> Boxes:
    """Returns the most certain person of every image, (images, 4): left, top, right, bottom in shares of width and height; NaN where there is none.

    The detector is SSDlite320 with MobileNetV3, in place of the original's YOLOv3. One box an image needs no suppression of overlapping ones: the best is never
    suppressed. So this runs where torchvision's own operators do not.

    Args:
        paths: of the images.
        weights: a safetensors file with the detector's `state_dict`; None takes torchvision's, trained on COCO.
        network: whether those may be downloaded.
        threshold: how certain a box must be, 0 to 1. 0.8 is the original's, for another detector.

    Raises:
        DataUnavailableError: torchvision is not installed, or the weights are not on this machine or do not fit.
    """
    detector = _detector(weights, network)
    boxes = np.full((len(paths), 4), np.nan, dtype=np.float32)
    with progress("looking for persons", len(paths)) as tick, torch.inference_mode():
        for row, path in enumerate(paths):
            with open_image(path) as image:
                pixels = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1) / 255
            score, box = _best_person(detector, pixels)
            if score >= threshold:
                boxes[row] = box.numpy()
            tick()
    return boxes


def kept_person_boxes(examples: ImageExamples, spec: PersonDetectorSpec, project: Project, network: bool) -> Boxes:
    """Returns what `person_boxes` does, from the work folder where these images were looked at before."""
    weights = None if spec.weights is None else project.root / spec.weights
    file = project.work / "persons" / f"{digest([examples.contents, spec.model_dump()])[:24]}.npy"
    if not file.is_file():
        with replacing(file) as temporary, temporary.open("wb") as opened:
            np.save(opened, person_boxes(examples.paths, weights, network, spec.threshold), allow_pickle=False)
    kept: Boxes = np.load(file, allow_pickle=False)
    return kept


def _best_person(detector: Any, pixels: Tensor) -> tuple[float, Tensor]:
    """Returns the score and the box, in shares of the image, of the most certain person in (3, height, width), 0 to 1."""
    images, _ = detector.transform([pixels])
    features = list(detector.backbone(images.tensors).values())
    found = detector.head(features)
    scores = found["cls_logits"][0].softmax(dim=1)[:, _PERSON]
    best = int(scores.argmax())
    anchors = detector.anchor_generator(images, features)[0]
    box = detector.box_coder.decode_single(found["bbox_regression"][0][best : best + 1], anchors[best : best + 1])[0]
    height, width = images.image_sizes[0]
    return float(scores[best]), (box / box.new_tensor([width, height, width, height])).clamp(0, 1)


def _detector(weights: Path | None, network: bool) -> Any:
    try:
        from torchvision.models.detection import SSDLite320_MobileNet_V3_Large_Weights, ssdlite320_mobilenet_v3_large
    except ImportError as error:
        raise DataUnavailableError("persons cannot be looked for without torchvision; install it, or give the images a column of boxes") from error
    if weights is None and not network:
        raise DataUnavailableError(
            "the weights of the person detector are not on this machine, and this profile does not use the network; "
            "name a safetensors file, give the images a column of boxes, or set bench.network: true"
        )
    detector = ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=_CLASSES)
    detector.load_state_dict(_state(weights, SSDLite320_MobileNet_V3_Large_Weights.COCO_V1, detector))
    return detector.eval()


def _state(weights: Path | None, published: Any, detector: Any) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    place = str(weights) if weights is not None else published.url
    try:
        state: dict[str, Tensor] = load_file(weights) if weights is not None else published.get_state_dict(weights_only=True, check_hash=True, progress=False)
    except (OSError, SafetensorError) as error:
        raise DataUnavailableError(f"the person detector's weights {place} cannot be loaded: {str(error).splitlines()[0]}") from error
    expected = {name: tensor.shape for name, tensor in detector.state_dict().items()}
    if {name: tensor.shape for name, tensor in state.items()} != expected:
        raise DataUnavailableError(f"the person detector's weights {place} are not of torchvision's ssdlite320_mobilenet_v3_large with {_CLASSES} classes")
    return state
