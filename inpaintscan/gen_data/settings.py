"""Everything that decides the bytes of a data set, as one value that is written beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from inpaintscan.errors import UsageError

Kind = Literal["original", "mask", "inpainted", "realfake", "fakefake"]
SaveAs = Literal["png", "jpg", "webp"]

KINDS: tuple[Kind, ...] = ("original", "mask", "inpainted", "realfake", "fakefake")
SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class Choice:
    """A mask kind or an inpainter to draw from: `name`, `name:weight`, `name=argument:weight`."""

    name: str
    argument: str | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What `gen-data` was asked for. Ranges are inclusive; a value is drawn for each image."""

    methods: tuple[Choice, ...]
    masks: tuple[Choice, ...] = (Choice("rect"), Choice("freeform"), Choice("blob"))
    kinds: tuple[Kind, ...] = KINDS
    save_as: SaveAs = "png"
    quality: tuple[int, int] = (90, 90)
    """JPEG and WebP quality; one value for all kinds of a photo."""
    split: tuple[float, float, float] = (0.8, 0.1, 0.1)
    split_by: Literal["photo", "folder"] = "photo"
    per_photo: int = 1
    """Variants of a photo, each with its own scale, mask, method and seed."""
    scale: tuple[float, float] = (1.0, 1.0)
    """Factor by which a photo is made smaller before anything else."""
    max_size: int | None = None
    """Photos with a longer side are made smaller to it, in pixels."""
    crop: int | None = None
    """Photos with a longer side are cut to it at a random place, in pixels."""
    regions: tuple[int, int] = (1, 3)
    area: tuple[float, float] = (0.02, 0.4)
    """Share of the photo's pixels that is replaced."""
    blur: tuple[float, float] = (0.0, 0.0)
    """Standard deviation of the mask's soft edge, in pixels; 0 is a hard edge."""
    degrade: tuple[int, int] = (0, 0)
    """Fewest and most steps of the degradation chain, the same for all kinds of a photo."""
    augment: float = 0.0
    """Share of photos that get a second, augmented copy of every kind (Baek, Algorithm 1)."""
    clean_fraction: float = 0.0
    """Share of photos of which nothing but the original is written."""
    vae: tuple[str, ...] = ()
    """Autoencoders for `fakefake` and for the method `vae` without an argument."""
    vae_noise: float = 0.0
    """Most Gaussian noise on the latent, relative to the latent's standard deviation."""
    vae_jitter: float = 0.0
    """Most random relative change of the decoder's weights."""
    captions: str | None = None
    """Captions CSV or COCO captions JSON for the diffusion pipelines."""
    prompt: str = ""
    """For photos without a caption."""
    diffusion_steps: int = 30
    diffusion_size: int = 512
    """Longest side at which the diffusion pipelines work, in pixels."""
    seed: int = 0
    batch_size: int = 4
    """Images that go through a network together; part of the settings as it decides rounding."""
    device: str = "auto"
    precision: str = "auto"

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
        if not self.kinds or not self.methods or not self.masks:
            raise UsageError("at least one kind, one method and one mask are needed")
        if set(self.kinds) == {"mask"}:
            raise UsageError("--kinds mask: masks alone make no data set; add a kind of image")


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
