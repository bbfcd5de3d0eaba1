"""PSNR and SSIM against scikit-image, NIQE's properties, a gen-data folder."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import skimage.metrics
from PIL import Image, ImageFilter

from inpaintscan.errors import DataError, UsageError, WeightsError
from inpaintscan.eval.measures.group_metrics import Resampling
from inpaintscan.eval.quality.fills import FillQuality, measure_fills, quality_rows, read_fills
from inpaintscan.eval.quality.niqe import (
    FEATURES,
    PristineModel,
    fit_gaussian,
    fit_pristine,
    niqe,
    patch_features,
)
from inpaintscan.eval.quality.pristine import read_pristine, write_pristine
from inpaintscan.eval.quality.similarity import psnr_inside, ssim_inside, ssim_map
from tests.eval.toy import make_gen_data, make_toy


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A photo, a damaged copy, and a mask."""
    photo = skimage.data.astronaut()[:120, :150]
    noise = np.random.default_rng(0).normal(0, 12, photo.shape)
    mask = np.zeros(photo.shape[:2], bool)
    mask[30:90, 20:100] = True
    return photo, (photo + noise).clip(0, 255).astype(np.uint8), mask


def test_psnr_is_that_of_scikit_image(pair: tuple[np.ndarray, ...]) -> None:
    photo, damaged, mask = pair
    expected = skimage.metrics.peak_signal_noise_ratio(photo[mask], damaged[mask], data_range=255)
    assert psnr_inside(damaged, photo, mask) == pytest.approx(expected)
    assert psnr_inside(photo, photo, mask) == math.inf
    assert math.isnan(psnr_inside(photo, photo, np.zeros_like(mask)))


def test_ssim_is_that_of_scikit_image(pair: tuple[np.ndarray, ...]) -> None:
    photo, damaged, mask = pair
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    _, full = skimage.metrics.structural_similarity(
        photo, damaged, data_range=255, full=True, channel_axis=2, **options
    )
    for channel in range(3):
        ours = ssim_map(photo[..., channel], damaged[..., channel])
        assert ours == pytest.approx(full[..., channel], abs=1e-9)
    assert ssim_inside(damaged, photo, mask) == pytest.approx(full[mask].mean())
    assert math.isnan(ssim_inside(photo, photo, np.zeros_like(mask)))


def test_niqe_rises_with_blur_and_noise() -> None:
    photo = skimage.data.astronaut()
    shipped = read_pristine()
    noise = np.random.default_rng(0).normal(0, 25, photo.shape)
    damaged = {
        "blurred": np.asarray(Image.fromarray(photo).filter(ImageFilter.GaussianBlur(3))),
        "noisy": (photo + noise).clip(0, 255).astype(np.uint8),
    }
    clean = niqe(photo, shipped)
    assert 1 < clean < 6
    for name, pixels in damaged.items():
        assert niqe(pixels, shipped) > clean + 1, name


def test_niqe_needs_two_patches() -> None:
    shipped = read_pristine()
    photo = skimage.data.astronaut()
    assert math.isnan(niqe(photo[:96, :191], shipped))
    assert math.isfinite(niqe(photo[:96, :192], shipped))
    assert math.isnan(niqe(np.full((300, 300, 3), 90, np.uint8), shipped))  # nothing to see


def test_known_distributions_are_recognised() -> None:
    rng = np.random.default_rng(1)
    normal, laplace = rng.normal(0, 1, (100, 100)), rng.laplace(0, 1, (100, 100))
    skewed = np.where(normal < 0, normal, 2 * normal)
    shape, left, right, mean = fit_gaussian(np.stack([normal, laplace, skewed]))
    assert shape == pytest.approx([2, 1, 2], rel=0.1)
    assert right / left == pytest.approx([1, 1, 2], rel=0.1)
    assert left[:2] == pytest.approx([math.sqrt(2), 1], rel=0.1)
    assert mean[:2] == pytest.approx([0, 0], abs=0.1)
    assert mean[2] > 0.5


def test_features_have_two_scales_for_each_patch() -> None:
    features, sharpness = patch_features(skimage.data.astronaut()[:200, :300])
    assert features.shape == (2 * 3, FEATURES)
    assert sharpness.shape == (6,)
    assert (features[:, [0, 18]] > 0.2).all()


