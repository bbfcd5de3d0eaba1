"""Autoencoders, inpainters and their critic."""

from __future__ import annotations

import pytest
import torch

from inpaintscan.nets import NETWORKS
from inpaintscan.nets.generators.autoencoder import Autoencoder, kl_divergence
from inpaintscan.nets.generators.initial import keep_scale
from inpaintscan.nets.generators.membrane import membrane
from inpaintscan.nets.generators.partial import PartialConv
from inpaintscan.nets.losses.critic import PatchCritic, frozen, hinge_losses, with_texture


@pytest.mark.parametrize("upsampling", ["nearest", "bilinear", "fir", "transposed", "shuffle"])
@pytest.mark.parametrize("factor", [2, 4, 8])
def test_autoencoders_return_a_picture_of_the_same_size(factor: int, upsampling: str) -> None:
    network = Autoencoder(factor=factor, width=4, latent=3, upsampling=upsampling).eval()
    images = torch.rand(1, 3, 32, 48)
    mean, _ = network.encode(images)
    assert mean.shape == (1, 3, 32 // factor, 48 // factor)
    decoded = network(images)
    assert decoded.shape == images.shape
    assert decoded.min() >= 0
    assert decoded.max() <= 1


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_an_untrained_autoencoder_knows_the_colours_already(factor: int) -> None:
    torch.manual_seed(0)
    network = Autoencoder(factor=factor, width=4, latent=3).eval()
    flat = torch.tensor([0.7, 0.4, 0.2])[:, None, None].expand(1, 3, 32, 32)
    means = network(flat).mean(dim=(2, 3))
    torch.testing.assert_close(means, flat.mean(dim=(2, 3)), atol=0.2, rtol=0)
    assert means[0, 0] > means[0, 1] > means[0, 2]


def test_noise_makes_every_decoding_another_unless_seeded() -> None:
    network = Autoencoder(factor=4, width=4, latent=3, noise=True, separable=True).eval()
    images = torch.rand(1, 3, 32, 32)
    assert not torch.equal(network(images), network(images))
    torch.manual_seed(1)
    once = network(images)
    torch.manual_seed(1)
    torch.testing.assert_close(network(images), once, rtol=0, atol=0)


def test_a_latent_without_room_for_the_photo_is_an_error() -> None:
    with pytest.raises(ValueError, match="must be at least 3"):
        Autoencoder(latent=2)


def test_a_membrane_keeps_what_is_known_and_bridges_a_slope() -> None:
    slope = torch.linspace(0.2, 0.8, 64).expand(1, 3, 64, 64).clone()
    masks = torch.zeros(1, 1, 64, 64)
    masks[..., 24:40, 24:40] = 1
    bridged = membrane(torch.where(masks.bool(), torch.zeros(()), slope), masks)
    torch.testing.assert_close(bridged * (1 - masks), slope * (1 - masks))
    assert ((bridged - slope).abs() * masks).max() < 0.08
    assert membrane(slope, torch.ones_like(masks)).eq(0).all()


def test_fine_texture_is_shown_to_the_critic_amplified() -> None:
    grey = torch.full((1, 4, 16, 16), 0.5)
    assert with_texture(grey).shape == (1, 7, 16, 16)
    assert with_texture(grey)[:, 4:].abs().max() < 1e-5
    grey[:, :3, ::2] += 0.02
    assert with_texture(grey)[:, 4:].abs().mean() > 0.05


def test_an_unknown_upsampler_is_named() -> None:
    with pytest.raises(ValueError, match="cubic"):
        Autoencoder(upsampling="cubic")


def test_divergence_is_zero_for_a_unit_normal_only() -> None:
    zeros = torch.zeros(1, 2, 3, 3)
    assert kl_divergence(zeros, zeros) == 0
    assert kl_divergence(zeros + 1, zeros) == pytest.approx(0.5)


@pytest.mark.parametrize("shrink", [1, 2, 4])
@pytest.mark.parametrize("arch", ["gated", "partial", "fourier"])
def test_inpainters_see_nothing_of_what_lies_in_the_hole(arch: str, shrink: int) -> None:
    torch.manual_seed(0)
    network = NETWORKS[arch](width=4, shrink=shrink).eval()
    images, masks = torch.rand(1, 3, 64, 128), torch.zeros(1, 1, 64, 128)
    masks[..., 20:45, 16:48] = 1
    changed = torch.where(masks.bool(), torch.rand_like(images), images)
    with torch.inference_mode():
        output = network(images, masks)
        torch.testing.assert_close(network(changed, masks), output)
    assert output.shape == images.shape
    assert output.min() >= 0
    assert output.max() <= 1


@pytest.mark.parametrize("arch", ["gated", "partial", "fourier"])
def test_inpainters_learn_to_fill(arch: str) -> None:
    torch.manual_seed(0)
    network = NETWORKS[arch](width=4, shrink=1).train()
    images, masks = torch.full((2, 3, 32, 32), 0.8), torch.zeros(2, 1, 32, 32)
    masks[..., 8:24, 8:24] = 1
    truth = images - 0.5 * masks  # not what the first guess says
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    losses = []
    for _ in range(30):
        outputs = network.passes(images, masks)
        loss = torch.stack([((o - truth).abs() * masks).mean() for o in outputs]).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("arch", ["gated", "partial", "fourier"])
def test_signals_reach_the_last_layer_of_an_untrained_inpainter(arch: str) -> None:
    torch.manual_seed(0)
    network = NETWORKS[arch](width=8, shrink=1).eval()
    strengths = []
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            module.register_forward_hook(lambda _m, _i, output: strengths.append(output.std()))
    masks = torch.zeros(1, 1, 64, 64)
    masks[..., 16:48, 16:48] = 1
    with torch.inference_mode():
        network(torch.rand(1, 3, 64, 64), masks)
    assert min(strengths) > 0.005  # the last layers begin weak
    assert max(strengths) < 10


def test_weights_that_keep_scale_do_so_for_strides_groups_and_growth() -> None:
    torch.manual_seed(0)
    layers = torch.nn.Sequential(
        torch.nn.Conv2d(16, 32, 3, padding=1),
        torch.nn.Conv2d(32, 32, 3, stride=2, padding=1, groups=32),
        torch.nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1),
    )
    keep_scale(layers, gain=1.0)
    features = torch.randn(2, 16, 32, 32)
    for layer in layers:
        features = layer(features)
        assert 0.7 < features.std() < 1.3


