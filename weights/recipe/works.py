"""Sets for the published works out of images by others, all through one pipeline. works.py WORK OUT

WORK is baek, yin, tdanet, boxes or table2. Reads DATA/world/labels.csv and DATA/photos/PHOTOS.csv below RECIPE_ROOT; writes
OUT/train, OUT/val, OUT/test and OUT/art, each with a labels.csv; a repository is in one split only. table2: OUT/real,
OUT/generated, OUT/real-alike and OUT/generated-alike, images to fill, numbered alike.
"""

import csv
import hashlib
import random
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from places import PHOTOS, WORLD

SIDE = {"baek": 160, "yin": 160, "tdanet": 128}
PHOTO_CAP = {"train": 20, "val": 20, "test": 12}
DENIED = {  # stills with computer graphics, edited or no photos
    "NanoNets/object-detection-sample-python", "bourdakos1/Custom-Object-Detection", "RaffaelaCilento/archivio",
    "CellProfiler/examples", "clairepink/clairepink.github.io", "AlexandrePedrosoFernandes/seatsons",
}  # fmt: skip
TWINS = {  # real photos chosen to look like the fakes beside them
    "butter-frog/ai-vs-real-image-qui", "rolandwolfsgruber-del/ForRealScan-Mini-Game-Real-or-AI",
    "SeegmaEpsilon/experiment-real-or-ai-face", "daniellionel01/spot-the-ai", "ai-or-human/ai-or-human.github.io",
    "Sergo2020/DIF_pytorch_official",
}  # fmt: skip
TRAIN = {"baek": {"easydiffusion/easydiffusion", "wyrde/wyrde-comfyui-workflows"}}
VAL = {"baek": {"SupaGruen/StableDiffusion-CheatSheet", "invoke-ai/InvokeAI"}}
GENERATORS = (  # what a method or family is called in the tables; the first that fits
    (r"^Stable Diffusion 2|^stable-diffusion-2", "Stable Diffusion 2.1"),
    (r"^Stable Diffusion 1|SD 1\.5 finetune|^v1-5|^tiny-sd", "Stable Diffusion 1.x"),
    (r"^FLUX|^flux", "FLUX"), (r"^Qwen", "Qwen-Image"), (r"^Z-Image", "Z-Image"),
    (r"^CompVis LDM", "LDM"), (r"^GLID", "GLID-3-XL, GLIDE"), (r"^DALL-E mini", "DALL-E mini"),
    (r"^DALL-E 2", "DALL-E 2"), (r"^Midjourney \(2022", "Midjourney v2-v3"), (r"^Midjourney", "Midjourney v6-v7"),
    (r"Gemini|Imagen", "Gemini, Imagen"), (r"^gpt-image-2", "GPT-image 2"), (r"^gpt-image", "GPT-image 1"),
    (r"^VQGAN", "VQGAN+CLIP"), (r"GAN", "GAN faces"), (r"^unknown", "not stated"),
)  # fmt: skip
YIN = {  # source: (split in fold 1, split in fold 2, category)
    "clairepink/clairepink.github.io": ("train", "test", "painting"),
    "libretro-thumbnails/Magnavox_-_Odyssey2": ("test", "train", "illustration"),
    "KDE/plasma-workspace-wallpapers": ("train", "train", "digital"),
    "AlexandrePedrosoFernandes/seatsons": ("val", "val", "drawing"),
    "easydiffusion/easydiffusion": ("train", "train", "painting"),
    "needleful/ai-art-gallery": ("train", "test", "VQGAN"),
    "nerdyrodent/VQGAN-CLIP": ("test", "train", "VQGAN"),
    "SupaGruen/StableDiffusion-CheatSheet": ("val", "val", "drawing"),
    "wyrde/wyrde-comfyui-workflows": ("test", "train", "comic"),
    "cheekymohnkey/midjourney-profile-tester": ("test", "test", "Midjourney"),
    "marlonka/AI-Art-Gallerys": ("test", "test", "painting"),
    "Tamim1236/Midjourney-Art-Gallery": ("test", "test", "Midjourney"),
}
KINDS = {  # of those repositories the clean pictures that people painted or drew
    "clairepink/clairepink.github.io": "photo",
    "libretro-thumbnails/Magnavox_-_Odyssey2": "scan-document",
    "KDE/plasma-workspace-wallpapers": "digital-painting",
    "AlexandrePedrosoFernandes/seatsons": "photo",
}
NO_ORIGINAL = {"CoModGAN", "Palette", "DPS", "SOC diffusion inpaint", "Cahn-Hilliard", "ObjectClear"}
FILLS_VAL = {"kong276818/Stable-Diffusion", "krishagarwal175/depth-lama-inpainting-pipeline"}


