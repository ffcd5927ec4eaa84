"""What pictures are changed by before a judge learns from them."""

import torch

from benchmarks.judges.augmentation import MIRRORED, AugmentationSettings, augment, blocky, blurred

torch.set_num_threads(1)
NOTHING = AugmentationSettings(shift=0, scale=0, rotation=0, mirror=False, colour=0, blur=0, noise=0, blocks=0)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _spots(points: torch.Tensor) -> torch.Tensor:
    """Pictures with a white spot at each row's only marked point, (n, 3, 64, 64)."""
    places = (torch.arange(64) + 0.5) / 64
    distance = (places[None, None, :] - points[:, 0, None, None]) ** 2 + (places[None, :, None] - points[:, 1, None, None]) ** 2
    return torch.exp(-distance / (2 * 0.03**2))[:, None].repeat(1, 3, 1, 1)


def test_points_move_with_what_is_under_them() -> None:
    points = torch.rand(32, 70, 2, generator=_generator()) * 0.4 + 0.3
    settings = AugmentationSettings(mirror=False, colour=0, blur=0, noise=0, blocks=0)
    for number in (0, 36, 68):
        pictures, moved = augment(_spots(points[:, number]), points, settings, _generator(1))
        assert moved is not None
        mass = pictures[:, 0] / pictures[:, 0].sum(dim=(1, 2), keepdim=True)
        places = (torch.arange(64) + 0.5) / 64
        found = torch.stack([(mass.sum(dim=1) * places).sum(dim=1), (mass.sum(dim=2) * places).sum(dim=1)], dim=1)
        torch.testing.assert_close(found, moved[:, number], atol=0.01, rtol=0)


def test_a_mirrored_face_swaps_left_and_right() -> None:
    points = torch.rand(64, 70, 2, generator=_generator())
    settings = AugmentationSettings(shift=0, scale=0, rotation=0, mirror=True, colour=0, blur=0, noise=0, blocks=0)
    _, moved = augment(torch.zeros(64, 3, 64, 64), points, settings, _generator())
    assert moved is not None
    mirrored = torch.stack([1 - points[..., 0], points[..., 1]], dim=2)[:, list(MIRRORED)]
    same, swapped = (torch.isclose(moved, other, atol=1e-5).all(dim=2).all(dim=1) for other in (points, mirrored))
    assert (same ^ swapped).all() and same.any() and swapped.any()


def test_mirroring_twice_changes_nothing() -> None:
    assert [MIRRORED[MIRRORED[point]] for point in range(70)] == list(range(70))


def test_changes_of_size_zero_leave_everything_as_it_was() -> None:
    pictures, points = torch.rand(4, 3, 64, 64, generator=_generator()), torch.rand(4, 70, 2, generator=_generator())
    changed, moved = augment(pictures, points, NOTHING, _generator())
    torch.testing.assert_close(changed, pictures, atol=1e-4, rtol=0)
    torch.testing.assert_close(moved, points)


def test_equal_generators_give_equal_changes_within_the_range() -> None:
    pictures = torch.rand(8, 3, 64, 64, generator=_generator())
    one, other = (augment(pictures, None, AugmentationSettings(), _generator(5))[0] for _ in range(2))
    torch.testing.assert_close(one, other, atol=0, rtol=0)
    assert one.min() >= 0 and one.max() <= 1 and (one - pictures).abs().mean() > 0.01


def test_blur_keeps_flat_pictures_and_takes_contrast_from_others() -> None:
    flat, busy = torch.full((2, 3, 64, 64), 0.3), torch.rand(2, 3, 64, 64, generator=_generator())
    torch.testing.assert_close(blurred(flat, torch.tensor([0.0, 1.5])), flat, atol=1e-3, rtol=0)
    filtered = blurred(busy, torch.tensor([0.0, 1.5]))
    torch.testing.assert_close(filtered[0], busy[0], atol=1e-4, rtol=0)
    assert filtered[1].std() < busy[1].std() / 2


def test_blocks_lose_detail_by_the_size_of_the_step() -> None:
    pictures = torch.rand(2, 3, 64, 64, generator=_generator())
    changed = blocky(pictures, torch.tensor([0.0, 0.3]))
    torch.testing.assert_close(changed[0], pictures[0], atol=1e-4, rtol=0)
    # A coefficient moves by at most half its step, and the transform keeps lengths.
    assert 0 < float((changed[1] - pictures[1]).pow(2).mean().sqrt()) <= 0.15
