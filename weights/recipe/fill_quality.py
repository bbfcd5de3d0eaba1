"""Quality of fills by group, as Baek's table 2. fill_quality.py IMAGENET NAME=SET ... > table.csv

IMAGENET: weights of EfficientNet-Lite0 as .safetensors, in place of FID's Inception. SET: a folder that gen-data made of
originals, masks and realfakes. The first SET is that of real photos.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import torch
from inpaintscan.data import read_mask
from inpaintscan.eval.quality.fid import frechet_distance
from inpaintscan.eval.quality.fills import original_of, read_fills
from inpaintscan.eval.quality.niqe import niqe
from inpaintscan.eval.quality.pristine import read_pristine
from inpaintscan.eval.quality.similarity import psnr_inside, ssim_inside
from inpaintscan.images import read_image
from inpaintscan.nets.detectors.backbone import Backbone

BOOTSTRAP, STUDENT_9 = 1000, 2.262


def load_lite0(path):
    network = Backbone("tf_efficientnet_lite0", 256, path).eval()

    def extract(pixels):
        image = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None] / 255
        with torch.inference_mode():
            return network(image)[0].double().numpy()

    return extract


def resampled(values, rng):
    """Return the mean with its 95 % bootstrap interval over images."""
    values = np.array(values)[~np.isnan(values)]
    means = values[rng.integers(len(values), size=(BOOTSTRAP, len(values)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def frechet(first, second):
    """Return the distance of all and the mean of disjoint tens, each with a 95 % interval.

    A bootstrap would draw duplicates, which raise it: so a jackknife over tenths, and Student's interval over the tens.
    """
    whole, count = frechet_distance(first, second), len(first) // 10
    rows = np.arange(10 * count)
    left = [frechet_distance(first[rows % 10 != fold], second[rows % 10 != fold]) for fold in range(10)]
    error = STUDENT_9 * np.sqrt(0.9 * np.square(left - np.mean(left)).sum())
    tens = [frechet_distance(first[10 * n : 10 * n + 10], second[10 * n : 10 * n + 10]) for n in range(count)]
    spread = STUDENT_9 * np.std(tens, ddof=1) / np.sqrt(count)
    return show(whole, error), show(np.mean(tens), spread)


def show(value, error):
    return f"{value:.3f} [{value - error:.3f}, {value + error:.3f}]"


def main(weights, *sets):
    extract, pristine, rng = load_lite0(weights), read_pristine(), np.random.default_rng(1)
    table, known, photos = csv.writer(sys.stdout), {}, None

    def measure(pixels):  # an original stands in several sets
        key = pixels.tobytes()
        if key not in known:
            known[key] = niqe(pixels, pristine), extract(pixels)
        return known[key]

    for name, folder in (one.split("=", 1) for one in sets):
        rows = []
        for sample in read_fills(Path(folder)):
            image, original, mask = read_image(sample.image).pixels, read_image(original_of(sample)).pixels, read_mask(sample)
            inside = psnr_inside(image, original, mask), ssim_inside(image, original, mask)
            rows.append((*inside, *measure(image), *measure(original)))
        psnr, ssim, after, filled, before, originals = (np.array(column) for column in zip(*rows, strict=True))
        photos = originals if photos is None else photos
        figures = {
            "psnr": resampled(psnr, rng),
            "ssim": resampled(ssim, rng),
            "niqe": resampled(after, rng),
            "niqe_original": resampled(before, rng),
            "niqe_change": resampled(after - before, rng),
            "moved": resampled(np.square(filled - originals).sum(axis=1), rng),
        }
        pairs = {"": (filled, originals), "_to_photos": (filled, photos), "_originals_to_photos": (originals, photos)}
        for ending, pair in pairs.items():
            figures["frechet" + ending], figures["frechet_of_ten" + ending] = frechet(*pair)
        for figure, value in figures.items():
            table.writerow([name, len(rows), figure, value])
        sys.stdout.flush()


main(*sys.argv[1:])
