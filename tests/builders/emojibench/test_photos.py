"""The real photographs that come with science packages."""

import subprocess
import sys
from pathlib import Path

import pytest

from builders.emojibench import photos
from builders.emojibench.photos import package_file, read_photos
from hub.errors import EmohubError


def test_there_are_two_people_with_landmarks_and_a_cat_without() -> None:
    found = {photo.id: photo for photo in read_photos(96)}
    assert set(found) == {"astronaut", "grace_hopper", "chelsea"}
    assert [name for name, photo in found.items() if photo.face is None] == ["chelsea"]
    for photo in found.values():
        assert photo.image.shape == (96, 96, 3)
        assert photo.licence in {"public domain", "CC0-1.0"}
        assert photo.detector == "mediapipe 0.10.21 face mesh"


def test_faces_fill_the_photographs_as_they_fill_rendered_portraits() -> None:
    for photo in read_photos(100):
        if photo.face is not None:
            low, high = photo.face.points[0, :, :2].min(axis=0), photo.face.points[0, :, :2].max(axis=0)
            assert all(30 < extent < 50 for extent in high - low)
            assert photo.face.visible.all()


def test_landmarks_scale_with_the_picture() -> None:
    large, small = read_photos(200)[0].face, read_photos(100)[0].face
    assert large is not None and small is not None
    assert large.points[0] == pytest.approx(small.points[0] * 2, abs=1e-3)


def test_reading_imports_no_package_that_holds_a_photograph() -> None:
    code = "import sys; from builders.emojibench.photos import read_photos; read_photos(32); print({'matplotlib', 'skimage', 'pooch'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True, timeout=120)
    assert result.stdout.strip() == "set()"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "find_spec", lambda name: None)
    with pytest.raises(EmohubError, match="pip install scikit-image"):
        package_file("skimage", "data/astronaut.png")


def test_another_photograph_under_the_name_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "astronaut.png").write_bytes(b"another")
    monkeypatch.setattr(photos, "package_file", lambda package, file: tmp_path / "astronaut.png")
    with pytest.raises(EmohubError, match="another sha256"):
        read_photos(32)
