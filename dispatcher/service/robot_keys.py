# SPDX-License-Identifier: Apache-2.0
"""The robots' keys: provisioned in a file, never sent; codes leave as digests under them only."""

import json
from pathlib import Path
from typing import Final

KEY_BYTES_MIN: Final = 16
_KEYS_FILE_MAX: Final = 4_000_000


class KeysError(ValueError):
    """The file of robot keys cannot be used; the text never holds a key."""


def read_keys(path: Path) -> dict[str, bytes]:
    """The keys in a JSON file `{robot id: hex}`. Raises KeysError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise KeysError(f"{path}: robot keys cannot be read: {error.strerror}") from error
    try:
        table = json.loads(raw[:_KEYS_FILE_MAX])
        keys = {str(robot): bytes.fromhex(key) for robot, key in table.items()}
    except (ValueError, TypeError, AttributeError):
        raise KeysError(f'{path}: robot keys: allowed: {{"ROBOT ID": "HEX"}}') from None
    for robot, key in keys.items():
        if len(key) < KEY_BYTES_MIN:
            raise KeysError(f"{path}: the key of {robot} is shorter than {KEY_BYTES_MIN} bytes")
    return keys
