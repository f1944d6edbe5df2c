# SPDX-License-Identifier: Apache-2.0
"""Messages to bytes and back. Whatever the bytes are, decoding gives a message or a WireError.

Inbound any version 2.x.y is taken, and unknown fields are ignored as the standard's versions add
some. Types and ranges are checked here; what goes beyond one field is in `rules`.
"""

import re
from typing import TypeVar

import msgspec

from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.factsheet import Factsheet
from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Action, Order
from robot_agent.vda5050.state import State
from robot_agent.vda5050.topics import TopicName
from robot_agent.vda5050.visualization import Visualization

MAX_MESSAGE_BYTES = 1 << 20

M = TypeVar("M", bound=Message)
_VERSION = re.compile(r"2\.\d{1,4}\.\d{1,4}")
# Two of the published schemas do not ask for these two header fields.
_LAX_HEADER = ("factsheet", "visualization")


class WireError(ValueError):
    """What is wrong with an inbound message, in one sentence."""


class _EitherInstantActions(Message, frozen=True, kw_only=True):
    """Version 1.1 and some peers name the array as the message."""

    actions: tuple[Action, ...] | None = None
    instant_actions: tuple[Action, ...] | None = None


_encoder = msgspec.json.Encoder()
_order = msgspec.json.Decoder(Order)
_instant_actions = msgspec.json.Decoder(_EitherInstantActions)
_state = msgspec.json.Decoder(State)
_visualization = msgspec.json.Decoder(Visualization)
_connection = msgspec.json.Decoder(Connection)
_factsheet = msgspec.json.Decoder(Factsheet)


def encode(message: Message) -> bytes:
    """Compact UTF-8 JSON; the message must have been stamped."""
    return _encoder.encode(message)


def decode_order(payload: bytes) -> Order:
    """Raises WireError."""
    return _decoded(_order, payload, "order")


def decode_instant_actions(payload: bytes) -> InstantActions:
    """The array may be called `actions` or `instantActions`. Raises WireError."""
    either = _decoded(_instant_actions, payload, "instantActions")
    actions = either.actions if either.actions is not None else either.instant_actions
    if actions is None:
        raise WireError("instantActions: Object missing required field `actions`")
    return InstantActions(
        header_id=either.header_id,
        timestamp=either.timestamp,
        version=either.version,
        manufacturer=either.manufacturer,
        serial_number=either.serial_number,
        actions=actions,
    )


def decode_state(payload: bytes) -> State:
    """Raises WireError."""
    return _decoded(_state, payload, "state")


def decode_visualization(payload: bytes) -> Visualization:
    """Raises WireError."""
    return _decoded(_visualization, payload, "visualization")


def decode_connection(payload: bytes) -> Connection:
    """Raises WireError."""
    return _decoded(_connection, payload, "connection")


def decode_factsheet(payload: bytes) -> Factsheet:
    """Raises WireError."""
    return _decoded(_factsheet, payload, "factsheet")


def decode(name: TopicName, payload: bytes) -> Message:
    """The message a topic of that name carries. Raises WireError."""
    match name:
        case "order":
            return decode_order(payload)
        case "instantActions":
            return decode_instant_actions(payload)
        case "state":
            return decode_state(payload)
        case "visualization":
            return decode_visualization(payload)
        case "connection":
            return decode_connection(payload)
        case "factsheet":
            return decode_factsheet(payload)


def _decoded(decoder: msgspec.json.Decoder[M], payload: bytes, name: TopicName) -> M:
    if len(payload) > MAX_MESSAGE_BYTES:
        raise WireError(f"{name}: {len(payload)} bytes are more than {MAX_MESSAGE_BYTES}")
    try:
        message = decoder.decode(payload)
    except RecursionError:
        raise WireError(f"{name}: nested too deeply") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise WireError(f"{name}: {error}") from None
    _check_header(message, name)
    return message


def _check_header(message: Message, name: TopicName) -> None:
    for field in ("version", "manufacturer", "serial_number"):
        if not getattr(message, field):
            camel = "serialNumber" if field == "serial_number" else field
            raise WireError(f"{name}: Object missing required field `{camel}`")
    if name not in _LAX_HEADER:
        if message.header_id < 0:
            raise WireError(f"{name}: Object missing required field `headerId`")
        if not message.timestamp:
            raise WireError(f"{name}: Object missing required field `timestamp`")
    if not _VERSION.fullmatch(message.version):
        raise WireError(f"{name}: version {message.version[:20]!r} is not 2.x.y")
