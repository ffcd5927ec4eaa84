"""How long `dvc repro` takes when there is nothing to do: this project against plain DVC with as many trivial stages. Prints both and the ratio.

Run it from the project's folder after `make repro`: `python bench/noop.py`.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

DVC = str(Path(sys.executable).with_name("dvc"))
ROUNDS = 5


def make_plain(folder: Path, stages: int) -> None:
    """A project of trivial stages, run once."""
    loop = {"foreach": list(range(stages)), "do": {"cmd": "echo ${item} > ${item}.txt", "outs": ["${item}.txt"]}}
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"trivial": loop}}), encoding="utf-8")
    for command in (["git", "init", "--quiet"], [DVC, "init", "--quiet"], [DVC, "repro", "--quiet"]):
        subprocess.run(command, cwd=folder, check=True)


def seconds(folder: Path) -> float:
    started = time.perf_counter()
    done = subprocess.run([DVC, "repro"], cwd=folder, check=True, capture_output=True, text=True)
    if "up to date" not in done.stdout + done.stderr:
        sys.exit(f"{folder} was not up to date; run `make repro` first")
    return time.perf_counter() - started


def main() -> None:
    here = Path.cwd()
    listed = subprocess.run([DVC, "stage", "list", "--name-only"], cwd=here, check=True, capture_output=True, text=True).stdout.split()
    with tempfile.TemporaryDirectory() as name:
        plain = Path(name)
        make_plain(plain, len(listed))
        rounds = [(seconds(here), seconds(plain)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(times) for times in zip(*rounds, strict=True))
    print(f"{len(listed)} stages, medians of {ROUNDS} interleaved rounds: this project {ours:.2f} s, plain DVC {theirs:.2f} s, ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
