# SPDX-License-Identifier: Apache-2.0
"""Messages to bytes and back. Whatever the bytes are, decoding gives a message or a WireError.

Inbound any version 2.x.y is taken, unknown fields are ignored as the standard's versions add
some, and what sloppy peers write is read as they mean it (`tolerance`). Types and ranges are
checked here; what goes beyond one field is in `rules`.
"""

import re
from typing import Any, TypeVar

import msgspec

from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.factsheet import Factsheet
from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Action, Order
from robot_agent.vda5050.state import State
from robot_agent.vda5050.tolerance import OLD_DEVIATION, mended
from robot_agent.vda5050.topics import TopicName
from robot_agent.vda5050.visualization import Visualization

MAX_MESSAGE_BYTES = 1 << 20
MAX_REASON_LENGTH = 300
MAX_VALUE_DEPTH = 16
MAX_VALUE_INT = 2**63 - 1

M = TypeVar("M", bound=Message)
_VERSION = re.compile(r"2\.\d{1,4}\.\d{1,4}")
# Two of the published schemas do not ask for these two header fields.
_LAX_HEADER = ("factsheet", "visualization")


class WireError(ValueError):
    """What is wrong with an inbound message, in one printable sentence."""

    def __init__(self, sentence: str) -> None:
        printable = "".join(one if one.isprintable() else "?" for one in sentence)
        if len(printable) > MAX_REASON_LENGTH:
            printable = printable[: MAX_REASON_LENGTH - 3] + "..."
        super().__init__(printable)


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
    order = _decoded(_order, payload, "order")
    for node in order.nodes:
        _check_values(node.actions, "order")
    for edge in order.edges:
        _check_values(edge.actions, "order")
    return order


def decode_instant_actions(payload: bytes) -> InstantActions:
    """The array may be called `actions` or `instantActions`. Raises WireError."""
    either = _decoded(_instant_actions, payload, "instantActions")
    actions = either.actions if either.actions is not None else either.instant_actions
    if actions is None:
        raise WireError("instantActions: Object missing required field `actions`")
    _check_values(actions, "instantActions")
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
    factsheet = _decoded(_factsheet, payload, "factsheet")
    geometry = factsheet.agv_geometry
    for value in (*geometry.wheel_definitions, *geometry.envelopes2d, *geometry.envelopes3d):
        if fault := _value_fault(value):
            raise WireError(f"factsheet: agvGeometry {fault}")
    return factsheet


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
        if name == "order" and OLD_DEVIATION.encode() in payload:
            message = _tolerated(decoder, payload)
        else:
            message = _strict(decoder, payload)
    except RecursionError:
        raise WireError(f"{name}: nested too deeply") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise WireError(f"{name}: {error}") from None
    _check_header(message, name)
    return message


def _strict(decoder: msgspec.json.Decoder[M], payload: bytes) -> M:
    """As the standard writes it; what is not so is read once more with tolerance."""
    try:
        return decoder.decode(payload)
    except msgspec.ValidationError as error:
        try:
            return _tolerated(decoder, payload)
        except msgspec.ValidationError:
            raise  # what is wrong beyond what is tolerated
        except (RecursionError, msgspec.MsgspecError, ValueError):
            raise error from None


def _tolerated(decoder: msgspec.json.Decoder[M], payload: bytes) -> M:
    meant: M = msgspec.convert(mended(msgspec.json.decode(payload)), type=decoder.type)
    return meant


def _check_values(actions: tuple[Action, ...], name: TopicName) -> None:
    for action in actions:
        for parameter in action.action_parameters:
            if fault := _value_fault(parameter.value):
                raise WireError(
                    f"{name}: parameter {parameter.key!r} of action {action.action_id!r} {fault}"
                )


def _value_fault(value: Any) -> str:
    """Why a free JSON value could not be written down again; empty: it can."""
    level: list[Any] = [value]
    for _ in range(MAX_VALUE_DEPTH):
        below: list[Any] = []
        for one in level:
            if isinstance(one, int) and abs(one) > MAX_VALUE_INT:
                return "holds an integer of more than 64 bits"
            if isinstance(one, dict):
                below += one.values()
            elif isinstance(one, list):
                below += one
        if not below:
            return ""
        level = below
    return f"is nested more than {MAX_VALUE_DEPTH} deep"


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
