"""Detail copied into coarse fills: from where it looks alike, and nowhere else."""

from __future__ import annotations

import torch
from torch.nn import functional

from inpaintscan.nets.generators.coarse import CoarseInpainter, Holed, fill_shrunk
from inpaintscan.nets.generators.detail import copy_detail


def two_textures() -> torch.Tensor:
    """A dark half with lines across and a bright half with lines down, in [0, 1]."""
    rows = torch.arange(64)
    lines = 0.1 * (rows // 2 % 2).float()
    picture = torch.full((1, 3, 64, 128), 0.2) + lines[:, None]
    picture[..., 64:] = 0.7 + lines[None, :]
    return picture


def hole(top: int, left: int, side: int = 24) -> torch.Tensor:
    masks = torch.zeros(1, 1, 64, 128)
    masks[..., top : top + side, left : left + side] = 1
    return masks


def test_a_right_coarse_picture_gets_its_own_texture_back() -> None:
    picture = two_textures()
    for masks in (hole(16, 16), hole(16, 88)):
        holed = Holed.of(picture, masks, 4)
        truth = functional.avg_pool2d(picture * 2 - 1, 4)
        smooth, pasted = holed.finish(truth)
        error = ((pasted / 2 + 0.5 - picture).abs() * masks).sum() / (3 * masks.sum())
        blurred = ((smooth / 2 + 0.5 - picture).abs() * masks).sum() / (3 * masks.sum())
        assert error < 0.01
        assert blurred > 0.03


def test_the_first_guess_is_no_detail_of_the_photo() -> None:
    picture, masks = two_textures(), hole(18, 18, 22)
    plain, guessed = (Holed.of(picture, masks, 4, exemplar) for exemplar in (False, True))
    assert not torch.equal(plain.small, guessed.small)
    coarse = functional.avg_pool2d(picture * 2 - 1, 4)
    _, pasted = plain.finish(coarse)
    torch.testing.assert_close(guessed.finish(coarse)[1], pasted)


def test_known_pixels_keep_their_value() -> None:
    picture, masks = torch.rand(1, 3, 64, 128), hole(10, 30)
    _, pasted = Holed.of(picture, masks, 4).finish(torch.zeros(1, 3, 16, 32))
    torch.testing.assert_close((pasted / 2 + 0.5) * (1 - masks), picture * (1 - masks))


def test_detail_outside_the_hole_stays_and_none_comes_out_of_it() -> None:
    detail, masks = torch.rand(1, 3, 64, 128), hole(16, 16)
    poisoned = torch.where(masks > 0, torch.full_like(detail, 1e6), detail)
    copied = copy_detail(torch.rand(1, 3, 16, 32), poisoned, masks)
    assert copied.abs().max() <= 1
    far = functional.max_pool2d(masks, 25, 1, 12) == 0
    torch.testing.assert_close(copied * far, detail * far)


def test_a_frame_that_is_all_hole_has_no_detail() -> None:
    masks = torch.ones(1, 1, 64, 128)
    assert copy_detail(torch.rand(1, 3, 16, 32), torch.rand(1, 3, 64, 128), masks).eq(0).all()


def test_a_batch_is_filled_as_its_photos_are_alone() -> None:
    torch.manual_seed(0)
    pictures, masks = torch.rand(2, 3, 64, 128), torch.cat([hole(8, 8), hole(20, 60)])
    coarse = torch.rand(2, 3, 16, 32)
    together = copy_detail(coarse, pictures, masks)
    for i in range(2):
        part = slice(i, i + 1)
        torch.testing.assert_close(
            copy_detail(coarse[part], pictures[part], masks[part]), together[part]
        )


def test_large_photos_are_filled_shrunk_and_get_their_detail_back() -> None:
    picture = two_textures().repeat(1, 1, 2, 1)
    masks = torch.zeros(1, 1, 128, 128)
    masks[..., 40:72, 80:112] = 1

    class Known(CoarseInpainter):
        """Knows the shrunk photo."""

        def draw(self, small: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
            return small * hole

        def forward(self, images_bchw: torch.Tensor, masks_b1hw: torch.Tensor) -> torch.Tensor:
            assert images_bchw.shape[-1] == masks_b1hw.shape[-1] == 64
            return functional.avg_pool2d(picture, 2)

    filled = fill_shrunk(Known(1, exemplar=False), picture * (1 - masks), masks, 2)
    assert ((filled - picture).abs() * masks).sum() / (3 * masks.sum()) < 0.01
    torch.testing.assert_close(filled * (1 - masks), picture * (1 - masks))
