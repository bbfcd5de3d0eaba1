"""Turn what was asked for into what is done: no `auto`, no default, every name checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from inpaintscan.errors import DeviceError, UsageError, WeightsError
from inpaintscan.files import sha256_of
from inpaintscan.gen_data.inpainters import check_method
from inpaintscan.gen_data.masks.draw import check_mask
from inpaintscan.gen_data.settings import Choice, Settings
from inpaintscan.weights import Card, read_card, resolve_model, weights_folder

if TYPE_CHECKING:
    import torch

FILLS = ("gated", "partial", "fourier")
"""Families whose weights are ours: `inpainter-<family>` where no file is named."""
_LEARNT = {*FILLS, "vae", "diffusion", "text-to-image"}


def settle(settings: Settings) -> Settings:
    """Return the settings as they are carried out and written down.

    No method stands for all shipped weights and patchmatch.
    `vae` without an argument becomes all autoencoders of `--vae`, or else all shipped ones, each
    with an equal part of the weight. Device and precision become what this machine has.

    Raises:
        UsageError: if a method or mask kind does not exist, or an autoencoder is needed.
        WeightsError: if a weights file is not there.
    """
    settings = replace(settings, methods=settings.methods or default_methods())
    for choice in settings.methods:
        check_method(choice)
    for choice in settings.masks:
        check_mask(choice)
    return _settle_device(_settle_autoencoders(settings))


def default_methods() -> tuple[Choice, ...]:
    """Return what is drawn from when no method is asked for: all shipped weights, and patches."""
    fills = tuple(
        Choice(card.arch, name, 2.0)
        for name, card in shipped("inpainter").items()
        if card.arch in FILLS
    )
    vae = (Choice("vae", None, 2.0),) if shipped("autoencoder") else ()
    return (*fills, *vae, Choice("patchmatch"))


def shipped(task: str) -> dict[str, Card]:
    """Return name and card of each shipped weights file for a task, by name."""
    cards = {file.stem: read_card(file) for file in sorted(weights_folder().glob("*.safetensors"))}
    return {name: card for name, card in cards.items() if card.task == task}


def _settle_autoencoders(settings: Settings) -> Settings:
    """Name every autoencoder that may be drawn."""
    wanted = any(choice.name == "vae" and not choice.argument for choice in settings.methods)
    named = [c.argument for c in settings.methods if c.name == "vae" and c.argument]
    if not wanted and ("fakefake" not in settings.kinds or settings.vae or named):
        return settings
    names = settings.vae or tuple(named) or tuple(shipped("autoencoder"))
    if not names:
        raise UsageError(
            "fakefakes and the method 'vae' need an autoencoder: --vae FILE, or leave them out "
            "(--kinds original,mask,inpainted,realfake)"
        )
    methods: list[Choice] = []
    for choice in settings.methods:
        if choice.name == "vae" and not choice.argument:
            methods += [Choice("vae", name, choice.weight / len(names)) for name in names]
        else:
            methods.append(choice)
    return replace(settings, methods=tuple(methods), vae=tuple(names))


def _settle_device(settings: Settings) -> Settings:
    """Name the device and the precision.

    `auto` takes bfloat16 where the hardware multiplies in it: about four times as fast, and its
    rounding is far below an autoencoder's own error.
    """
    if not needs_network(settings):
        return replace(settings, device="cpu", precision="fp32")
    from inpaintscan.device import resolve_device, resolve_precision

    device = resolve_device(settings.device)
    precision = settings.precision
    if precision == "auto":
        precision = "bf16" if _has_fast_bfloat16(device) else "fp32"
    return replace(settings, device=str(device), precision=resolve_precision(precision, device))


def needs_network(settings: Settings) -> bool:
    """Whether anything that may be drawn needs torch."""
    return (
        bool(_LEARNT & {choice.name for choice in settings.methods})
        or "object" in {choice.name for choice in settings.masks}
        or "fakefake" in settings.kinds
    )


def _has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the hardware multiplies in bfloat16."""
    import torch

    from inpaintscan.device import resolve_precision

    if device.type == "cpu":
        has_library = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        return has_library and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    try:
        resolve_precision("bf16", device)
    except DeviceError:
        return False
    return device.type != "mps"


def model_hashes(settings: Settings) -> dict[str, str]:
    """Return the SHA-256 of each local weights file that may be used, by its name.

    Raises:
        WeightsError: if one is not there.
    """
    names = set(settings.vae)
    for choice in settings.methods:
        if choice.name in FILLS:
            names.add(choice.argument or f"inpainter-{choice.name}")
        elif choice.name in _LEARNT and choice.argument:
            names.add(choice.argument)
    return {
        f"{name}: {file.name}": sha256_of(file)
        for name in sorted(names)
        for file in _weights_files(name)
    }


def _weights_files(name: str) -> list[Path]:
    """Return the files behind a name: of a folder all, of a name of the hub none."""
    if Path(name).is_dir():
        return sorted(Path(name).rglob("*.safetensors"))
    try:
        return [resolve_model(name)]
    except WeightsError:
        if name.count("/") == 1 and not Path(name).suffix:
            return []
        raise
