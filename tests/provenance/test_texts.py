"""What generators and programs write as text: PNG chunks, EXIF tags."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from inpaintscan.findings import Evidence
from inpaintscan.provenance import read_evidence
from tests.provenance.files import A1111, chunk, pairs, picture, png

COMFY_PROMPT = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 1}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "xl.safetensors"}},
    "5": {"class_type": "VAEEncodeForInpaint", "inputs": {}},
}

COMFY_WORKFLOW = {"nodes": [{"id": 1, "type": "KSampler"}], "links": []}


def test_plain_picture_states_nothing(tmp_path: Path) -> None:
    for ending in ("png", "jpg", "webp", "tiff", "gif", "bmp", "avif"):
        path = tmp_path / f"plain.{ending}"
        picture().save(path)
        assert read_evidence(path) == (), ending


@pytest.mark.parametrize(
    ("texts", "start", "key"),
    [
        ({"parameters": A1111}, "A1111: model duckmix_v3; a duck on a pond", "parameters"),
        ({"prompt": json.dumps(COMFY_PROMPT)}, "ComfyUI (names inpainting): 3 nodes; xl", "prompt"),
        ({"workflow": json.dumps(COMFY_WORKFLOW)}, "ComfyUI: 1 nodes; KSampler", "workflow"),
        ({"Dream": '"a cat" -s 20 -S 7'}, 'InvokeAI: "a cat" -s 20', "Dream"),
        (
            {"sd__metadata": json.dumps({"image": {"prompt": [{"prompt": "a cat", "weight": 1}]}})},
            "InvokeAI: a cat",
            "sd-metadata",
        ),
        (
            {"invokeai_metadata": json.dumps({"positive_prompt": "a cat"})},
            "InvokeAI: a cat",
            "invokeai_metadata",
        ),
        (
            {"Comment": json.dumps({"prompt": "1girl", "uc": "bad", "steps": 28})},
            "NovelAI: 1girl",
            "Comment",
        ),
        ({"Source": "NovelAI Diffusion V4 7ABFFA2A"}, "NovelAI: NovelAI Diffusion V4", "Source"),
        (
            {"parameters": json.dumps({"prompt": "a hill", "version": "Fooocus v2.5.0"})},
            "Fooocus: a hill",
            "parameters",
        ),
        ({"fooocus_scheme": "fooocus"}, "Fooocus: fooocus", "fooocus_scheme"),
        (
            {"parameters": json.dumps({"sui_image_params": {"prompt": "a sea"}})},
            "SwarmUI: a sea",
            "parameters",
        ),
        (
            {"Description": "a fox --v 6 Job ID: 01234567-89ab-cdef-0123-456789abcdef"},
            "Midjourney: a fox --v 6",
            "Description",
        ),
        ({"AIGC": '{"Label": "1"}'}, 'AIGC label: {"Label": "1"}', "AIGC"),
        (
            {"generation": json.dumps({"prompt": "x y", "seed": 1, "steps": 2})},
            "parameters: x y",
            "generation",
        ),
        ({"negative_prompt": "ugly"}, "parameters: ugly", "negative_prompt"),
    ],
)
def test_generator_parameters_in_png_text(
    tmp_path: Path, texts: dict[str, str], start: str, key: str
) -> None:
    (item,) = read_evidence(png(tmp_path / "a.png", **texts))
    assert item.kind == "generation-parameters"
    assert item.value.startswith(start)
    assert item.where == f"PNG tEXt {key}"
    assert item.signature is None


@pytest.mark.parametrize(
    "texts",
    [
        {"Comment": "holiday in Rome"},
        {"Title": "Steps: a staircase"},
        {"Description": '{"nodes": "none"}'},
        {"Comment": '{"1": {"inputs": 3}}'},
        {"Author": "[1, 2]"},
        {"Comment": "{" * 50_000},
        {"parameters": "gain 3, exposure 20 ms"},
    ],
)
def test_other_text_is_no_evidence(tmp_path: Path, texts: dict[str, str]) -> None:
    assert read_evidence(png(tmp_path / "a.png", **texts)) == ()


def test_compressed_and_international_text(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", A1111, zip=True)
    info.add_itxt("Dream", "ein Bär -s 3", zip=True)
    info.add_itxt("prompt", "плот")
    path = tmp_path / "a.png"
    picture().save(path, pnginfo=info)
    assert [item.where for item in read_evidence(path)] == [
        "PNG zTXt parameters",
        "PNG iTXt Dream",
        "PNG iTXt prompt",
    ]
    assert read_evidence(path)[1].value == "InvokeAI: ein Bär -s 3"


def test_text_behind_the_pixels_is_read(tmp_path: Path) -> None:
    path = tmp_path / "late.png"
    picture().save(path)
    data = path.read_bytes()
    path.write_bytes(data[:-12] + chunk(b"tEXt", b"Software\0Editor 3") + data[-12:])
    assert read_evidence(path) == (Evidence("software", "Editor 3", "PNG tEXt Software"),)


EXIF_PLACES = {
    "jpg": "JPEG APP1 EXIF",
    "png": "PNG eXIf",
    "webp": "WebP EXIF",
    "avif": "item EXIF",
    "tiff": "TIFF",
}


@pytest.mark.parametrize(("ending", "place"), EXIF_PLACES.items())
@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "ascii"])
def test_exif_of_every_format(tmp_path: Path, ending: str, place: str, encoding: str) -> None:
    exif = Image.Exif()
    exif[0x0131] = "Photo Shop 7\x00"
    mark = b"ASCII\0\0\0" if encoding == "ascii" else b"UNICODE\0"
    comment = mark + A1111.encode(encoding)
    exif.get_ifd(0x8769)[0x9286] = comment
    path = tmp_path / f"a.{ending}"
    if ending == "tiff":
        picture().save(path, tiffinfo={0x0131: "Photo Shop 7", 0x8769: {0x9286: comment}})
    else:
        picture().save(path, exif=exif)
    software, parameters = read_evidence(path)
    assert software == Evidence("software", "Photo Shop 7", f"{place} Software")
    assert parameters.where == f"{place} UserComment"
    assert parameters.value.startswith("A1111: model duckmix_v3")


def test_comfyui_in_exif_of_webp(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110] = f"prompt:{json.dumps(COMFY_PROMPT)}"
    exif[0x010F] = f"workflow:{json.dumps(COMFY_WORKFLOW)}"
    picture().save(tmp_path / "a.webp", exif=exif)
    values = [item.value for item in read_evidence(tmp_path / "a.webp")]
    assert values[0] == "ComfyUI: 1 nodes; KSampler"
    assert values[1].startswith("ComfyUI (names inpainting): 3 nodes")


def test_windows_comment_is_utf16(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x9C9C] = A1111.encode("utf-16-le")
    picture().save(tmp_path / "a.jpg", exif=exif)
    assert pairs(tmp_path / "a.jpg") == [("generation-parameters", "JPEG APP1 EXIF XPComment")]
