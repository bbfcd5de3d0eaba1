"""The wheel as `pip install .` would build it, and an environment that has it and nothing newer."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment that borrows the packages of the running one, save ours."""

    folder: Path
    scripts: Path

    @property
    def python(self) -> Path:
        return self.scripts / "python"

    @property
    def site_packages(self) -> Path:
        return next(self.folder.rglob("site-packages"))

    def run(self, *command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment; offline, and away from the clone."""
        program, *arguments = command
        return subprocess.run(
            [self.scripts / program, *arguments],
            cwd=cwd,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def clean_environment() -> dict[str, str]:
    """The running variables without those that let the clone's own package in."""
    dropped = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def make_environment(folder: Path, requirement: list[str]) -> Environment:
    """Make an environment with `requirement` installed from this machine alone."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    environment = Environment(folder, folder / ("Scripts" if os.name == "nt" else "bin"))
    # Only the folders are borrowed: path entries inside them, such as that of an editable install,
    # are not read again, so our own package comes from the new environment alone.
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (environment.site_packages / "borrowed.pth").write_text("\n".join(sorted(borrowed)) + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(environment.python), "install", "--quiet"]
    options = ["--no-deps", "--no-build-isolation", "--no-warn-script-location"]
    done = subprocess.run(
        [*pip, *options, *requirement],
        env=clean_environment() | {"PYTHONPATH": os.pathsep.join(sorted(borrowed))},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return environment


def build(target: str, source: Path, folder: Path) -> Path:
    """Build `wheel` or `sdist` of a source tree and return the file."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=source,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this clone."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of this clone."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="session")
def wheel_from_sdist(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built where only the source distribution is at hand."""
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (source,) = unpacked.iterdir()
    return build("wheel", source, tmp_path_factory.mktemp("second_wheel"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which the wheel is installed."""
    return make_environment(tmp_path_factory.mktemp("installed"), [str(wheel)])


@pytest.fixture(scope="session")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment in which the clone is installed with `-e`."""
    return make_environment(tmp_path_factory.mktemp("editable"), ["-e", str(ROOT)])


def names_in(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel and what they hold."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
