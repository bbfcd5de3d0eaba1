"""Every layout of a data set, made by code and read back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.data import read_dataset, read_mask
from inpaintscan.data.samples import box_of_mask
from inpaintscan.data.splits import split_dataset
from inpaintscan.errors import DataError
from inpaintscan.findings import Box
from tests.data.pictures import GEN_DATA_COLUMNS, write_image


def write_mask(path: Path, box: Box | None, size: tuple[int, int] = (24, 16)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    levels = np.zeros((size[1], size[0]), np.uint8)
    if box is not None:
        levels[box.ymin : box.ymax, box.xmin : box.xmax] = 255
    Image.fromarray(levels).save(path)
    return path


BOX = Box(4, 2, 12, 9)


def test_gen_data_folder(tmp_path: Path) -> None:
    rows = [GEN_DATA_COLUMNS]
    for split in ("train", "test"):
        for seed, kind in enumerate(("original", "realfake", "fakefake", "generated")):
            write_image(tmp_path / split / kind / f"{split}.png", seed)
            fake = int(kind.endswith("fake"))
            box = f"{BOX.xmin},{BOX.ymin},{BOX.xmax},{BOX.ymax}" if fake else "0,0,0,0"
            rows.append(f"{split}.png,{split},{kind},{fake},{box},rect,vae,there,cats,,1")
        write_mask(tmp_path / split / "mask" / f"{split}.png", BOX)
    (tmp_path / "labels.csv").write_text("\n".join(rows))

    dataset = read_dataset(tmp_path)

    assert dataset.layout == "gen-data"
    assert [sample.label for sample in dataset.of(split="test")] == [
        "clean",
        "inpainted",
        "inpainted",
        "generated",
    ]
    realfake = dataset[1]
    assert (realfake.kind, realfake.method, realfake.category) == ("realfake", "vae", "cats")
    assert (realfake.source, realfake.mask_kind, realfake.mask_level) == ("there", "rect", 255)
    assert realfake.box == BOX
    assert read_mask(realfake).sum() == 8 * 7
    assert dataset.splits == ("train", "test")
    # One split alone is read through the table above it.
    assert [sample.mask for sample in read_dataset(tmp_path / "test")] == [
        sample.mask for sample in dataset.of(split="test")
    ]
    (tmp_path / "train/mask/train.png").unlink()
    with pytest.raises(DataError, match=r"train\.png: is inpainted, but there is no mask"):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    ("columns", "kind", "method", "label", "expected"),
    [
        ("label,", "inpainted", "gated", "generated,", "generated"),
        ("label,", "inpainted", "gated", "inpainted,", "inpainted"),  # never by the method's name
        ("label,", "inpainted", "of-tomorrow", "generated,", "generated"),
        ("label,", "realfake", "vae", "inpainted,", "inpainted"),
        ("", "inpainted", "gated:mine", "", "generated"),  # sets of before that column
        ("", "inpainted", "partial", "", "inpainted"),
        ("", "realfake", "vae", "", "inpainted"),
    ],
)
def test_the_label_of_gen_data_is_read_or_for_old_sets_inferred(
    tmp_path: Path, columns: str, kind: str, method: str, label: str, expected: str
) -> None:
    write_image(tmp_path / "train" / kind / "a.png", 0)
    write_mask(tmp_path / "train" / "mask" / "a.png", BOX)
    head = GEN_DATA_COLUMNS.replace("kind,", f"kind,{columns}", 1)
    row = f"a,train,{kind},{label}1,4,2,12,9,rect,{method},there,,,1"
    (tmp_path / "labels.csv").write_text(f"{head}\n{row}\n")
    (sample,) = read_dataset(tmp_path)
    assert sample.label == expected
    assert (sample.mask is not None) == (expected == "inpainted")


def test_an_unknown_label_of_gen_data_is_said(tmp_path: Path) -> None:
    write_image(tmp_path / "train" / "original" / "a.png", 0)
    head = GEN_DATA_COLUMNS.replace("kind,", "kind,label,", 1)
    row = "a,train,original,pristine,0,0,0,0,0,,,there,,,1"
    (tmp_path / "labels.csv").write_text(f"{head}\n{row}\n")
    with pytest.raises(DataError, match="a: label 'pristine' is none of clean, inpainted, gen"):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    ("clean", "fake", "label"),
    [
        ("real", "fake", "inpainted"),
        ("0_real", "1_fake", "generated"),
        ("nature", "ai", "generated"),
        ("original", "inpainted", "inpainted"),
    ],
)
def test_class_folders(tmp_path: Path, clean: str, fake: str, label: str) -> None:
    write_image(tmp_path / "cats" / clean / "a.png", 1)
    write_image(tmp_path / "dogs" / clean / "a.png", 2)
    write_image(tmp_path / "dogs" / fake / "sd" / "a.png", 3)
    (tmp_path / "dogs" / fake / "notes.txt").write_text("not an image")

    dataset = read_dataset(tmp_path)

    assert {(sample.label, sample.category, sample.method) for sample in dataset} == {
        ("clean", "cats", ""),
        ("clean", "dogs", ""),
        (label, "dogs", "sd"),
    }
    assert [sample.has_mask for sample in dataset] == [not s.manipulated for s in dataset]


def test_class_folders_in_splits(tmp_path: Path) -> None:
    write_image(tmp_path / "train" / "real" / "a.png", 1)
    write_image(tmp_path / "train" / "fake" / "b.png", 2)
    write_image(tmp_path / "valid" / "cats" / "real" / "c.png", 3)
    dataset = read_dataset(tmp_path)
    assert [(sample.image.name, sample.split) for sample in dataset] == [
        ("b.png", "train"),
        ("a.png", "train"),
        ("c.png", "val"),
    ]
    assert [sample.image.name for sample in split_dataset(dataset)[1]] == ["c.png"]


def test_images_and_masks_are_paired_by_stem_never_by_position(tmp_path: Path) -> None:
    for seed, name in enumerate(("a.jpg", "b.png", "deep/b.png", "c.png")):
        write_image(tmp_path / "images" / name, seed)
    write_mask(tmp_path / "masks" / "b.png", BOX)
    write_mask(tmp_path / "masks" / "deep" / "b.png", Box(0, 0, 1, 1))
    write_mask(tmp_path / "masks" / "c.png", None)  # all black

    dataset = read_dataset(tmp_path)

    found = {str(sample.image.relative_to(tmp_path / "images")): sample for sample in dataset}
    assert found["a.jpg"].label == "clean"
    assert box_of_mask(read_mask(found["b.png"])) == BOX
    assert box_of_mask(read_mask(found["deep/b.png"])) == Box(0, 0, 1, 1)
    assert (found["c.png"].label, found["c.png"].mask) == ("clean", None)
    assert not read_mask(found["a.jpg"]).any()


def test_images_and_masks_below_split_folders(tmp_path: Path) -> None:
    for seed, split in enumerate(("train", "val")):
        write_image(tmp_path / split / "images" / "a.png", seed)
        write_mask(tmp_path / split / "masks" / "a.png", BOX)
    assert [sample.split for sample in read_dataset(tmp_path)] == ["train", "val"]


def test_a_mask_of_another_size_is_named(tmp_path: Path) -> None:
    write_image(tmp_path / "images" / "a.png")
    write_mask(tmp_path / "masks" / "a.png", BOX, (24, 20))
    with pytest.raises(DataError, match=r"a\.png: 24 x 16 pixels.*has 24 x 20"):
        read_dataset(tmp_path)


def test_a_mask_without_image_is_named(tmp_path: Path) -> None:
    write_image(tmp_path / "images" / "a.png")
    write_mask(tmp_path / "masks" / "b.png", BOX)
    with pytest.raises(DataError, match=r"b\.png: this mask has no image"):
        read_dataset(tmp_path)


def test_two_images_for_one_mask_are_named(tmp_path: Path) -> None:
    write_image(tmp_path / "images" / "a.png")
    write_image(tmp_path / "images" / "a.jpg")
    write_mask(tmp_path / "masks" / "a.png", BOX)
    with pytest.raises(DataError, match="another image has the same name"):
        read_dataset(tmp_path)


def test_size_is_as_displayed(tmp_path: Path) -> None:
    path = tmp_path / "images" / "a.jpg"
    path.parent.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (24, 16)).save(path, exif=exif)
    write_mask(tmp_path / "masks" / "a.png", Box(1, 1, 5, 20), (16, 24))
    assert box_of_mask(read_mask(read_dataset(tmp_path)[0])) == Box(1, 1, 5, 20)


def test_box_table_joins_the_regions_of_an_image(tmp_path: Path) -> None:
    for seed in range(2):
        write_image(tmp_path / "photos" / f"{seed}.jpg", seed)
    table = tmp_path / "boxes.csv"
    table.write_text(
        "image_id,inpainted,score,xmin,ymin,xmax,ymax\n"
        "0,1,0.9,2,3,8,9\n0,1,0.8,10,1,12,4\nphotos/1.jpg,0,0.1,0,0,0,0\n"
    )
    dataset = read_dataset(tmp_path)
    assert dataset.layout == "boxes"
    assert [(sample.label, sample.box) for sample in dataset] == [
        ("inpainted", Box(2, 1, 12, 9)),
        ("clean", None),
    ]
    assert list(read_dataset(table)) == list(dataset)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0,1,5,5,5,9", "is empty"),
        ("0,1,0,0,99,9", "reaches outside"),
        ("0,1,a,0,9,9", "is not four numbers"),
        ("0,maybe,1,1,9,9", "not 0 or 1"),
        ("7,1,1,1,9,9", "'7': no such image"),
    ],
)
def test_bad_box_rows_are_named(tmp_path: Path, row: str, message: str) -> None:
    write_image(tmp_path / "0.png")
    (tmp_path / "boxes.csv").write_text(f"image_id,inpainted,xmin,ymin,xmax,ymax\n{row}\n")
    with pytest.raises(DataError, match=message):
        read_dataset(tmp_path)


def test_an_ambiguous_name_is_an_error(tmp_path: Path) -> None:
    write_image(tmp_path / "a" / "0.png")
    write_image(tmp_path / "b" / "0.png", 1)
    (tmp_path / "boxes.csv").write_text("image_id,inpainted,xmin,ymin,xmax,ymax\n0,0,0,0,0,0\n")
    with pytest.raises(DataError, match="several images of that name"):
        read_dataset(tmp_path)


def test_label_table(tmp_path: Path) -> None:
    write_image(tmp_path / "image" / "a.png", 1)
    write_image(tmp_path / "image" / "b.png", 2)
    write_image(tmp_path / "image" / "c.png", 3)
    write_mask(tmp_path / "mask" / "a.png", BOX)
    (tmp_path / "labels.csv").write_text(
        "image,mask,label,method,source\nimage/a.png,mask/a.png,inpainted,mi-gan,x\n"
        "image/b.png,,clean,,x\nimage/c.png,,generated,flux,y\n"
    )
    dataset = read_dataset(tmp_path)
    assert [(sample.label, sample.method, sample.source) for sample in dataset] == [
        ("inpainted", "mi-gan", "x"),
        ("clean", "", "x"),
        ("generated", "flux", "y"),
    ]
    with pytest.raises(DataError, match="has no mask for it"):
        read_mask(dataset[2])
    (tmp_path / "labels.csv").write_text("image,label\nimage/a.png,fake\n")
    with pytest.raises(DataError, match="'fake' is none of clean, inpainted, generated"):
        read_dataset(tmp_path)


def test_imdl_json(tmp_path: Path) -> None:
    image = write_image(tmp_path / "Tp" / "a.png", 1)
    write_image(tmp_path / "Au" / "b.png", 2)
    mask = write_mask(tmp_path / "Gt" / "a_gt.png", BOX)
    table = tmp_path / "set.json"
    table.write_text(json.dumps([[str(image), str(mask)], ["Au/b.png", "Negative"]]))
    dataset = read_dataset(table)
    assert [sample.label for sample in dataset] == ["inpainted", "clean"]
    assert box_of_mask(read_mask(dataset[0])) == BOX
    table.write_text(json.dumps([["Au/gone.png", "Negative"]]))
    with pytest.raises(DataError, match=r"Au/gone\.png: no such file"):
        read_dataset(table)
    table.write_text('{"a": 1}')
    with pytest.raises(DataError, match="not a list of"):
        read_dataset(table)


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [("L", 255, True), ("L", 1, True), ("1", 1, True), ("I;16", 65535, True), ("RGB", 200, True)],
)
def test_masks_of_any_depth(tmp_path: Path, mode: str, value: int, expected: bool) -> None:
    write_image(tmp_path / "images" / "a.png")
    levels = np.zeros((16, 24), np.uint16 if mode == "I;16" else np.uint8)
    levels[2:9, 4:12] = value
    image = Image.fromarray(levels * 255 if mode == "1" else levels)
    (tmp_path / "masks").mkdir()
    (image if mode in {"L", "I;16"} else image.convert(mode)).save(tmp_path / "masks" / "a.png")
    assert (box_of_mask(read_mask(read_dataset(tmp_path)[0])) == BOX) is expected


def test_unknown_layouts_say_what_is_known(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png")
    with pytest.raises(DataError, match="layout is not known; known: a gen-data folder"):
        read_dataset(tmp_path)
    with pytest.raises(DataError, match="no such data set"):
        read_dataset(tmp_path / "gone")
    (tmp_path / "real").mkdir()
    with pytest.raises(DataError, match="holds no images"):
        read_dataset(tmp_path)
