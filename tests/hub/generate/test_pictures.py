"""Drawing in a fixed plan of batches: kept batch by batch, resumed to the same bytes, with a word on where each picture comes from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from hub.engine import Drawn, ImageRequest, open_image_engine
from hub.engine.provenance import encode_png, read_provenance
from hub.engine.render import Picture
from hub.engine.rendering import RenderEngine
from hub.errors import EngineError
from hub.files import folder_digest
from hub.generate.pictures import DRAWN, PictureJob, generate_images
from hub.paths import Project
from hub.spec.engine import RenderEngineSpec
from tests.support.emo8_project import copy_emo8, emo8_settings, emo8_spec


class CountingEngine(RenderEngine):
    """The renderer, which counts its batches and can be made to stop."""

    def __init__(self, stop_after: int | None = None) -> None:
        super().__init__(RenderEngineSpec(kind="render", workers=1))
        self.batches = 0
        self._stop_after = stop_after

    def draw(self, batch: Sequence[ImageRequest]) -> list[Drawn]:
        if self.batches == self._stop_after:
            raise EngineError("the power went out")
        self.batches += 1
        return super().draw(batch)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, CountingEngine]:
    project, engine = copy_emo8(tmp_path_factory.mktemp("emo8")), CountingEngine()
    generate_images(project, emo8_spec(project), emo8_settings(), engine)
    return project, engine


def test_every_picture_is_drawn_once_in_batches_of_the_declared_size(drawn: tuple[Project, CountingEngine]) -> None:
    project, engine = drawn
    shards = [pq.read_table(path) for path in sorted((project.raw("emo8") / "images").glob("*.parquet"))]
    ids = [id for shard in shards for id in shard["id"].to_pylist()]
    assert engine.batches == len(shards) == 6
    assert [shard.num_rows for shard in shards] == [20] * 6
    assert ids == sorted(pq.read_table(project.raw("emo8") / "pictures.parquet")["id"].to_pylist())


def test_a_run_that_was_stopped_goes_on_where_it_was_and_ends_with_the_same_bytes(drawn: tuple[Project, CountingEngine], tmp_path: Path) -> None:
    project = copy_emo8(tmp_path)
    spec, settings = emo8_spec(project), emo8_settings()
    with pytest.raises(EngineError, match="the power went out"):
        generate_images(project, spec, settings, CountingEngine(stop_after=4))
    again = CountingEngine()
    generate_images(project, spec, settings, again)
    assert again.batches == 2
    assert folder_digest(project.raw("emo8")) == folder_digest(drawn[0].raw("emo8"))


def test_the_same_work_twice_draws_nothing(drawn: tuple[Project, CountingEngine]) -> None:
    project, _ = drawn
    before, again = folder_digest(project.raw("emo8")), CountingEngine()
    generate_images(project, emo8_spec(project), emo8_settings(), again)
    assert again.batches == 0
    assert folder_digest(project.raw("emo8")) == before


def test_a_picture_says_where_it_comes_from(drawn: tuple[Project, CountingEngine]) -> None:
    project, _ = drawn
    row = pq.read_table(project.raw("emo8") / "images" / "batch-00000.parquet").to_pylist()[0]
    found = read_provenance(row["image"])
    assert found is not None
    assert (found["dataset"], found["id"], found["licence"]) == ("emo8", row["id"], "cc-by-4.0")
    assert found["digitalSourceType"].endswith("algorithmicMedia")


def test_the_declared_engine_draws_what_the_counting_one_drew(drawn: tuple[Project, CountingEngine], tmp_path: Path) -> None:
    project = copy_emo8(tmp_path)
    settings = emo8_settings(engine={"kind": "render", "workers": 2})
    assert isinstance(open_image_engine(settings.engine), RenderEngine)
    generate_images(project, emo8_spec(project), settings)
    assert folder_digest(project.raw("emo8")) == folder_digest(drawn[0].raw("emo8"))


class TintedEngine(RenderEngine):
    """The renderer under another name."""

    def __init__(self) -> None:
        super().__init__(RenderEngineSpec(kind="render", workers=1))

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "render", "code": "tinted"}


def _job(root: Path, engine: RenderEngine, store: Path) -> PictureJob:
    project = copy_emo8(root)
    return PictureJob(emo8_spec(project), emo8_settings(batch_size=2), project.root, engine, engine.identity, store, root / "images")


def _requests(letter: str, count: int) -> list[ImageRequest]:
    return [ImageRequest(f"{letter}{number}", "", "", Picture("cartoon"), 64, number) for number in range(count)]


def test_parts_by_several_engines_and_pictures_of_elsewhere_are_numbered_on(tmp_path: Path) -> None:
    with CountingEngine() as engine:
        job = _job(tmp_path, engine, tmp_path / "store")
        job.draw(_requests("a", 3))
        with TintedEngine() as other:
            job.draw(_requests("b", 3), other)
        job.keep({"photo": encode_png(np.full((4, 4, 3), 7, dtype=np.uint8))})
    tables = [pq.read_table(path) for path in sorted((tmp_path / "images").glob("*.parquet"))]
    assert [(table["id"].to_pylist(), set(table["batch"].to_pylist())) for table in tables] == [
        (["a0", "a1"], {0}),
        (["a2"], {1}),
        (["b0", "b1"], {2}),
        (["b2"], {3}),
        (["photo"], {4}),
    ]
    assert (job.batches, job.pictures, job.further) == (5, 7, [{"kind": "render", "code": "tinted"}])
    assert all(table.schema.equals(DRAWN, check_metadata=False) for table in tables)
    photo = tables[-1].to_pylist()[0]
    assert photo["face_points"] is None and read_provenance(photo["image"]) is None


def test_a_batch_from_the_store_gets_the_number_of_its_new_place(tmp_path: Path) -> None:
    with CountingEngine() as engine:
        first, second = _job(tmp_path / "one", engine, tmp_path / "store"), _job(tmp_path / "two", engine, tmp_path / "store")
        first.draw(_requests("a", 2))
        first.draw(_requests("b", 2))
        second.draw(_requests("b", 2))
        assert engine.batches == 2
    before, after = pq.read_table(tmp_path / "one" / "images" / "batch-00001.parquet"), pq.read_table(tmp_path / "two" / "images" / "batch-00000.parquet")
    assert after["batch"].to_pylist() == [0, 0] and before["batch"].to_pylist() == [1, 1]
    assert after.drop_columns("batch").equals(before.drop_columns("batch"))
