"""What a disk refused, in one sentence."""

import errno

ADVICE = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room",
    errno.EFBIG: "the disk or a limit takes no file of this size",
    errno.EACCES: "get permission to write there or name another folder",
    errno.EPERM: "get permission to write there or name another folder",
    errno.EROFS: "make the disk writable or use a folder on another one",
    errno.EIO: "the disk fails: see the system's log, and use another one",
}
"""What to do, by the number of the system's error."""


def storage_trouble(error: BaseException) -> str | None:
    """Returns one sentence if an error, or what it came of, is a disk that is full, read-only, forbidden or failing; else None."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in ADVICE:
            reason = ADVICE[cause.errno]
            place = cause.filename2 or cause.filename
            text = cause.strerror or str(cause)
            words = f"{place}: {text}" if place else text
            return f"{words}: {reason}; what was finished is kept: run the same command to go on"
        cause = cause.__cause__ or cause.__context__
    return None
