"""The four fusions: their formulae, and that who is not there has no say."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.methods.uniemox import FUSIONS
from benchmarks.methods.uniemox.fusion import Fusion, PriorFusion, SumELUFusion


def _fusion(name: str, seed: int = 0) -> Fusion:
    torch.manual_seed(seed)
    fusion = FUSIONS[name](8, 2, 5).double()
    for parameter in fusion.parameters():
        torch.nn.init.normal_(parameter)
    return fusion


def _tokens(images: int = 4) -> tuple[Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.randn(images, 8, dtype=torch.float64), torch.randn(images, 8, dtype=torch.float64)


@pytest.mark.parametrize("name", FUSIONS)
def test_every_parameter_learns_and_gradients_are_right(name: str) -> None:
    fusion, (scene, person), has_person = _fusion(name), _tokens(), torch.tensor([True, False, True, True])
    fusion(scene, person, has_person).square().sum().backward()
    for parameter_name, parameter in fusion.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), parameter_name
    assert torch.autograd.gradcheck(lambda *tokens: fusion(*tokens, has_person), (scene.requires_grad_(), person.requires_grad_()))


@pytest.mark.parametrize("name", FUSIONS)
def test_a_person_counts_where_there_is_one_and_nowhere_else(name: str) -> None:
    fusion, (scene, person), has_person = _fusion(name), _tokens(), torch.tensor([True, False, True, False])
    plain = fusion(scene, person.requires_grad_(), has_person)
    plain.square().sum().backward()
    assert person.grad is not None and person.grad[has_person].any(dim=1).all() and not person.grad[~has_person].any()
    changed = fusion(scene, torch.where(has_person[:, None], person, torch.nan), has_person)
    assert torch.equal(plain, changed)
    moved = fusion(scene, person + torch.randn_like(person), has_person)
    assert torch.equal(plain[~has_person], moved[~has_person])
    assert (plain[has_person] != moved[has_person]).all()


@pytest.mark.parametrize("name", FUSIONS)
def test_images_do_not_influence_each_other_and_one_is_enough(name: str) -> None:
    fusion, (scene, person), has_person = _fusion(name), _tokens(), torch.tensor([True, False, True, True])
    alone = torch.cat([fusion(scene[row : row + 1], person[row : row + 1], has_person[row : row + 1]) for row in range(4)])
    assert alone.shape == (4, 5)
    torch.testing.assert_close(alone, fusion(scene, person, has_person), rtol=0, atol=1e-12)


def test_the_prior_is_a_gated_scene_plus_the_person() -> None:
    fusion, (scene, person) = _fusion("prior"), _tokens()
    assert isinstance(fusion, PriorFusion)
    by_hand = (scene * fusion.gate + torch.tensor([1, 1, 0, 0])[:, None] * person) @ fusion.output.weight.T + fusion.output.bias
    torch.testing.assert_close(fusion(scene, person, torch.tensor([True, True, False, False])), by_hand, rtol=0, atol=1e-12)
    assert torch.equal(PriorFusion(8, 1, 5).gate.detach(), torch.ones(8))


def test_the_sum_is_of_normed_tokens_and_ends_in_an_elu() -> None:
    fusion, (scene, person) = _fusion("sum_elu"), _tokens()
    assert isinstance(fusion, SumELUFusion)
    normed = [functional.layer_norm(token, (8,), fusion.norm.weight, fusion.norm.bias) for token in (scene, person)]
    by_hand = functional.elu((normed[0] + normed[1]) @ fusion.output.weight.T + fusion.output.bias)
    torch.testing.assert_close(fusion(scene, person, torch.ones(4, dtype=torch.bool)), by_hand, rtol=0, atol=1e-12)
    torch.testing.assert_close(
        fusion(scene, person, torch.zeros(4, dtype=torch.bool)), functional.elu(normed[0] @ fusion.output.weight.T + fusion.output.bias), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("name", ["weighted", "attention"])
def test_weights_add_up_to_one(name: str) -> None:
    # Of two equal tokens any average is that token, so it makes no difference whether the second is there.
    fusion, (scene, _) = _fusion(name), _tokens()
    both, one = (fusion(scene, scene, torch.full((4,), there)) for there in (True, False))
    torch.testing.assert_close(both, one, rtol=0, atol=1e-12)


def test_wrong_shapes_are_named() -> None:
    scene, person = _tokens()
    with pytest.raises(ValueError, match=r"person \(3, 8\)"):
        _fusion("prior")(scene, person[:3], torch.ones(4, dtype=torch.bool))
    with pytest.raises(ValueError, match="3 heads"):
        FUSIONS["attention"](8, 3, 5)
