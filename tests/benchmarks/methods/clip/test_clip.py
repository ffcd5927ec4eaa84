"""CLIP as a teacher and as a classifier: trained once on captions alone, frozen, and read from safetensors only."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch

from benchmarks.image_examples import ImageExamples
from benchmarks.image_pixels import whole_images
from benchmarks.methods.clip.linear_probe import ClipLinearProbeClassifier
from benchmarks.methods.clip.settings import PretrainedTeacher, SmallTeacher
from benchmarks.methods.clip.teacher import ClipTeacher, pretrained_teacher
from benchmarks.methods.clip.training import make_teacher, teacher_rounds
from benchmarks.methods.clip.zero_shot import ClipZeroShotClassifier
from hub.errors import DataUnavailableError, DeclarationError, EmohubError
from tests.benchmarks.methods.vision.captioned import TEACHER, accuracy, captioned_shapes, no_tick, setting

SMALL = SmallTeacher.model_validate(TEACHER)
LONGER = {**TEACHER, "epochs": 100, "learning_rate": 0.002}
PROMPTS = ["a {emotion} on paper", "a {emotion} on meadow", "a {emotion} on chalk"]
WIDTH = 16
TINY_CONFIG = {
    "embed_dim": WIDTH,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> ImageExamples:
    torch.set_num_threads(1)
    return captioned_shapes(tmp_path_factory.mktemp("shapes"))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def teacher(shapes: ImageExamples, work: Path) -> ClipTeacher:
    return make_teacher(SmallTeacher.model_validate(LONGER), shapes, setting(work=work), no_tick)


def test_an_image_lies_nearest_to_its_own_caption(teacher: ClipTeacher, shapes: ImageExamples) -> None:
    captions = sorted(set(shapes.captions))
    images, texts = teacher.image_features(whole_images(shapes, 32, None)), teacher.text_features(captions)
    nearest = [captions[number] for number in (images @ texts.T).argmax(axis=1)]
    assert np.mean([one == other for one, other in zip(nearest, shapes.captions, strict=True)]) > 0.6


def test_features_have_length_one_whatever_the_size_of_the_images(teacher: ClipTeacher, shapes: ImageExamples) -> None:
    small, large = (teacher.image_features(whole_images(shapes, size, None)) for size in (32, 48))
    assert small.shape == large.shape == (len(shapes), 32)
    np.testing.assert_allclose(np.linalg.norm(small, axis=1), 1, atol=1e-5)
    assert (small * large).sum(axis=1).mean() > 0.9


def test_a_teacher_never_learns(teacher: ClipTeacher) -> None:
    assert not any(parameter.requires_grad for parameter in teacher.model.parameters())
    assert not teacher.model.training


def test_the_seed_decides_a_small_teacher_and_ticks_are_its_rounds(shapes: ImageExamples) -> None:
    def made(seed: int) -> tuple[np.ndarray[Any, Any], int]:
        ticks: list[int] = []
        found = make_teacher(SMALL, shapes, setting(seed), lambda count=1: ticks.append(count))
        return found.text_features(["a disc on paper"]), sum(ticks)

    first, ticks = made(0)
    assert np.array_equal(first, made(0)[0]) and not np.array_equal(first, made(1)[0])
    assert ticks == teacher_rounds(SMALL, len(shapes)) == 9


def test_the_image_side_may_be_a_resnet(shapes: ImageExamples) -> None:
    declared = SmallTeacher.model_validate({**TEACHER, "vision_depth": [1, 1, 1, 1], "vision_width": 16})
    teacher = make_teacher(declared, shapes, setting(), no_tick)
    pixels = whole_images(shapes, 32, None)
    together, alone = teacher.image_features(pixels), teacher.image_features(pixels[:1])
    # Its batch norms are those of training: what else is in the batch does not matter.
    np.testing.assert_allclose(together[:1], alone, atol=1e-5)
    with pytest.raises(DeclarationError, match="image_size 48 is no multiple"):
        ClipLinearProbeClassifier({"teacher": {**TEACHER, "vision_depth": [1, 1, 1, 1], "vision_width": 16, "image_size": 48}}, setting())


def test_training_takes_no_label(shapes: ImageExamples) -> None:
    other = replace(shapes, labels=np.roll(shapes.labels, 1, axis=1))
    one, two = (make_teacher(SMALL, examples, setting(), no_tick).text_features(["a disc"]) for examples in (shapes, other))
    assert np.array_equal(one, two)


def test_zero_shot_is_above_chance_where_captions_name_the_classes(teacher: ClipTeacher, shapes: ImageExamples, work: Path) -> None:
    classifier = ClipZeroShotClassifier({"teacher": LONGER, "prompts": PROMPTS}, setting(work=work))
    classifier.fit(shapes, shapes.take([]), no_tick)
    found = classifier.predict(shapes)
    assert accuracy(found, shapes) > 0.6
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    assert classifier.predict(shapes.take([])).shape == (0, 3)


def test_zero_shot_and_linear_probe_share_the_teacher_and_keep_it(teacher: ClipTeacher, shapes: ImageExamples, work: Path, tmp_path: Path) -> None:
    for number, (method, settings) in enumerate([(ClipZeroShotClassifier, {"prompts": PROMPTS}), (ClipLinearProbeClassifier, {})]):
        classifier, ticks = method({"teacher": LONGER, **settings}, setting(work=work)), []
        classifier.fit(shapes, shapes, lambda count=1, ticks=ticks: ticks.append(count))
        assert sum(ticks) == classifier.rounds(shapes)
        found = classifier.predict(shapes)
        classifier.save(tmp_path / str(number))
        other = method({"teacher": LONGER, **settings}, setting(seed=1))
        other.load(tmp_path / str(number))
        assert np.array_equal(found, other.predict(shapes)) and other.parameters == classifier.parameters
    assert len(list((work / "teachers").iterdir())) == 1


def test_the_columns_of_zero_shot_follow_the_names(teacher: ClipTeacher, shapes: ImageExamples, work: Path) -> None:
    def predicted(names: tuple[str, ...]) -> np.ndarray[Any, Any]:
        classifier = ClipZeroShotClassifier({"teacher": LONGER, "prompts": PROMPTS}, setting(work=work, names=names))
        classifier.fit(shapes, shapes.take([]), no_tick)
        return classifier.predict(shapes)

    there, back = predicted(("bar", "disc", "square")), predicted(("square", "disc", "bar"))
    np.testing.assert_allclose(there, back[:, ::-1], atol=1e-5)


def test_a_linear_probe_learns_from_frozen_features(teacher: ClipTeacher, shapes: ImageExamples, work: Path) -> None:
    probe = ClipLinearProbeClassifier({"teacher": LONGER}, setting(work=work))
    probe.fit(shapes.take(range(0, 108, 2)), shapes.take(range(1, 108, 2)), no_tick)
    assert accuracy(probe.predict(shapes), shapes) > 0.8


def test_a_small_teacher_needs_captions_and_zero_shot_needs_names(shapes: ImageExamples) -> None:
    with pytest.raises(EmohubError, match="108 of 108 training images have no caption"):
        make_teacher(SMALL, replace(shapes, captions=("",) * len(shapes)), setting(), no_tick)
    with pytest.raises(EmohubError, match="the name of every class"):
        ClipZeroShotClassifier({"teacher": TEACHER}, replace(setting(), class_names=()))
    with pytest.raises(DeclarationError, match="write {emotion} there"):
        ClipZeroShotClassifier({"teacher": TEACHER, "prompts": ["an image"]}, setting())
    with pytest.raises(EmohubError, match="call fit or load"):
        ClipZeroShotClassifier({"teacher": TEACHER}, setting()).predict(shapes)


@pytest.fixture
def tiny_architecture(tmp_path: Path) -> str:
    """Adds an architecture of a few parameters to those that open_clip knows."""
    import json

    (tmp_path / "tiny-test.json").write_text(json.dumps(TINY_CONFIG), encoding="utf-8")
    open_clip.add_model_config(tmp_path)
    return "tiny-test"


def test_a_checkpoint_is_read_from_safetensors(tiny_architecture: str, tmp_path: Path, shapes: ImageExamples) -> None:
    from safetensors.torch import save_file

    torch.manual_seed(3)
    saved = open_clip.create_model(tiny_architecture)
    save_file(saved.state_dict(), tmp_path / "clip.safetensors")
    declared = PretrainedTeacher(kind="pretrained", model=tiny_architecture, weights=str(tmp_path / "clip.safetensors"))
    teacher = pretrained_teacher(declared, network=False)
    pixels = whole_images(shapes.take([0, 1]), 32, None)
    mean, deviation = np.array(open_clip.OPENAI_DATASET_MEAN), np.array(open_clip.OPENAI_DATASET_STD)
    images = torch.from_numpy(((pixels / 255 - mean) / deviation).transpose(0, 3, 1, 2).astype(np.float32))
    with torch.no_grad():
        expected = saved.eval().encode_image(images, normalize=True)
        expected_text = saved.encode_text(open_clip.SimpleTokenizer(context_length=16)(["a disc"]), normalize=True)
    np.testing.assert_allclose(teacher.image_features(pixels), expected, atol=1e-5)
    np.testing.assert_allclose(teacher.text_features(["a disc"]), expected_text, atol=1e-5)


def test_what_a_checkpoint_may_not_be_is_said(tiny_architecture: str, tmp_path: Path) -> None:
    def made(**settings: str) -> ClipTeacher:
        return pretrained_teacher(PretrainedTeacher.model_validate({"kind": "pretrained", "model": tiny_architecture, **settings}), network=False)

    with pytest.raises(DeclarationError, match=r"can hold code"):
        made(weights=str(tmp_path / "clip.pt"))
    with pytest.raises(DeclarationError, match=r"open_clip has no 'ViT-B-61'.*ViT-B-16"):
        made(model="ViT-B-61")
    with pytest.raises(DataUnavailableError, match="'openai' are not on this machine"):
        made(model="ViT-B-16")
    (tmp_path / "broken.safetensors").write_bytes(b"no weights")
    with pytest.raises(DataUnavailableError, match="do not fit"):
        made(weights=str(tmp_path / "broken.safetensors"))
