"""The three commands with a real scanner and network (untrained: any verdict will do)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image

import inpaintscan.scan
from inpaintscan.nets import NETWORKS
from inpaintscan.report.record import to_record
from inpaintscan.weights import Card, Input, write_weights
from tests.cli.conftest import Command
from tests.cli.fake import POINTS


@pytest.fixture
def photos(run: Command, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two photos and a model; the fake scanner is put away again."""
    monkeypatch.setattr("inpaintscan.scan.load", inpaintscan.scan.pipeline.load)
    torch.manual_seed(1)
    card = Card(
        name="untrained",
        task="multi",
        arch="scannet",
        input=Input("tile", 256, 32, 4),
        thresholds=dict.fromkeys(("inpainted", "generated"), POINTS),
        mask_threshold=0.5,
    )
    write_weights(home / "net.safetensors", NETWORKS["scannet"](), card)
    (home / "photos/far").mkdir(parents=True)
    Image.fromarray(skimage.data.chelsea()[:200, :260]).save(home / "photos/cat.jpg")
    Image.fromarray(skimage.data.astronaut()[:160, :300]).save(home / "photos/far/woman.png")
    return home / "photos"


def test_commands_and_the_python_interface_agree(run: Command, photos: Path) -> None:
    options = ["--device", "cpu", "--exit-zero", "--quiet"]
    arguments = ["segment", "photos", "-o", "out", "--heatmap", "--overlay", *options]
    assert run(*arguments, "--report", "s.json", model="net.safetensors").status == 0
    run("localize", "photos", "--report", "l.json", *options, model="net.safetensors")
    run("detect", "photos", "--report", "d.json", *options, model="net.safetensors")
    segment, localize, detect = (
        json.loads(Path(name).read_text())["images"] for name in ("s.json", "l.json", "d.json")
    )
    assert localize == detect
    written = ("mask", "heatmap", "overlay", "mask_sha256")
    assert [item | dict.fromkeys(written) for item in segment] == detect
    scanner = inpaintscan.scan.load("net.safetensors", device="cpu")
    for record in segment:
        finding = scanner.scan(record["path"])
        assert to_record(finding) == record | dict.fromkeys(written)
        with Image.open(record["mask"]) as mask, Image.open(record["heatmap"]) as heatmap:
            assert np.array_equal(np.asarray(mask), finding.mask * np.uint8(255))
            levels = np.rint(finding.heatmap * 65535).astype(np.uint16)
            assert np.array_equal(np.asarray(heatmap), levels)
