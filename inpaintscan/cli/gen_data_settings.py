"""From the options of `inpaintscan gen-data` to its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inpaintscan.errors import UsageError

if TYPE_CHECKING:
    from inpaintscan.gen_data.settings import Settings

_SAME = (
    "save_as", "quality", "split_by", "per_photo", "scale", "max_size", "crop", "regions", "area",
    "blur", "degrade", "augment", "clean_fraction", "vae_noise", "vae_jitter", "prompt",
    "diffusion_steps", "diffusion_size", "seed", "batch_size", "device", "precision",
)  # fmt: skip
"""Options whose value is the setting of the same name."""


def to_settings(options: dict[str, Any]) -> Settings:
    """Return the settings that the options (by parameter name) ask for.

    Raises:
        UsageError: if a value is not one of those allowed.
    """
    from inpaintscan.gen_data.resolved import default_methods
    from inpaintscan.gen_data.settings import KINDS, Choice, Settings, parse_choice

    wanted = {kind.strip() for kind in options["kinds"].split(",")}
    if unknown := wanted - set(KINDS):
        raise UsageError(
            f"--kinds: unknown {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}"
        )
    masks = options["mask"] or ["rect", "freeform", "blob"]
    methods: tuple[Choice, ...] = tuple(parse_choice(text) for text in options["method"] or ())
    values = {name: options[name] for name in _SAME}
    for name in ("save_as", "split_by", "precision"):
        values[name] = str(values[name])
    return Settings(
        methods=methods or default_methods(),
        masks=tuple(parse_choice(text) for text in masks),
        kinds=tuple(kind for kind in KINDS if kind in wanted),
        split=_to_split(options["split"]),
        vae=tuple(options["vae"] or ()),
        captions=str(options["captions"]) if options["captions"] else None,
        **values,
    )


def _to_split(text: str) -> tuple[float, float, float]:
    try:
        train, val, test = (float(share) for share in text.split(","))
    except ValueError as error:
        raise UsageError(f"--split {text}: write three shares, as 0.8,0.1,0.1") from error
    if min(train, val, test) < 0 or not 0 < train + val + test < float("inf"):
        raise UsageError(f"--split {text}: shares are not negative and not all 0")
    return train, val, test
