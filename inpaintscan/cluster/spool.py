"""The images of a run, on disk instead of in memory: a hundred million names take no room."""

from __future__ import annotations

import json
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath, PurePosixPath

from inpaintscan.cluster.uris import RemoteFile
from inpaintscan.findings import Finding
from inpaintscan.images import ImageFile
from inpaintscan.report.record import from_record, to_record


class Spool:
    """What `find_images` and `find_uri` found, written to a temporary file and read from there."""

    def __init__(self, items: Iterable[ImageFile | Finding]) -> None:
        self._count = 0
        self._file = tempfile.TemporaryFile("w+b")  # noqa: SIM115  it goes with the spool
        weakref.finalize(self, self._file.close)
        for item in items:
            self._file.write(_to_line(item))
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ImageFile | Finding]:
        """Read from the start; any number of iterations, also at the same time."""
        place = 0
        for _ in range(self._count):
            self._file.seek(place)
            line = self._file.readline()
            place += len(line)
            yield _from_line(line)


def _to_line(item: ImageFile | Finding) -> bytes:
    if isinstance(item, Finding):
        return json.dumps({"record": to_record(item)}).encode() + b"\n"
    fields = {
        "path": os.fspath(item.path),
        "name": item.name,
        "relative": os.fspath(item.relative),
        "named": item.named,
    }
    if isinstance(item, RemoteFile):
        fields |= {"root": item.root, "key": item.key}
    return json.dumps(fields).encode() + b"\n"


def _from_line(line: bytes) -> ImageFile | Finding:
    fields = json.loads(line)
    if "record" in fields:
        return from_record(fields["record"])[0]
    fields["path"] = Path(fields["path"])
    if "root" in fields:
        return RemoteFile(**fields | {"relative": PurePosixPath(fields["relative"])})
    return ImageFile(**fields | {"relative": PurePath(fields["relative"])})
