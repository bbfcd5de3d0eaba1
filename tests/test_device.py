"""Devices that are there or not, precision, and what happens when memory runs out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from inpaintscan.device import (
    BatchFitter,
    computing,
    fit_batch_size,
    is_out_of_memory,
    resolve_device,
    resolve_precision,
)
from inpaintscan.errors import DeviceError, UsageError
from inpaintscan.scan.predict import Predictor
from inpaintscan.weights import load_network

CPU = torch.device("cpu")


@pytest.fixture
def no_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


@pytest.fixture
def two_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("no_accelerator")
def test_without_an_accelerator_auto_is_the_cpu() -> None:
    assert resolve_device("auto") == CPU
    assert resolve_device("cpu") == CPU


@pytest.mark.usefixtures("no_accelerator")
@pytest.mark.parametrize("name", ["cuda", "cuda:0", "cuda:1", "mps"])
def test_a_device_that_is_not_there_is_an_error_never_another_device(name: str) -> None:
    with pytest.raises(DeviceError, match=name.partition(":")[0]):
        resolve_device(name)


@pytest.mark.usefixtures("two_devices")
@pytest.mark.parametrize(
    ("name", "index"), [("auto", 0), ("cuda", 0), ("cuda:0", 0), ("cuda:1", 1)]
)
def test_devices_are_numbered(name: str, index: int) -> None:
    assert resolve_device(name) == torch.device("cuda", index)


@pytest.mark.usefixtures("two_devices")
def test_a_number_too_high_says_which_there_are() -> None:
    with pytest.raises(DeviceError, match=r"cuda:2: there are only 2 \(cuda:0 to 1\)"):
        resolve_device("cuda:2")


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "mps:0", "cpu:0", "CPU"])
def test_a_name_that_is_no_device_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="must be auto, cpu, cuda, cuda:N or mps"):
        resolve_device(name)


@pytest.mark.parametrize(
    ("name", "precision"), [("auto", "fp32"), ("fp32", "fp32"), ("bf16", "bf16"), ("fp16", "fp16")]
)
def test_precision(name: str, precision: str) -> None:
    assert resolve_precision(name, CPU) == precision


def test_an_unknown_precision_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="int8"):
        resolve_precision("int8", CPU)


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)],
)
def test_computing_without_gradients_in_the_precision_asked_for(
    precision: str, dtype: torch.dtype
) -> None:
    layer = torch.nn.Linear(4, 4)
    with computing(CPU, precision):  # type: ignore[arg-type]
        out = layer(torch.ones(1, 4))
    assert out.dtype == dtype
    assert not out.requires_grad


def test_the_cpu_computes_one_tile_at_a_time() -> None:
    assert fit_batch_size(CPU, 1024 * 1024) == 1


@pytest.mark.parametrize(
    ("free", "size"), [(0, 1), (10 * 2**30, 4), (140 * 2**30, 64)], ids=["none", "10 GB", "140 GB"]
)
def test_the_batch_fits_the_free_memory(
    monkeypatch: pytest.MonkeyPatch, free: int, size: int
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (free, free))
    assert fit_batch_size(torch.device("cuda", 0), 1024 * 1024) == size


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (MemoryError(), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_out_of_memory_is_told_from_other_errors(error: Exception, is_memory: bool) -> None:
    assert is_out_of_memory(error) == is_memory


@given(count=st.integers(0, 40), fits=st.integers(1, 40))
def test_batches_are_halved_until_they_fit(count: int, fits: int) -> None:
    fitter = BatchFitter(CPU)
    tried: list[int] = []

    def compute(start: int, stop: int) -> list[int]:
        tried.append(stop - start)
        if stop - start > fits:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return list(range(start, stop))

    parts = fitter.run(compute, count, 100)
    assert [number for part in parts for number in part] == list(range(count))
    tried.clear()
    fitter.run(compute, count, 100)
    assert all(size <= fits for size in tried)  # it remembers


def test_one_item_that_does_not_fit_is_a_device_error() -> None:
    def compute(start: int, stop: int) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(DeviceError, match="not enough memory for one tile of 4096 pixels"):
        BatchFitter(CPU).run(compute, 8, 4096)


def test_other_errors_pass() -> None:
    def compute(start: int, stop: int) -> None:
        raise RuntimeError("a slip of ours")

    with pytest.raises(RuntimeError, match="a slip"):
        BatchFitter(CPU).run(compute, 8, 4096)


def test_a_network_that_runs_out_of_memory_gives_the_same_answers(
    make_stub: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    network, _ = load_network(make_stub())
    predictor = Predictor(network, CPU, "fp32", batch_size=8)
    tiles = list(np.random.default_rng(0).integers(0, 256, (7, 32, 32, 3), dtype=np.uint8))
    expected = predictor.predict(tiles)
    monkeypatch.setattr(predictor, "device", torch.device("meta"))  # as on a device that batches
    compute = predictor._compute
    sizes: list[int] = []

    def little_memory(batch: object) -> object:
        sizes.append(len(batch))  # type: ignore[arg-type]
        if sizes[-1] > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        with monkeypatch.context() as patch:
            patch.setattr(predictor, "device", CPU)
            return compute(batch)  # type: ignore[arg-type]

    monkeypatch.setattr(predictor, "_compute", little_memory)
    found = predictor.predict(tiles)
    assert sizes == [7, 3, 3, 1]
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one.prob_map, other.prob_map)  # type: ignore[arg-type]
        assert np.array_equal(one.score_logits, other.score_logits)  # type: ignore[arg-type]
