"""What a seed took in energy, from counters of the hardware: the processors' (RAPL) and NVIDIA's. Nothing is estimated: no counter, no number.

RAPL counts micro-joules of a whole processor package, all programs on it together, and begins again at zero after some ten minutes to an hour of hard
work; so it is read every half minute (Linux, Documentation/power/powercap/powercap.rst). NVML counts milli-joules since the driver was loaded
(nvmlDeviceGetTotalEnergyConsumption, Volta and later).
"""

import contextlib
import importlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

POWERCAP = Path("/sys/class/powercap")
SECONDS_BETWEEN_READINGS = 30.0
_JOULES_PER_KILOWATT_HOUR = 3_600_000.0


@dataclass(frozen=True, slots=True)
class Energy:
    """What was used, and in words what was counted."""

    kilowatt_hours: float
    method: str


@dataclass(frozen=True, slots=True)
class _Package:
    """The counter of one processor package."""

    file: Path
    range: int
    """Micro-joules after which it begins again."""

    def read(self) -> int | None:
        return _number(self.file)


@dataclass
class EnergyMeter:
    """Counts while it is on. `taken` says afterwards what was used; None where nothing could be read."""

    packages: tuple[_Package, ...]
    hidden: int
    """Packages whose counters this user may not read."""
    devices: dict[str, Any]
    """NVML handles by the device's UUID."""
    nvml: Any
    _last: dict[Path, int] = field(default_factory=dict)
    _micro_joules: int = 0
    _broken: bool = False
    _device_start: dict[str, int] = field(default_factory=dict)
    _device_used: dict[str, int] = field(default_factory=dict)

    def start(self) -> None:
        self._read_packages()
        self._device_start = self._read_devices()

    def sample(self) -> None:
        """Reads the processors' counters; often enough that none goes round twice."""
        self._read_packages()

    def stop(self) -> None:
        self._read_packages()
        now = self._read_devices()
        self._device_used = {uuid: now[uuid] - before for uuid, before in self._device_start.items() if uuid in now}

    def taken(self) -> Energy | None:
        """What was used between start and stop, of the processors and of the CUDA device that torch used."""
        processors = self._micro_joules / 1e6 if self.packages and not self._broken else None
        uuid = _used_cuda_device()
        device = self._device_used[uuid] / 1e3 if uuid is not None and uuid in self._device_used else None
        found = [joules for joules in (processors, device) if joules is not None]
        if not found:
            return None
        return Energy(sum(found) / _JOULES_PER_KILOWATT_HOUR, self._method(processors is not None, device is not None, uuid is not None))

    def _method(self, processors: bool, device: bool, cuda: bool) -> str:
        parts = []
        if processors:
            every = len(self.packages) + self.hidden
            count = f"{len(self.packages)} of {every}" if self.hidden else str(every)
            parts.append(f"RAPL counters of {count} processor package{'' if every == 1 else 's'}, with all that ran on them")
        else:
            parts.append("without the processors, which have no counter that can be read")
        if device:
            parts.append("NVIDIA's energy counter of the GPU used, with all that ran on it")
        elif cuda:
            parts.append("without the GPU, whose counter cannot be read")
        return "; ".join(parts) + "; training, prediction and scoring; memory, drives, fans and losses are not counted"

    def _read_packages(self) -> None:
        for package in self.packages:
            value = package.read()
            if value is None:
                self._broken = True
                continue
            if package.file in self._last:
                step = value - self._last[package.file]
                self._micro_joules += step if step >= 0 else step + package.range
            self._last[package.file] = value

    def _read_devices(self) -> dict[str, int]:
        found = {}
        for uuid, handle in self.devices.items():
            with contextlib.suppress(self.nvml.NVMLError):
                found[uuid] = int(self.nvml.nvmlDeviceGetTotalEnergyConsumption(handle))
        return found


@contextlib.contextmanager
def metered(powercap: Path = POWERCAP, seconds: float = SECONDS_BETWEEN_READINGS) -> Iterator[EnergyMeter]:
    """Counts energy for the length of a block."""
    packages, hidden = _packages(powercap)
    nvml, devices = _nvml_devices()
    meter = EnergyMeter(packages, hidden, devices, nvml)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(seconds):
            meter.sample()

    meter.start()
    watcher = threading.Thread(target=watch, name="energy", daemon=True) if packages else None
    if watcher:
        watcher.start()
    try:
        yield meter
    finally:
        done.set()
        if watcher:
            watcher.join()
        meter.stop()
        if nvml is not None:
            nvml.nvmlShutdown()


def _packages(powercap: Path) -> tuple[tuple[_Package, ...], int]:
    """The packages whose counters can be read, and how many cannot. Parts of a package (`intel-rapl:0:0`) and the platform (`psys`) would count twice."""
    readable, hidden = [], 0
    for zone in sorted(powercap.glob("intel-rapl:*")):
        if zone.name.count(":") != 1 or not _text(zone / "name").startswith("package"):
            continue
        wrap = _number(zone / "max_energy_range_uj")
        if wrap is None or _number(zone / "energy_uj") is None:
            hidden += 1
        else:
            readable.append(_Package(zone / "energy_uj", wrap))
    return tuple(readable), hidden


def _nvml_devices() -> tuple[Any, dict[str, Any]]:
    """NVML and its devices by UUID; nothing where the package or the driver is not there."""
    try:
        nvml = importlib.import_module("pynvml")
    except ImportError:
        return None, {}
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return None, {}
    devices = {}
    for index in range(int(nvml.nvmlDeviceGetCount())):
        with contextlib.suppress(nvml.NVMLError):
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            uuid = nvml.nvmlDeviceGetUUID(handle)
            devices[_bare(uuid.decode() if isinstance(uuid, bytes) else uuid)] = handle
    return nvml, devices


def _used_cuda_device() -> str | None:
    """The UUID of the device that torch computes on; None where it has used none."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return None
    return _bare(str(torch.cuda.get_device_properties(torch.cuda.current_device()).uuid))


def _bare(uuid: str) -> str:
    return uuid.removeprefix("GPU-").lower()


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
