# SPDX-License-Identifier: Apache-2.0
"""Topic names (VDA 5050 2.1.0, section 6.3) and the delivery each message wants (6.2, 6.14).

`interface/v2/manufacturer/serialNumber/name`; no level is empty or holds `/ $ + #`.
"""

import re
from typing import Literal, NamedTuple

TopicName = Literal["order", "instantActions", "state", "visualization", "connection", "factsheet"]
NAMES: tuple[TopicName, ...] = (
    "order",
    "instantActions",
    "state",
    "visualization",
    "connection",
    "factsheet",
)
FROM_ROBOT: tuple[TopicName, ...] = ("state", "visualization", "connection", "factsheet")
FROM_MASTER: tuple[TopicName, ...] = ("order", "instantActions")
MAJOR = "v2"
MAX_TOPIC_LENGTH = 512

_LEVEL = re.compile(r"[^/$+#\x00-\x1f]{1,128}")
_SERIAL = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


class Topic(NamedTuple):
    """A parsed topic."""

    interface: str
    manufacturer: str
    serial: str
    name: TopicName

    @property
    def robot_id(self) -> str:
        """MANUFACTURER/SERIAL."""
        return f"{self.manufacturer}/{self.serial}"


def topic(interface: str, manufacturer: str, serial: str, name: TopicName) -> str:
    """Raises ValueError for a level the standard forbids."""
    for what, level in (("interface", interface), ("manufacturer", manufacturer)):
        if not _LEVEL.fullmatch(level):
            raise ValueError(f"{what} {level!r} is empty, too long or holds one of / $ + #")
    if not _SERIAL.fullmatch(serial):
        raise ValueError(f"serial number {serial!r} may only hold A-Z a-z 0-9 _ . : -")
    return f"{interface}/{MAJOR}/{manufacturer}/{serial}/{name}"


def parse_topic(text: str) -> Topic:
    """Raises ValueError where `text` is not a topic of this standard."""
    levels = text.split("/") if len(text) <= MAX_TOPIC_LENGTH else []
    if len(levels) != 5 or levels[1] != MAJOR:
        raise ValueError(f"topic {text[:80]!r} is not interface/{MAJOR}/manufacturer/serial/name")
    interface, _, manufacturer, serial, last = levels
    for name in NAMES:
        if name == last:
            topic(interface, manufacturer, serial, name)
            return Topic(interface, manufacturer, serial, name)
    raise ValueError(f"topic {text[:80]!r} ends with none of {', '.join(NAMES)}")


def qos_of(name: TopicName) -> int:
    """1 for connection, else 0: what matters is confirmed by state."""
    return 1 if name == "connection" else 0


def is_retained(name: TopicName) -> bool:
    """A retained order would be driven again by a restarted robot."""
    return name in ("connection", "factsheet")
