"""What must hold of the network whatever it has learnt."""

import dataclasses

import pytest
import torch
from diffusers.models.attention_processor import AttnProcessor2_0

from benchmarks.methods.follow_your_emoji.denoiser import Reference
from benchmarks.methods.follow_your_emoji.network import AnimationNetwork
from benchmarks.methods.follow_your_emoji.settings import MotionSettings
from tests.support.tiny_animation import SIZE, make_network

MOTION = MotionSettings(heads=2, maximum_frames=8)


def pictures(count: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(count, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))


def noise(clips: int, frames: int) -> torch.Tensor:
    return torch.randn(clips, frames, 48, 16, 16, generator=torch.Generator().manual_seed(2))


def reference_of(network: AnimationNetwork, portraits: torch.Tensor) -> Reference:
    return network.reference(portraits * 2 - 1, torch.zeros_like(portraits))


def awakened(network: AnimationNetwork) -> AnimationNetwork:
    """Gives motion modules and landmark encoder something to say."""
    generator = torch.Generator().manual_seed(3)
    for name, parameter in network.named_parameters():
        if ("proj_out" in name and "motion_modules" in name) or name.startswith("landmark_encoder.out"):
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.3
    return network


class TestLandmarkEncoder:
    def test_an_untrained_one_changes_nothing(self) -> None:
        network = make_network()
        reference, when = reference_of(network, pictures(1)), torch.tensor([500])
        with torch.no_grad():
            with_landmarks = network(noise(1, 2), when, pictures(2)[None], reference)
            without = network(noise(1, 2), when, torch.zeros(1, 2, 3, SIZE, SIZE), reference)
        assert torch.equal(with_landmarks, without)

    def test_an_untrained_one_learns(self) -> None:
        network = make_network()
        network(noise(1, 2), torch.tensor([500]), pictures(2)[None], reference_of(network, pictures(1))).square().mean().backward()
        gradient = network.landmark_encoder.out.weight.grad
        assert gradient is not None
        assert gradient.abs().max() > 0

    def test_it_must_halve_pictures_as_often_as_the_latents_are_smaller(self) -> None:
        with pytest.raises(ValueError, match="2 stages, which bring pictures down 2 times, but the latents are 4 times smaller"):
            make_network(landmark_channels=[8, 16])


class TestReferenceAttention:
    def test_the_portrait_changes_what_is_predicted(self) -> None:
        network = make_network()
        when, landmarks = torch.tensor([500]), pictures(2)[None]
        with torch.no_grad():
            first, other = (reference_of(network, pictures(1, seed)) for seed in (4, 5))
            same_prompt = dataclasses.replace(other, image_prompt=first.image_prompt)
            assert (network(noise(1, 2), when, landmarks, first) - network(noise(1, 2), when, landmarks, same_prompt)).abs().max() > 1e-4

    def test_without_tokens_it_is_the_plain_u_net(self) -> None:
        network = make_network()
        prompt = torch.randn(1, 5, 16, generator=torch.Generator().manual_seed(6))
        with torch.no_grad():
            reference = dataclasses.replace(reference_of(network, pictures(1)), tokens={}, image_prompt=prompt)
            ours = network(noise(1, 1), torch.tensor([500]), pictures(1)[None], reference)
            network.unet.set_attn_processor(AttnProcessor2_0())
            plain = network.unet(noise(1, 1)[0], torch.tensor([500]), encoder_hidden_states=prompt).sample
        assert torch.allclose(ours[0], plain, atol=1e-6)

    def test_every_frame_reads_its_own_clips_portrait(self) -> None:
        network = make_network()
        both = reference_of(network, pictures(2))
        second = reference_of(network, pictures(2)[1:])
        with torch.no_grad():
            together = network(noise(2, 3), torch.tensor([500, 500]), pictures(6).unflatten(0, (2, 3)), both)
            alone = network(noise(2, 3)[1:], torch.tensor([500]), pictures(6).unflatten(0, (2, 3))[1:], second)
        assert torch.allclose(together[1], alone[0], atol=1e-5)

    def test_the_portrait_is_read_once_for_all_steps_and_frames(self) -> None:
        network = make_network()
        calls = []
        assert network.reference_net is not None
        network.reference_net.register_forward_hook(lambda *_: calls.append(1))
        reference = reference_of(network, pictures(1))
        with torch.no_grad():
            for step in (999, 500, 1):
                network.predict(noise(1, 2)[0], step, pictures(2), reference)
        assert len(calls) == 1

    def test_without_it_the_network_has_no_reference_net(self) -> None:
        network = make_network(reference_attention=False)
        assert network.reference_net is None
        assert reference_of(network, pictures(1)).tokens == {}


