# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from dispatcher.core import jobs
from dispatcher.core.dispatcher import Dispatcher
from dispatcher.core.effects import Effect, PublishOrder, WakeAt
from dispatcher.core.events import TimePassed
from dispatcher.core.record import HASH_EVERY, Record, effects_of, event_of, make_record
from dispatcher.replay.verify import Verdict, verify
from dispatcher.simulation.run import NO_HEAD, run_scenario
from tests.dispatcher.service.crooked_campus import crooked_graph
from tests.dispatcher.simulation.small_day import small_day

GRAPH = crooked_graph()


@pytest.fixture(scope="module")
def journal() -> list[Record]:
    kept: list[Record] = []
    run_scenario(small_day(8), GRAPH, seed=1, keep=kept.append)
    assert len(kept) > HASH_EVERY
    return kept


def verdict(records: list[Record], hashes: dict[int, str] | None = None) -> Verdict:
    return verify(records, NO_HEAD, hashes or {}, GRAPH)


def decided_otherwise(
    records: list[Record], at: int, change: Callable[[tuple[Effect, ...]], tuple[Effect, ...]]
) -> list[Record]:
    """The journal as other software would have written it, deciding record `at` otherwise."""
    chain, made = NO_HEAD, []
    for one in records:
        effects = effects_of(one)
        effects = change(effects) if one.seq == at else effects
        made.append(
            make_record(
                one.seq, one.at_ms, event_of(one), effects, chain, state_hash=one.state_hash
            )
        )
        chain = made[-1].chain
    return made


def test_the_same_inputs_give_the_same_decisions(journal: list[Record]) -> None:
    found = verdict(journal)
    assert (found.inputs, found.differences, found.complete) == (len(journal), 0, True)
    assert found.decisions > len(journal) // 3
    assert found.first_difference is None


@pytest.mark.parametrize("part", ["event", "effects"])
def test_one_changed_byte_is_named_by_its_record(journal: list[Record], part: str) -> None:
    at = 20
    body = bytearray(getattr(journal[at], part))
    body[-3] ^= 1
    changed = list(journal)
    changed[at] = replace(journal[at], **{part: bytes(body)})
    first = verdict(changed).first_difference
    assert first is not None
    assert first.seq == at
    assert "its bytes do not match its chain digest" in first.what


def test_another_decision_is_named_with_both_sides(journal: list[Record]) -> None:
    orders = [one.seq for one in journal if isinstance((*effects_of(one), None)[0], PublishOrder)]
    changed = decided_otherwise(
        journal, orders[0], lambda effects: (replace(effects[0], update=9), *effects[1:])
    )
    found = verdict(changed)
    assert found.differences == 1
    first = found.first_difference
    assert first is not None
    assert first.seq == orders[0]
    recorded, _, now = first.what.partition("; now ")
    assert recorded.startswith('effect 0: recorded {"effect":"publish_order"')
    assert '"update":9' in recorded
    assert '"update":0' in now


def test_an_effect_too_many_or_too_few_is_named(journal: list[Record]) -> None:
    at = next(one.seq for one in journal if effects_of(one))
    more = decided_otherwise(journal, at, lambda effects: (*effects, WakeAt(at_ms=1)))
    less = decided_otherwise(journal, at, lambda effects: effects[:-1])
    for changed, end in ((more, "; now none"), (less, "recorded none; now")):
        first = verdict(changed).first_difference
        assert first is not None
        assert end in first.what


def test_another_policy_in_the_code_is_found(
    journal: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_ready", lambda step, trip: True)
    found = verdict(journal)
    assert found.differences > 0
    assert found.first_difference is not None


def test_another_state_is_found_by_its_hash(journal: list[Record]) -> None:
    found = verdict(journal, {30: "0" * 32})
    assert found.differences == 1
    assert found.first_difference is not None
    assert found.first_difference.what == "the state after it has another hash"


def test_a_missing_record_ends_the_replay(journal: list[Record]) -> None:
    found = verdict(journal[:5] + journal[6:])
    assert found.first_difference is not None
    assert found.first_difference.what == "record 5 is missing"
    assert not found.complete


def test_a_journal_that_does_not_begin_with_the_site_is_not_replayed() -> None:
    record = make_record(0, 0, TimePassed(), (), NO_HEAD)
    found = verdict([record])
    assert found.first_difference is not None
    assert "begins with the site's description" in found.first_difference.what


def test_an_event_that_the_core_could_not_take_is_failed_again(journal: list[Record]) -> None:
    """Time runs backwards: the daemon records the event as raised and keeps the state before."""
    core = Dispatcher(GRAPH)
    for record in journal[:10]:
        core.handle(event_of(record), record.at_ms)
    with pytest.raises(AssertionError) as caught:
        core.handle(TimePassed(), 0)
    raised = f"AssertionError: {caught.value}"
    begun = journal[:10]
    bad = make_record(10, 0, TimePassed(), (), begun[-1].chain, raised=raised)
    assert verdict([*begun, bad]).differences == 0
    other = make_record(10, 0, TimePassed(), (), begun[-1].chain, raised="ValueError: other")
    first = verdict([*begun, other]).first_difference
    assert first is not None
    assert first.what.startswith("recorded failure: ValueError: other; now: AssertionError")
    fine = make_record(10, begun[-1].at_ms, TimePassed(), (), begun[-1].chain, raised=raised)
    first = verdict([*begun, fine]).first_difference
    assert first is not None
    assert first.what.startswith("the core now takes it")
