"""What a check looks at, and what it says."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from hub.paths import Project
from hub.spec import ImageGenerationSpec, TextGenerationSpec
from hub.workspace import Workspace

Level = Literal["ok", "note", "problem"]
"""`note` is worth knowing and stops nothing; `problem` makes something fail."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. Neither text ever holds a key, a token or a part of one."""

    level: Level
    what: str
    advice: str = ""


@dataclass(frozen=True)
class Subject:
    """The project around the current folder seen through a profile, in an environment."""

    project: Project = field(default_factory=Project.find)
    profile: str | None = None
    """The one in params.yaml when not given."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @cached_property
    def workspace(self) -> Workspace:
        """Raises EmohubError where a declaration that it needs is broken."""
        return Workspace.open(self.profile)

    @property
    def generations(self) -> Mapping[str, TextGenerationSpec | ImageGenerationSpec]:
        return self.workspace.profile.datasets


Check = Callable[[Subject], Iterable[Finding]]
"""Raises EmohubError where it cannot be made because of something that another check tells of."""


def gigabytes(size: float) -> str:
    """Returns bytes as a person reads them."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
