"""Pairs drawn in plain photos: what may differ, what may not, and how often what is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from inpaintscan.data import Sample
from inpaintscan.errors import DataError, UsageError
from inpaintscan.nets import NETWORKS
from inpaintscan.train.drawn import rebuilt
from inpaintscan.train.drawn.donors import DONORS
from inpaintscan.train.drawn.shares import (
    DonorShares,
    DrawnSettings,
    EditShares,
    HostShares,
    PairShares,
    SaveShares,
    choose,
)
from inpaintscan.train.drawn.twins import DrawnPairs
from inpaintscan.weights import Card, write_weights

Make = Callable[..., DrawnPairs]
UNTOUCHED = {
    "edits": EditShares(blurred=0, sharpened=0, toned=0, grained=0),
    "saves": SaveShares(jpeg=0, jpeg_twice=0, webp=0, resized=0),
}
REPLACED = PairShares(clean=0, generated=0, rebuilt=0)
PLAIN = DrawnSettings(pairs=REPLACED, soft=0, grained_donors=0, easy=0, **UNTOUCHED)


def only(name: str) -> DonorShares:
    """Shares of one kind of donor alone."""
    return DonorShares(**{kind: float(kind == name) for kind in DONORS})


def cells_of(pixels: Tensor) -> Tensor:
    """The share of each cell's pixels that are true, of (h, w)."""
    return functional.avg_pool2d(pixels.float()[None], 4)


def test_a_pair_depends_on_its_number_and_the_seed_alone(make_pairs: Make) -> None:
    one, two, other = make_pairs(), make_pairs(), make_pairs(seed=1)
    for index in (7, 0, 3):
        for name, tensor in one[index].items():
            torch.testing.assert_close(two[index][name], tensor, rtol=0, atol=0)
    assert any((one[i]["images"] != other[i]["images"]).any() for i in range(3))


@pytest.mark.parametrize("donor", DONORS)
def test_a_pair_differs_in_its_target_and_nowhere_else(make_pairs: Make, donor: str) -> None:
    pairs = make_pairs(replace(PLAIN, donors=only(donor)))
    shares = []
    for index in range(12):
        pair = pairs[index]
        assert pairs.draw(index).kind == f"replaced:{donor}"
        clean, made = pair["images"]
        differs = cells_of((clean != made).any(dim=0))
        target = pair["map_target"][1]
        assert (differs <= target + 1e-6).all(), "nothing outside the target"
        shares.append(float(differs.sum() / target.sum()))
        assert not pair["map_target"][0].any()
        assert pair["map_weight"].tolist() == [1, 1]
        assert pair["score_target"].tolist() == [[0, 0], [1, 0]]
        assert pair["synthetic"][1].equal(target * (donor == "generated"))
    assert np.median(shares) > 0.4, "and most of the target"


def test_a_soft_edge_ends_within_a_few_pixels(make_pairs: Make) -> None:
    pairs = make_pairs(replace(PLAIN, soft=1.0))
    levels = set()
    for index in range(10):
        twins = pairs.draw(index)
        levels |= set(np.unique(twins.replaced).tolist())
        outside = twins.replaced == 0
        np.testing.assert_array_equal(twins.clean[outside], twins.made[outside])
    assert len(levels) > 20


def test_both_of_a_pair_come_to_the_same_end(make_pairs: Make) -> None:
    pairs = make_pairs(replace(DrawnSettings(), pairs=REPLACED, area=(0.01, 0.02), soft=0))
    for index in range(25):
        twins = pairs.draw(index)
        first, second = twins.endings
        assert first is second
        np.testing.assert_array_equal(first.apply(twins.clean), second.apply(twins.clean))
        assert len(twins.clean) == len(twins.made) == first.side
        clean, made = pairs[index]["images"].float()
        far = cells_of(torch.ones(64, 64)) * (pairs[index]["map_target"][1] == 0)
        change = cells_of((clean - made).abs().mean(dim=0))
        assert change[far > 0].median() < 2, "what is far from the region stays"


def test_the_last_jpeg_begins_its_grid_at_the_corner(make_pairs: Make) -> None:
    settings = replace(
        PLAIN, saves=SaveShares(untouched=0, jpeg=1, jpeg_twice=0, webp=0, resized=0), unaligned=0
    )
    edges = np.zeros(8)
    for index in range(20):
        grey = make_pairs(settings)[index]["images"][0].float().mean(dim=0).numpy()
        steps = np.abs(np.diff(grey, axis=1)).mean(axis=0)  # step k lies between columns k, k + 1
        edges += [steps[place:63:8].mean() for place in range(8)]
    assert edges.argmax() == 7


