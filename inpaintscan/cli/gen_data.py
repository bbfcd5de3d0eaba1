"""`inpaintscan gen-data`: photos in, a labelled data set out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inpaintscan.errors import UsageError

if TYPE_CHECKING:
    from inpaintscan.gen_data.settings import Settings


def command(
    source: Annotated[Path, typer.Argument(help="Folder of photos, searched with its sub-folders.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the data set.")],
    method: Annotated[
        list[str] | None,
        typer.Option(help="Inpainter: NAME, NAME:WEIGHT or NAME=FILE:WEIGHT; repeatable."),
    ] = None,
    mask: Annotated[
        list[str] | None, typer.Option(help="Mask kind: NAME or NAME:WEIGHT; repeatable.")
    ] = None,
    kinds: Annotated[
        str, typer.Option(help="Comma-separated kinds to write.")
    ] = "original,mask,inpainted,realfake,fakefake",
    save_as: Annotated[str, typer.Option(help="png, jpg or webp.")] = "png",
    quality: Annotated[
        tuple[int, int], typer.Option(metavar="MIN MAX", help="Quality of jpg and webp.")
    ] = (90, 90),
    split: Annotated[str, typer.Option(help="Shares of train, val, test.")] = "0.8,0.1,0.1",
    split_by: Annotated[str, typer.Option(help="photo, or folder: none is divided.")] = "photo",
    per_photo: Annotated[int, typer.Option(min=1, help="Variants of each photo.")] = 1,
    scale: Annotated[
        tuple[float, float], typer.Option(metavar="MIN MAX", help="Make photos smaller by a factor.")
    ] = (1.0, 1.0),
    max_size: Annotated[int | None, typer.Option(min=32, help="Longest side, by scaling.")] = None,
    crop: Annotated[int | None, typer.Option(min=32, help="Longest side, by cutting.")] = None,
    regions: Annotated[
        tuple[int, int], typer.Option(metavar="MIN MAX", help="Regions in a mask.")
    ] = (1, 3),
    area: Annotated[
        tuple[float, float], typer.Option(metavar="MIN MAX", help="Share of pixels replaced.")
    ] = (0.02, 0.4),
    blur: Annotated[
        tuple[float, float], typer.Option(metavar="MIN MAX", help="Soft edge of masks, sigma in px.")
    ] = (0.0, 0.0),
    clean_fraction: Annotated[
        float, typer.Option(min=0, max=1, help="Share of photos left untouched.")
    ] = 0.0,
    vae: Annotated[list[str] | None, typer.Option(help="Autoencoder: file, name or folder.")] = None,
    vae_noise: Annotated[float, typer.Option(min=0, help="Most noise on latents.")] = 0.0,
    vae_jitter: Annotated[float, typer.Option(min=0, help="Most change of decoder weights.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    batch_size: Annotated[int, typer.Option(min=1, help="Photos a batch.")] = 4,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: all cores.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, fp32 or bf16.")] = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress bar.")] = False,
) -> None:
    """Turn a folder of photos into a labelled data set of inpainted images."""
    from inpaintscan.gen_data.generate import generate

    settings = _settings(locals())
    bar = None if no_progress else _Bar()
    summary = generate(
        source,
        output,
        settings,
        workers=workers or os.cpu_count() or 1,
        resume=resume,
        progress=bar,
    )
    if bar is not None:
        bar.close()
    for line in summary.failures:
        typer.echo(f"skipped: {line}", err=True)
    typer.echo(
        f"{len(summary.rows)} images written to {output}, {len(summary.failures)} photos skipped",
        err=True,
    )


def _settings(options: dict[str, Any]) -> Settings:
    """Return the settings that the options ask for.

    Raises:
        UsageError: if a value is not one of those allowed.
    """
    from inpaintscan.gen_data.settings import KINDS, Settings, parse_choice

    kinds = tuple(options["kinds"].split(","))
    if unknown := set(kinds) - set(KINDS):
        raise UsageError(f"--kinds: unknown {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    try:
        split = tuple(float(share) for share in options["split"].split(","))
    except ValueError as error:
        raise UsageError(f"--split {options['split']}: write three shares, as 0.8,0.1,0.1") from error
    if len(split) != 3 or min(split) < 0 or sum(split) <= 0:
        raise UsageError(f"--split {options['split']}: write three shares, as 0.8,0.1,0.1")
    for name, allowed in (("save_as", ("png", "jpg", "webp")), ("split_by", ("photo", "folder"))):
        if options[name] not in allowed:
            raise UsageError(f"--{name.replace('_', '-')}: one of {', '.join(allowed)}")
    same = (
        "save_as", "quality", "split_by", "per_photo", "scale", "max_size", "crop", "regions",
        "area", "blur", "clean_fraction", "vae_noise", "vae_jitter", "seed", "batch_size",
        "device", "precision",
    )  # fmt: skip
    return Settings(
        methods=tuple(parse_choice(text) for text in options["method"] or ["telea"]),
        masks=tuple(parse_choice(text) for text in options["mask"] or ["rect", "freeform", "blob"]),
        kinds=tuple(kind for kind in KINDS if kind in kinds),
        split=split,
        vae=tuple(options["vae"] or ()),
        **{name: options[name] for name in same},
    )


class _Bar:
    """A progress bar on standard error, with photos a second."""

    def __init__(self) -> None:
        from tqdm import tqdm

        self.bar = tqdm(unit="image", file=sys.stderr, dynamic_ncols=True)
        self.before: int | None = None

    def __call__(self, done: int, total: int, outcome: Any) -> None:
        self.bar.total = total
        self.bar.update(done - self.bar.n)

    def close(self) -> None:
        self.bar.close()


if __name__ == "__main__":
    typer.run(command)
