"""Which images show one photo."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from inpaintscan.data import Sample, read_dataset
from inpaintscan.data.splits import name_photos
from inpaintscan.eval.measures.group_metrics import Resampling
from inpaintscan.eval.measures.results import ImageResult
from inpaintscan.eval.photos import join_photos
from inpaintscan.eval.rows import Measured, Model, to_rows
from tests.eval.toy import grey_noise, make_gen_data


def groups(samples: list[Sample]) -> list[int]:
    """Return the photo of each sample, numbered as first met."""
    known: dict[str, int] = {}
    return [known.setdefault(sample.photo, len(known)) for sample in samples]


def save(path: Path, seed: int, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grey_noise(seed)).save(path, **options)
    return path


def joined(path: Path) -> list[Sample]:
    return join_photos(name_photos(read_dataset(path)).samples)


def test_all_that_gen_data_made_of_a_photo_is_one(tmp_path: Path) -> None:
    samples = joined(make_gen_data(tmp_path))
    assert len(samples) == 8
    assert groups(samples) == [0, 0, 0, 0, 1, 1, 1, 1]
    assert samples[2].photo == samples[0].image.as_posix()


def test_numbers_in_plain_folders_tell_of_no_photo(tmp_path: Path) -> None:
    for number, name in enumerate(("real/0001", "real/0002", "fake/m/0001", "fake/0002", "ai/1")):
        save(tmp_path / f"{name}.png", number)
    assert groups(joined(tmp_path)) == [0, 1, 2, 3, 4]


def test_numbers_in_a_list_or_a_table_tell_of_no_photo(tmp_path: Path) -> None:
    for number, name in enumerate(("real/1", "fake/1", "original/2", "realfake/2")):
        save(tmp_path / f"{name}.png", number)
    save(tmp_path / "mask.png", 9)
    pairs = [["real/1", ""], ["fake/1", "m"], ["original/2", ""], ["realfake/2", "m"]]
    listed = [[f"{name}.png", "mask.png" if mask else "Negative"] for name, mask in pairs]
    (tmp_path / "list.json").write_text(json.dumps(listed))
    assert groups(joined(tmp_path / "list.json")) == [0, 1, 2, 2]
    rows = "".join(f"{name}.png,{'inpainted' if mask else 'clean'}\n" for name, mask in pairs)
    (tmp_path / "table.csv").write_text(f"image,label\n{rows}")
    assert groups(joined(tmp_path / "table.csv")) == [0, 1, 2, 2]


def test_folders_named_as_by_gen_data_tell_of_a_photo(tmp_path: Path) -> None:
    names = ("test/original/1", "test/realfake/1", "test/fakefake/1", "val/original/1")
    for number, name in enumerate((*names, "val/inpainted/1")):
        save(tmp_path / f"{name}.png", number)
    found = {one.image.relative_to(tmp_path).as_posix(): one.photo for one in joined(tmp_path)}
    assert len({found[f"{name}.png"] for name in names[:3]}) == 1
    assert len(set(found.values())) == 2


def test_generated_images_are_of_no_photo_whatever_their_names(tmp_path: Path) -> None:
    for number, name in enumerate(("0_real/1", "1_fake/1", "1_fake/2")):
        save(tmp_path / f"{name}.png", number)
    assert groups(joined(tmp_path)) == [0, 1, 2]


def test_a_table_tells_of_originals_by_path_or_source(tmp_path: Path) -> None:
    for number, name in enumerate(("x", "y", "z", "p", "q", "s", "t")):
        save(tmp_path / f"{name}.png", number)
    (tmp_path / "labels.csv").write_text(
        "image,label,original,source\n"
        "x.png,clean,,lab\n"
        "y.png,inpainted,x.png,lab\n"
        "z.png,generated,./x.png,lab\n"
        "p.png,inpainted,gone.png,lab\n"
        "q.png,inpainted,gone.png,lab\n"
        "s.png,clean,,album/s.jpg\n"
        "t.png,inpainted,,album/s.jpg\n"
    )
    assert groups(joined(tmp_path)) == [0, 0, 0, 1, 1, 2, 2]


def test_copies_are_one_in_any_lossless_format_and_across_data_sets(tmp_path: Path) -> None:
    first = save(tmp_path / "real/a.png", 1)
    shutil.copy(first, tmp_path / "real/copy.png")
    save(tmp_path / "real/again.bmp", 1)
    save(tmp_path / "real/b.png", 2)
    save(tmp_path / "elsewhere/c.png", 2)
    (tmp_path / "real/broken.png").write_bytes(b"no image")
    names = ("real/a.png", "real/copy.png", "real/again.bmp", "real/b.png", "elsewhere/c.png")
    samples = [Sample(tmp_path / name, "clean") for name in (*names, "real/broken.png")]
    assert groups(join_photos(samples)) == [0, 0, 0, 1, 1, 2]


def test_samples_of_one_photo_are_found_through_others(tmp_path: Path) -> None:
    one, other = save(tmp_path / "one.png", 1), save(tmp_path / "other.png", 2)
    last = save(tmp_path / "last.png", 1)
    samples = [
        Sample(other, "clean", photo="here"),
        Sample(last, "clean"),
        Sample(one, "clean", photo="here"),
    ]
    assert groups(join_photos(samples)) == [0, 0, 0]


def test_rows_count_images_and_photos_and_draw_photos() -> None:
    def result(photo: int, version: int) -> ImageResult:
        sample = Sample(Path(f"{photo}-{version}.png"), "inpainted", photo=f"{photo}.png")
        found = photo % 2 == 0
        return ImageResult(sample, "inpainted" if found else "clean", 0.9 * found, 0.9 * found, 0.0)

    results = tuple(result(photo, version) for photo in range(20) for version in range(5))
    spans = {}
    for by in ("photo", "image"):
        (row,) = to_rows([Measured(Model("m"), "d", results)], [], Resampling(by, 500))
        recall = row.metrics["image_recall"]
        assert (row.images, row.photos, recall.n, recall.photos) == (100, 20, 100, 20)
        spans[by] = recall.high - recall.low
    assert spans["photo"] > 1.8 * spans["image"]


def test_of_few_photos_there_is_an_interval_only_by_image() -> None:
    results = tuple(
        ImageResult(
            Sample(Path(f"{number}.png"), "clean", photo=f"{number % 4}.png"), "clean", 0.1, 0.1, 0
        )
        for number in range(40)
    )
    found = {}
    for by in ("photo", "image"):
        (row,) = to_rows([Measured(Model("m"), "d", results)], [], Resampling(by, 50))
        found[by] = row.metrics["false_positive_rate"]
    assert np.isnan(found["photo"].high)
    assert found["image"].high < 0.1
    assert found["photo"].photos == found["image"].photos == 4
