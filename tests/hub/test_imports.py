"""`package.module:object` becomes the object; what is not there is named."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import DeclarationError
from hub.imports import load_object, source_closure


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a package of its own; the import path is put back afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    package = tmp_path / "own_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "good.py").write_text("from own_package import other\nanswer = 42\n")
    (package / "other.py").write_text("import json\n")
    (package / "broken.py").write_text("import a_module_that_is_missing\n")
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("own_package")]:
        del sys.modules[name]


def test_an_object_is_found_in_installed_packages_and_in_the_project(root: Path) -> None:
    assert load_object("json:dumps") is json.dumps
    assert load_object("own_package.good:answer", root) == 42


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("json.dumps", "'json.dumps' is not of the form 'package.module:object'"),
        (":dumps", "':dumps' is not of the form 'package.module:object'"),
        ("json:", "'json:' is not of the form 'package.module:object'"),
        ("json:JSONDecodr", "module 'json' has no 'JSONDecodr': did you mean 'JSONDecoder'?"),
        ("jsonn:dumps", "there is no module 'jsonn' (named by 'jsonn:dumps')"),
        ("own_package.none:answer", "there is no module 'own_package.none' (named by 'own_package.none:answer')"),
    ],
)
def test_what_is_not_there(root: Path, reference: str, expected: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        load_object(reference, root)
    assert str(caught.value) == expected


def test_a_module_that_fails_for_a_reason_of_its_own_keeps_its_error(root: Path) -> None:
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_missing"):
        load_object("own_package.broken:anything", root)


def test_the_sources_behind_an_object_are_the_projects_own(root: Path) -> None:
    found = source_closure("own_package.good:answer", root)
    assert {path.name for path in found} >= {"good.py", "other.py"}
    assert all(path.is_relative_to(root) for path in found)
