"""MAE's decoder: from the tokens of the seen patches to the pixels of all of them (arXiv 2111.06377)."""

import torch
from torch import Tensor, nn
from transformers import ViTConfig
from transformers.models.vit.modeling_vit import ViTLayer


class PatchDecoder(nn.Module):
    """A learnt mask token stands for every hidden patch; fixed positions; transformer layers; one linear layer to pixels.

    Args:
        width: of its tokens; 4 and the number of heads must divide it.
        depth: layers.
        heads: of every layer's attention.
        side: patches a row and a column of the image.
        numbers: of every patch: its pixels times the channels.
    """

    positions: Tensor

    def __init__(self, width: int, depth: int, heads: int, side: int, numbers: int) -> None:
        super().__init__()
        config = ViTConfig(hidden_size=width, num_attention_heads=heads, intermediate_size=4 * width)
        config._attn_implementation = "sdpa"
        self.mask_token = nn.Parameter(torch.empty(1, 1, width))
        self.register_buffer("positions", grid_positions(side, width)[None], persistent=False)
        self.layers = nn.ModuleList([ViTLayer(config) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.to_pixels = nn.Linear(width, numbers)
        self._initialise()

    def forward(self, tokens: Tensor, kept: Tensor) -> Tensor:
        """Returns a prediction for every patch, (images, patches, numbers); none for the first token.

        Args:
            tokens: (images, 1 + kept patches, width), the first token first.
            kept: (images, kept patches), the patches' numbers.
        """
        seen = tokens[:, 1:]
        patches = self.mask_token.to(seen.dtype).expand(len(seen), self.positions.shape[1] - 1, -1)
        patches = patches.scatter(1, kept[:, :, None].expand_as(seen), seen)
        hidden = torch.cat([tokens[:, :1], patches], dim=1) + self.positions.to(seen.dtype)
        for layer in self.layers:
            hidden = layer(hidden)
        predicted: Tensor = self.to_pixels(self.norm(hidden)[:, 1:])
        return predicted

    def _initialise(self) -> None:
        nn.init.normal_(self.mask_token, std=0.02)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)


def grid_positions(side: int, width: int) -> Tensor:
    """Returns MAE's fixed positions, (1 + side * side, width): 0 for the first token, then sines and cosines of the column, then of the row."""
    rates = 10_000.0 ** (-torch.arange(width // 4, dtype=torch.float64) / (width // 4))
    angles = torch.outer(torch.arange(side, dtype=torch.float64), rates)
    axis = torch.cat([angles.sin(), angles.cos()], dim=1)
    grid = torch.cat([axis.repeat(side, 1), axis.repeat_interleave(side, dim=0)], dim=1)
    return torch.cat([torch.zeros(1, width, dtype=torch.float64), grid]).float()
