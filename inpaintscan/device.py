"""Where the network runs: device, precision, batch size, and what to do when memory runs out.

The only file that names a kind of device.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from inpaintscan.errors import DeviceError, UsageError

if TYPE_CHECKING:
    import torch
    from torch import nn

Precision = Literal["fp32", "bf16", "fp16"]
T = TypeVar("T")

_BYTES_A_PIXEL = 1500
"""Memory that a pixel of a tile takes while the default network runs, with room to spare."""
_MAX_BATCH = 64


_auto: ContextVar[str] = ContextVar("auto", default="auto")


@contextlib.contextmanager
def auto_device(name: str) -> Iterator[None]:
    """Let `auto` mean another device for a while: what the user of a whole command chose."""
    token = _auto.set(name)
    try:
        yield
    finally:
        _auto.reset(token)


def use_threads(count: int | None) -> None:
    """Let the network compute in so many threads on the CPU; None leaves the choice to PyTorch."""
    if count is not None:
        import torch

        torch.set_num_threads(count)


def resolve_device(name: str = "auto") -> torch.device:
    """Return the device that `auto`, `cpu`, `cuda`, `cuda:N` or `mps` names.

    `auto` is the first CUDA device, else MPS, else the CPU.

    Raises:
        DeviceError: if the device is not there; never another device instead.
        UsageError: if the name is none of these.
    """
    import torch

    if name == "auto":
        name = _auto.get()
    if re.fullmatch(r"auto|cpu|mps|cuda(:[0-9]{1,4})?", name) is None:
        raise UsageError(f"device {name!r}: must be auto, cpu, cuda, cuda:N or mps")
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", 0)
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    if name.startswith("cuda"):
        return _cuda_device(int(name.partition(":")[2] or 0))
    if name == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("device mps: this machine, or this build of PyTorch, has none; use cpu")
    return torch.device(name)


def _cuda_device(index: int) -> torch.device:
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count == 0:
        built = "" if torch.version.cuda else " (this build of PyTorch has no CUDA)"
        raise DeviceError(f"device cuda: there is no usable CUDA device{built}; use --device cpu")
    if index >= count:
        raise DeviceError(f"device cuda:{index}: there are only {count} (cuda:0 to {count - 1})")
    return torch.device("cuda", index)


def resolve_precision(name: str, device: torch.device) -> Precision:
    """Return the number format to compute in.

    `auto` is fp32 everywhere: the traces looked for are smaller than bf16 resolves, and scores
    then agree between devices.

    Raises:
        DeviceError: if the device cannot compute in it.
        UsageError: if the name is unknown.
    """
    import torch

    if name == "auto":
        return "fp32"
    if name not in get_args(Precision):
        raise UsageError(f"precision {name!r}: must be auto, fp32, bf16 or fp16")
    if name == "bf16" and device.type == "cuda":
        with torch.cuda.device(device):
            if not torch.cuda.is_bf16_supported():
                raise DeviceError(f"device {device} has no bf16; use --precision fp32 or fp16")
    return "bf16" if name == "bf16" else "fp16" if name == "fp16" else "fp32"


@contextlib.contextmanager
def computing(device: torch.device, precision: Precision) -> Iterator[None]:
    """Compute without gradients, in `precision`, repeatably, and never in TF32.

    TF32 keeps 10 bits of each factor, which is about the size of the noise that is looked at.
    """
    import torch

    types = {"bf16": torch.bfloat16, "fp16": torch.float16}
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        if device.type == "cuda":
            stack.enter_context(
                torch.backends.cudnn.flags(
                    enabled=True, benchmark=False, deterministic=True, allow_tf32=False
                )
            )
        if precision in types:
            stack.enter_context(torch.autocast(device.type, dtype=types[precision]))
        yield


def place(network: nn.Module, device: torch.device) -> nn.Module:
    """Return the network on the device, weights laid out as convolutions like them best."""
    import torch

    return network.to(device=device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload,no-any-return]


def fit_batch_size(device: torch.device, tile_pixels: int) -> int:
    """Return how many tiles of `tile_pixels` pixels to compute at once in the free memory.

    On the CPU that is one: more are no faster, and only take memory.
    """
    import torch

    if device.type == "cpu":
        return 1
    if device.type == "cuda":
        free = torch.cuda.mem_get_info(device)[0]
    else:
        free = torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory()
    return int(min(max(free * 0.7 // (_BYTES_A_PIXEL * tile_pixels), 1), _MAX_BATCH))


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that the device, or the machine, has no memory left."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in text or "can't allocate memory" in text
    )


def release_memory(device: torch.device) -> None:
    """Give cached blocks back to the device."""
    import torch

    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


class BatchFitter:
    """Runs batches, in halves where the device has too little memory, and remembers the size."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.largest: dict[int, int] = {}
        """For each size of an item, the number of items that is known to fit."""

    def run(self, compute: Callable[[int, int], T], count: int, item_size: int) -> list[T]:
        """Return `compute(start, stop)` for consecutive parts of `count` items, in order.

        The parts are as large as memory allows, at first all in one.

        Raises:
            DeviceError: if not even one item fits.
        """
        results: list[T] = []
        start = 0
        while start < count:
            step = min(self.largest.get(item_size, count), count - start)
            result = self._attempt(compute, start, start + step)
            if result is None:
                self.largest[item_size] = self._half(step, item_size)
                continue
            results.extend(result)
            start += step
        return results

    def _attempt(self, compute: Callable[[int, int], T], start: int, stop: int) -> list[T] | None:
        """Return a list of the one result, or None where memory ran out."""
        try:
            return [compute(start, stop)]
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        release_memory(self._device)  # outside the handler: its traceback holds the tensors
        return None

    def _half(self, step: int, item_size: int) -> int:
        if step == 1:
            raise DeviceError(
                f"device {self._device}: not enough memory for one tile of {item_size} pixels; "
                "free some, or use --device cpu"
            )
        return step // 2
