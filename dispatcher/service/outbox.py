# SPDX-License-Identifier: Apache-2.0
"""Notices to recipients: JSON lines that an e-mail or SMS gateway reads.

What must hold: a notice counts as sent only when its line is on the disk, whole and on a line of
its own; after a crash a line may be there twice. The file holds codes: it is made readable for its
owner alone, and is no log.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

OUTBOX_FILE = "outbox.jsonl"

_encoder = msgspec.json.Encoder()


class Notice(msgspec.Struct, frozen=True):
    """One line. `code` is empty where no compartment is to be opened (any more); with it comes the
    `token` of the recipient's page."""

    parcel: str
    version: int
    code: str
    notice: str
    recipient: str
    at_ms: int
    token: str = ""


class OutboxError(OSError):
    """The outbox cannot be opened."""


class Outbox:
    """Appends notices to one file."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._end_last_line()
        except OSError as error:
            raise OutboxError(f"{path}: the outbox cannot be opened: {error.strerror}") from error

    def send(self, notices: Sequence[Notice]) -> None:
        """Append these, and wait until they are on the disk: all, or none and OSError."""
        left = b"".join(_encoder.encode(notice) + b"\n" for notice in notices)
        size = os.fstat(self._file).st_size
        try:
            while left:
                left = left[os.write(self._file, left) :]
            os.fsync(self._file)
        except OSError:
            # On a full disk half a line is written, and the next notice would be glued to it.
            os.ftruncate(self._file, size)
            raise

    def _end_last_line(self) -> None:
        """A crash of the machine may have left half a line."""
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            os.write(self._file, b"\n")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
