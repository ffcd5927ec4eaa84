"""`params.yaml`: what a user turns with `dvc exp run -S`."""

from hub.spec.base import Declaration, Name


class ParamsSpec(Declaration):
    """The chosen profile, and where external data lies on this machine."""

    profile: Name
    data: dict[Name, str | None] = {}
    """A path by task name; null means: the environment variable EMOHUB_DATA_<TASK>, else the Hub."""
