"""A real Slurm of two nodes on this machine: munged, slurmctld and two slurmd from Debian's packages, on private ports and in a folder of their own.

Each node is a PID, mount and host name namespace. So processes on it see the node's name and only the node's processes, as on a machine of its own, and
killing the namespace's first process kills all of it at once, as pulling its plug would. The file system and the clock are shared.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NODES = ("n1", "n2")
_PATIENCE = 60.0
"""Seconds that starting may take."""

_CONFIGURATION = """
ClusterName=emohub
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
SlurmctldPort={port}
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdSpoolDir={folder}/spool-%n
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0,bf_interval=5
MpiDefault=none
MailProg=/bin/true
JobRequeue=1
SlurmdTimeout=6
SlurmctldTimeout=10
MessageTimeout=5
KillWait=2
ReturnToService=2
{nodes}
PartitionName=all Nodes={names} Default=YES MaxTime=INFINITE State=UP
"""


@dataclass
class SlurmCluster:
    """A running cluster. `environment` is what sbatch, squeue and whoever calls them need."""

    folder: Path
    environment: Mapping[str, str]
    nodes: dict[str, "subprocess.Popen[bytes]"]

    def run(self, *command: str) -> str:
        """What a Slurm command prints."""
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True, timeout=30).stdout

    def kill_node(self, name: str) -> None:
        """SIGKILL to everything that runs on a node, its slurmd and jobs alike."""
        unshare = self.nodes.pop(name)
        _kill_namespace(unshare)

    def states(self) -> dict[str, str]:
        """The state of every node, as sinfo names it."""
        return dict(line.split() for line in self.run("sinfo", "--noheader", "--Node", "--format", "%N %T").splitlines())

    def logs(self) -> str:
        """The end of every log, for the message of a test that failed."""
        return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-2000:]}" for path in sorted(self.folder.glob("*.log")))


def missing() -> str | None:
    """Why no cluster can be started here, or None."""
    if os.geteuid() != 0:
        return "Slurm's nodes are namespaces here, which needs root"
    absent = [name for name in ("slurmctld", "slurmd", "munged", "sbatch", "srun", "unshare") if shutil.which(name) is None]
    if absent:
        return f"{', '.join(absent)}: not installed (apt-get install -y slurm-wlm munge)"
    tried = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "--uts", "true"], capture_output=True, text=True, check=False)
    return f"this machine allows no namespaces: {tried.stderr.strip()}" if tried.returncode else None


@contextlib.contextmanager
def slurm_cluster(cpus: int = 1, nodes: Sequence[str] = NODES) -> Iterator[SlurmCluster]:
    """A cluster of nodes with so many processors each (whatever the machine has), for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="slurm-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)  # munged runs as another user
        configuration = _configure(folder, cpus, nodes)
        environment = {**os.environ, "SLURM_CONF": str(configuration)}
        stack.enter_context(_munged(folder))
        stack.enter_context(_running(["slurmctld", "-D", "-i"], environment, folder / "slurmctld.out"))
        cluster = SlurmCluster(folder, environment, {})
        for node in nodes:
            # The namespace has its own host name, and slurmd is its first process.
            inside = f"hostname {node} && exec slurmd -D -N {node}"
            command = ["unshare", "--pid", "--fork", "--mount-proc", "--uts", "--kill-child=SIGKILL", "sh", "-c", inside]
            cluster.nodes[node] = stack.enter_context(_running(command, environment, folder / f"slurmd-{node}.out"))
        _wait_until_idle(cluster, len(nodes))
        yield cluster


def _configure(folder: Path, cpus: int, nodes: Sequence[str]) -> Path:
    (folder / "state").mkdir()
    ports = _free_ports(1 + len(nodes))
    lines = []
    for node, port in zip(nodes, ports[1:], strict=True):
        (folder / f"spool-{node}").mkdir()
        lines.append(f"NodeName={node} NodeHostname={node} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory=16000 State=UNKNOWN")
    path = folder / "slurm.conf"
    path.write_text(
        _CONFIGURATION.format(host=socket.gethostname(), folder=folder, port=ports[0], nodes="\n".join(lines), names=",".join(nodes)), encoding="utf-8"
    )
    return path


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        return [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


@contextlib.contextmanager
def _munged(folder: Path) -> Iterator[None]:
    """munged with a key of its own, as the user that it insists on."""
    own = folder / "munge"
    own.mkdir(mode=0o755)
    key = own / "key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    for path in (own, key):
        shutil.chown(path, "munge", "munge")
    paths = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    command = ["munged", "--foreground", "--num-threads=2", *(f"--{option}={own / name}" for option, name in paths.items())]
    with _running(command, dict(os.environ), folder / "munged.out", user="munge"):
        _wait_for(own / "socket")
        yield


@contextlib.contextmanager
def _running(command: Sequence[str], environment: Mapping[str, str], output: Path, user: str | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """A process for the length of a block, and not longer."""
    with output.open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, user=user, group=user, cwd="/")
    try:
        yield process
    finally:
        if command[0] == "unshare":
            _kill_namespace(process)
        else:
            _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()  # so that it ends its own children
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _kill_namespace(unshare: "subprocess.Popen[bytes]") -> None:
    """Kills the first process of a namespace; the kernel then kills all others before the first is gone."""
    children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children")
    for pid in children.read_text().split() if children.exists() else []:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    unshare.wait(timeout=30)


def _wait_for(path: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while not path.exists():
        if time.monotonic() > end:
            raise TimeoutError(f"{path} did not appear in {_PATIENCE:.0f} s: {(path.parents[1] / 'munged.out').read_text()}")
        time.sleep(0.05)


def _wait_until_idle(cluster: SlurmCluster, count: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        with contextlib.suppress(subprocess.SubprocessError):
            if list(cluster.states().values()) == ["idle"] * count:
                return
        if time.monotonic() > end:
            raise TimeoutError(f"the nodes were not idle in {_PATIENCE:.0f} s\n{cluster.logs()}")
        time.sleep(0.2)