def part_of(source):
    """Three tenths of the sources of photos to test, 15 % to validate, by hash."""
    place = int(hashlib.sha256(source.encode()).hexdigest(), 16) % 20
    return "test" if place < 6 else "val" if place < 9 else "train"


def open_rgb(path, least):
    image = Image.open(path)
    image.draft("RGB", (2 * least, 2 * least))
    return ImageOps.exif_transpose(image).convert("RGB")


def whole(image, side, rng):
    """Reduce to at most 512 px of the shorter side, cut a square of 256 px or more, reduce to `side`."""
    if min(image.size) < 256:
        return None
    factor = min(1, 512 / min(image.size))
    image = image.resize([round(length * factor) for length in image.size], Image.Resampling.LANCZOS)
    square = rng.randint(256, min(image.size))
    left, top = (rng.randint(0, length - square) for length in image.size)
    box = (left, top, left + square, top + square)
    return image.resize((side, side), Image.Resampling.LANCZOS, box)


def pictures(work):
    """Yield (split, path, label, method, category, source), sources in turn within a split."""
    rows = list(csv.DictReader((WORLD / "labels.csv").open()))
    for row in rows:
        source, path = row["source"], WORLD / row["image"]
        if work == "yin":
            if source in YIN and (row["label"] == "generated" or row["kind"] == KINDS.get(source)):
                one, two, category = YIN[source]
                name = "" if row["label"] == "clean" else name_of(row["method"])
                yield (one, two), path, row["label"], name, category, source
            elif row["method"].startswith("Midjourney (2022"):
                yield ("test", "test"), path, row["label"], name_of(row["method"]), "Midjourney", source
            continue
        if row["label"] == "generated":
            split = next((s for s, names in (("train", TRAIN), ("val", VAL)) if source in names[work]), "test")
            yield (split,), path, "generated", name_of(row["method"]), "", source
        elif row["label"] == "clean" and source in TWINS:
            yield ("test",), path, "clean", "", "twin", source
        elif row["label"] == "clean" and row["kind"] == "photo" and source not in DENIED:
            yield (part_of(source),), path, "clean", "", "photo", source
        elif row["label"] == "clean" and row["kind"] not in {"photo", ""} or source == "clairepink/clairepink.github.io":
            yield ("art",), path, "clean", "", "painting" if row["kind"] == "photo" else row["kind"], source
    if work == "baek":
        for row in csv.DictReader((PHOTOS / "PHOTOS.csv").open()):
            yield (part_of(row["source"]),), PHOTOS / row["path"], "clean", "", "photo", row["source"]


def name_of(method):
    return next((name for pattern, name in GENERATORS if re.search(pattern, method)), "other diffusion" if method else "")


class Writer:
    """Numbers the pictures of each split and writes its table."""

    def __init__(self, out, suffix):
        self.out, self.suffix, self.rows = out, suffix, {}

    def add(self, split, image, rng, **row):
        rows = self.rows.setdefault(split, [])
        path = self.out / split / f"{len(rows):05}{self.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.suffix == ".jpg":
            image.save(path, quality=rng.randint(75, 95))
        else:
            image.save(path)
        rows.append({"image": path.name, **row})

    def close(self):
        for split, rows in self.rows.items():
            with (self.out / split / "labels.csv").open("w", newline="") as file:
                table = csv.DictWriter(file, list(rows[0]))
                table.writeheader()
                table.writerows(rows)
            print(split, Counter((row["label"], row["method"], row.get("category")) for row in rows))


def write_whole(work, out):
    found = sorted(pictures(work), key=lambda one: str(one[1]))
    random.Random(1).shuffle(found)
    folds = {f"fold{number + 1}/": number for number in range(2)} if work == "yin" else {"": 0}
    for prefix, number in folds.items():
        writer, taken = Writer(out / prefix, ".jpg"), Counter()
        for splits, path, label, method, category, source in found:
            split = splits[number]
            if label == "clean":
                cap = 1000 if work == "yin" or category == "twin" else 25 if split == "art" else PHOTO_CAP[split]
            else:
                cap = {"train": 400, "val": 100}.get(split, 150 if source in TWINS else 70)
            if "kasima" in source:
                cap = 30  # near-duplicates
            if taken[split, source, method] >= cap:
                continue
            rng = random.Random(f"{work}{path.name}{source}")
            image = whole(open_rgb(path, 512), SIDE[work], rng)
            if image is not None:
                taken[split, source, method] += 1
                writer.add(split, image, rng, label=label, method=method, category=category, source=source)
        writer.close()


