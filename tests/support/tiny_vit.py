"""A tiny vision transformer with random weights, saved on the spot: real in every part but its wits."""

from pathlib import Path


def make_tiny_vit(folder: Path, seed: int = 0, size: int = 32, layers: int = 2) -> Path:
    """Writes a ViT of about 20 K parameters to `folder`, in safetensors, and returns it."""
    import torch
    from transformers import ViTConfig, ViTModel
    from transformers.utils import logging

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    config = ViTConfig(hidden_size=32, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=64, image_size=size, patch_size=8)
    ViTModel(config).save_pretrained(folder)
    return folder
