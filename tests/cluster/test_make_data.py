"""`gen-data --engine ray`: the bytes of one process."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from inpaintscan.cluster.make_data import MakeJob, _give_up
from inpaintscan.errors import ClusterError
from inpaintscan.gen_data.captions import find_captions
from inpaintscan.gen_data.photos import find_photos
from inpaintscan.gen_data.plan import plan_jobs
from inpaintscan.gen_data.settings import Choice, Settings
from tests.cluster.conftest import run_command

OPTIONS = ("--method", "patchmatch", "--method", "copy-move", "--kinds",
           "original,mask,inpainted,realfake", "--per-photo", "2", "--quiet")  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Nine photos, one of which cannot be read."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(8):
        cut = skimage.data.astronaut()[40 * number :][:72, 30 * number :][:, :96]
        Image.fromarray(np.ascontiguousarray(cut)).save(folder / f"{number}.png")
    (folder / "damaged.jpg").write_bytes(b"\xff\xd8\xff and no more")
    return folder


def content_of(folder: Path) -> dict[str, bytes]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_cluster_makes_the_bytes_of_one_process(
    ray_cluster: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command("gen-data", "photos", "-o", "one", *OPTIONS, "--workers", "1") == 0
    assert run_command("gen-data", "photos", "-o", "many", *OPTIONS, "--engine", "ray") == 0
    one, many = content_of(tmp_path / "one"), content_of(tmp_path / "many")
    assert one == many
    assert len(one) > 40
    assert len(json.loads(many["dataset.json"])["result"]["skipped"]) == 2  # a line per variant


def test_a_batch_that_is_given_up_names_its_photos(source: Path) -> None:
    settings = Settings(methods=(Choice("copy-move"),))
    photos = find_photos(source, settings)
    jobs = plan_jobs(photos, find_captions(photos, None), settings)
    number, outcome = _give_up((3, jobs[:2]))
    assert number == 3
    assert outcome.rows == []
    assert [line.partition(": ")[2] for line in outcome.failures] == [
        "every worker that read it, or a photo beside it, was lost"
    ] * 2
    assert outcome.failures[0].startswith(str(jobs[0].photo.path))


def test_a_machine_without_the_shared_folder_is_said(tmp_path: Path) -> None:
    job = MakeJob((), tmp_path, Settings(methods=(Choice("copy-move"),)), tmp_path / "elsewhere")
    with pytest.raises(ClusterError, match="must lie on a disk that all share"):
        job()
