"""The file of a run's predictions, checked before anything in it is read."""

from pathlib import Path

from hub.errors import EmohubError
from hub.files import file_digest
from hub.results.record import RunRecord


def prediction_file(results: Path, record: RunRecord, largest: int) -> Path:
    """Returns the file that a record names. `results` is the folder that the record's path starts from, `largest` is in bytes.

    Raises:
        EmohubError: the record names none, it is not here, is too large, or is not the one that the record is about.
    """
    if record.predictions is None:
        raise EmohubError("this run kept no predictions")
    path = results / record.predictions
    if not path.is_file():
        raise EmohubError("the predictions of this run are not on this machine: run its command, or `dvc pull` where they are shared")
    if path.stat().st_size > largest:
        raise EmohubError(f"{path.name}: larger than {largest:,} bytes")
    if record.predictions_sha256 is not None and file_digest(path) != record.predictions_sha256:
        raise EmohubError(f"{path.name}: not the file that the record was made with; run its command again")
    return path
