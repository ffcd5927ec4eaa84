"""Two-stage training: that it learns, that it goes on where it was interrupted, and that models share what they can."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.methods.animation import AnimationSetting
from benchmarks.methods.follow_your_emoji import batches as batches_module
from benchmarks.methods.follow_your_emoji.animator import FollowYourEmoji
from benchmarks.methods.follow_your_emoji.batches import Batches
from benchmarks.methods.follow_your_emoji.material import Material, read_material
from benchmarks.methods.follow_your_emoji.settings import TrainingSettings
from benchmarks.methods.follow_your_emoji.training import _noise, image_stage, rate_factor, train_stage
from benchmarks.portrait_examples import Pair
from tests.support.tiny_animation import SIZE, make_network, make_settings, rendered_pair

PAIRS = [rendered_pair(0), rendered_pair(1)]


def training(**changes: Any) -> TrainingSettings:
    return TrainingSettings.model_validate({"image_steps": 1, "motion_steps": 1} | changes)


def material(pairs: list[Pair] = PAIRS) -> Material:
    return read_material(pairs, 16, "expression_aware", None)


def fitted(work: Path | None = None, tick: Any = lambda count=1: None, **changes: Any) -> FollowYourEmoji:
    model = FollowYourEmoji(make_settings(**changes), AnimationSetting(seed=0, threads=1, size=SIZE, work=work))
    model.fit(PAIRS, PAIRS[:1], tick)
    return model


def weights(model: FollowYourEmoji) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model._network.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_it_can_learn_one_clip_by_heart() -> None:
    settings = training(image_steps=60, portraits=1, frames=4, learning_rate=3e-3, warmup=5, other_frames=0.0)
    network = make_network(portrait_prior=0.15, reference_in_input=True)
    curve = train_stage(network.train(), image_stage(settings), settings, (0.0, 0.0), material(PAIRS[:1]), None, 0, None, lambda count=1: None)
    assert curve[-1].loss < 0.5 * curve[0].loss


class TestBatches:
    def test_a_step_is_the_same_whenever_it_is_drawn(self) -> None:
        settings = training(portraits=2, frames=2, colour_change=0.5)
        one, other = (Batches(material(), settings, 7, torch.device("cpu")) for _ in range(2))
        other.of_frames(3)
        drawn = one.of_frames(5), other.of_frames(5)
        assert torch.equal(drawn[0].frames, drawn[1].frames)
        assert drawn[0].noise_seed == drawn[1].noise_seed

    @pytest.mark.parametrize("kind", ["of_frames", "of_clips"])
    def test_shares_of_a_batch_are_the_batch(self, kind: str) -> None:
        settings = training(portraits=3, frames=2, clips=3, clip_frames=3, known_ends=0.5)
        whole = getattr(Batches(material(), settings, 7, torch.device("cpu")), kind)(5)
        shares = [whole.only(slice(rank, None, 2)) for rank in range(2)]
        for name in ("portraits", "portrait_landmarks", "frames", "landmarks", "timestep", "known"):
            assert torch.equal(torch.cat([getattr(share, name) for share in shares])[[0, 2, 1]], getattr(whole, name))
        frames = whole.known.shape[1]
        like = torch.zeros(3 * frames, 2, 4, 4)
        noises = [_noise(like[: len(share.known) * frames], share).unflatten(0, (-1, frames)) for share in shares]
        assert torch.equal(torch.cat(noises)[[0, 2, 1]].flatten(0, 1), _noise(like, whole))
        masks = [share.face_masks.unflatten(0, (-1, frames)) for share in shares]
        assert torch.equal(torch.cat(masks)[[0, 2, 1]].flatten(0, 1), whole.face_masks)

    def test_a_clip_has_consecutive_frames_at_one_time_step(self) -> None:
        pair = PAIRS[0]
        settings = training(clips=1, clip_frames=3)
        batch = Batches(material([pair]), settings, 0, torch.device("cpu")).of_clips(0)
        shown = ((batch.frames[0] + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
        starts = [start for start in range(2) if np.array_equal(shown, pair.driving.frames[start : start + 3])]
        assert len(starts) == 1
        assert len(batch.timestep[0].unique()) == 1

    def test_only_ends_are_ever_known(self) -> None:
        settings = training(clips=2, clip_frames=4, known_ends=1.0)
        drawn = [Batches(material(), settings, 0, torch.device("cpu")).of_clips(step).known for step in range(20)]
        assert not torch.stack(drawn)[..., 1:-1].any()
        assert torch.stack(drawn)[..., [0, -1]].any()

    def test_changed_colours_are_alike_in_portrait_and_frames(self) -> None:
        settings = training(portraits=1, frames=1, colour_change=1.0, other_frames=0.0)
        pair = rendered_pair(0, frames=1)
        batch = Batches(material([pair]), settings, 0, torch.device("cpu")).of_frames(0)
        assert torch.allclose(batch.portraits, batch.frames[:, 0], atol=1e-6)
        plain = torch.from_numpy(np.array(pair.portrait.image)).permute(2, 0, 1) / 127.5 - 1
        assert not torch.allclose(batch.portraits[0], plain, atol=1e-2)


class TestStages:
    def test_the_motion_stage_leaves_everything_but_the_motion_modules_alone(self) -> None:
        image, both = weights(fitted(motion=None)), weights(fitted())
        assert all(torch.equal(image[name], both[name]) for name in image)
        assert any("motion_modules" in name and value.abs().sum() > 0 for name, value in both.items() if "proj_out" in name)

    def test_models_that_differ_in_motion_alone_share_the_image_stage(self, tmp_path: Path) -> None:
        ticks: list[int] = []
        first = fitted(tmp_path, motion=None)
        again = fitted(tmp_path, tick=lambda count=1: ticks.append(count))
        assert ticks == [4, 1, 1, 1]
        assert again.borrowed_seconds > 0
        assert first.borrowed_seconds == 0

    def test_half_precision_leaves_the_weights_in_full_precision(self) -> None:
        half, full = weights(fitted(motion=None, training={"mixed_precision": "bf16"})), weights(fitted(motion=None))
        assert all(value.dtype == torch.float32 for value in half.values() if value.is_floating_point())
        assert not same(half, full)
        assert all(torch.allclose(half[name], full[name], atol=0.02) for name in half)

    def test_somebody_elses_precision_in_this_process_is_no_obstacle(self) -> None:
        from accelerate import Accelerator

        before = weights(fitted(motion=None))
        Accelerator(mixed_precision="bf16")
        assert same(before, weights(fitted(motion=None)))

    def test_the_seed_decides_everything(self) -> None:
        assert same(weights(fitted()), weights(fitted()))


class TestResuming:
    @pytest.mark.parametrize("stopped_at", [3, 6])
    def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_at: int) -> None:
        whole = weights(fitted(tmp_path / "whole"))
        taken = 0

        def stop(count: int = 1) -> None:
            nonlocal taken
            taken += count
            if taken == stopped_at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fitted(tmp_path / "cut", tick=stop)
        assert list((tmp_path / "cut").rglob("progress.json")) or stopped_at == 6
        assert same(whole, weights(fitted(tmp_path / "cut")))

    def test_a_finished_training_leaves_no_checkpoint(self, tmp_path: Path) -> None:
        fitted(tmp_path)
        assert not list(tmp_path.rglob("*under-way*"))

    def test_checkpoints_are_safetensors_and_json(self, tmp_path: Path) -> None:
        seen: set[str] = set()

        def look(count: int = 1) -> None:
            seen.update(path.suffix for path in tmp_path.rglob("*") if path.is_file())

        fitted(tmp_path, tick=look)
        assert seen == {".safetensors", ".json"}


def test_the_learning_rate_rises_and_then_falls_to_a_twentieth() -> None:
    factors = [rate_factor(step, 100, 10) for step in range(100)]
    assert factors[:10] == pytest.approx([0.1 * step for step in range(1, 11)])
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert factors[-1] == pytest.approx(0.05, abs=0.01)


def test_nothing_to_train_on_is_refused() -> None:
    with pytest.raises(ValueError, match="no pair to train on"):
        material([])


def test_a_portrait_without_landmarks_is_refused() -> None:
    import dataclasses

    pair = dataclasses.replace(PAIRS[0], portrait=dataclasses.replace(PAIRS[0].portrait, face=None))
    with pytest.raises(ValueError, match="person-0 has no landmarks"):
        material([pair])


def test_time_steps_cover_all_noise() -> None:
    settings = training(portraits=2, frames=2, late_steps=1.0)
    drawn = Batches(material(), settings, 0, torch.device("cpu"))
    steps = torch.stack([drawn.of_frames(step).timestep for step in range(100)])
    assert 0 <= steps.min() < 50
    assert 950 < steps.max() < batches_module.TRAINING_STEPS
