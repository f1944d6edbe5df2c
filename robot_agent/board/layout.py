# SPDX-License-Identifier: Apache-2.0
"""What every message of the boards' protocol has: its id, its sender, how it lies on the wire."""

from typing import ClassVar, NamedTuple

import msgspec


class FieldLayout(NamedTuple):
    """How a field lies on the wire: a `struct` format (`12t`: text of 12 bytes, padded with 0);
    what is allowed, None: all that fits; the minor version it came with."""

    name: str
    format: str
    low: int | None = None
    high: int | None = None
    since: int = 0
    default: int = 0


class Message(msgspec.Struct, frozen=True):
    """`SENDER` is agent, board or plant; `KIND` says how it is sent: see PROTOCOL.md."""

    ID: ClassVar[int]
    SENDER: ClassVar[str]
    KIND: ClassVar[str]
    LAYOUT: ClassVar[tuple[FieldLayout, ...]]
