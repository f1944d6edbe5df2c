# SPDX-License-Identifier: Apache-2.0
"""The action types our robots do, their parameters and results: what both sides must spell alike.

`pick`, `drop`, `startCharging` and the instant actions are the standard's (VDA 5050 2.1.0, section
6.8); `handover` is ours: one compartment opened for one person. A code never goes over the wire;
the robot gets a digest of it keyed with its own key.
"""

import hmac
from hashlib import sha256

PICK = "pick"
DROP = "drop"
HANDOVER = "handover"
START_CHARGING = "startCharging"
NODE_ACTIONS = (PICK, DROP, HANDOVER, START_CHARGING)

CANCEL_ORDER = "cancelOrder"
STOP_CHARGING = "stopCharging"
STATE_REQUEST = "stateRequest"
FACTSHEET_REQUEST = "factsheetRequest"
START_PAUSE = "startPause"
STOP_PAUSE = "stopPause"
INSTANT_ACTIONS = (
    CANCEL_ORDER,
    STOP_CHARGING,
    STATE_REQUEST,
    FACTSHEET_REQUEST,
    START_PAUSE,
    STOP_PAUSE,
)

OUT = "out"
IN = "in"

COLLECTED = "collected"
RECEIVED = "received"
LOADED = "loaded"
UNLOADED = "unloaded"
CHARGING = "charging"
NO_SHOW = "no_show"
CANCELLED = "cancelled"
NOT_THERE = "not_there"
OCCUPIED = "occupied"


def handover_digest(
    robot_key: bytes, robot_id: str, parcel: str, compartment: str, code_version: int, code: str
) -> str:
    """HMAC-SHA256 in hex: worth nothing for another robot, parcel, compartment or code version."""
    text = f"{robot_id}|{parcel}|{compartment}|{code_version}|{code}"
    return hmac.new(robot_key, text.encode(), sha256).hexdigest()
