"""Overlapping windows over the frames of a clip, and what each says of a frame."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_VARIANCE = 0.01
"""Of the bell over a window, in squared window lengths, as in the released code's tiled variant."""


def plan_windows(frames: int, window: int, overlap: int) -> list[range]:
    """Returns windows in order that together cover every frame.

    Neighbours share `overlap` frames; the last window is moved back to end with the clip, and shares more.

    A clip that is no longer than a window is one window.

    Raises:
        ValueError: there is no frame, or `overlap` is not within 0 to half a window.
    """
    if frames < 1 or window < 1:
        raise ValueError(f"a clip and a window have at least 1 frame, not {frames} and {window}")
    if not 0 <= overlap <= window // 2:
        raise ValueError(f"windows of {window} frames overlap by 0 to {window // 2} frames, not {overlap}")
    if frames <= window:
        return [range(frames)]
    starts = [*range(0, frames - window, window - overlap), frames - window]
    return [range(start, start + window) for start in starts]


def bell(length: int) -> npt.NDArray[np.float64]:
    """Returns how much a window is listened to at each of its frames, (length,), all above 0: a Gaussian around its middle whose variance is 0.01 length²."""
    place = (np.arange(length) - (length - 1) / 2) / length
    return np.exp(-(place**2) / (2 * _VARIANCE))


def window_weights(windows: Sequence[range]) -> list[npt.NDArray[np.float64]]:
    """Returns each window's share at each of its frames. The shares of all windows that hold a frame add up to 1."""
    total = np.zeros(max(window.stop for window in windows))
    for window in windows:
        total[window.start : window.stop] += bell(len(window))
    return [bell(len(window)) / total[window.start : window.stop] for window in windows]


def share_of_latest(windows: Sequence[range], latest: int) -> npt.NDArray[np.float64]:
    """Returns the share of one window at each of its frames among the windows up to itself.

    Mixing every window by this share into what the windows before it have come to gives the mean by `window_weights` after the last.
    """
    window = windows[latest]
    earlier = np.zeros(len(window))
    for before in reversed(windows[:latest]):
        if before.stop <= window.start:
            break
        shared = before.stop - window.start
        earlier[: min(shared, len(window))] += bell(len(before))[-shared:][: len(window)]
    own = bell(len(window))
    return own / (own + earlier)
