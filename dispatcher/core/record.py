# SPDX-License-Identifier: Apache-2.0
"""One journal record: an event, when, what was decided, and how it hangs on the record before.

What must hold: records are numbered from 0 without a gap; each carries a chain digest over itself
and the one before, so that one changed byte is named by its `seq`; the encoding of equal values is
equal byte for byte. Bodies are JSON (any tool and eye reads them), deflated when long.
"""

import hashlib
import zlib
from typing import Final

import msgspec

from dispatcher.core.effects import Effect
from dispatcher.core.events import Event

FORMAT: Final = 1
"""The journal's format number."""

HASH_EVERY: Final = 64
"""A state hash goes into every n-th record: a wrong state is found soon, at small cost."""

_DEFLATE_ABOVE_BYTES: Final = 300
_PLAIN: Final = b"\x00"
_DEFLATED: Final = b"\x01"
_BODY_BYTES_MAX: Final = 64_000_000

_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_effects = msgspec.json.Decoder(tuple[Effect, ...])
_encoder = msgspec.json.Encoder()


class RecordError(ValueError):
    """A record is damaged; the message names its `seq` and what is wrong."""


class Record(msgspec.Struct, frozen=True):
    """What is stored. `raised` holds the error text when the core could not take the event."""

    seq: int
    at_ms: int
    event: bytes
    effects: bytes
    chain: bytes
    state_hash: str = ""
    raised: str = ""


def make_record(
    seq: int,
    at_ms: int,
    event: Event,
    effects: tuple[Effect, ...],
    before: bytes,
    *,
    state_hash: str = "",
    raised: str = "",
) -> Record:
    """The record of one step; `before` is the chain digest of the record (or head) before it."""
    event_body, effects_body = pack(_encoder.encode(event)), pack(_encoder.encode(effects))
    chain = _link(before, seq, at_ms, event_body, effects_body, state_hash, raised)
    return Record(seq, at_ms, event_body, effects_body, chain, state_hash, raised)


def verify_link(record: Record, before: bytes) -> None:
    """Raise RecordError unless the record is whole and follows the one whose chain is `before`."""
    found = _link(
        before,
        record.seq,
        record.at_ms,
        record.event,
        record.effects,
        record.state_hash,
        record.raised,
    )
    if found != record.chain:
        raise RecordError(f"journal record {record.seq}: its bytes do not match its chain digest")


def head_link(head: bytes) -> bytes:
    """The chain digest that the first record hangs on."""
    return hashlib.sha256(b"drover journal head" + head).digest()[:16]


def event_of(record: Record) -> Event:
    """The event of a record. Raises RecordError."""
    try:
        event: Event = _events.decode(unpack(record.event))
        return event
    except (msgspec.MsgspecError, ValueError) as error:
        raise RecordError(f"journal record {record.seq}: event cannot be read: {error}") from error


def effects_of(record: Record) -> tuple[Effect, ...]:
    """The effects of a record. Raises RecordError."""
    try:
        return _effects.decode(unpack(record.effects))
    except (msgspec.MsgspecError, ValueError) as error:
        text = f"journal record {record.seq}: effects cannot be read: {error}"
        raise RecordError(text) from error


def pack(body: bytes) -> bytes:
    """A body as stored: one byte that says how, then the body, deflated when long."""
    if len(body) <= _DEFLATE_ABOVE_BYTES:
        return _PLAIN + body
    return _DEFLATED + zlib.compress(body, 6)


def unpack(stored: bytes) -> bytes:
    """The body of `pack`. Raises ValueError for anything else."""
    if stored[:1] == _PLAIN:
        return stored[1:]
    if stored[:1] != _DEFLATED:
        raise ValueError("unknown body form")
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(stored[1:], _BODY_BYTES_MAX)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inflater.eof:
        raise ValueError("body cut off or too long")
    return body


def _link(
    before: bytes,
    seq: int,
    at_ms: int,
    event: bytes,
    effects: bytes,
    state_hash: str,
    raised: str,
) -> bytes:
    digest = hashlib.sha256(before)
    head = f"|{seq}|{at_ms}|{len(event)}|{len(effects)}|{state_hash}|{raised}|"
    digest.update(head.encode())
    digest.update(event)
    digest.update(effects)
    return digest.digest()[:16]
