"""The examples of the cluster's documentation run as they stand, on folders of this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.conftest import write_photos
from tests.docs.markdown import ROOT, blocks, own_commands
from tests.docs.test_commands import check_options

PAGE = (ROOT / "inpaintscan/cluster/README.md").read_text(encoding="utf-8")
PYTHON = [block.text for block in blocks(PAGE) if block.language == "python"]
RAY_DATA, SPARK, PROCESSES = PYTHON

PYSPARK = '''
"""As much of pyspark as the example touches, with pandas behind it."""
import pathlib
import sys
import types

import pandas


class Session:
    builder = property(lambda self: self)
    read = property(lambda self: self)
    write = property(lambda self: self)

    def getOrCreate(self):
        return self

    def format(self, name):
        assert name == "binaryFile"
        return self

    def load(self, pattern):
        folder, _, glob = pattern.rpartition("/")
        files = sorted(pathlib.Path(folder).glob(glob))
        rows = [{"path": str(f), "content": f.read_bytes()} for f in files]
        self.tables = [pandas.DataFrame(rows[i : i + 2]) for i in range(0, len(rows), 2)]
        return self

    def mapInPandas(self, function, schema):
        names = [column.split()[0] for column in schema.split(", ")]
        self.tables = list(function(iter(self.tables)))
        assert all(list(table.columns) == names for table in self.tables)
        assert all(table["score"].dtype == float for table in self.tables)
        return self

    def parquet(self, path):
        pandas.concat(self.tables).to_parquet(path)


sql = types.ModuleType("pyspark.sql")
sql.SparkSession = Session()
sys.modules["pyspark"], sys.modules["pyspark.sql"] = types.ModuleType("pyspark"), sql
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five images and a damaged one, all in `photos`."""
    write_photos(tmp_path / "more", 5)
    (tmp_path / "photos").mkdir()
    for number, path in enumerate(sorted((tmp_path / "more").rglob("*.*"))):
        path.rename(tmp_path / "photos" / f"{number}.jpg")  # the content counts, not the ending
    (tmp_path / "photos" / "damaged.jpg").write_bytes(b"\xff\xd8\xff and no more")
    return tmp_path


def run(code: str, folder: Path, **variables: str) -> str:
    (folder / "example.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "example.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_results(path: Path) -> None:
    """Six rows, one of them an error."""
    pandas = pytest.importorskip("pandas")
    table = pandas.read_parquet(path).sort_values("path")
    names = [Path(name).name for name in table["path"]]
    assert names == ["0.jpg", "1.jpg", "2.jpg", "3.jpg", "4.jpg", "damaged.jpg"]
    assert list(table["verdict"] == "error") == [False] * 5 + [True]
    assert "damaged JPEG" in table["error"].iloc[5]


def test_ray_data(ray_cluster: str, folder: Path) -> None:
    code = RAY_DATA.replace("s3://bucket", str(folder))
    code = code.replace("num_gpus=1", "num_cpus=1").replace("max_size=16", "max_size=1")
    run(code, folder, RAY_ADDRESS=ray_cluster)
    check_results(folder / "results")


def test_spark(folder: Path) -> None:
    """With a stand-in for Spark: its own runtime is no dependency of the tests."""
    pytest.importorskip("pyarrow")
    run(PYSPARK + SPARK.replace("s3a://bucket", str(folder)), folder)
    check_results(folder / "results")


def test_processes(folder: Path) -> None:
    code = PROCESSES.replace("mp_context=", "max_workers=1, mp_context=")
    lines = run(code, folder).splitlines()
    assert len(lines) == 6
    assert lines[5].split()[1:] == ["error", "None"]


def test_the_commands_exist() -> None:
    page = re.sub(r"^(RAY_ADDRESS=\S+|torchrun .* -m) ", "", PAGE, flags=re.MULTILINE)
    commands = own_commands(page)
    assert {words[0] for _, words in commands} == {"detect", "gen-data", "train"}
    for _, words in commands:
        check_options(words)
