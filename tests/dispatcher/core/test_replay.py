# SPDX-License-Identifier: Apache-2.0
"""Replay of the journal gives the same state and the same effects, from any point on."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from dispatcher.core.dispatcher import Dispatcher, SnapshotError
from dispatcher.core.effects import AskPlanner, Notify, PublishInstant, PublishOrder, WakeAt
from dispatcher.core.record import (
    RecordError,
    effects_of,
    event_of,
    head_link,
    make_record,
    verify_link,
)


@pytest.fixture
def busy(graph, make_fleet):
    """Two robots, a dozen parcels of all kinds, some nobody wants; stopped in the middle."""
    fleet = make_fleet(graph, robots=2)
    fleet.results = lambda action: (
        "no_show" if action.kind == "out" and action.parcel in ("p02", "p05") else ""
    )
    for n in range(12):
        if n % 4 == 3:
            fleet.announce(
                f"p{n:02}", kind="return", origin="s2", destination="st", at_station=False
            )
        else:
            fleet.announce(f"p{n:02}", ("s1", "s2")[n % 2], size="SM"[n % 2], key=f"k{n}")
        fleet.run(17)
    return fleet.run(120)


def test_replay_gives_the_same_effects_and_states(graph, busy):
    again = Dispatcher(graph)
    for record in busy.records:
        effects = again.handle(event_of(record), record.at_ms)
        assert msgspec.json.encode(effects) == msgspec.json.encode(effects_of(record)), record.seq
        assert again.state_hash() == record.state_hash, record.seq
    assert again.snapshot() == busy.core.snapshot()


def test_a_snapshot_taken_anywhere_has_the_same_future(graph, busy):
    for cut in range(1, len(busy.records), 29):
        again = Dispatcher(graph)
        for record in busy.records[:cut]:
            again.handle(event_of(record), record.at_ms)
        restored = Dispatcher.restore(graph, again.snapshot())
        for record in busy.records[cut:]:
            restored.handle(event_of(record), record.at_ms)
        assert restored.state_hash() == busy.core.state_hash(), cut


def test_after_a_crash_everything_unconfirmed_is_still_owed(graph, busy):
    """Whatever effect had not been confirmed when the process died comes out of `outstanding`."""
    kinds = (PublishOrder, PublishInstant, Notify, AskPlanner)
    again = Dispatcher(graph)
    confirmed: set[str] = set()
    for record in busy.records:
        event = event_of(record)
        effects = again.handle(event, record.at_ms)
        owed = {e.id for e in again.outstanding(record.at_ms) if not isinstance(e, WakeAt)}
        fresh = {effect.id for effect in effects if isinstance(effect, kinds)}
        assert fresh <= owed, record.seq
        confirmed |= fresh - owed
    assert not confirmed


def test_the_same_under_another_hash_seed(busy):
    """No decision hangs on the order of a set."""
    script = Path(__file__).with_name("hash_of_a_run.py")
    prints = []
    for seed in ("1", "4711"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, str(script)], env=env, capture_output=True, text=True, check=True
        )
        prints.append(done.stdout)
    assert prints[0] == prints[1] != ""


def test_a_damaged_snapshot_is_refused_in_one_sentence(graph, busy):
    with pytest.raises(SnapshotError, match="cannot be read"):
        Dispatcher.restore(graph, busy.core.snapshot()[:-7])


def test_one_changed_byte_is_named_by_its_record(busy):
    before = head_link(b"toy")
    for record in busy.records:
        verify_link(record, before)
        for field in ("event", "effects"):
            body = bytearray(getattr(record, field))
            body[-1] ^= 1
            damaged = msgspec.structs.replace(record, **{field: bytes(body)})
            with pytest.raises(RecordError, match=f"record {record.seq}:"):
                verify_link(damaged, before)
        before = record.chain


def test_a_record_cannot_be_left_out_or_moved(busy):
    with pytest.raises(RecordError):
        verify_link(busy.records[5], busy.records[3].chain)
    event = event_of(busy.records[4])
    moved = make_record(7, busy.records[4].at_ms, event, (), busy.records[3].chain)
    with pytest.raises(RecordError):
        verify_link(msgspec.structs.replace(moved, seq=4), busy.records[3].chain)


def test_the_journal_stays_small(busy):
    """Budget: 5 kB of journal a parcel, all included."""
    size = sum(len(record.event) + len(record.effects) + 60 for record in busy.records)
    assert size / 12 < 5_000