def window(mask, side, wanted, rng):
    """Return the corner of a square whose share of replaced pixels is wanted, or None."""
    height, width = mask.shape
    for _ in range(60):
        top, left = rng.randint(0, height - side), rng.randint(0, width - side)
        if wanted(mask[top : top + side, left : left + side].mean()):
            return left, top, left + side, top + side
    return None


def write_fills(out):
    """A crop with fill against one without, of the same file where the rest of it is untouched."""
    pasted = {}
    for row in csv.DictReader((WORLD.parent / "inpainted.csv").open()):
        pasted.setdefault((row["repo"], row["method"]), Counter())[row["pasted"]] += 1
    writer, side = Writer(out, ".png"), SIDE["tdanet"]
    for row in csv.DictReader((WORLD / "labels.csv").open()):
        source = row["source"]
        if row["label"] != "inpainted" or not row["mask"] or row["method"] in NO_ORIGINAL:
            continue
        split = "train" if "yzhouas" in source else "val" if source in FILLS_VAL else "test"
        rng = random.Random(row["image"])
        image = open_rgb(WORLD / row["image"], 10**6)
        mask = np.asarray(Image.open(WORLD / row["mask"]).convert("L")) > 127
        mask = mask[: image.height, : image.width]  # some are a few pixels larger, aligned top left
        if min(image.size) < side or mask.shape != image.size[::-1]:
            continue
        name = "LaMa or PatchMatch" if row["method"].startswith("LaMa or") else row["method"].split(" (")[0].replace("-inpaint", "")
        place = window(mask, side, lambda share: 0.05 < share < 0.95, rng)
        if place:
            writer.add(split, image.crop(place), rng, label="inpainted", method=name, category=row["family"], source=source)
        known = pasted.get((source, row["method"]), Counter())
        own = known["yes"] > known.total() / 2  # else nothing of the frame is surely untouched: then of the original
        whose = image if own else open_rgb(WORLD / row["original"], 10**6)
        place = window(mask, side, lambda share: share == 0 or not own, rng) if whose.size == image.size else None
        if place:
            writer.add(split, whose.crop(place), rng, label="clean", method="", category=row["family"], source=source)
    writer.close()


def write_boxes(out):
    """Whole fills whose mask is known, beside photos of the test sources at most 512 px long: for a network of boxes."""
    writer = Writer(out, ".png")
    for row in csv.DictReader((WORLD / "labels.csv").open()):
        source, rng = row["source"], random.Random(row["image"])
        if row["label"] == "inpainted" and row["mask"] and row["method"] in {"LaMa", "FcF"}:
            mask = Image.open(WORLD / row["mask"]).convert("L").point(lambda level: 255 * (level > 127))
            image = open_rgb(WORLD / row["image"], 10**6)
            if mask.size == image.size:
                number = len(writer.rows.get("test", []))
                writer.add("test", image, rng, label="inpainted", method=row["method"], mask=f"{number:05}-mask.png", source=source)
                mask.save(out / "test" / f"{number:05}-mask.png")
    taken = Counter()
    for row in csv.DictReader((PHOTOS / "PHOTOS.csv").open()):
        taken[row["source"]] += part_of(row["source"]) == "test"
        if 0 < taken[row["source"]] <= PHOTO_CAP["test"] and part_of(row["source"]) == "test":
            image = open_rgb(PHOTOS / row["path"], 512)
            image.thumbnail((512, 512), Image.Resampling.LANCZOS)
            writer.add("test", image, random.Random(row["path"]), label="clean", method="", mask="", source=row["source"])
    writer.close()


def write_table2(out):
    """Images to fill at 256 px: of many sources, photos and Stable Diffusion; and the lookalikes with the fakes beside them."""
    found = sorted(pictures("baek"), key=lambda one: str(one[1]))
    random.Random(1).shuffle(found)
    writer, taken, sources = Writer(out, ".png"), Counter(), {}
    for splits, path, label, method, category, source in found:
        real = "real" if label == "clean" else "generated"
        group = real + "-alike" if source in TWINS else real
        fits = "art" not in splits and (source in TWINS or real == "real" or method.startswith("Stable Diffusion"))
        cap = 30 if "kasima" in source else 4 if group == "real" else 60
        if not fits or len(writer.rows.get(group, [])) >= 100 or taken[group, source] >= cap:
            continue
        image = whole(open_rgb(path, 512), 256, random.Random(f"table2{path.name}{source}"))
        if image is not None:
            taken[group, source] += 1
            sources.setdefault(group, set()).add(source)
            writer.add(group, image, None, label=label, method=method, category=category, source=source)
    writer.close()
    print({group: len(names) for group, names in sources.items()})


work, out = sys.argv[1], Path(sys.argv[2])
{"tdanet": write_fills, "boxes": write_boxes, "table2": write_table2}.get(work, lambda out: write_whole(work, out))(out)
