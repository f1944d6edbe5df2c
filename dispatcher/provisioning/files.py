# SPDX-License-Identifier: Apache-2.0
"""Files that hold secrets: for their owner alone from their first byte, whole or not there."""

import os
from pathlib import Path


class ProvisioningError(Exception):
    """It cannot be done: one sentence with where and why. Nothing secret is in it."""


def write_secret(path: Path, content: bytes) -> None:
    """Replace a file, mode 0600: whoever reads it meanwhile reads the old one or the new one."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        create_secret(part, content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ProvisioningError(f"{path}: cannot be written: {error.strerror}") from error


def create_secret(path: Path, content: bytes) -> None:
    """A new file, mode 0600, on the disk when this returns. Raises FileExistsError, OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read_secret(path: Path) -> bytes:
    """Raises ProvisioningError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProvisioningError(f"{path}: cannot be read: {error.strerror}") from error
