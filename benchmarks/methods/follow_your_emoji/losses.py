"""The facial fine-grained loss of Follow-Your-Emoji."""

import torch


def facial_fine_grained_loss(
    pred: torch.Tensor,
    target: torch.Tensor,
    face_mask: torch.Tensor,
    expression_mask: torch.Tensor,
    face_weight: float = 1.0,
    expression_weight: float = 1.0,
    frame_weight: torch.Tensor | None = None,
) -> torch.Tensor:
    """Returns mean |e|² + face_weight · mean |e · face|² + expression_weight · mean |e · expression|², where e = pred - target.

    Our reading of Follow-Your-Emoji (Ma et al. 2024), whose loss was not released: the paper weighs a face mask and an expression mask; this formula,
    means over all values rather than over the masks, and weights of 1 are ours.

    Args:
        pred: (frames, channels, height, width), the frames of one or several clips.
        target: as `pred`.
        face_mask: (frames, height, width), 0 to 1.
        expression_mask: (frames, height, width), 0 to 1.
        face_weight: at least 0.
        expression_weight: at least 0; both 0 is the plain mean squared error.
        frame_weight: (frames,), at least 0: how much each frame counts in the mean; 0 for frames given clean, which are conditions and not predictions. All
            frames count alike when not given; the loss is 0 where no frame counts.

    Raises:
        ValueError: shapes do not fit together, or a weight is negative.
    """
    frames = len(pred)
    masks_shape = (frames, *pred.shape[2:])
    expected = {"target": (target, tuple(pred.shape)), "face_mask": (face_mask, masks_shape), "expression_mask": (expression_mask, masks_shape)}
    if frame_weight is not None:
        expected["frame_weight"] = (frame_weight, (frames,))
    for name, (tensor, shape) in expected.items():
        if tuple(tensor.shape) != shape:
            raise ValueError(f"{name} has shape {tuple(tensor.shape)}, expected {shape} for a prediction of shape {tuple(pred.shape)}")
    if min(face_weight, expression_weight) < 0:
        raise ValueError(f"weights must be at least 0, found face {face_weight} and expression {expression_weight}")
    emphasis = 1 + face_weight * face_mask.square() + expression_weight * expression_mask.square()
    by_frame = ((pred - target).square() * emphasis[:, None]).mean(dim=(1, 2, 3))
    if frame_weight is None:
        return by_frame.mean()
    return (by_frame * frame_weight).sum() / frame_weight.sum().clamp(min=torch.finfo(by_frame.dtype).tiny)
