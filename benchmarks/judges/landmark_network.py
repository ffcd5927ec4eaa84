"""The network that finds landmarks: heat maps for where they are about, then two looks around each of those places.

Each point's heat map has 16 x 16 cells, and the point is the mean place under it (integral regression, Sun et al. 2018, arXiv 1711.08229). What is seen around
all points together then says by how much each is off, twice over, as in cascaded shape regression (Xiong and De la Torre 2013).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from benchmarks.judges.layers import Residual, convolution
from hub.faces.landmarks import FACE_70

CELLS = 16
MARGIN = 0.1
"""How far the heat maps reach beyond the picture, in shares of it."""
_MEAN, _DEVIATION = 0.5, 0.25
_DETAIL = 16
"""Channels of what is looked at around a point."""
_WINDOW = 5
"""Places looked at, across and down."""
_STEPS = (1 / 32, 1 / 48)
"""How far they are apart in the first and in the second look, in shares of the picture."""
_REACH = 0.02
"""The unit of corrections, in shares of the picture."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where the points are, step by step."""

    marginals: Tensor
    """(n, 70, 2, 16): each point's share in every column and in every row of cells."""
    stages: tuple[Tensor, ...]
    """(n, 70, 2) each, in shares of the picture: from the heat maps, and after each look."""


class LandmarkNetwork(nn.Module):
    """From (n, 3, 64, 64) pictures, 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.sixteen = nn.Sequential(nn.PixelUnshuffle(2), convolution(12, 32, stride=2), convolution(32, 48))
        self.eight = nn.Sequential(convolution(48, 96, stride=2), Residual(96))
        self.four = convolution(96, 128, stride=2)
        self.from_four = nn.Conv2d(128, 48, 1)
        self.from_eight = nn.Conv2d(96, 48, 1)
        self.from_sixteen = nn.Conv2d(48, 48, 1)
        self.up_eight = convolution(48, 48)
        self.up_sixteen = convolution(48, 48)
        self.maps = nn.Conv2d(48, FACE_70.count, 1)
        self.detail = nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, _DETAIL, 3, 1, 1), nn.ReLU())
        self.looks = nn.ModuleList([_Look(step) for step in _STEPS])

    def found(self, pictures: Tensor) -> Found:
        """Returns all steps; no gradient leads from a look into the places it starts from."""
        pictures = (pictures - _MEAN) / _DEVIATION
        sixteen = self.sixteen(pictures)
        eight = self.eight(sixteen)
        hidden = self.up_eight(_doubled(self.from_four(self.four(eight))) + self.from_eight(eight))
        maps = self.maps(self.up_sixteen(_doubled(hidden) + self.from_sixteen(sixteen))).float()
        shares = maps.flatten(2).softmax(dim=2).view(maps.shape)
        marginals = torch.stack([shares.sum(dim=2), shares.sum(dim=3)], dim=2)
        stages = [places(marginals)]
        detail = self.detail(pictures).float()
        for look in self.looks:
            stages.append(look(detail, stages[-1].detach()))
        return Found(marginals, tuple(stages))

    def forward(self, pictures: Tensor) -> Tensor:
        """Returns (n, 70, 2) places in shares of the picture."""
        return self.found(pictures).stages[-1]


class _Look(nn.Module):
    """Corrects places by what is seen around them; each point has weights of its own, and all points together are read."""

    def __init__(self, step: float, seen: int = 24, hidden: int = 192) -> None:
        super().__init__()
        values = _WINDOW * _WINDOW * _DETAIL
        self.step = step
        self.own = nn.Parameter(torch.randn(FACE_70.count, values, seen) * values**-0.5)
        self.together = nn.Linear(FACE_70.count * seen, hidden)
        self.correction = nn.Linear(hidden, FACE_70.count * 2)

    def forward(self, detail: Tensor, start: Tensor) -> Tensor:
        line = (torch.arange(_WINDOW).to(start) - _WINDOW // 2) * self.step
        window = torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=2).view(-1, 2)
        around = (start[:, :, None] + window) * 2 - 1
        values = nn.functional.grid_sample(detail, around, padding_mode="border", align_corners=False)
        each = torch.bmm(values.permute(2, 0, 3, 1).flatten(2), self.own).relu()
        together = self.together(each.transpose(0, 1).flatten(1)).relu()
        corrected: Tensor = start + self.correction(together).view(start.shape).float() * _REACH
        return corrected


def _doubled(hidden: Tensor) -> Tensor:
    return nn.functional.interpolate(hidden, scale_factor=2.0, mode="nearest")


def places(marginals: Tensor) -> Tensor:
    """Returns the mean place under maps, (n, 70, 2) in shares of the picture, from their (n, 70, 2, 16) marginals."""
    centres = (torch.arange(CELLS).to(marginals) + 0.5) / CELLS * (1 + 2 * MARGIN) - MARGIN
    return (marginals * centres).sum(dim=3)
