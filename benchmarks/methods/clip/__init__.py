"""CLIP through open_clip: as a frozen teacher, for zero-shot classification, and under a linear probe."""
