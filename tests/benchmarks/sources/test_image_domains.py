"""Folders of domains, classes and images become rows; what cannot be decoded is counted and left out."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.domain_examples import DomainRows
from benchmarks.image_examples import ImageExamples
from benchmarks.sources.image_domains import read, read_image_domains
from hub.errors import DataUnavailableError, DeclarationError, EmohubError
from hub.spec import DomainGeneralizationTask, Registry
from tests.support.domain_bench import write_domain_task
from tests.support.projects import REPOSITORY
from tests.support.shapes import GROUNDS, SHAPES, write_shapes
from tests.support.text_project import make_text_project, write_yaml

SOURCE = {"kind": "external", "reader": "benchmarks.sources.image_domains:read", "licence": "none", "how_to_get": "Draw them."}
Read = Callable[..., DomainRows]


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    return write_shapes(tmp_path / "shapes", images=4)


@pytest.fixture
def read_task(tmp_path: Path, shapes: Path) -> Read:
    project = make_text_project(tmp_path / "project")

    def read_with(given: Path | None = shapes, domains: list[str] | None = None, **changes: Any) -> DomainRows:
        declared = {"source": SOURCE, "inputs": {"kind": "images", "domains": domains or []}, "main_metric": "accuracy", "taxonomy": None, **changes}
        write_domain_task(project.root, "pictures", **declared)
        write_yaml(project.params, {"profile": "tiny", "data": {"pictures": str(given) if given else None}})
        registry = Registry(project)
        task = registry.task("pictures")
        assert isinstance(task, DomainGeneralizationTask)
        return read_image_domains(task, project, registry.params(), network=False)

    return read_with


def _rows(data: DomainRows) -> ImageExamples:
    assert isinstance(data.rows, ImageExamples)
    return data.rows


def test_every_folder_is_a_domain_and_every_folder_in_it_a_class(read_task: Read) -> None:
    data = read_task()
    assert (data.names, data.classes, data.source) == (tuple(sorted(GROUNDS)), SHAPES, "local")
    rows = _rows(data)
    assert len(rows) == 3 * 3 * 4
    assert rows.ids[:2] == ("chalk/bar/000.png", "chalk/bar/001.jpg")
    assert rows.domains == data.domains == tuple(id.split("/")[0] for id in rows.ids)
    assert [SHAPES[position] for position in rows.labels.argmax(axis=1)] == [id.split("/")[1] for id in rows.ids]
    assert rows.labels.sum(axis=1).tolist() == [1] * len(rows)


def test_domains_come_in_the_order_of_the_task_and_others_are_not_read_in(read_task: Read) -> None:
    data = read_task(domains=["paper", "chalk"])
    assert data.names == ("paper", "chalk")
    assert set(data.domains) == {"paper", "chalk"}


def test_where_the_folder_lies_does_not_matter_and_its_bytes_do(read_task: Read, shapes: Path, tmp_path: Path) -> None:
    before = read_task().fingerprint
    moved = shutil.copytree(shapes, tmp_path / "moved")
    assert read_task(moved).fingerprint == before
    shutil.copy(moved / "chalk/bar/000.png", moved / "chalk/bar/002.png")
    assert read_task(moved).fingerprint != before


def test_images_that_cannot_be_decoded_are_counted_and_left_out(read_task: Read, shapes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = (shapes / "chalk/disc/001.jpg").read_bytes()
    (shapes / "chalk/disc/001.jpg").write_bytes(whole[: len(whole) // 2])
    (shapes / "paper/bar/000.png").write_bytes(b"")
    (shapes / "paper/bar/notes.txt").write_text("no image")
    (shapes / "readme.md").write_text("no folder")
    assert len(read(shapes).unreadable) == 2
    ids = _rows(read_task()).ids
    assert len(ids) == 36 - 2 and "chalk/disc/001.jpg" not in ids
    assert "pictures: 2 images cannot be decoded and were left out, such as disc/001.jpg" in capsys.readouterr().err


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.sampled_from(["chalk/bar/000.png", "chalk/bar/001.jpg"]), st.floats(0, 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_image_is_read_or_counted_and_never_an_error(shapes: Path, name: str, place: float, noise: bytes) -> None:
    one = shapes.parent / "one" / "a" / "b" / Path(name).name
    one.parent.mkdir(parents=True, exist_ok=True)
    data = (shapes / name).read_bytes()
    start = int(place * len(data))
    one.write_bytes(data[:start] + noise + data[start + len(noise) :])
    found = read(shapes.parent / "one")
    assert sum(image.path == one for image in found.images) + found.unreadable.count(one) == 1


def test_a_class_that_a_domain_lacks_is_still_a_class(read_task: Read, shapes: Path) -> None:
    shutil.rmtree(shapes / "paper" / "disc")
    data = read_task()
    assert data.classes == SHAPES
    assert len(data.of("paper")) == 8


def test_no_path_is_unavailable_and_says_how_to_get_it(read_task: Read) -> None:
    with pytest.raises(DataUnavailableError, match=r"Draw them\. .*EMOHUB_DATA_PICTURES"):
        read_task(given=None)


@pytest.mark.parametrize(
    ("domains", "message"),
    [(["chalk", "papr"], r"there is no folder 'papr': did you mean 'paper'\?"), (["chalk"], "the domain 'chalk' alone")],
)
def test_domains_that_do_not_fit_are_named(read_task: Read, domains: list[str], message: str) -> None:
    with pytest.raises(EmohubError, match=message):
        read_task(domains=domains)


def test_a_folder_without_images_and_a_file_are_named(read_task: Read, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmohubError, match="holds no images"):
        read_task(tmp_path / "empty")
    (tmp_path / "file").touch()
    with pytest.raises(EmohubError, match="not a folder"):
        read_task(tmp_path / "file")


def test_a_reader_of_something_else_is_named(read_task: Read, tmp_path: Path) -> None:
    (tmp_path / "isear.csv").write_text("emotion,text\njoy,I won\n")
    with pytest.raises(DeclarationError, match="does not read folders of images"):
        read_task(tmp_path / "isear.csv", source={**SOURCE, "reader": "benchmarks.sources.isear:read"})


def test_rows_are_taken_with_all_that_belongs_to_them(read_task: Read) -> None:
    rows = _rows(read_task())
    few = rows.take(np.array([5, 0]))
    assert (few.ids, few.domains, len(few)) == ((rows.ids[5], rows.ids[0]), (rows.domains[5], rows.domains[0]), 2)
    assert few.paths == (rows.paths[5], rows.paths[0]) and few.contents == (rows.contents[5], rows.contents[0])
    np.testing.assert_array_equal(few.labels, rows.labels[[5, 0]])


@pytest.mark.parametrize(("task", "domains"), [("pacs", 4), ("vlcs", 4), ("office_home", 4), ("terra_incognita", 4)])
def test_the_declared_tasks_fit_a_folder_of_their_layout(tmp_path: Path, task: str, domains: int) -> None:
    named = yaml.safe_load((REPOSITORY / f"benchmarks/tasks/{task}.yaml").read_text(encoding="utf-8"))["inputs"]["domains"]
    assert len(named) == domains
    drawn = write_shapes(tmp_path / "drawn", images=1, grounds=("chalk",))
    for name in named:
        shutil.copytree(drawn / "chalk", tmp_path / "laid_out" / name)
    assert {image.domain for image in read(tmp_path / "laid_out").images} == set(named)
