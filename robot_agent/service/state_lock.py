# SPDX-License-Identifier: Apache-2.0
"""One agent at a time on a robot's memory.

What must hold: the lock ends with the process that holds it, however that ends, and it leaves no
file behind that another user could not open.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LockedError(OSError):
    """Why the folder is not to be had, such as another agent at work on it; in one sentence."""


@contextmanager
def state_lock(folder: Path) -> Iterator[None]:
    """Holds the folder itself. Raises LockedError."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise LockedError(f"{folder}: cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise LockedError(
            f"{folder}: another agent is at work with this memory:"
            " stop it first (sudo systemctl stop drover-agent)"
        ) from None
    finally:
        os.close(handle)
