"""What a scan takes of a cluster, and what its workers are given."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any, NoReturn

import pytest

from inpaintscan.cluster.worker import Needs
from inpaintscan.errors import ClusterError, UsageError
from inpaintscan.files import sha256_of
from inpaintscan.jobs.ray_scan import ScanJob, pool_size, to_needs
from inpaintscan.jobs.scan_options import ScanOptions
from inpaintscan.jobs.scan_settings import ScanSettings
from inpaintscan.weights import read_card
from tests.cluster.conftest import run_command, write_photos


@pytest.mark.parametrize("quiet", [False, True])
def test_lost_workers_are_no_errors_so_quiet_does_not_say_them(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], quiet: bool,
) -> None:  # fmt: skip
    def open_pool(*arguments: Any) -> NoReturn:
        say = arguments[-1]
        say("a worker was lost")
        raise ClusterError("no more workers")

    monkeypatch.setattr("inpaintscan.jobs.ray_scan.connected", nullcontext)
    monkeypatch.setattr("inpaintscan.jobs.ray_scan.Pool", open_pool)
    folder = write_photos(tmp_path / "photos", 2)
    options = ("--device", "cpu", "--engine", "ray", *(["--quiet"] if quiet else []))
    assert run_command("detect", folder, "--model", weights, "--workers", "1", *options) == 2
    written = capsys.readouterr().err
    assert ("a worker was lost" in written) is not quiet
    assert "no more workers" in written


@pytest.mark.parametrize(
    ("cpus", "gpus", "device", "expected", "size"),
    [
        (32, 0, "auto", Needs(1, 0, 2), 32),  # one thread each
        (32, 0, "cpu", Needs(1, 0, 2), 32),
        (32, 4, "auto", Needs(8, 1, 2), 4),  # a GPU each, and the CPUs to decode for it
        (32, 4, "cpu", Needs(1, 0, 2), 32),
        (64, 1, "cuda", Needs(16, 1, 2), 1),
        (0, 0, "auto", Needs(1, 0, 2), 1),  # nothing yet: a cluster that grows when asked
    ],
)
def test_what_a_worker_takes_of_the_cluster(
    monkeypatch: pytest.MonkeyPatch,
    cpus: float,
    gpus: float,
    device: str,
    expected: Needs,
    size: int,
) -> None:
    totals = {"CPU": cpus, "GPU": gpus}
    monkeypatch.setattr("inpaintscan.jobs.ray_scan.cluster_total", totals.__getitem__)
    needs = to_needs(device)
    assert needs == expected
    assert pool_size(needs) == size
    with pytest.raises(UsageError, match="Ray hands out the GPUs"):
        to_needs("cuda:1")


def test_a_worker_gets_the_trust_list_as_a_file(weights: Path, tmp_path: Path) -> None:
    settings = ScanSettings(
        read_card(weights), weights, sha256_of(weights),
        ScanOptions(device="cpu"),
    )  # fmt: skip
    for trust in (None, b"-----BEGIN CERTIFICATE-----"):
        job = ScanJob(settings, b"", trust, Needs(), None, needs_maps=False, keep_content=False)
        with job._trust_file() as path:
            assert (None if path is None else path.read_bytes()) == trust
        assert path is None or not path.exists()


def test_a_worker_without_the_weights_file_gets_a_copy(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    settings = ScanSettings(
        read_card(weights), tmp_path / "gone.safetensors", sha256_of(weights),
        ScanOptions(device="cpu"),
    )  # fmt: skip
    job = ScanJob(
        settings, weights.read_bytes(), None, Needs(), None, needs_maps=False, keep_content=False
    )
    copy = job._weights_file()
    assert sha256_of(copy) == settings.model_sha256
    copy.write_bytes(b"damaged")
    assert sha256_of(job._weights_file()) == settings.model_sha256
    assert [path.name for path in tmp_path.iterdir()] == [copy.name]
