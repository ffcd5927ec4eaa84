"""Semantic versions of releases, as `v1.2.0` in tags and `1.2.0` everywhere else."""

from collections.abc import Iterable
from typing import Literal

from semver import Version

from hub.errors import EmohubError

Level = Literal["major", "minor", "patch"]


def parse_version(text: str) -> Version:
    """Returns the version that `1.2.0` or `v1.2.0` names.

    Raises:
        EmohubError: it is no semantic version of three numbers.
    """
    numbers = text.removeprefix("v")
    # Two versions that differ in their build metadata alone would have no order.
    if "+" in numbers or not Version.is_valid(numbers):
        raise EmohubError(f"{text!r} is no semantic version: write three numbers, as in v1.2.0")
    return Version.parse(numbers)


def tag_of(version: Version) -> str:
    """Returns the tag of a version: `v1.2.0`."""
    return f"v{version}"


def versions_among(tags: Iterable[str]) -> list[Version]:
    """Returns the versions among tags, oldest first; other tags are no business of ours."""
    return sorted(Version.parse(tag[1:]) for tag in tags if tag.startswith("v") and "+" not in tag and Version.is_valid(tag[1:]))


def newest_matching(wanted: str, versions: Iterable[Version]) -> Version | None:
    """Returns the newest release that `v1`, `v1.2` or `v1.2.0` names; a pre-release only when it is named whole."""
    numbers = wanted.removeprefix("v")
    exact = [version for version in versions if str(version) == numbers]
    within = [version for version in versions if version.prerelease is None and str(version).startswith(f"{numbers}.")]
    return max(exact or within, default=None)


def next_version(version: Version, level: Level) -> Version:
    """Returns the version after `version`. Before 1.0.0 a breaking change raises the second number and any other the third, as is the custom."""
    if version.major == 0:
        level = "minor" if level == "major" else "patch"
    return version.next_version(level)
