"""Trains a tiny network in one of several processes and writes what it ends with: `python train_in_processes.py RANK WORLD PORT OUT`."""

import os
import sys
from pathlib import Path


def main(rank: int, world: int, port: int, out: Path) -> None:
    """Joins the other processes, trains two steps and saves the weights that were trained."""
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    os.environ |= {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    import torch

    from benchmarks.methods.follow_your_emoji.checkpoints import trainable_state, write_tensors
    from benchmarks.methods.follow_your_emoji.material import read_material
    from benchmarks.methods.follow_your_emoji.settings import TrainingSettings
    from benchmarks.methods.follow_your_emoji.training import image_stage, train_stage
    from tests.support.tiny_animation import make_network, rendered_pair

    torch.set_num_threads(1)
    settings = TrainingSettings.model_validate({"image_steps": 2, "motion_steps": 0, "portraits": 1, "frames": 2, "learning_rate": 1e-3, "warmup": 1})
    material = read_material([rendered_pair(0), rendered_pair(1)], 16, "expression_aware", None)
    network = make_network().train()
    train_stage(network, image_stage(settings), settings, (1.0, 1.0), material, None, 0, out / "work", lambda count=1: None)
    write_tensors(out / f"{rank}.safetensors", trainable_state(network))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
