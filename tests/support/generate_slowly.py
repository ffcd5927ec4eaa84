"""`python -m tests.support.generate_slowly ROOT LOG DELAY`: a generation to be killed."""

import sys
from pathlib import Path

from hub.generate import generate
from hub.paths import Project
from tests.support.engines import LoggedEngine
from tests.support.projects import dataset, generation


def main(root: str, log: str, delay: str) -> None:
    project = Project(Path(root))
    generate(project, dataset(project), generation(), LoggedEngine(project, Path(log), float(delay)))


if __name__ == "__main__":
    main(*sys.argv[1:])
