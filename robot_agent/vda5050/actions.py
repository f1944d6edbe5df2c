# SPDX-License-Identifier: Apache-2.0
"""The action types our robots do, their parameters and results: what both sides must spell alike.

Most are the standard's (VDA 5050 2.1.0, section 6.8); ours are `handover` (one compartment opened
for one person), `signal` (lights and horn), and the instant actions `trigger` (3.0 has it),
`extendWait` and `releaseStop` (motors that stand for a `cause` may go on). A code never goes over
the wire; the robot gets digests of it keyed with its own keys.
"""

import hmac
from hashlib import sha256

PICK = "pick"
DROP = "drop"
HANDOVER = "handover"
START_CHARGING = "startCharging"
WAIT_FOR_TRIGGER = "waitForTrigger"
FINE_POSITIONING = "finePositioning"
SIGNAL = "signal"
NODE_ACTIONS = (
    PICK,
    DROP,
    HANDOVER,
    START_CHARGING,
    WAIT_FOR_TRIGGER,
    FINE_POSITIONING,
    SIGNAL,
)
EDGE_ACTIONS = (SIGNAL,)

CANCEL_ORDER = "cancelOrder"
STOP_CHARGING = "stopCharging"
STATE_REQUEST = "stateRequest"
FACTSHEET_REQUEST = "factsheetRequest"
START_PAUSE = "startPause"
STOP_PAUSE = "stopPause"
INIT_POSITION = "initPosition"
LOG_REPORT = "logReport"
DOWNLOAD_MAP = "downloadMap"
ENABLE_MAP = "enableMap"
DELETE_MAP = "deleteMap"
TRIGGER = "trigger"
EXTEND_WAIT = "extendWait"
RELEASE_STOP = "releaseStop"
INSTANT_ACTIONS = (
    CANCEL_ORDER,
    STATE_REQUEST,
    FACTSHEET_REQUEST,
    START_PAUSE,
    STOP_PAUSE,
    START_CHARGING,
    STOP_CHARGING,
    INIT_POSITION,
    LOG_REPORT,
    DOWNLOAD_MAP,
    ENABLE_MAP,
    DELETE_MAP,
    TRIGGER,
    EXTEND_WAIT,
    RELEASE_STOP,
)

OUT = "out"
IN = "in"

COLLECTED = "collected"
RECEIVED = "received"
NO_SHOW = "no_show"
REFUSED = "refused"
JAMMED = "jammed"
WRONG_PARCEL = "wrong_parcel"
PRESUMED = "presumed"
"""Added to `collected` or `received`, after a space, where no sensor saw it."""

LOADED = "loaded"
UNLOADED = "unloaded"
CHARGING = "charging"
CANCELLED = "cancelled"
NOT_THERE = "not_there"
OCCUPIED = "occupied"
INTERRUPTED = "interrupted"
FORCED = "forced"
"""The compartment was open though nobody was let in: nobody knows what is in it."""
NOT_AT_DOCK = "not_at_dock"
NOT_TRIGGERED = "not_triggered"
"""Nobody came who was waited for: the door stayed shut."""

DIGESTS_MAX = 2
"""A `digest` parameter holds one digest, or two with a space between while keys are rotated."""


def handover_digest(
    robot_key: bytes, robot_id: str, parcel: str, compartment: str, code_version: int, code: str
) -> str:
    """HMAC-SHA256 in hex: worth nothing for another robot, parcel, compartment or code version."""
    text = f"{robot_id}|{parcel}|{compartment}|{code_version}|{code}"
    return hmac.new(robot_key, text.encode(), sha256).hexdigest()
