from __future__ import annotations

import hashlib
import json
from errno import ENOSPC
from pathlib import Path, PurePath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inpaintscan.findings import ProbMap
from inpaintscan.images import ImageFile
from inpaintscan.jobs.outputs import output_names
from tests.cli.conftest import Command, write_image


def image_file(path: str, folder: str = "") -> ImageFile:
    below = PurePath(path).relative_to(folder) if folder else PurePath(PurePath(path).name)
    return ImageFile(Path(path), path, below, named=not folder)


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ([("p/a.jpg", "p"), ("p/s/a.jpg", "p")], ["a.png", "s/a.png"]),
        ([("p/a.jpg", "p"), ("p/a.png", "p")], ["a.jpg.png", "a.png.png"]),  # endings kept
        ([("p/A.jpg", "p"), ("p/a.png", "p")], ["A.jpg.png", "a.png.png"]),  # macOS, Windows
        ([("p/a.jpg", "p"), ("p/a.jpg.gif", "p")], ["a.png", "a.jpg.png"]),
        ([("p/a.jpg", "p"), ("q/a.jpg", "q")], ["p/a.jpg.png", "q/a.jpg.png"]),
        ([("x/a.jpg", ""), ("../y/a.jpg", "")], ["x/a.jpg.png", "y/a.jpg.png"]),
        ([("p/v1.2.jpg", "p")], ["v1.2.png"]),
        (
            [("p/c.gif", "p"), ("p/c.frame-0000.png", "p")],  # `--frames all` numbers those of c
            ["c.png", "c.frame-0000.png.png"],
        ),
        ([("p/c.frame-0000.png", "p")], ["c.frame-0000.png"]),
    ],
)
def test_names_of_outputs(files: list[tuple[str, str]], names: list[str]) -> None:
    given_files = [image_file(*item) for item in files]
    assert [path.as_posix() for path in output_names(given_files).values()] == names


parts = st.text("aAb.~", min_size=1, max_size=3).filter(lambda part: part.strip("."))
paths = st.lists(parts, min_size=1, max_size=3).map("/".join)


@given(st.lists(paths, unique=True, max_size=12), st.booleans())
def test_no_two_inputs_share_a_name_and_all_stay_below(names: list[str], as_folder: bool) -> None:
    files = [
        ImageFile(Path(n), n, PurePath(n) if as_folder else PurePath(PurePath(n).name), named=True)
        for n in names
    ]
    found = list(output_names(files).values())
    assert len({str(path).casefold() for path in found}) == len(names)
    assert not any(path.is_absolute() or ".." in path.parts for path in found)
    assert all(path.suffix == ".png" for path in found)


def test_masks_heatmaps_and_overlays(run: Command) -> None:
    run("segment", "pics", "-o", "out", "--heatmap", "--overlay", "--report", "r.json")
    names = ["clean.png", "inpainted.png", "sub/generated.png", "sub/unsure.png"]
    for kind in ("mask", "heatmap", "overlay"):
        found = sorted(
            path.relative_to(f"out/{kind}").as_posix() for path in Path("out", kind).rglob("*.png")
        )
        assert found == names
    mask = pixels_of(Path("out/mask/inpainted.png"))
    assert (mask.dtype, mask.shape) == (np.uint8, (32, 48))
    assert set(np.unique(mask)) == {0, 255}
    assert not pixels_of(Path("out/mask/clean.png")).any()
    heatmap = pixels_of(Path("out/heatmap/inpainted.png"))
    assert heatmap.dtype == np.uint16
    assert heatmap.max() == round(float(np.float32(0.98)) * 65535)
    assert pixels_of(Path("out/overlay/inpainted.png")).shape == (32, 48, 3)


@pytest.mark.parametrize(
    ("name", "from_verdict", "from_map"),
    [("clean-hot.png", 0, 255), ("generated.png", 255, 0), ("unsure-hot.png", 255, 255)],
)
def test_masks_agree_with_the_verdict_unless_told(
    run: Command, name: str, from_verdict: int, from_map: int
) -> None:
    write_image(Path("one") / name)
    run("segment", "one", "-o", "agreed", "--report", "r.json")
    run("segment", "one", "-o", "mapped", "--mask-from", "map")
    assert (pixels_of(Path("agreed/mask") / name) == from_verdict).all()
    assert (pixels_of(Path("mapped/mask") / name) == from_map).all()
    area = json.loads(Path("r.json").read_text())["images"][0]["area"]
    assert area == from_verdict / 255


