"""The options of `gen-data` that decide the bytes of a data set, written down beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from inpaintscan.errors import UsageError
from inpaintscan.option import option, under

Kind = Literal["original", "mask", "inpainted", "realfake", "fakefake"]

KINDS: tuple[Kind, ...] = get_args(Kind)
SPLITS = ("train", "val", "test")
WHAT, MASKS, PHOTOS, NETWORKS, RUN = "What is made", "Masks", "Photos", "Networks", "Run"


@dataclass(frozen=True, slots=True)
class Choice:
    """A mask kind or an inpainter to draw from: `name`, `name:weight`, `name=argument:weight`."""

    name: str
    argument: str | None = None
    weight: float = 1.0


def parse_choice(text: str) -> Choice:
    """Read `name`, `name:weight`, `name=argument` or `name=argument:weight`.

    For `dir`, the path follows the first colon: `dir:PATH`, `dir:PATH:weight`.

    Raises:
        UsageError: if the name is empty or the weight is not positive.
    """
    head, colon, tail = text.rpartition(":")
    weight = 1.0
    if colon:
        try:
            weight = float(tail)
        except ValueError:
            head = text
    else:
        head = text
    if head.startswith("dir:"):
        name, _, argument = head.partition(":")
    else:
        name, _, argument = head.partition("=")
    if not name or not weight > 0 or weight == float("inf"):
        raise UsageError(f"{text!r}: write name, name:weight or name=file:weight, weight above 0")
    return Choice(name, argument or None, weight)


def read_kinds(text: str) -> tuple[Kind, ...]:
    """Return the kinds of images of a data set, from a comma-separated list, in their own order.

    Raises:
        UsageError: for a word that is no kind.
    """
    wanted = {kind.strip() for kind in text.split(",")}
    if unknown := wanted - set(KINDS):
        raise UsageError(
            f"--kinds: unknown {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}"
        )
    return tuple(kind for kind in KINDS if kind in wanted)


def read_split(text: str) -> tuple[float, float, float]:
    """Return the shares of train, val and test.

    Raises:
        UsageError: unless there are three, none negative, not all 0.
    """
    try:
        train, val, test = (float(share) for share in text.split(","))
    except ValueError as error:
        raise UsageError(f"--split {text}: write three shares, as 0.8,0.1,0.1") from error
    if min(train, val, test) < 0 or not 0 < train + val + test < float("inf"):
        raise UsageError(f"--split {text}: shares are not negative and not all 0")
    return train, val, test


_what = under(WHAT)
_masks = under(MASKS)
_photos = under(PHOTOS)
_networks = under(NETWORKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a data set is made of. Ranges are inclusive; a value is drawn for each image."""

    methods: tuple[Choice, ...] = _what(
        (),
        "Inpainting method: NAME, NAME:WEIGHT or NAME=FILE:WEIGHT. Repeatable (default: all "
        "shipped weights and patchmatch).",
        "NAME",
        flags="--method",
        each=parse_choice,
    )
    kinds: tuple[Kind, ...] = _what(
        KINDS,
        "Kinds to write: original, mask, inpainted, realfake, fakefake (default all).",
        "LIST",
        parse=read_kinds,
    )
    per_photo: int = _what(1, "Variants per photo (default 1).", "N", least=1)
    clean_fraction: float = _what(
        0.0,
        "Share of photos of which only the original is kept (default 0).",
        "SHARE",
        least=0,
        most=1,
    )
    degrade: tuple[int, int] = _what(
        (0, 0),
        "Number of degradations (JPEG, WebP, resizing, blur, noise), the same for all kinds "
        "of a photo (default 0 0).",
        "MIN MAX",
    )
    augment: float = _what(
        0.0, "Share of photos that get an augmented copy (default 0).", "SHARE", least=0, most=1
    )
    save_as: Literal["png", "jpg", "webp"] = _what("png", "Image format (default png).")
    quality: tuple[int, int] = _what(
        (90, 90), "Quality of jpg and webp (default 90 90).", "MIN MAX"
    )
    split: tuple[float, float, float] = _what(
        (0.8, 0.1, 0.1),
        "Shares of train, val and test (default 0.8,0.1,0.1).",
        "SHARES",
        parse=read_split,
    )
    split_by: Literal["photo", "folder"] = _what(
        "photo", "Keep all images of a photo, or of a folder, in one split (default photo)."
    )
    masks: tuple[Choice, ...] = _masks(
        (Choice("rect"), Choice("freeform"), Choice("blob")),
        "rect, freeform, blob, object, object=box or dir:PATH, each with an optional "
        ":WEIGHT. Repeatable (default rect, freeform, blob).",
        "NAME",
        flags="--mask",
        each=parse_choice,
    )
    regions: tuple[int, int] = _masks((1, 3), "Regions per mask (default 1 3).", "MIN MAX")
    area: tuple[float, float] = _masks(
        (0.02, 0.4), "Share of pixels to replace (default 0.02 0.4).", "MIN MAX"
    )
    blur: tuple[float, float] = _masks(
        (0.0, 0.0),
        "Sigma of a soft mask edge, in pixels (default 0 0); 255 still means replaced.",
        "MIN MAX",
    )
    scale: tuple[float, float] = _photos(
        (1.0, 1.0), "Scale photos down by a random factor (default 1 1).", "MIN MAX"
    )
    max_size: int | None = _photos(
        None, "Longest side; larger photos are scaled down.", "PIXELS", least=32
    )
    crop: int | None = _photos(None, "Longest side; larger photos are cropped.", "PIXELS", least=32)
    captions: Path | None = _photos(
        None, "Prompts: a captions CSV or COCO JSON (default: PHOTO.txt beside the photo).", "FILE"
    )
    prompt: str = _photos("", "Prompt for photos without a caption (default: none).", "TEXT")
    vae: tuple[str, ...] = _networks(
        (),
        "Autoencoder: file, shipped name or folder. Repeatable (default: the shipped ones).",
        "NAME|FILE",
    )
    vae_noise: float = _networks(
        0.0,
        "Most noise on latents, relative to their standard deviation (default 0).",
        "NUMBER",
        least=0,
    )
    vae_jitter: float = _networks(
        0.0, "Most relative change of the decoder's weights (default 0).", "NUMBER", least=0
    )
    diffusion_steps: int = _networks(30, "Denoising steps (default 30).", "N", least=1)
    diffusion_size: int = _networks(
        512, "Longest side for diffusion pipelines (default 512).", "PIXELS", least=16
    )
    device: str = _networks("auto", "auto, cpu, cuda, cuda:N or mps (default auto).", "NAME")
    precision: Literal["auto", "fp32", "bf16", "fp16"] = _networks(
        "auto", "Number format (default: bf16 where it is fast)."
    )
    batch_size: int = _networks(4, "Photos per batch (default 4).", "N", least=1)
    seed: int = option(
        0, RUN, "Random seed; the same seed gives the same bytes (default 0).", "N", least=0
    )

    def __post_init__(self) -> None:
        """Check ranges.

        Raises:
            UsageError: if a range is upside down or outside of what makes sense.
        """
        limits: dict[str, tuple[tuple[float, float], float, float]] = {
            "--quality": (self.quality, 1, 100),
            "--scale": (self.scale, 1e-3, 1),
            "--regions": (self.regions, 1, 100),
            "--area": (self.area, 1e-5, 0.95),
            "--blur": (self.blur, 0, 1000),
            "--degrade": (self.degrade, 0, 5),
        }
        for name, ((low, high), lowest, highest) in limits.items():
            if not lowest <= low <= high <= highest:
                raise UsageError(
                    f"{name} {low:g} {high:g}: two numbers, {lowest:g} to {highest:g}, "
                    "the smaller first"
                )
        if not self.kinds or not self.masks:
            raise UsageError("at least one kind and one mask are needed")
        if set(self.kinds) == {"mask"}:
            raise UsageError("--kinds mask: masks alone make no data set; add a kind of image")
