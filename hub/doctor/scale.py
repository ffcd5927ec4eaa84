"""Whether the cluster that the profile's `scale` names can be reached."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from hub.doctor.finding import Check, Finding, Subject

_SECONDS = 5
_RAY_ADDRESS = Path("/tmp/ray/ray_current_cluster")
"""Where Ray notes the cluster that was started on this machine."""


def scale(subject: Subject) -> Iterator[Finding]:
    spec = subject.workspace.profile.scale
    if not _has_datatrove() and spec.spread:
        yield Finding(
            "problem", "the profile spreads work, and datatrove is not installed", "install the extra that names it: pip install -c constraints.txt datatrove"
        )
    match spec.executor:
        case "local":
            yield Finding("ok", f"on this machine, {spec.tasks} task{'s' * (spec.tasks != 1)}")
        case "slurm":
            assert spec.slurm
            yield slurm(subject, spec.slurm.partition)
        case "ray":
            yield ray(subject, spec.ray.address)


def slurm(subject: Subject, partition: str) -> Finding:
    programs = {name: shutil.which(name, path=subject.environment.get("PATH")) for name in ("sbatch", "sinfo")}
    if not all(programs.values()):
        return Finding("problem", "the profile wants Slurm, and sbatch or sinfo is not here", "run on a login node, or take another --executor")
    try:
        said = subprocess.run([str(programs["sinfo"]), "--noheader", "--format=%R"], capture_output=True, text=True, timeout=_SECONDS, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("problem", f"Slurm's controller does not answer ({type(error).__name__})", "`scontrol ping` says more")
    known = said.split()
    if partition not in known:
        return Finding("problem", f"Slurm has no partition {partition!r}; it has {', '.join(known) or 'none'}", "mend scale.slurm.partition")
    return Finding("ok", f"Slurm answers and has the partition {partition!r}")


def ray(subject: Subject, address: str) -> Finding:
    try:
        version = metadata.version("ray")
    except metadata.PackageNotFoundError:
        return Finding("problem", "the profile wants Ray, which is not installed", "pip install ray, in the version of the cluster")
    place = address
    if address == "auto":
        place = subject.environment.get("RAY_ADDRESS") or (_RAY_ADDRESS.read_text(encoding="utf-8").strip() if _RAY_ADDRESS.is_file() else "")
    if not place:
        return Finding("problem", f"Ray {version} is installed, and no cluster is known here", "`ray start --head`, or name scale.ray.address")
    host, _, port = place.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_SECONDS).close()
    except (OSError, ValueError):
        return Finding("problem", f"no Ray cluster answers at {place}", "start it, or mend scale.ray.address")
    return Finding("ok", f"Ray {version}: a cluster answers at {place}")


def _has_datatrove() -> bool:
    try:
        metadata.version("datatrove")
    except metadata.PackageNotFoundError:
        return False
    return True


SCALE: tuple[tuple[str, Check], ...] = (("scale", scale),)
