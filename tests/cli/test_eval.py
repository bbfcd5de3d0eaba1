"""`inpaintscan eval` from command line to files and exit status."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from inpaintscan.cli.app import main
from inpaintscan.eval.quality.pristine import read_pristine
from inpaintscan.jobs import eval_quality
from tests.eval.toy import SIZE, grey_noise, make_clean, make_gen_data, make_toy, paint


@dataclass(frozen=True, slots=True)
class Result:
    status: int
    out: str
    err: str

    def figures(self) -> dict[tuple[str, str, str], str]:
        """The value of each data set's name, group and metric, of the first model."""
        lines = [line.split("\t") for line in self.out.splitlines()[1:]]
        return {(Path(one[0]).name, one[1], one[3]): one[5] for one in lines if len(one) > 5}


Command = Callable[..., Result]


@pytest.fixture
def evaluate(
    stub_weights: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Run `inpaintscan eval` in this process, with few resamples."""

    def call(*arguments: str | Path, model: str | Path = stub_weights) -> Result:
        common = ["eval", "--device", "cpu"]
        if "--fit-niqe" not in arguments:
            common += ["--bootstrap", "20"]
            common += [] if "--quality" in arguments else ["--model", str(model)]
        with pytest.raises(SystemExit) as stopped:
            main([*common, *map(str, arguments)])
        captured = capsys.readouterr()
        return Result(int(str(stopped.value.code)), captured.out, captured.err)

    return call


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return make_toy(tmp_path / "toy")


def test_figures_on_standard_output(evaluate: Command, toy: Path, tmp_path: Path) -> None:
    clean = make_clean(tmp_path / "photos")
    result = evaluate(toy, "--by", "method", "--clean", clean, "--pool")
    assert (result.status, result.err) == (0, "")
    figures = result.figures()
    assert figures["toy", "all", "image_auc"] == "0.7500"
    assert figures["toy", "method=vae", "image_recall"] == "1.0000"
    assert figures["photos", "all", "false_positive_rate"] == "0.1667"
    assert figures["photos", "source=town", "false_positive_rate"] == "0.5000"
    assert figures["all data sets", "all", "false_positive_rate"] == "0.2000"


def test_every_file_is_written(evaluate: Command, toy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    reports = [word for end in ("json", "csv", "html") for word in ("--report", out / f"r.{end}")]
    result = evaluate(
        toy, "--perturb", "jpeg:90,resize:0.5", *reports, "--plots", out / "plots",
        "--per-image", out / "images.csv",
    )  # fmt: skip
    assert result.status == 0
    fields = json.loads((out / "r.json").read_text())
    assert [row["perturb"] for row in fields["rows"]] == [None, "jpeg:90", "resize:0.5"]
    assert fields["settings"]["perturb"] == "jpeg:90,resize:0.5"
    assert (out / "r.html").read_text().count("data:image/png") == 7
    assert len((out / "images.csv").read_text().splitlines()) == 1 + 3 * 8
    names = {path.name.split("-")[0] for path in (out / "plots").iterdir()}
    assert names == {
        "roc", "verdicts", "reliability", "false_alarms", "misses", "jpeg", "resize"
    }  # fmt: skip


def test_reports_are_there_even_if_a_plot_cannot_be_written(
    evaluate: Command, toy: Path, tmp_path: Path
) -> None:
    (tmp_path / "plots").write_text("a file, no folder")
    report = tmp_path / "r.json"
    result = evaluate(toy, "--report", report, "--plots", tmp_path / "plots" / "in-it")
    assert result.status == 2
    assert json.loads(report.read_text())["rows"]


def test_plots_without_matplotlib_are_refused_before_anything_is_measured(
    evaluate: Command, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = evaluate(toy, "--plots", tmp_path / "plots")
    assert result.status == 2
    assert "pip install 'inpaintscan[plots]'" in result.err
    result = evaluate(toy, "--report", tmp_path / "page.html")
    assert result.status == 0
    assert "no plots in the page" in result.err


def test_images_that_a_crop_empties_are_said_and_no_error(evaluate: Command, toy: Path) -> None:
    for mask in (toy / "mask").iterdir():
        image = Image.new("L", SIZE)
        image.paste(255, (0, 0, 9, 9))
        image.save(mask)
    result = evaluate(toy, "--perturb", "crop:0.2")
    assert result.status == 0
    assert "crop:0.2: 4 images keep nothing of what was replaced" in result.err


def test_images_whose_replaced_part_is_too_small_when_shrunken_are_left_out(
    evaluate: Command, toy: Path
) -> None:
    for mask in (toy / "mask").iterdir():
        image = Image.new("L", SIZE)
        image.paste(255, (40, 9, 42, 40))
        image.save(mask)
    result = evaluate(toy, "--perturb", "resize:0.1")
    assert result.status == 0
    assert "resize:0.1: 4 images keep nothing of what was replaced" in result.err


def test_intervals_are_of_photos_unless_told_otherwise(evaluate: Command, tmp_path: Path) -> None:
    for number in range(12):
        photo = grey_noise(number)
        for folder in ("original", "realfake", "fakefake"):
            path = tmp_path / "set" / folder / f"a{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(paint(photo.copy()) if folder != "original" else photo).save(path)
    copies = tmp_path / "copies"
    shutil.copytree(tmp_path / "set/original", copies / "a")
    shutil.copytree(tmp_path / "set/original", copies / "b")
    report, lines = tmp_path / "r.json", tmp_path / "lines.csv"
    counts = {}
    for by in ("photo", "image"):
        options = ("--clean", copies, "--report", report, "--per-image", lines, "--resample", by)
        assert evaluate(tmp_path / "set", *options).status == 0
        rows = json.loads(report.read_text())["rows"]
        counts[by] = [(row["images"], row["photos"]) for row in rows if row["group"] is None]
        false_alarms = [row["metrics"]["false_positive_rate"] for row in rows]
        assert [(one["n"], one["photos"]) for one in false_alarms][-1] == (12, 12)
        whole = next(one for one in false_alarms if one["n"] == 24)
        assert whole["high"] == pytest.approx(0.2425 if by == "photo" else 0.1380, abs=1e-4)
    assert counts["photo"] == counts["image"] == [(36, 12), (24, 12)]
    photos = {row["photo"] for row in csv.DictReader(lines.read_text().splitlines())}
    assert len(photos) == 12


def test_several_models_and_the_matrix(
    evaluate: Command, tmp_path: Path, make_stub: Callable[..., Path]
) -> None:
    other = make_stub(name="other", training={"kinds": ["fakefake"]})
    data = make_gen_data(tmp_path / "data")
    result = evaluate(data, "--model", other, "--matrix", "--metric", "pixel_iou")
    assert result.status == 0
    heading = result.out.splitlines()[0].split("\t")
    assert heading[5:] == ["stub", "stub:low", "stub:high", "other", "other:low", "other:high"]
    rows = [line.split("\t")[0] for line in result.out.splitlines()]
    assert rows[-2:] == ["stub", "fakefake (other)"]


def test_gates_decide_the_exit_status(evaluate: Command, toy: Path) -> None:
    assert evaluate(toy, "--min", "image_auc=0.7").status == 0
    missed = evaluate(toy, "--min", "image_auc=0.9")
    assert missed.status == 1
    assert "image_auc is 0.7500, less than 0.9" in missed.err


def test_an_unreadable_image_is_said_and_outranks_a_gate(evaluate: Command, toy: Path) -> None:
    (toy / "image" / "e.png").write_bytes(b"no image")
    result = evaluate(toy, "--min", "image_auc=1.0")
    assert result.status == 2
    assert "e.png" in result.err
    assert "1 images could not be measured" in result.err
    assert result.figures()["toy", "all", "image_recall"] == "0.7500"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "nothing to measure on"),
        (["none"], "no such data set"),
        (["--clean", "none"], "no such folder"),
        (["x", "--perturb", "sepia"], "--perturb sepia"),
        (["x", "--metric", "luck"], "no metric 'luck'"),
        (["x", "--min", "image_auc"], "metric=value"),
        (["x", "--report", "r.pdf"], "unknown format"),
        (["--fit-niqe", "x"], "--output"),
        (["--fit-niqe", "x", "-o", "n.mat"], ".safetensors"),
        (["--quality", "none"], "no such data set"),
        (["--quality", "x", "--plots", "y"], "--plots is for models, not for --quality"),
        (["--quality", "x", "y"], "DATASETS is for models, not for --quality"),
        (
            ["--fit-niqe", "x", "--min", "y"],
            "--min is for models and --quality, not for --fit-niqe",
        ),
        (["x", "--fid"], "--fid is for --quality, not for models"),
    ],
)
def test_mistakes_are_one_line(evaluate: Command, arguments: list[str], words: str) -> None:
    result = evaluate(*arguments)
    assert result.status == 2
    assert result.out == ""
    assert words in result.err
    assert len(result.err.splitlines()) == 1


def test_unknown_models_are_named(evaluate: Command, toy: Path) -> None:
    result = evaluate(toy, model="nobody")
    assert result.status == 2
    assert "nobody" in result.err


def test_quality_of_a_gen_data_folder(evaluate: Command, tmp_path: Path) -> None:
    data = make_gen_data(tmp_path / "data")
    result = evaluate("--quality", data, "--report", tmp_path / "q.json")
    assert (result.status, result.err) == (0, "")
    figures = result.figures()
    assert float(figures["data", "kind=fakefake", "fill_ssim"]) > 0.5
    assert "fill_fid" not in result.out
    assert json.loads((tmp_path / "q.json").read_text())["rows"][0]["metrics"]["fill_psnr"]
    missed = evaluate("--quality", data, "--min", "fill_ssim=0.99")
    assert missed.status == 1


def test_fid_without_weights_says_what_to_do(evaluate: Command, tmp_path: Path) -> None:
    data = make_gen_data(tmp_path / "data")
    result = evaluate("--quality", data, "--fid", "--inception", tmp_path / "none.safetensors")
    assert result.status == 2
    assert "leave out --fid" in result.err


def test_fid_says_of_how_many_images_it_is(
    evaluate: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mean_colour = lambda pixels: pixels.mean(axis=(0, 1))  # noqa: E731
    monkeypatch.setattr(eval_quality, "load_inception", lambda *_: mean_colour)
    result = evaluate("--quality", make_gen_data(tmp_path / "data"), "--fid")
    assert result.status == 0
    assert "FID of few images, here 6 and fewer a group, is too high" in result.err
    (line,) = [line for line in result.out.splitlines() if "\tall\t-\tfill_fid\t" in line]
    n, value, low, high = line.split("\t")[4:]
    assert (n, low, high) == ("6", "-", "-")
    assert float(value) > 0


def test_niqe_is_fitted_on_a_folder(
    evaluate: Command, photos: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "pristine"
    folder.mkdir()
    photo = Image.open(photos["astronaut"])
    for number in range(40):
        left, top = number % 8 * 50, number // 8 * 50
        photo.crop((left, top, left + 96, top + 96)).save(folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"no image")
    result = evaluate("--fit-niqe", folder, "-o", tmp_path / "n.safetensors")
    assert result.status == 0
    assert "broken.png" in result.err
    assert "of 40 photos" in result.err
    assert read_pristine(tmp_path / "n.safetensors").photos == 40
