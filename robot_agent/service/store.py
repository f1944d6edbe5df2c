# SPDX-License-Identifier: Apache-2.0
"""What a robot remembers, on its disk: each save a file of its own, the newest two kept.

What must hold: after a power cut at any moment the newest whole save is there; a file that is not
what was written is noticed by its checksum; a save that did not reach the disk raises.
"""

import os
import re
from hashlib import sha256
from pathlib import Path

import msgspec

KEPT = 2
MAX_BYTES = 1 << 24
HEAD = b"drover-robot 1"

_NAME = re.compile(r"memory-(\d{1,18})")


class StoreError(OSError):
    """What cannot be read or written, in one sentence."""


class Found(msgspec.Struct, frozen=True):
    """What lay on the disk. `snapshot` None: nothing. `faults`: one sentence for each save newer
    than it that cannot be read; with no snapshot and no fault it is a first start."""

    snapshot: bytes | None
    faults: tuple[str, ...] = ()


class Store:
    """One robot's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = max(self._numbers(), default=0)

    def read(self) -> Found:
        """The newest save that is whole. Raises StoreError where the folder cannot be read."""
        faults: list[str] = []
        for number in sorted(self._numbers(), reverse=True):
            path = self._path(number)
            try:
                return Found(_unpacked(path.read_bytes()), tuple(faults))
            except (OSError, ValueError) as error:
                faults.append(f"{path}: {error}")
        return Found(None, tuple(faults))

    def write(self, snapshot: bytes) -> None:
        """On the disk when it returns. Raises StoreError; what was there is there still then."""
        number = self._number + 1
        path, half = self._path(number), self._folder / "memory.new"
        try:
            with half.open("wb") as file:
                file.write(_packed(snapshot))
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
            self._sync_folder()
            self._number = number
            for old in self._numbers():
                if old <= number - KEPT:
                    self._path(old).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from None

    def _sync_folder(self) -> None:
        # Without it a rename may be forgotten though the file itself was written.
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _numbers(self) -> list[int]:
        try:
            names = [path.name for path in self._folder.iterdir()]
        except OSError as error:
            raise StoreError(f"{self._folder}: cannot be read: {error.strerror}") from None
        return [int(found[1]) for name in names if (found := _NAME.fullmatch(name))]

    def _path(self, number: int) -> Path:
        return self._folder / f"memory-{number}"


def _packed(snapshot: bytes) -> bytes:
    return b"%s %s %d\n%s" % (HEAD, sha256(snapshot).hexdigest().encode(), len(snapshot), snapshot)


def _unpacked(content: bytes) -> bytes:
    """Raises ValueError."""
    if len(content) > MAX_BYTES:
        raise ValueError(f"has more than {MAX_BYTES} bytes")
    head, newline, snapshot = content.partition(b"\n")
    words = head.rsplit(b" ", 2)
    if not newline or len(words) != 3 or words[0] != HEAD:
        raise ValueError("is not a robot's memory of this version")
    if words[1] != sha256(snapshot).hexdigest().encode():
        raise ValueError("is damaged: its checksum is another")
    return snapshot
