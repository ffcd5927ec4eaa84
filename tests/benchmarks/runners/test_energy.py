"""What the energy meter counts: the processors' own counters over their turning points, NVIDIA's, and nothing where there is no counter."""

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.runners.energy import EnergyMeter, metered
from benchmarks.runners.run import with_energy
from tests.support.records import make_record

RANGE = 262_143_328_850


@pytest.fixture
def powercap(tmp_path: Path) -> Path:
    """A machine of two packages, with a part of one and the platform, which would count twice."""
    for zone, name in (("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "core"), ("intel-rapl:1", "package-1"), ("intel-rapl:2", "psys"), ("intel-rapl", "")):
        folder = tmp_path / zone
        folder.mkdir()
        (folder / "name").write_text(f"{name}\n", encoding="ascii")
        (folder / "max_energy_range_uj").write_text(f"{RANGE}\n", encoding="ascii")
        count(tmp_path, zone, 1_000_000)
    return tmp_path


def count(powercap: Path, zone: str, micro_joules: int) -> None:
    """At once, as the kernel does it: the meter reads in a thread."""
    (powercap / zone / "new").write_text(f"{micro_joules}\n", encoding="ascii")
    (powercap / zone / "new").replace(powercap / zone / "energy_uj")


def joules(meter: EnergyMeter) -> float:
    energy = meter.taken()
    assert energy is not None
    return energy.kilowatt_hours * 3_600_000


def test_packages_are_added_and_their_parts_and_the_platform_are_not(powercap: Path) -> None:
    with metered(powercap) as meter:
        for zone, value in (("intel-rapl:0", 8_000_000), ("intel-rapl:0:0", 5_000_000), ("intel-rapl:1", 3_500_000), ("intel-rapl:2", 90_000_000)):
            count(powercap, zone, value)
    energy = meter.taken()
    assert energy is not None and joules(meter) == pytest.approx(7 + 2.5)
    assert energy.method.startswith("RAPL counters of 2 processor packages, with all that ran on them") and "GPU" not in energy.method


def test_a_counter_that_begins_again_goes_on_counting(powercap: Path) -> None:
    count(powercap, "intel-rapl:0", RANGE - 2_000_000)
    with metered(powercap) as meter:
        count(powercap, "intel-rapl:0", 3_000_000)
    assert joules(meter) == pytest.approx(5)


def test_readings_between_keep_count_of_several_rounds(powercap: Path) -> None:
    with metered(powercap, seconds=60) as meter:
        for value in (RANGE - 1, 5, RANGE - 1, 5):
            count(powercap, "intel-rapl:0", value)
            meter.sample()
    assert joules(meter) == pytest.approx((2 * RANGE + 5 - 1_000_000) / 1e6, rel=1e-9)


def test_it_reads_by_itself_now_and_then(powercap: Path) -> None:
    with metered(powercap, seconds=0.01) as meter:
        for value in (RANGE - 1, 5):
            count(powercap, "intel-rapl:0", value)
            limit = time.monotonic() + 5
            while meter._last[powercap / "intel-rapl:0" / "energy_uj"] != value and time.monotonic() < limit:
                time.sleep(0.005)
    assert joules(meter) == pytest.approx((RANGE + 5 - 1_000_000) / 1e6)


def test_a_counter_that_may_not_be_read_is_named(powercap: Path) -> None:
    (powercap / "intel-rapl:1" / "energy_uj").unlink()
    with metered(powercap) as meter:
        count(powercap, "intel-rapl:0", 4_000_000)
    energy = meter.taken()
    assert energy is not None and joules(meter) == pytest.approx(3) and "1 of 2 processor packages" in energy.method


def test_a_counter_that_vanishes_midway_gives_no_number(powercap: Path) -> None:
    with metered(powercap) as meter:
        (powercap / "intel-rapl:1" / "energy_uj").unlink()
    assert meter.taken() is None


def test_without_counters_there_is_no_number(tmp_path: Path) -> None:
    with metered(tmp_path / "absent") as meter:
        pass
    assert meter.taken() is None


class Nvml(SimpleNamespace):
    """Two devices, whose counters a test turns."""

    NVMLError = type("NVMLError", (Exception,), {})

    def __init__(self) -> None:
        super().__init__(counters=[1_000, 50_000], closed=0, nvmlInit=lambda: None)

    def nvmlShutdown(self) -> None:
        self.closed += 1

    def nvmlDeviceGetCount(self) -> int:
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetUUID(self, handle: int) -> str:
        return f"GPU-AA{handle}"

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: int) -> int:
        if self.counters[handle] < 0:
            raise self.NVMLError
        return int(self.counters[handle])


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Nvml:
    """A stand-in for NVML and for torch on its second device; there is no such hardware where tests run."""
    made = Nvml()
    cuda = SimpleNamespace(is_initialized=lambda: True, current_device=lambda: 1, get_device_properties=lambda device: SimpleNamespace(uuid=f"aa{device}"))
    monkeypatch.setitem(sys.modules, "pynvml", made)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))  # type: ignore[arg-type]
    return made


def test_the_device_that_was_used_is_added(nvml: Nvml, powercap: Path) -> None:
    with metered(powercap) as meter:
        count(powercap, "intel-rapl:0", 2_000_000)
        nvml.counters = [900_000, 57_000]
    energy = meter.taken()
    assert energy is not None and joules(meter) == pytest.approx(1 + 7) and "NVIDIA's energy counter of the GPU used" in energy.method
    assert nvml.closed == 1


def test_the_device_alone_is_counted_where_the_processors_hide(nvml: Nvml, tmp_path: Path) -> None:
    with metered(tmp_path) as meter:
        nvml.counters[1] += 3_600_000
    energy = meter.taken()
    assert energy is not None and energy.kilowatt_hours == pytest.approx(0.001) and "without the processors" in energy.method


def test_a_device_without_counter_is_said_to_be_left_out(nvml: Nvml, powercap: Path) -> None:
    nvml.counters[1] = -1
    with metered(powercap) as meter:
        count(powercap, "intel-rapl:0", 2_000_000)
    energy = meter.taken()
    assert energy is not None and joules(meter) == pytest.approx(1) and "without the GPU" in energy.method


def test_a_record_gets_the_energy_and_its_method(powercap: Path) -> None:
    record: Any = make_record()
    with metered(powercap) as meter:
        count(powercap, "intel-rapl:0", 3_601_000_000)
    cost = with_energy(record, meter, seconds=400).cost
    assert cost is not None and cost.energy_kilowatt_hours == pytest.approx(0.001) and (cost.energy_method or "").startswith("RAPL")


def test_a_training_that_was_done_before_leaves_the_energy_unknown(powercap: Path) -> None:
    with metered(powercap) as meter:
        count(powercap, "intel-rapl:0", 3_601_000_000)
    cost = with_energy(make_record(), meter, seconds=30).cost
    assert cost is not None and cost.energy_kilowatt_hours is None and cost.energy_method is None
