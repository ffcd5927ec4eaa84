"""A Ray cluster of two nodes on this machine: two raylets of `ray.cluster_utils.Cluster`, small object stores, no dashboard."""

import contextlib
import importlib.util
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from unittest import mock

import psutil

from tests.support.projects import REPOSITORY

HEAD, WORKER = "head", "worker"
_PATIENCE = 60.0


@dataclass
class RayCluster:
    """A running cluster. `environment` is what a driver process needs: RAY_ADDRESS names the cluster."""

    address: str
    environment: Mapping[str, str]
    nodes: dict[str, Any]
    """`ray._private.node.Node` by name. The driver attaches to `head`; `worker` can be killed."""
    _cluster: Any

    def workers(self, name: str) -> list[str]:
        """The titles of the workers on a node: `ray::IDLE`, or the actor or task that is at work."""
        titles = (_command(process) for process in self._processes(name))
        return [title for title in titles if title.startswith("ray::") and "Agent" not in title]

    def busy(self, name: str) -> bool:
        """Whether a rank is at work on a node."""
        return any(not title.startswith("ray::IDLE") for title in self.workers(name))

    def wait_until_idle(self) -> None:
        """Waits until no rank is at work anywhere."""
        end = time.monotonic() + _PATIENCE
        while any(self.busy(name) for name in self.nodes):
            if time.monotonic() > end:
                raise TimeoutError(f"ranks are still at work after {_PATIENCE:.0f} s")
            time.sleep(0.2)

    def kill_node(self, name: str) -> None:
        """SIGKILL to a node's raylet and to every process of its jobs, the forked children of its workers too."""
        raylet = psutil.Process(self._raylet(name))
        for number in (signal.SIGSTOP, signal.SIGKILL):  # Stopped first, so that none of them starts another one meanwhile.
            for process in (raylet, *self._processes(name)):
                _signal(process, number)
        self._cluster.remove_node(self.nodes.pop(name), allow_graceful=False)

    def _processes(self, name: str) -> list[psutil.Process]:
        try:
            children: list[psutil.Process] = psutil.Process(self._raylet(name)).children(recursive=True)
            return children
        except psutil.NoSuchProcess:
            return []

    def _raylet(self, name: str) -> int:
        (raylet,) = self.nodes[name].all_processes["raylet"]
        return int(raylet.process.pid)


def missing() -> str | None:
    """Why no cluster can be started here, or None."""
    return None if importlib.util.find_spec("ray") else "ray: not installed (pip install 'ray==2.60.0')"


@contextlib.contextmanager
def ray_cluster(cpus: int = 1) -> Iterator[RayCluster]:
    """A cluster of two nodes with so many processors each (whatever the machine has), for the length of a block."""
    from ray.cluster_utils import Cluster

    small: dict[str, Any] = {"num_cpus": cpus, "object_store_memory": 100 * 2**20, "include_dashboard": False}
    # Ray's workers inherit from the nodes; a small project has no code of its own.
    with mock.patch.dict(os.environ, PYTHONPATH=str(REPOSITORY)):
        cluster: Any = Cluster(initialize_head=True, head_node_args=small, shutdown_at_exit=True)
        worker = cluster.add_node(**small)
    try:
        nodes = {HEAD: cluster.head_node, WORKER: worker}
        cluster.wait_for_nodes(timeout=_PATIENCE)
        environment = {**os.environ, "RAY_ADDRESS": cluster.address, "RAY_DEDUP_LOGS": "0"}
        yield RayCluster(cluster.address, environment, nodes, cluster)
    finally:
        cluster.shutdown()


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
