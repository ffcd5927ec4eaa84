"""UniEmoX's three losses as pure functions (arXiv 2409.18877; the formulae are read off the architecture figure and the released code)."""

from torch import Tensor
from torch.nn import functional


def similarity_loss(fused: Tensor, image_features: Tensor) -> Tensor:
    """Returns 1 - cos(γ, Ω), averaged over the images: the paper's L2. Between 0 and 2.

    Args:
        fused: γ, (images, width).
        image_features: Ω, the teacher's features of the same images, (images, width), of any length.

    Raises:
        ValueError: the shapes differ, or there is no image.
    """
    _check_features("similarity_loss", fused=fused, image_features=image_features)
    return 1 - functional.cosine_similarity(fused, image_features, dim=1).mean()


def relation_distillation_loss(fused: Tensor, image_features: Tensor, text_features: Tensor) -> Tensor:
    """Returns 1 - cos(A_i, C_i), averaged over the images i: the paper's L1, distillation of what is paired and what is not. Between 0 and 2.

    A = γ Λᵀ and C = Ω Λᵀ are (images, images): how like every text of the batch is to image i, for the student and for the teacher. A row's length
    cancels, and with it any logit scale; a text's length does not, so the texts should be of length 1, as CLIP has them.

    Args:
        fused: γ, (images, width).
        image_features: Ω, (images, width).
        text_features: Λ, the teacher's features of the texts of the same images, (images, width).

    Raises:
        ValueError: the shapes differ, or there is no image.
    """
    _check_features("relation_distillation_loss", fused=fused, image_features=image_features, text_features=text_features)
    return 1 - functional.cosine_similarity(fused @ text_features.T, image_features @ text_features.T, dim=1).mean()


def reconstruction_loss(prediction: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Returns the mean squared error over the pixels of masked patches: the paper's L3, and the loss of MAE (arXiv 2111.06377). 0 if nothing is masked.

    Args:
        prediction: (images, patches, numbers a patch). One prediction a patch: a single one for all patches is refused, not broadcast.
        target: the true pixels, of the same shape.
        mask: (images, patches), true or 1 where the encoder did not see the patch.

    Raises:
        ValueError: the shapes differ.
    """
    if prediction.ndim != 3 or prediction.shape != target.shape:
        raise ValueError(
            f"reconstruction_loss: prediction is {tuple(prediction.shape)} and target {tuple(target.shape)}; both must be (images, patches, numbers a patch)"
        )
    if mask.shape != prediction.shape[:2]:
        raise ValueError(f"reconstruction_loss: mask is {tuple(mask.shape)}; it must be (images, patches), here {tuple(prediction.shape[:2])}")
    weights = mask.to(prediction.dtype)
    errors = (prediction - target).square().mean(dim=2)
    return (errors * weights).sum() / weights.sum().clamp_min(1)


def _check_features(function: str, **features: Tensor) -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in features.items()}
    first = next(iter(shapes.values()))
    if len(first) != 2 or not first[0] or any(shape != first for shape in shapes.values()):
        described = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"{function}: {described}; all must be (images, width), of the same images and width, and at least one image")
