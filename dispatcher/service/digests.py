# SPDX-License-Identifier: Apache-2.0
"""What a robot is told instead of a code, made when an order is performed.

What must hold: a code is looked up here and leaves as a digest under the robot's own key only. A
robot without a key gets no digest and would hand over to anybody, so its order is not sent at all.
"""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Final

from dispatcher.core.effects import PublishOrder
from dispatcher.service.contacts import Contacts

KEY_BYTES_MIN: Final = 16
_KEYS_FILE_MAX: Final = 4_000_000
_HANDOVERS: Final = ("out", "in")


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


def digests_of(effect: PublishOrder, key: bytes | None, contacts: Contacts) -> dict[str, str]:
    """The digest of each handover of an order, by action id. Raises KeysError without a key."""
    found: dict[str, str] = {}
    for node in effect.nodes:
        for action in node.actions:
            if action.kind not in _HANDOVERS:
                continue
            if key is None:
                raise KeysError(f"robot {effect.robot} has no key: its handovers cannot be locked")
            code = contacts.code_of(action.parcel, action.version)
            text = f"{effect.robot}|{action.parcel}|{action.compartment}|{action.version}|{code}"
            found[action.id] = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return found