class TestGuidance:
    @pytest.mark.parametrize("changes", [{}, {"reference_in_input": True, "reference_landmarks": True, "portrait_prior": 0.2, "coordinates": True}])
    def test_the_unconditional_half_knows_no_portrait(self, changes: dict[str, object]) -> None:
        network = awakened(make_network(**changes))
        with torch.no_grad():
            before = network.predict(noise(1, 2)[0], 500, pictures(2), None)
            network.predict(noise(1, 2)[0], 500, pictures(2), reference_of(network, pictures(1)))
            after = network.predict(noise(1, 2)[0], 500, pictures(2), None)
        assert torch.equal(before, after)

    def test_the_unconditional_half_sees_the_landmarks(self) -> None:
        network = awakened(make_network())
        with torch.no_grad():
            one, other = (network.predict(noise(1, 2)[0], 500, pictures(2, seed), None) for seed in (7, 8))
        assert not torch.allclose(one, other)


class TestMotionModules:
    def test_untrained_ones_change_nothing(self) -> None:
        network = make_network()
        reference, when, landmarks = reference_of(network, pictures(1)), torch.tensor([500]), pictures(3)[None]
        with torch.no_grad():
            before = network(noise(1, 3), when, landmarks, reference)
            network.add_motion(MOTION)
            after = network(noise(1, 3), when, landmarks, reference)
        assert torch.allclose(before, after, atol=1e-5)

    def test_trained_ones_let_frames_see_each_other(self) -> None:
        network = make_network()
        network.add_motion(MOTION)
        awakened(network)
        reference, noisy = reference_of(network, pictures(1)), noise(1, 3)
        changed = noisy.clone()
        changed[0, 2] = 0
        with torch.no_grad():
            one, other = (network(given, torch.tensor([500]), pictures(3)[None], reference) for given in (noisy, changed))
        assert (one[0, 0] - other[0, 0]).abs().max() > 1e-4

    def test_without_positions_the_order_of_frames_is_nothing_to_them(self) -> None:
        network = make_network()
        network.add_motion(MOTION)
        awakened(network)
        for module in network.unet.modules():
            if getattr(module, "pos_embed", None) is not None:
                module.pos_embed = torch.nn.Identity()
        order, reference, landmarks = [2, 0, 1], reference_of(network, pictures(1)), pictures(3)
        with torch.no_grad():
            straight = network(noise(1, 3), torch.tensor([500]), landmarks[None], reference)
            shuffled = network(noise(1, 3)[:, order], torch.tensor([500]), landmarks[order][None], reference)
        assert torch.allclose(straight[:, order], shuffled, atol=1e-5)

    def test_clips_beside_each_other_do_not_see_each_other(self) -> None:
        network = make_network()
        network.add_motion(MOTION)
        awakened(network)
        landmarks = pictures(6).unflatten(0, (2, 3))
        with torch.no_grad():
            together = network(noise(2, 3), torch.tensor([500, 100]), landmarks, reference_of(network, pictures(2)))
            alone = network(noise(2, 3)[1:], torch.tensor([100]), landmarks[1:], reference_of(network, pictures(2)[1:]))
        assert torch.allclose(together[1], alone[0], atol=1e-5)


class TestGradients:
    @pytest.mark.parametrize("changes", [{}, {"reference_in_input": True, "reference_landmarks": True, "coordinates": True}])
    @pytest.mark.parametrize("attention", [None, (False, True)])
    def test_every_parameter_that_is_trained_gets_one(self, changes: dict[str, object], attention: tuple[bool, ...] | None) -> None:
        unet = {"kind": "small", "channels": [16, 32], "head_width": 16, "groups": 8, "prompt_width": 16, "attention": attention}
        network = awakened(make_network(unet=unet, **changes))
        if network.reference_landmark_encoder is not None:
            torch.nn.init.normal_(network.reference_landmark_encoder.out.weight)
        network(noise(2, 2), torch.tensor([500, 10]), pictures(4).unflatten(0, (2, 2)), reference_of(network, pictures(2))).square().mean().backward()
        assert [name for name, one in network.named_parameters() if one.requires_grad and one.grad is None] == []

    def test_the_portrait_gets_one_through_the_tokens(self) -> None:
        network = make_network()
        portrait = pictures(1).requires_grad_()
        network(noise(1, 1), torch.tensor([500]), pictures(1)[None], reference_of(network, portrait)).square().mean().backward()
        assert portrait.grad is not None
        assert portrait.grad.abs().max() > 0


class TestPortraitPrior:
    def test_an_untrained_network_returns_the_portrait_from_pure_noise(self) -> None:
        network = make_network(portrait_prior=0.2)
        portraits = pictures(1)
        with torch.no_grad():
            predicted = network.predict(noise(1, 2)[0], 999, pictures(2), reference_of(network, portraits))
        assert torch.allclose(network.codec.decode(-predicted), (portraits * 2 - 1).expand(2, -1, -1, -1), atol=1e-5)


def test_latents_that_cannot_be_halved_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be halved"):
        make_network(unet={"kind": "small", "channels": [16, 16, 16, 16, 16, 16], "head_width": 16, "groups": 8})
