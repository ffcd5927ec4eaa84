"""Versions are semantic ones, ordered as numbers, and `v1` means the newest that begins so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from hub.errors import EmohubError
from hub.publish.version import Level, newest_matching, next_version, parse_version, tag_of, versions_among

NUMBERS = st.builds(Version, st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))


@given(NUMBERS)
def test_a_tag_names_its_version(version: Version) -> None:
    assert parse_version(tag_of(version)) == parse_version(str(version)) == version
    assert versions_among([tag_of(version)]) == [version]


@pytest.mark.parametrize("text", ["1", "1.2", "v1.2", "1.2.3.4", "01.2.3", "latest", "", "vv1.2.3", "1.2.3 ", "v1.2.3+build"])
def test_what_is_no_version_of_three_numbers_is_refused(text: str) -> None:
    with pytest.raises(EmohubError, match=r"write three numbers, as in v1\.2\.0"):
        parse_version(text)


@given(st.lists(NUMBERS, unique=True))
def test_versions_are_found_among_other_tags_oldest_first(versions: list[Version]) -> None:
    assert versions_among([*map(tag_of, versions), "main", "paper", "1.0.0", "v1"]) == sorted(versions)


def test_the_beginning_of_a_version_means_the_newest_of_them() -> None:
    versions = [Version.parse(text) for text in ("1.0.0", "1.2.0", "1.10.0", "1.11.0-rc.1", "2.0.0", "11.0.0")]
    assert newest_matching("v1", versions) == Version(1, 10, 0)
    assert newest_matching("1.2", versions) == Version(1, 2, 0)
    assert newest_matching("v2.0.0", versions) == Version(2)
    assert newest_matching("v3", versions) is None


def test_a_prerelease_is_found_only_by_its_whole_name() -> None:
    candidate = Version.parse("1.0.0-rc.1")
    assert newest_matching("v1", [candidate]) is None
    assert newest_matching("v1.0.0", [candidate]) is None
    assert newest_matching("v1.0.0-rc.1", [candidate, Version(1)]) == candidate


@pytest.mark.parametrize(
    ("version", "level", "following"),
    [("1.2.3", "major", "2.0.0"), ("1.2.3", "minor", "1.3.0"), ("1.2.3", "patch", "1.2.4"), ("0.2.3", "major", "0.3.0"), ("0.2.3", "minor", "0.2.4")],
)
def test_the_next_version_goes_by_what_changed(version: str, level: Level, following: str) -> None:
    assert str(next_version(Version.parse(version), level)) == following


@given(NUMBERS, st.sampled_from(["major", "minor", "patch"]))
def test_the_next_version_is_a_later_one(version: Version, level: Level) -> None:
    assert next_version(version, level) > version
