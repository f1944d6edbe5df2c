# SPDX-License-Identifier: Apache-2.0
"""From a journal back to a living site: the last snapshot, and the events after it.

What must hold: every event since is decided again exactly as recorded, effects and state hashes
compared; software that decides otherwise refuses to go on. A snapshot of another layout, or one
that is not what it was, is no obstacle: then everything is replayed. Effects returned while
replaying are dropped.
"""

import hashlib

import msgspec

from dispatcher.core.dispatcher import Dispatcher, SnapshotError
from dispatcher.core.events import Event
from dispatcher.core.record import Record, RecordError, event_of, pack
from dispatcher.roads.graph import RoadGraph
from dispatcher.service.journal import Fault, Journal, JournalError, Snapshot

_encoder = msgspec.json.Encoder()


class Restored(msgspec.Struct):
    """A site as its journal left it. `since` are the events after `base`, with their times, that
    the core took; `fault` is what froze the site."""

    dispatcher: Dispatcher
    base: Snapshot | None
    since: list[tuple[int, Event]]
    fault: Fault | None


def restore_site(journal: Journal, graph: RoadGraph) -> Restored:
    """Raises JournalError where the journal is damaged or would be continued otherwise."""
    base = journal.latest_snapshot()
    if base is not None and not _is_whole(base):
        base = None
    dispatcher = Dispatcher(graph)
    if base is not None:
        try:
            dispatcher = Dispatcher.restore(graph, base.state)
        except SnapshotError:
            base = None
    since: list[tuple[int, Event]] = []
    try:
        for record in journal.records_after(base.seq if base else -1):
            event = event_of(record)
            if not record.raised:
                _decide_again(journal, dispatcher, record, event)
                since.append((record.at_ms, event))
    except RecordError as error:
        raise JournalError(f"{journal.path}: {error}") from error
    return Restored(dispatcher, base, since, journal.open_fault())


def rebuild(graph: RoadGraph, base: Snapshot | None, since: list[tuple[int, Event]]) -> Dispatcher:
    """The state from what is remembered of it, after an event left it half changed."""
    dispatcher = Dispatcher.restore(graph, base.state) if base else Dispatcher(graph)
    for at_ms, event in since:
        dispatcher.handle(event, at_ms)
    return dispatcher


def _is_whole(snapshot: Snapshot) -> bool:
    """Whether its bytes still have the state hash they were written with."""
    return hashlib.sha256(snapshot.state).hexdigest().startswith(snapshot.state_hash)


def _decide_again(journal: Journal, dispatcher: Dispatcher, record: Record, event: Event) -> None:
    try:
        effects = tuple(dispatcher.handle(event, record.at_ms))
    except Exception as error:
        raise _differs(journal, record, f"it fails with {error!r}") from error
    if pack(_encoder.encode(effects)) != record.effects:
        raise _differs(journal, record, "the effects differ")
    if record.state_hash and dispatcher.state_hash() != record.state_hash:
        raise _differs(journal, record, "the state differs")


def _differs(journal: Journal, record: Record, how: str) -> JournalError:
    return JournalError(
        f"{journal.path}: record {record.seq} is decided otherwise by this software ({how}): "
        f"continue it with {journal.head.get('software')}, or give the site a new data_dir"
    )
