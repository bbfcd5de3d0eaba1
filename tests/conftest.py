"""Shared by all tests: real photos, a zoo of odd files, and a network with a known answer."""

from __future__ import annotations

import shutil
import signal
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import numpy as np
import pytest
import skimage.data
import sklearn.datasets
from PIL import Image

from inpaintscan.images.formats import register_formats
from inpaintscan.weights import Calibration, Card, Input, Threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

STUB_TILE = 64

if hasattr(signal, "SIGHUP"):  # under nohup it is ignored, and so by every program that is tested
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

hypothesis.settings.register_profile("inpaintscan", deadline=None, max_examples=50)
hypothesis.settings.load_profile("inpaintscan")


@pytest.fixture(scope="session")
def photos() -> dict[str, Path]:
    """Real photos that come with the test dependencies, by name."""
    bundled = Path(skimage.data.__file__).parent
    samples = Path(sklearn.datasets.__file__).parent / "images"
    files = [
        *(bundled / name for name in ["astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg"]),
        *(samples / name for name in ["china.jpg", "flower.jpg"]),
    ]
    return {file.stem: file for file in files}


@pytest.fixture
def photo_folder(photos: dict[str, Path], tmp_path: Path) -> Path:
    """A folder with photos in two folders, and files that are no images."""
    folder = tmp_path / "album"
    for below, names in {"": ["rocket"], "a": ["chelsea", "coffee"], "b/c": ["china"]}.items():
        (folder / below).mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copy(photos[name], folder / below / photos[name].name)
    (folder / "notes.txt").write_text("no image\n")
    (folder / "a" / "._chelsea.png").write_bytes(b"\0\5\26\7")
    return folder


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Odd but legal images, each a rendering of the same 48 x 32 gradient, by what is odd."""
    register_formats()
    folder = tmp_path_factory.mktemp("zoo")
    rgb = gradient(32, 48)
    grey = rgb[..., 0]
    image = Image.fromarray(rgb)
    alpha = np.full((32, 48), 255, np.uint8)
    alpha[:16] = 0
    rotated = Image.Exif()
    rotated[0x0112] = 6
    made: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "rgb.png": (image, {}),
        "grey.png": (image.convert("L"), {}),
        "one-bit.png": (image.convert("1"), {}),
        "palette.png": (image.convert("P", palette=Image.Palette.ADAPTIVE), {}),
        "palette-alpha.png": (image.convert("P"), {"transparency": bytes([0] + [255] * 255)}),
        "rgba.png": (Image.fromarray(np.dstack([rgb, alpha])), {}),
        "la.png": (Image.fromarray(np.dstack([grey, alpha])), {}),
        "grey-key.png": (image.convert("L"), {"transparency": 255}),
        "16-bit.png": (Image.fromarray(grey.astype(np.uint16) * 257), {}),
        "16-bit.tif": (Image.fromarray(grey.astype(np.uint16) * 257), {}),
        "32-bit.tif": (Image.fromarray(grey.astype(np.int32)), {}),
        "float.tif": (Image.fromarray(grey.astype(np.float32) / 255), {}),
        "cmyk.jpg": (image.convert("CMYK"), {"quality": 95}),
        "cmyk.tif": (image.convert("CMYK"), {}),
        "progressive.jpg": (image, {"quality": 95, "progressive": True}),
        "rotated.jpg": (image, {"quality": 95, "exif": rotated}),
        "rotated.png": (image, {"exif": rotated}),
        "rotated.webp": (image, {"lossless": True, "exif": rotated}),
        "rotated.tif": (image, {"exif": rotated}),
        "plain.bmp": (image, {}),
        "plain.webp": (image, {"lossless": True}),
        "plain.avif": (image, {"quality": 95}),
        "plain.heic": (image, {"quality": 95, "chroma": 444}),
        "wrong-ending.jpg": (image, {"format": "PNG"}),
        "one-pixel.png": (Image.fromarray(rgb[:1, :1]), {}),
        "narrow.png": (Image.fromarray(rgb[:, :1]), {}),
    }
    for name, (picture, options) in made.items():
        picture.save(folder / name, **options)
    frames = [Image.fromarray(np.roll(rgb, 8 * i, axis=1)) for i in range(3)]
    for name in ["animated.gif", "animated.webp", "animated.png", "pages.tif"]:
        options = {"lossless": True} if name.endswith("webp") else {}
        frames[0].save(folder / name, save_all=True, append_images=frames[1:], **options)
    return {file.name: file for file in sorted(folder.iterdir())}


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory, photos: dict[str, Path]) -> dict[str, Path]:
    """Files with an image's ending that hold no whole image, by what is wrong."""
    folder = tmp_path_factory.mktemp("broken")
    jpeg, png = photos["rocket"].read_bytes(), photos["coffee"].read_bytes()
    contents = {
        "truncated.jpg": jpeg[: len(jpeg) // 2],
        "truncated.png": png[: len(png) // 2],
        "header-only.jpg": jpeg[:20],
        "zero-bytes.png": b"",
        "text.jpg": b"this is no image\n",
        "bomb.png": png_of_claimed_size(60_000, 60_000),
        "nan.tif": b"",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    values = np.full((8, 8), np.nan, dtype=np.float32)
    Image.fromarray(values).save(folder / "nan.tif")
    return {name: folder / name for name in contents}


@pytest.fixture
def make_stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write weights of the stub network; keyword arguments go to the network and to its card."""
    from inpaintscan.nets import NETWORKS
    from inpaintscan.weights import write_weights

    network_type = stub_network()
    monkeypatch.setitem(NETWORKS, "stub", network_type)
    table = (Threshold(0.05, 0.3), Threshold(0.01, 0.5), Threshold(0.001, 0.9))

    def make(heads: str = "map score", name: str = "stub", **card: object) -> Path:
        fields: dict[str, Any] = {
            "task": "multi",
            "input": Input("tile", STUB_TILE, 32, 4),
            "thresholds": {"inpainted": table, "generated": table},
            "calibration": {"inpainted": Calibration(1.0, 0.0)},
        }
        arguments = {"heads": heads}
        path = tmp_path / f"{name}.safetensors"
        fields.update(card)
        write_weights(
            path,
            network_type(**arguments),
            Card(name=name, arch="stub", arch_args=arguments, **fields),
        )
        return path

    return make


@pytest.fixture
def stub_weights(make_stub: Callable[..., Path]) -> Path:
    """Weights of the stub network with a map and both scores."""
    return make_stub()


def stub_network() -> type[nn.Module]:
    """The class of a network whose answer is a plain function of the pixels.

    Map logit of a 4 x 4 cell: 16 x (mean red - mean green) - 4, so pure red is replaced content.
    Inpainted logit: the largest map logit; generated logit: 16 x mean blue - 12.
    Box: the left upper quarter of the tile. A pixel of exactly (1, 2, 3) makes the map NaN.
    """
    import torch
    from torch import Tensor, nn
    from torch.nn import functional

    from inpaintscan.nets.detectors.prediction import Prediction

    class StubNetwork(nn.Module):
        def __init__(self, heads: str = "map score", classes: int = 2) -> None:
            super().__init__()
            self.heads = heads.split()
            self.classes = classes
            self.gain = nn.Parameter(torch.tensor([16.0]))

        def forward(self, tiles: Tensor) -> Prediction:
            red, green, blue = tiles.unbind(1)
            logits = functional.avg_pool2d(red - green, 4)[:, None] * self.gain - 4.0
            marker = torch.tensor([1.0, 2.0, 3.0], device=tiles.device)[:, None, None] / 255.0
            poisoned = (tiles == marker).all(1).flatten(1).any(1)
            logits = torch.where(poisoned[:, None, None, None], torch.nan, logits)
            scores = torch.stack(
                [logits.amax((1, 2, 3)), blue.mean((1, 2)) * self.gain - 12.0], dim=1
            )
            box = torch.tensor([0.0, 0.0, 0.5, 0.5], device=tiles.device)
            return Prediction(
                map_logits=logits if "map" in self.heads else None,
                score_logits=scores[:, : self.classes] if "score" in self.heads else None,
                boxes_xyxy=box.expand(len(tiles), 4) if "box" in self.heads else None,
            )

    return StubNetwork


def gradient(height: int, width: int) -> NDArray[np.uint8]:
    """A smooth coloured picture, uint8 (height, width, 3)."""
    y, x = np.mgrid[:height, :width]
    red, green = x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1)
    return np.dstack([red, green, (red + green) // 2]).astype(np.uint8)


def png_of_claimed_size(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims a huge picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")
