"""One safetensors file <-> a network and its card.

The card is everything needed to use the network, as JSON under the single metadata key
`inpaintscan` (several keys would not be byte-stable). Reading a card loads no torch.
"""

from __future__ import annotations

import math
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from inpaintscan.card import Calibration, Card, Input, Threshold, card_from_json, card_to_json
from inpaintscan.card_shape import check_header, offline
from inpaintscan.errors import UsageError, WeightsError
from inpaintscan.files import write_bytes
from inpaintscan.shapes import ShapeError, parse_json

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = [
    "DEFAULT_MODEL", "METADATA_KEY", "Calibration", "Card", "Input", "Threshold", "card_from_json",
    "card_to_json", "load_network", "read_card", "resolve_model", "weights_folder", "write_weights",
]  # fmt: skip

DEFAULT_MODEL = "inpaintscan"
METADATA_KEY = "inpaintscan"
_HEADER_LIMIT = 100 * 1024 * 1024
_LONGEST_REASON = 200
_SPARE_NUMBERS = 64 * 1024 * 1024
"""What a network may hold while it is built, beyond its tensors: heads that are cut off."""


def read_card(path: Path) -> Card:
    """Read the card of a weights file without loading its tensors.

    Raises:
        WeightsError: if the file is missing, truncated, or not one of ours.
    """
    return _read_header(path)[0]


def _read_header(path: Path) -> tuple[Card, list[list[int]]]:
    """Return the card of a weights file, and the shapes of its tensors.

    Raises:
        WeightsError: if the file is missing, truncated, or not one of ours.
    """
    try:
        with path.open("rb") as file:
            prefix = file.read(8)
            if len(prefix) < 8:
                raise WeightsError(f"{path}: truncated weights file; download or copy it again")
            (length,) = struct.unpack("<Q", prefix)
            if length > _HEADER_LIMIT:
                raise WeightsError(f"{path}: not a safetensors file")
            header = file.read(length)
            size = file.seek(0, os.SEEK_END)
    except OSError as error:
        raise WeightsError(f"{path}: cannot read weights: {error.strerror or error}") from error
    if header and not header.startswith(b"{"):
        raise WeightsError(f"{path}: not a safetensors file")
    if len(header) < length:
        raise WeightsError(f"{path}: truncated weights file; download or copy it again")
    try:
        fields = parse_json(header)
        metadata = fields.pop("__metadata__", {})
        check_header(fields, metadata)
    except ShapeError as error:
        raise WeightsError(f"{path}: not a safetensors file ({error})") from error
    end = max((entry["data_offsets"][1] for entry in fields.values()), default=0)
    if size < 8 + length + end:
        raise WeightsError(f"{path}: truncated weights file; download or copy it again")
    if METADATA_KEY not in metadata:
        raise WeightsError(
            f"{path}: a safetensors file, but not one written by inpaintscan (it has no card)"
        )
    card = card_from_json(metadata[METADATA_KEY], path)
    return card, [entry["shape"] for entry in fields.values()]


def resolve_model(model: str) -> Path:
    """Return the weights file that `--model` names: a file, or a name of a shipped file.

    Raises:
        WeightsError: if there is neither.
    """
    path = Path(model)
    is_path = path.suffix == ".safetensors" or len(path.parts) > 1
    if is_path or path.is_file():  # but a folder may have a model's name
        if not path.is_file():
            raise WeightsError(f"{path}: no such weights file")
        return path
    folder = weights_folder()
    shipped = folder / f"{model}.safetensors"
    if not shipped.is_file():
        names = sorted(file.stem for file in folder.glob("*.safetensors"))
        raise WeightsError(f"no weights named {model!r}; shipped are: {', '.join(names) or 'none'}")
    return shipped


def weights_folder() -> Path:
    """Return the folder of the shipped weights: inside the wheel, or beside the package."""
    packaged = Path(str(resources.files("inpaintscan"))) / "weights"
    return packaged if packaged.is_dir() else packaged.parent.parent / "weights"


def load_network(path: Path) -> tuple[nn.Module, Card]:
    """Build the network of a weights file, in evaluation mode on the CPU.

    Raises:
        WeightsError: if the file is damaged or does not fit its architecture.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from inpaintscan.nets import NETWORKS
    from inpaintscan.nets.unfilled import Unfilled

    card, shapes = _read_header(path)
    if card.arch not in NETWORKS:
        raise WeightsError(
            f"{path}: unknown architecture {card.arch!r}; this version knows {sorted(NETWORKS)}"
        )
    try:
        with _no_larger_than(sum(math.prod(shape) for shape in shapes)), Unfilled():
            network = NETWORKS[card.arch](**offline(card.arch_args))
    except _BUILD_ERRORS as error:
        raise WeightsError(
            f"{path}: architecture {card.arch!r} does not take the arguments in its card: {error}"
        ) from error
    try:
        network.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError, LookupError, TypeError, ValueError) as error:
        why = (str(error).strip() or type(error).__name__).splitlines()[:2][-1]
        raise WeightsError(
            f"{path}: its tensors do not fit architecture {card.arch!r}; another version of "
            f"inpaintscan may have made it: {shorten(why, _LONGEST_REASON)}"
        ) from error
    return network.eval(), card


_BUILD_ERRORS = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, MemoryError,
    OSError, RuntimeError, TypeError, UsageError, ValueError,
)  # fmt: skip
"""What constructors raise when their arguments make no sense."""


@contextmanager
def _no_larger_than(numbers: int) -> Iterator[None]:
    """Stop this thread from building a network of more than so many numbers, before it fills them.

    Raises:
        ValueError: when it would become larger.
    """
    from torch.nn.modules import module

    left, thread = numbers + _SPARE_NUMBERS, threading.get_ident()

    def count(_module: nn.Module, _name: str, tensor: torch.Tensor | None) -> None:
        nonlocal left
        if tensor is not None and threading.get_ident() == thread:
            left -= tensor.numel()
            if left < 0:
                raise ValueError("they make a network that is larger than the tensors in the file")

    hooks = [
        module.register_module_parameter_registration_hook(count),
        module.register_module_buffer_registration_hook(count),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def write_weights(path: Path, network: nn.Module, card: Card, *, half: bool = False) -> None:
    """Write a network and its card to one file, through a temporary name.

    `half` keeps the kernels, matrices and whatever else has two axes or more as float16, which
    halves the file; they are float32 again when loaded. Statistics and biases stay as they are.
    """
    import torch
    from safetensors.torch import save

    tensors = {name: tensor.detach().contiguous() for name, tensor in network.state_dict().items()}
    if half:
        tensors = {
            name: tensor.to(torch.float16) if tensor.ndim > 1 else tensor
            for name, tensor in tensors.items()
        }
    write_bytes(path, save(tensors, metadata={METADATA_KEY: card_to_json(card)}))
