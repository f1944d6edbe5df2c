# SPDX-License-Identifier: Apache-2.0
"""Decides a recorded day again, from its first record on, and compares.

What must hold: every recorded input is fed at its recorded time, and every decision (the effects,
byte for byte) and every recorded state hash is compared; the first difference is named. The planner
is not asked again: its recorded answers are inputs.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from dispatcher.core.dispatcher import Dispatcher
from dispatcher.core.effects import Effect
from dispatcher.core.events import Event, SiteConfigured
from dispatcher.core.record import (
    Record,
    RecordError,
    effects_of,
    event_of,
    pack,
    verify_link,
)
from dispatcher.roads.graph import RoadGraph

SHOWN_CHARS_MAX = 160

_encoder = msgspec.json.Encoder()


class Difference(msgspec.Struct, frozen=True):
    """Where the replay and the journal part: record, time (epoch ms), kind of event, and how."""

    seq: int
    at_ms: int
    event: str
    what: str


class Verdict(msgspec.Struct, frozen=True):
    """`inputs` fed, `decisions` compared, and what was different; `complete` says whether the
    replay came to the journal's end."""

    inputs: int
    decisions: int
    differences: int
    first_difference: Difference | None
    complete: bool = True


def verify(
    records: Iterable[Record],
    first_link: bytes,
    snapshot_hashes: Mapping[int, str],
    graph: RoadGraph,
    tell: Callable[[int], None] = lambda _: None,
) -> Verdict:
    """Feed the records to a new core. `tell` is called with each record's number."""
    replay = _Replay(graph, first_link, snapshot_hashes)
    complete = True
    for record in records:
        if not replay.feed(record):
            complete = False
            break
        tell(record.seq)
    return Verdict(
        inputs=replay.inputs,
        decisions=replay.decisions,
        differences=replay.differences,
        first_difference=replay.first,
        complete=complete,
    )


class _Replay:
    def __init__(
        self, graph: RoadGraph, first_link: bytes, snapshot_hashes: Mapping[int, str]
    ) -> None:
        self.inputs = self.decisions = self.differences = 0
        self.first: Difference | None = None
        self._graph = graph
        self._core = Dispatcher(graph)
        self._chain = first_link
        self._snapshot_hashes = snapshot_hashes

    def feed(self, record: Record) -> bool:
        """One record; False: there is no going on from here."""
        if record.seq != self.inputs:
            self._differ(record, "", f"record {self.inputs} is missing")
            return False
        self.inputs += 1
        try:
            verify_link(record, self._chain)
        except RecordError as error:
            self._differ(record, "", str(error))
        self._chain = record.chain
        try:
            event = event_of(record)
        except RecordError as error:
            self._differ(record, "", str(error))
            return False
        if record.seq == 0 and not isinstance(event, SiteConfigured):
            self._differ(record, _kind(event), "a journal begins with the site's description")
            return False
        if record.raised:
            return self._fail_again(record, event)
        return self._decide_again(record, event)

    def _decide_again(self, record: Record, event: Event) -> bool:
        try:
            effects = tuple(self._core.handle(event, record.at_ms))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the difference
            self._differ(record, _kind(event), f"the core now fails: {_named(error)}")
            return False
        self.decisions += len(effects)
        if pack(_encoder.encode(effects)) != record.effects:
            self._differ(record, _kind(event), _how(record, effects))
        self._compare_states(record, event)
        return True

    def _fail_again(self, record: Record, event: Event) -> bool:
        """The daemon recorded an event that the core could not take and went back to the state
        before it, where the site stayed until a person had this event skipped."""
        before = self._core.snapshot()
        try:
            self._core.handle(event, record.at_ms)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
            if _named(error) != record.raised:
                what = f"recorded failure: {record.raised}; now: {_named(error)}"
                self._differ(record, _kind(event), what)
        else:
            what = f"the core now takes it; recorded failure: {record.raised}"
            self._differ(record, _kind(event), what)
        self._core = Dispatcher.restore(self._graph, before)
        self._compare_states(record, event)
        return True

    def _compare_states(self, record: Record, event: Event) -> None:
        wanted = {record.state_hash, self._snapshot_hashes.get(record.seq, "")} - {""}
        if wanted and wanted != {self._core.state_hash()}:
            self._differ(record, _kind(event), "the state after it has another hash")

    def _differ(self, record: Record, kind: str, what: str) -> None:
        self.differences += 1
        if self.first is None:
            self.first = Difference(record.seq, record.at_ms, kind, what)


def _kind(event: Event) -> str:
    return str(type(event).__struct_config__.tag)


def _named(error: Exception) -> str:
    """As the daemon names what the core raised."""
    return f"{type(error).__name__}: {error}"[:500]


def _how(record: Record, effects: tuple[Effect, ...]) -> str:
    """The first effect that differs, recorded and now."""
    try:
        recorded = effects_of(record)
    except RecordError as error:
        return str(error)
    if recorded == effects:
        return f"the same {len(effects)} effects are written otherwise"
    for number, (old, new) in enumerate(zip(recorded, effects, strict=False)):
        if old != new:
            return f"effect {number}: recorded {_shown(old)}; now {_shown(new)}"
    number = min(len(recorded), len(effects))
    if len(recorded) > number:
        return f"effect {number}: recorded {_shown(recorded[number])}; now none"
    return f"effect {number}: recorded none; now {_shown(effects[number])}"


def _shown(effect: Any) -> str:
    text = _encoder.encode(effect).decode()
    return text if len(text) <= SHOWN_CHARS_MAX else f"{text[:SHOWN_CHARS_MAX]}..."