def test_a_partial_convolution_ignores_how_much_is_unknown() -> None:
    layer = PartialConv(1, 1)
    torch.nn.init.ones_(layer.convolution.weight)
    features = torch.full((1, 1, 7, 7), 2.0)
    known = torch.ones(1, 1, 7, 7)
    known[..., 2:5, 2:4] = 0
    output, covered = layer(features, known)
    inside = (slice(None), slice(None), slice(1, -1), slice(1, -1))
    assert covered[inside].all()
    torch.testing.assert_close(output[inside], torch.full_like(output[inside], 18.0))


def test_a_window_without_a_known_pixel_stays_unknown() -> None:
    output, covered = PartialConv(1, 1)(torch.rand(1, 1, 5, 5), torch.zeros(1, 1, 5, 5))
    assert not covered.any()
    assert not output.any()


def test_the_generators_loss_leaves_the_critic_alone() -> None:
    critic = PatchCritic(width=4, levels=2)
    fake = torch.rand(1, 3, 16, 16, requires_grad=True)
    verdict = hinge_losses(critic, torch.rand(1, 3, 16, 16), fake)
    (verdict.generator + verdict.matching).backward()
    assert fake.grad is not None
    assert all(parameter.grad is None for parameter in critic.parameters())
    fake.grad = None
    verdict.critic.backward()
    assert fake.grad is None
    assert all(parameter.grad is not None for parameter in critic.parameters())


def test_what_a_critic_cannot_tell_apart_matches_in_its_features() -> None:
    critic = PatchCritic(width=4, levels=2).eval()  # its spectral norms hold still
    real = torch.rand(1, 3, 16, 16)
    assert hinge_losses(critic, real, real.clone()).matching == 0
    assert hinge_losses(critic, real, 1 - real).matching > 0
    *features, scores = critic.judge(real)
    assert [f.shape[-1] for f in features] == [8]
    torch.testing.assert_close(scores, critic(real))


def test_frozen_gives_back_what_it_froze() -> None:
    critic = PatchCritic(width=4, levels=2)
    critic[0].bias.requires_grad_(False)
    before = [parameter.requires_grad for parameter in critic.parameters()]
    with frozen(critic):
        assert not any(parameter.requires_grad for parameter in critic.parameters())
    assert [parameter.requires_grad for parameter in critic.parameters()] == before
