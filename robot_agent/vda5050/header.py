# SPDX-License-Identifier: Apache-2.0
"""What every message starts with (VDA 5050 2.1.0, section 6.4), and how a message gets it.

A message is made without header (each header field holds a default no real header can have) and
is stamped once, just before it is encoded. The codec refuses inbound messages that lack a header.
"""

from typing import Annotated, TypeVar

import msgspec

VERSION = "2.1.0"
MAX_UINT32 = 2**32 - 1

UInt32 = Annotated[int, msgspec.Meta(ge=0, le=MAX_UINT32)]
Text = Annotated[str, msgspec.Meta(max_length=4096)]


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """Base of everything on the wire: camelCase names, absent optionals left out, never null.

    What came off the wire refers to nothing but its own parts, so no cycle is looked for in it.
    """


class Message(Wire, frozen=True, kw_only=True):
    """Header fields: `header_id` counts per topic and wraps at 2**32, `timestamp` is ISO 8601 Z."""

    header_id: Annotated[int, msgspec.Meta(ge=-1, le=MAX_UINT32)] = -1
    timestamp: Text = ""
    version: Text = ""
    manufacturer: Text = ""
    serial_number: Text = ""


M = TypeVar("M", bound=Message)


def stamped(
    message: M,
    *,
    header_id: int,
    timestamp: str,
    manufacturer: str,
    serial_number: str,
    version: str = VERSION,
) -> M:
    """The same message with its header filled in."""
    return msgspec.structs.replace(
        message,
        header_id=header_id & MAX_UINT32,
        timestamp=timestamp,
        version=version,
        manufacturer=manufacturer,
        serial_number=serial_number,
    )
