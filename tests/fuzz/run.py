"""Coverage-guided fuzzing of the parsers with atheris: `python -m tests.fuzz.run [SECONDS [TARGET ...]]`. Ends with 0 if nothing was found.

What crashes a parser is left in the working folder as `crash-<digest>`; `python -m tests.fuzz.run FILE TARGET` shows it again. Needs `pip install atheris`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

_CORPUS = "EMOHUB_FUZZ_CORPUS"


def main() -> int:
    argument, *names = sys.argv[1:] or ["10"]
    if os.environ.get(_CORPUS):
        fuzz(names[0], argument, Path(os.environ[_CORPUS]))
    from tests.fuzz.targets import SEEDS, TARGETS

    unknown = set(names) - set(TARGETS)
    if unknown:
        sys.exit(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    if not argument.isdigit():
        TARGETS[names[0]](Path(argument).read_bytes())
        return 0
    return max(_in_a_process(name, argument, SEEDS[name]) for name in names or TARGETS)


def _in_a_process(name: str, seconds: str, seeds: tuple[bytes, ...]) -> int:
    """libFuzzer ends the process that it runs in, so that every target has one of its own; its files are removed here."""
    with tempfile.TemporaryDirectory(prefix="emohub-fuzz-") as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(seeds):
            (corpus / str(number)).write_bytes(seed)
        environment = os.environ | {_CORPUS: str(corpus), "TMPDIR": folder}
        done = subprocess.run([sys.executable, "-m", "tests.fuzz.run", seconds, name], env=environment, stderr=subprocess.PIPE, text=True)
    executed = next((line.rpartition(" ")[2] for line in done.stderr.splitlines() if "number_of_executed_units" in line), "?")
    print(f"{name}: {executed} inputs, " + ("nothing found" if done.returncode == 0 else f"a crash:\n{done.stderr[-3_000:]}"), flush=True)
    return done.returncode


def fuzz(name: str, seconds: str, corpus: Path) -> None:
    """Fuzzes one target and ends the process."""
    import atheris

    with atheris.instrument_imports(include=["hub", "builders"]):
        from tests.fuzz.targets import TARGETS
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
