"""The blocks the judges' networks are made of."""

from torch import Tensor, nn


def convolution(width: int, out: int, stride: int = 1) -> nn.Sequential:
    """Returns a 3 x 3 convolution with batch normalisation and ReLU."""
    return nn.Sequential(nn.Conv2d(width, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU())


class Residual(nn.Module):
    """Two convolutions beside an identity (He et al. 2016, arXiv 1512.03385)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(convolution(width, width), nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, hidden: Tensor) -> Tensor:
        return nn.functional.relu(hidden + self.inner(hidden))
