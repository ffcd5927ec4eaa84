"""`python -m tests.support.write_answers FOLDER PART`: stores answers and prints the number of each that is stored, until it is killed."""

import sys
from itertools import count
from pathlib import Path

from hub.generate.store import AnswerStore
from tests.hub.generate.test_store_parts import FINGERPRINT, answer, ask


def main(folder: str, part: str) -> None:
    with AnswerStore(Path(folder), FINGERPRINT, part) as store:
        for number in count():
            store.put(ask(number), answer(number))
            print(number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