def crops() -> list[np.ndarray]:
    """Sixty pieces of a photo, each a patch."""
    photo = skimage.data.astronaut()
    places = [(y, x) for y in range(0, 400, 50) for x in range(0, 400, 50)][:60]
    return [photo[y : y + 96, x : x + 96] for y, x in places]


def test_a_pristine_model_is_written_and_read(tmp_path: Path) -> None:
    model = fit_pristine(iter(crops()))
    assert model.photos == model.patches == 60
    path = tmp_path / "n.safetensors"
    write_pristine(path, model, "one photo")
    first = path.read_bytes()
    write_pristine(path, model, "one photo")
    assert path.read_bytes() == first
    assert len(first) < 100_000
    again = read_pristine(path)
    assert np.array_equal(again.mean, model.mean)
    assert np.array_equal(again.covariance, model.covariance)
    photo = skimage.data.chelsea()
    assert niqe(photo, again) == niqe(photo, model)


def test_errors_of_pristine_models(tmp_path: Path, stub_weights: Path) -> None:
    with pytest.raises(DataError, match="too few"):
        fit_pristine([skimage.data.astronaut()[:200, :200]])
    with pytest.raises(WeightsError, match="not a model of pristine photos"):
        read_pristine(stub_weights)
    (tmp_path / "file").write_text("in the way")
    model = PristineModel(np.zeros(FEATURES), np.eye(FEATURES), 1, 40)
    with pytest.raises(UsageError, match="cannot be written"):
        write_pristine(tmp_path / "file" / "n.safetensors", model, "x")


def mean_colour(pixels: np.ndarray) -> np.ndarray:
    return pixels.mean(axis=(0, 1))


@pytest.fixture
def fills(tmp_path: Path) -> list[FillQuality]:
    samples = read_fills(make_gen_data(tmp_path / "data"))
    return list(measure_fills(samples, read_pristine(), mean_colour))


def test_fills_are_measured_by_kind_method_and_source(fills: list[FillQuality]) -> None:
    rows = quality_rows("data", fills, Resampling(resamples=20))
    figures = {row.group: row.metrics for row in rows}
    assert set(figures) == {
        "all", "kind=fakefake", "kind=inpainted", "kind=realfake",
        "method=telea", "method=vae", "source=album",
    }  # fmt: skip
    assert figures["kind=realfake"]["fill_psnr"].value < figures["all"]["fill_psnr"].value
    assert figures["kind=realfake"]["fill_psnr"].n == 2
    assert figures["kind=realfake"]["fill_ssim"].value < 0.3  # another noise altogether
    assert figures["kind=fakefake"]["fill_ssim"].value > 0.5
    assert figures["all"]["fill_niqe_original"].n == 6
    assert figures["all"]["fill_fid"].value > 0
    assert figures["all"]["fill_fid"].n == len(fills)


def test_a_set_is_no_distance_from_itself(fills: list[FillQuality]) -> None:
    same = [replace(one, features=one.features_original) for one in fills]
    alone = [one for one in same if one.sample.kind == "inpainted"]
    rows = quality_rows("data", alone, Resampling(resamples=0))
    assert rows[0].metrics["fill_fid"].value == pytest.approx(0, abs=1e-9)
    one_image = quality_rows("data", alone[:1], Resampling(resamples=0))
    assert "fill_fid" not in one_image[0].metrics


def test_whole_frames_are_measured_in_their_holes(tmp_path: Path) -> None:
    labels = make_gen_data(tmp_path / "data") / "labels.csv"
    rows = [line for line in labels.read_text().splitlines() if "fake" not in line]
    labels.write_text("\n".join(rows).replace("telea", "vae") + "\n")
    fills = list(measure_fills(read_fills(tmp_path / "data"), read_pristine()))
    assert [one.sample.kind for one in fills] == ["inpainted"] * 2
    assert all(one.ssim < 0.3 for one in fills)


def test_only_a_gen_data_folder_has_fills(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="gen-data"):
        read_fills(make_toy(tmp_path / "toy"))
    data = make_gen_data(tmp_path / "data")
    samples = read_fills(data)
    (data / "test" / "original" / "two.png").unlink()
    with pytest.raises(DataError, match="make the data set with that kind"):
        list(measure_fills(samples, read_pristine()))
