# SPDX-License-Identifier: Apache-2.0
"""What goes over the wire between the agent and a body's own computer: one JSON object a line.

What must hold: every line is one of these types, named in its field `type`; both sides send
something each `HEARTBEAT_S`, and who hears nothing for `SILENCE_S` takes the other for gone.
"""

import msgspec

from robot_agent.core.events import BodyEffect, BodyEvent

PROTOCOL = 1
MAX_LINE_BYTES = 1 << 20
HEARTBEAT_S = 0.5
SILENCE_S = 2.0


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The first line from each side. `name`: who says it."""

    name: str
    protocol: int = PROTOCOL
    compartments: tuple[str, ...] = ()


class Heartbeat(msgspec.Struct, frozen=True, tag=True):
    """I am well and have nothing to say."""


class Behind(msgspec.Struct, frozen=True, tag=True):
    """After a new connection, before the path is sent again: this many of its stretches are
    passed."""

    path_id: int
    stretches: int


FromBody = BodyEvent | Hello | Heartbeat

_body: msgspec.json.Decoder[FromBody] = msgspec.json.Decoder(FromBody)
_encoder = msgspec.json.Encoder()


class LineError(ValueError):
    """What is wrong with a line, in one sentence."""


def to_line(message: BodyEffect | Hello | Heartbeat | Behind) -> bytes:
    """With its newline."""
    return _encoder.encode(message) + b"\n"


def from_line(line: bytes) -> FromBody:
    """Raises LineError. What is in the line may be a code: the error never quotes it."""
    try:
        return _body.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise LineError(f"a line is not one of its messages: {error}") from None
