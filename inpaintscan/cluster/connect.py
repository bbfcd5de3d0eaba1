"""Connect to Ray: the cluster that its own variables name, or one started on this machine."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from inpaintscan.errors import ClusterError, MissingExtraError, first_line


@contextmanager
def connected() -> Iterator[None]:
    """Be connected to a cluster inside the block; one that was connected before stays so.

    `RAY_ADDRESS` names the cluster. Without it a cluster of this machine's cores is started, and
    stopped after the block. Ray's usage statistics are switched off unless its own variable asks
    for them.

    Raises:
        MissingExtraError: if Ray is not installed.
        ClusterError: if the cluster cannot be reached.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingExtraError("--engine ray", "ray") from error
    if ray.is_initialized():
        yield
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    address = os.environ.get("RAY_ADDRESS", "")
    try:
        _knock(address)
        with _own_termination():
            _start()
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        where = f"at {address}, which RAY_ADDRESS names" if address else "on this machine"
        raise ClusterError(f"no Ray cluster {where}: {first_line(error)}") from error
    try:
        yield
    finally:
        ray.shutdown()


def _start() -> None:
    """Call `ray.init`.

    Raises:
        RuntimeError: for the bare `Exception` of a Ray that takes too long to start.
    """
    import ray

    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
    except BaseException as error:
        ray.shutdown()
        if type(error) is Exception:
            raise RuntimeError(str(error)) from error
        raise


def _knock(address: str) -> None:
    """See that something listens at `HOST:PORT`: Ray itself would try for minutes.

    Raises:
        OSError: if nothing does.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=10.0).close()


@contextmanager
def _own_termination() -> Iterator[None]:
    """Keep this process's handler of SIGTERM: `ray.init` sets one that ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def cluster_total(resource: str) -> float:
    """Return how much of `CPU` or `GPU` the connected cluster has in all."""
    import ray

    return float(ray.cluster_resources().get(resource, 0.0))
