"""For `Killable`: a loading process that is killed in the middle of its work, as the command line would tell of it."""

import os
import signal
import sys
from pathlib import Path

from PIL import Image

from hub.errors import EmohubError


def main(folder: str) -> None:
    from benchmarks.methods.vision.image_loading import batches, plain

    paths = [Path(folder) / f"{number}.png" for number in range(4)]
    for path in paths:
        Image.new("RGB", (8, 8)).save(path)
    before = _children()
    loading = batches(paths, [[(number % 4, 0)] for number in range(400)], plain(8), processes=1)
    next(loading)
    (worker,) = _children() - before
    os.kill(worker, signal.SIGKILL)
    try:
        for _ in loading:
            pass
    except EmohubError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def _children() -> set[int]:
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return {int(number) for number in listed.split()}