def test_kinds_of_pairs_have_their_shares_and_their_labels(make_pairs: Make) -> None:
    pairs = make_pairs(replace(DrawnSettings(), **UNTOUCHED))
    kinds: Counter[str] = Counter()
    for index in range(150):
        twins = pairs.draw(index)
        kinds[twins.kind.split(":")[0]] += 1
        if twins.kind == "generated" and index < 60:
            pair = pairs[index]
            assert pair["score_target"].tolist() == [[0, 0], [0, 1]]
            assert pair["synthetic"][1].eq(1).all()
            assert len(np.unique(twins.made.reshape(-1, 3), axis=0)) == 1, "a flat image"
        if twins.kind == "clean" and index < 60:
            assert not pairs[index]["score_target"].any()
            assert not pairs[index]["map_target"].any()
    shares = asdict(PairShares())
    total = sum(value for name, value in shares.items() if name != "rebuilt")
    for name in ("clean", "generated", "replaced"):
        assert kinds[name] / 150 == pytest.approx(shares[name] / total, abs=0.12), name
    assert not kinds["rebuilt"]


@pytest.mark.parametrize(
    "shares", [PairShares(), HostShares(), DonorShares(), EditShares(), SaveShares()]
)
def test_names_are_drawn_by_their_shares(shares: PairShares) -> None:
    rng = np.random.default_rng(0)
    drawn = Counter(choose(shares, rng) for _ in range(4000))
    wanted = asdict(shares)
    for name, share in wanted.items():
        assert drawn[name] / 4000 == pytest.approx(share / sum(wanted.values()), abs=0.03)
    first = next(iter(wanted))
    assert all(choose(shares, rng, [first]) != first for _ in range(200))
    with pytest.raises(UsageError, match="no share above 0"):
        choose(shares, rng, list(wanted))


def test_half_of_the_hosts_are_pixels_of_the_file_on_its_grid(make_pairs: Make) -> None:
    pairs = make_pairs(PLAIN)
    photos = [np.asarray(pairs.photos.bank.image(2 * n)) for n in range(6)]
    native = 0
    for index in range(60):
        corner = pairs.draw(index).clean[:8, :8]
        native += any(
            (photo[top : top + 8, left : left + 8] == corner).all()
            for photo in photos
            for top in range(0, photo.shape[0] - 7, 8)
            for left in range(0, photo.shape[1] - 7, 8)
        )
    assert 0.3 < native / 60 < 0.8


def test_without_generated_images_none_is_drawn(make_pairs: Make) -> None:
    pairs = make_pairs(with_generated=False)
    assert all("generated" not in pairs.draw(index).kind for index in range(60))


def test_frames_rebuilt_by_autoencoders_are_drawn(
    make_pairs: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = {"factor": 2, "width": 4, "latent": 3}
    path = tmp_path / "tiny.safetensors"
    card = Card("tiny", "autoencoder", "autoencoder", arguments)
    write_weights(path, NETWORKS["autoencoder"](**arguments), card)
    monkeypatch.setattr(rebuilt, "shipped", lambda task: {str(path): card} if task else {})
    pairs = make_pairs(replace(PLAIN, pairs=PairShares(0, 0, rebuilt=1, replaced=0)))
    pairs.rebuilt = rebuilt.rebuild(pairs.photos, 5, tmp_path, seed=0)
    assert pairs.rebuilt is not None
    assert len(pairs.rebuilt) == 5
    pairs.without = []
    labels = []
    for index in range(30):
        pair = pairs[index]
        labels.append(pair["score_target"][1].tolist())
        assert pair["synthetic"].equal(pair["map_target"]), "an autoencoder's pixels are synthetic"
        if labels[-1] == [0, 1]:
            assert pair["map_target"][1].eq(1).all()
    assert 5 < labels.count([0, 1]) < 22
    assert labels.count([1, 0]) == 30 - labels.count([0, 1])


def test_photos_that_cannot_be_used_are_passed_over(
    make_pairs: Make, generated: list[Sample], tmp_path: Path
) -> None:
    assert make_pairs().photos.photos == 6, "of seven files"
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"")
    with pytest.raises(DataError, match="no image that can be read"):
        DrawnPairs([Sample(damaged, "clean")], PLAIN, 64, tmp_path / "cache", 0)
    with pytest.raises(DataError, match="no clean image"):
        DrawnPairs(generated, PLAIN, 64, tmp_path / "cache", 0)


def test_pairs_are_spared_at_first(make_pairs: Make) -> None:
    always = SaveShares(untouched=0, jpeg=1, jpeg_twice=0, webp=0, resized=0)
    pairs = make_pairs(replace(PLAIN, saves=always, easy=1000))

    def saved(first: int) -> int:
        return sum(bool(pairs.draw(first + n).endings[0].steps) for n in range(40))

    assert saved(0) <= 8
    assert saved(500) == pytest.approx(20, abs=12)
    assert saved(1000) == 40
