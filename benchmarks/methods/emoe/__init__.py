"""EMoE: a dense model's own neurons as experts while it is trained, and the dense model back (arXiv 2310.10908; NAACL 2024)."""

from benchmarks.methods.emoe.clustering import balanced_kmeans, random_partition
from benchmarks.methods.emoe.conversion import convert, expert_layers, merge, record, restore
from benchmarks.methods.emoe.routing import auxiliary_loss
from benchmarks.methods.emoe.settings import PAPER, Fidelity

__all__ = ["PAPER", "Fidelity", "auxiliary_loss", "balanced_kmeans", "convert", "expert_layers", "merge", "random_partition", "record", "restore"]
