"""The wheel in a fresh environment: the command, the module, the library, a scan."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import skimage.data
from PIL import Image

import inpaintscan
from tests.packaging.conftest import ROOT, Environment


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.fromarray(skimage.data.chelsea()).save(folder / "cat.jpg", quality=92)
    return folder / "cat.jpg"


@pytest.mark.parametrize(
    "command", [("inpaintscan",), ("python", "-m", "inpaintscan")], ids=["script", "module"]
)
def test_version(installed: Environment, tmp_path: Path, command: tuple[str, ...]) -> None:
    done = installed.run(*command, "--version", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert inpaintscan.__version__ in done.stdout


def test_help_of_the_module_names_the_command(installed: Environment, tmp_path: Path) -> None:
    done = installed.run("python", "-m", "inpaintscan", "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "inpaintscan" in done.stdout
    assert "__main__" not in done.stdout


def test_the_library_is_that_of_the_wheel(installed: Environment, tmp_path: Path) -> None:
    code = "import inpaintscan; print(inpaintscan.__file__)"
    done = installed.run("python", "-c", code, cwd=tmp_path)
    assert Path(done.stdout.strip()).is_relative_to(installed.folder), done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["installed", "editable"])
def test_a_photo_is_scanned_with_the_shipped_weights(
    kind: str, photo: Path, request: pytest.FixtureRequest
) -> None:
    environment: Environment = request.getfixturevalue(kind)
    done = environment.run(
        "inpaintscan", "detect", "--format", "json", "--device", "cpu", photo, cwd=photo.parent
    )
    assert done.returncode in {0, 1}, done.stderr
    (record,) = json.loads(done.stdout)["images"]
    assert (record["width"], record["height"]) == (451, 300)
    assert record["verdict"] in {"clean", "unsure", "inpainted", "generated"}


def test_an_editable_install_reads_the_clone(editable: Environment, tmp_path: Path) -> None:
    code = "from inpaintscan.weights import weights_folder; print(weights_folder())"
    done = editable.run("python", "-c", code, cwd=tmp_path)
    assert Path(done.stdout.strip()).samefile(ROOT / "weights"), done.stdout + done.stderr
    assert not (editable.site_packages / "inpaintscan").exists()


def test_an_installed_wheel_reads_its_own_weights(installed: Environment, tmp_path: Path) -> None:
    code = "from inpaintscan.weights import weights_folder; print(weights_folder())"
    done = installed.run("python", "-c", code, cwd=tmp_path)
    assert Path(done.stdout.strip()) == installed.site_packages / "inpaintscan" / "weights"
