"""Images decoded once: whole or by the person's box, kept image by image whatever rows they stand among."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import image_pixels
from benchmarks.image_examples import ImageExamples
from benchmarks.image_pixels import person_crops, whole_images


@pytest.fixture
def examples(tmp_path: Path) -> ImageExamples:
    """Four images, each of a left and a right half in colours of their own."""
    paths = []
    for number in range(4):
        pixels = np.zeros((20, 40, 3), dtype=np.uint8)
        pixels[:, :20], pixels[:, 20:] = 40 * number, 255 - 40 * number
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(pixels).save(paths[-1])
    ids = [str(number) for number in range(4)]
    plain = ImageExamples.plain(ids, paths, [""] * 4, [f"content {number}" for number in range(4)], np.eye(4, dtype=bool))
    return plain.with_boxes(np.array([[0, 0, 0.5, 1], [0.5, 0, 1, 1], [np.nan] * 4, [0, 0, 1, 0.5]], dtype=np.float32))


def test_a_whole_image_keeps_its_halves(examples: ImageExamples) -> None:
    pixels = whole_images(examples, 8, None)
    assert pixels.shape == (4, 8, 8, 3)
    assert [int(image[4, 0, 0]) for image in pixels] == [0, 40, 80, 120]
    assert [int(image[4, 7, 0]) for image in pixels] == [255, 215, 175, 135]


def test_a_person_is_what_the_box_holds_and_black_without_one(examples: ImageExamples) -> None:
    crops = person_crops(examples, 8, None)
    # The column at a box's edge takes a little of what is beyond it.
    assert (crops[0][:, :7] == 0).all()
    assert (crops[1][:, 1:] == 215).all()
    assert (crops[2] == 0).all()
    assert {int(value) for value in crops[3][:, [0, 7]].ravel()} == {120, 135}


def test_what_is_kept_is_what_was_decoded(examples: ImageExamples, tmp_path: Path) -> None:
    work = tmp_path / "work"
    for _ in range(2):
        assert np.array_equal(whole_images(examples, 8, work), whole_images(examples, 8, None))
        assert np.array_equal(person_crops(examples, 8, work), person_crops(examples, 8, None))


def test_no_image_is_decoded_twice_whatever_rows_it_stands_among(examples: ImageExamples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []
    real = image_pixels._cropped
    monkeypatch.setattr(image_pixels, "_cropped", lambda path, box, size: decoded.append(path.stem) or real(path, box, size))
    first = whole_images(examples.take([2, 0]), 8, tmp_path / "work")
    second = whole_images(examples.take([3, 0, 2, 1]), 8, tmp_path / "work")
    assert sorted(decoded) == ["0", "1", "2", "3"]
    assert np.array_equal(second[[2, 1]], first)


def test_pixels_whose_list_was_never_written_are_decoded_again(examples: ImageExamples, tmp_path: Path) -> None:
    work = tmp_path / "work"
    whole_images(examples, 8, work)
    for path in work.rglob("*.json"):
        path.unlink()
    assert np.array_equal(whole_images(examples, 8, work), whole_images(examples, 8, None))


def test_nothing_gives_nothing(examples: ImageExamples, tmp_path: Path) -> None:
    assert whole_images(examples.take([]), 8, tmp_path / "work").shape == (0, 8, 8, 3)