def test_overlays_agree_with_the_verdict_unless_told(run: Command) -> None:
    """No heat on a clean image, however hot its map; a frame around a generated one."""
    for name in ("clean-hot.png", "generated.png"):
        write_image(Path("one") / name, size=(200, 120))
    run("segment", "one", "-o", "agreed", "--overlay")
    run("segment", "one", "-o", "mapped", "--overlay", "--mask-from", "map")
    photo = pixels_of(Path("one/clean-hot.png"))
    assert np.array_equal(pixels_of(Path("agreed/overlay/clean-hot.png"))[:80], photo[:80])
    mapped = pixels_of(Path("mapped/overlay/clean-hot.png"))[10:80, 10:-10].astype(int)
    assert np.abs(mapped - photo[10:80, 10:-10]).mean() > 40
    framed = pixels_of(Path("agreed/overlay/generated.png"))
    assert (framed[0] == 255).all()
    assert (framed[:, -1] == 255).all()


def test_records_name_what_was_written_with_its_hash(run: Command) -> None:
    run("segment", "pics", "-o", "out", "--overlay", "--report", "r.json")
    record = json.loads(Path("r.json").read_text())["images"][1]
    assert record["mask"] == "out/mask/inpainted.png"
    assert record["heatmap"] is None
    assert record["overlay"] == "out/overlay/inpainted.png"
    assert record["mask_sha256"] == hashlib.sha256(Path(record["mask"]).read_bytes()).hexdigest()


def test_localize_and_detect_draw_where_they_are_told(run: Command) -> None:
    run("localize", "pics", "--overlay", "boxes")
    run("detect", "pics", "--heatmap", "heat", "--overlay", "seen")
    for folder in ("boxes", "heat", "seen"):
        assert Path(folder, "sub", "generated.png").is_file()
    assert not Path("boxes/mask").exists()


def test_nothing_is_replaced_unless_asked_and_that_is_known_before_the_scan(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_image(Path("out/mask/sub/unsure.png"))
    before = Path("out/mask/sub/unsure.png").read_bytes()
    result = run("segment", "pics", "-o", "out", "--report", "r.json")
    assert result.status == 2
    assert "out/mask/sub/unsure.png: exists; --overwrite replaces it" in result.err
    assert [path.name for path in Path("out").rglob("*.png")] == ["unsure.png"]
    assert not Path("r.json").exists()
    assert run("segment", "pics", "-o", "out", "--overwrite").status == 1
    assert Path("out/mask/sub/unsure.png").read_bytes() != before


def test_a_folder_that_cannot_be_made_is_known_before_the_scan(run: Command, home: Path) -> None:
    result = run("segment", "pics", "-o", "m.safetensors")
    assert (result.status, result.out) == (2, "")
    assert "m.safetensors/mask: cannot make folder" in result.err


@pytest.mark.parametrize("more", [[], ["--cache", "kept"]])
def test_a_full_disk_leaves_no_half_files(
    run: Command, home: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    def refuse(path: Path, _target: Path) -> None:
        raise OSError(ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "replace", refuse)
    result = run("segment", "pics", "-o", "out", *more)
    assert result.status == 2
    assert "No space left on device" in result.err
    assert not list(home.rglob(".*.tmp"))


def test_an_input_is_never_replaced(run: Command, home: Path) -> None:
    write_image(home / "out/mask/inpainted.png")
    result = run("segment", "out/mask", "-o", "out", "--overwrite")
    assert result.status == 2
    assert "would replace an image that is scanned" in result.err


def test_images_of_one_stem_get_masks_of_their_own(run: Command, home: Path) -> None:
    write_image(home / "pics/inpainted.jpg", size=(64, 64))
    run("segment", "pics", "-o", "out")
    masks = [pixels_of(Path(f"out/mask/inpainted.{kind}.png")) for kind in ("png", "jpg")]
    assert [mask.shape for mask in masks] == [(32, 48), (64, 64)]


def test_shards_agree_on_names(run: Command, home: Path) -> None:
    """A shard sees only some of the images of one stem, and still names as the whole does."""
    for ending in ("jpg", "png", "webp", "bmp", "gif"):
        write_image(home / f"same/inpainted.{ending}")
    for shard in ("1/3", "2/3", "3/3"):
        assert run("segment", "same", "-o", "out", "--shard", shard).status in {0, 1}
    run("segment", "same", "-o", "whole")
    for_all, whole = (
        sorted(path.name for path in Path(folder).rglob("*.png")) for folder in ("out", "whole")
    )
    assert for_all == whole
    assert len(whole) == 5


def test_frames_get_numbers(run: Command, home: Path) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green")]
    frames[0].save(home / "clip.gif", save_all=True, append_images=frames[1:])
    run("segment", "clip.gif", "-o", "out", "--frames", "all")
    names = sorted(path.name for path in Path("out/mask").iterdir())
    assert names == ["clip.frame-0000.png", "clip.frame-0001.png"]


def test_heatmap_values_are_the_probabilities() -> None:
    from inpaintscan.jobs.outputs import to_uint16

    grid = np.linspace(0, 1, 12 * 7, dtype=np.float32).reshape(12, 7)
    prob_map = ProbMap(grid, 4, (47, 26), 0.5)
    assert np.array_equal(to_uint16(prob_map), np.rint(prob_map.full() * 65535).astype(np.uint16))
