"""A folder of small images, a model that is only a card, and ways to run the command on them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaintscan.cli.app import main
from inpaintscan.jobs.drop_server import DropServer
from inpaintscan.jobs.serve import open_server
from tests.cli.fake import FakeScanner, fake_load, write_card
from tests.cli.serving import StubScanner

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended and what it wrote."""

    status: int
    out: str
    err: str


Command = Callable[..., Result]


def write_image(path: Path, seed: int = 0, size: tuple[int, int] = (48, 32)) -> Path:
    """Write noise as an image; another seed is another content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: `pics/` with an image of each verdict, and `m.safetensors`."""
    for seed, name in enumerate(
        ["clean.jpg", "inpainted.png", "sub/generated.png", "sub/unsure.webp"]
    ):
        write_image(tmp_path / "pics" / name, seed)
    write_card(tmp_path / "m.safetensors")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return tmp_path


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `inpaintscan` in this process with the fake scanner."""
    monkeypatch.setattr("inpaintscan.scan.load", fake_load)
    monkeypatch.setattr(FakeScanner, "opened", 0)

    def call(*arguments: str | Path, model: str = "m.safetensors") -> Result:
        capsys.readouterr()
        more = ["--model", model] if model else []
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments] + more)
        written = capsys.readouterr()
        return Result(int(stop.value.code or 0), written.out, written.err)

    return call


@pytest.fixture
def start(home: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start `inpaintscan` as a process of its own with the fake scanner."""

    def call(*arguments: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.cli.fake", *arguments, "--model", "m.safetensors"],
            cwd=home,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    return call


@pytest.fixture
def scanner() -> StubScanner:
    return StubScanner()


@pytest.fixture
def server(scanner: StubScanner) -> Iterator[DropServer]:
    server = open_server(scanner, port=0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
