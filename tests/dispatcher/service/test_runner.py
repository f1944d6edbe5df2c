# SPDX-License-Identifier: Apache-2.0
"""Events in, effects out, over the real journal; crashes, restarts, and a core that raises."""

import json
from pathlib import Path

import pytest

from dispatcher.core import events as ev
from dispatcher.core.dispatcher import Dispatcher
from dispatcher.core.effects import Answer
from dispatcher.core.record import Record, effects_of, pack, unpack
from dispatcher.service.journal import Journal, JournalError
from dispatcher.service.parts import StartError
from tests.dispatcher.service.rig import SITE, Rig, running, write_site


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    return write_site(tmp_path)


def parcel(name: str, rig: Rig, stop: str = "stop-b", **more: object) -> ev.ParcelAnnounced:
    now_ms = rig.site.clock.now_ms()
    given: dict[str, object] = {
        "request": f"q-{name}",
        "parcel": name,
        "kind": "delivery",
        "origin": "station-st",
        "destination": stop,
        "size": "S",
        "recipient": f"who-{name}",
        "slot_from_ms": now_ms,
        "slot_until_ms": now_ms + 3_600_000,
        "at_station": True,
    }
    return ev.ParcelAnnounced(**{**given, **more})  # type: ignore[arg-type]


async def announce(rig: Rig, name: str, **more: object) -> Answer:
    return await rig.site.runner.ask(parcel(name, rig, **more), 10)


async def test_parcels_are_delivered_and_the_journal_replays_to_the_same_state(
    site_file: Path,
) -> None:
    async with running(site_file, stop=False) as rig:
        rig.link.come_online()
        for n in range(5):
            assert (await announce(rig, f"p{n}")).status == 201
        await rig.until(lambda: len(rig.site.state.ended) == 5)
        await rig.until(lambda: not rig.site.runner.uncommitted)
        records = rig.site.runner.last_seq
    # Opening decides everything again and compares effects and state hashes.
    async with running(site_file) as again:
        assert again.parts.journal.last_seq == records
        assert len(again.parts.restored.since) >= records
        assert again.site.runner.dispatcher.summary()["delivered"] == 5


async def test_what_a_crash_cut_off_is_done_after_the_restart(site_file: Path) -> None:
    async with running(site_file, stop=False) as rig:
        rig.link.deaf = True
        rig.link.come_online()
        await announce(rig, "p1")
        await rig.until(lambda: bool(rig.link.orders))
        sent = rig.link.orders[0]
        await rig.until(lambda: not rig.site.runner.uncommitted)
    async with running(site_file) as again:
        await again.until(lambda: bool(again.link.orders))
        assert [order for order, _ in again.link.orders[:1]] == [sent[0]]
        assert again.link.orders[0][1] == sent[1], "the code changed over the restart"
        await again.until(lambda: again.parcel_state("p1") == "delivered")


async def test_a_clean_stop_leaves_nothing_to_replay(site_file: Path) -> None:
    async with running(site_file) as rig:
        await announce(rig, "p1")
        state = rig.site.runner.dispatcher
    async with running(site_file) as again:
        assert [type(event) for _, event in again.parts.restored.since] == [ev.SiteConfigured]
        assert again.parts.restored.base is not None
        assert again.parts.restored.base.seq == again.parts.journal.last_seq
        assert again.site.state.parcels.keys() == state.state.parcels.keys()
        assert not again.site.state.notices, "the stop did not wait for what was being done"


async def test_an_effect_is_performed_only_after_its_commit(site_file: Path) -> None:
    async with running(site_file) as rig:
        rig.link.come_online()
        seen: list[bool] = []
        inner = rig.link.publish_order

        def publish(effect: object, digests: object) -> bool:
            rows = rig.parts.journal._connection.execute("SELECT * FROM records")
            seen.append(any(effect in effects_of(Record(*row)) for row in rows))
            return inner(effect, digests)  # type: ignore[arg-type]

        rig.link.publish_order = publish  # type: ignore[method-assign]
        await announce(rig, "p1")
        await rig.until(lambda: rig.parcel_state("p1") == "delivered")
        assert seen
        assert all(seen)


async def test_a_core_that_raises_freezes_the_site_until_a_person_skips_the_event(
    site_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(site_file) as rig:
        rig.link.come_online()
        assert (await announce(rig, "p1")).status == 201
        await rig.until(lambda: rig.parcel_state("p1") == "delivered")
        good = rig.site.runner.dispatcher.handle

        def handle(event: ev.Event, now_ms: int) -> object:
            rig.site.state.ended.clear()
            assert not isinstance(event, ev.ClockStepped), "the books do not add up"
            return good(event, now_ms)

        monkeypatch.setattr(rig.site.runner.dispatcher, "handle", handle)
        rig.site.runner.offer(ev.ClockStepped(5_000))
        await rig.until(lambda: bool(rig.site.runner.frozen))
        answer = await announce(rig, "p2")
        assert answer.status == 503
        assert "the books do not add up" in answer.text
        assert rig.parcel_state("p1") == "delivered", "the half-changed state was kept"
    async with running(site_file) as again:
        assert "the books do not add up" in again.site.runner.frozen
        assert (await announce(again, "p3")).status == 503
        seq = again.parts.journal.open_fault().seq  # type: ignore[union-attr]
    journal = Journal.open_existing(site_file.parent / "data")
    with pytest.raises(JournalError, match="does not freeze"):
        journal.skip(seq + 1, "wrong number", 1)
    journal.skip(seq, "seen, harmless", 1)
    journal.close()
    async with running(site_file) as after:
        assert not after.site.runner.frozen
        assert (await announce(after, "p4")).status == 201


async def test_software_that_decides_otherwise_does_not_continue_the_journal(
    site_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(site_file, stop=False) as rig:
        await announce(rig, "p1")
        await rig.until(lambda: not rig.site.runner.uncommitted)
    good = Dispatcher.handle
    monkeypatch.setattr(
        Dispatcher, "handle", lambda self, event, now_ms: good(self, event, now_ms)[:-1]
    )
    with pytest.raises(StartError, match=r"record \d+ is decided otherwise"):
        async with running(site_file):
            pass


async def test_a_changed_site_file_is_an_event_and_the_epoch_stays(site_file: Path) -> None:
    async with running(site_file) as rig:
        await announce(rig, "p1")
        epoch = rig.site.state.spec().epoch
    write_site(site_file.parent, SITE.replace("plan_interval_ms = 10000", "attempts_max = 5"))
    async with running(site_file) as again:
        assert again.site.state.spec().policy.attempts_max == 5
        assert again.site.state.spec().epoch == epoch
        assert "p1" in again.site.state.parcels


@pytest.mark.parametrize("limit", ["events_queued = 10", "steps_uncommitted = 1"])
async def test_small_limits_slow_the_site_and_lose_nothing(site_file: Path, limit: str) -> None:
    write_site(site_file.parent, f"{SITE}[limits]\n{limit}\n")
    async with running(site_file) as rig:
        rig.link.come_online()
        for n in range(4):
            assert (await announce(rig, f"p{n}")).status == 201
        await rig.until(lambda: len(rig.site.state.ended) == 4)


async def test_neither_journal_nor_log_holds_a_code(site_file: Path) -> None:
    async with running(site_file) as rig:
        rig.link.come_online()
        rig.link.result = lambda action: "no_show" if action.kind == "out" else ""
        for n in range(4):
            await announce(rig, f"p{n}")
        await rig.until(lambda: rig.site.state.counters.get("no_show", 0) >= 4)
        await rig.until(lambda: not rig.site.runner.uncommitted)
        lines = (site_file.parent / "data" / "outbox.jsonl").read_text()
        codes = {json.loads(line)["code"] for line in lines.splitlines()} - {""}
        bodies = (
            b"".join(
                unpack(body)
                for row in rig.parts.journal._connection.execute(
                    "SELECT event, effects FROM records"
                )
                for body in row
            )
            + "\n".join(rig.lines).encode()
        )
    assert len(codes) >= 4
    for code in codes:
        assert f'"{code}"'.encode() not in bodies
        assert f" {code} ".encode() not in bodies


async def test_an_effect_that_fails_is_logged_and_the_rest_is_done(site_file: Path) -> None:
    write_site(site_file.parent, SITE.replace("[policy]", "[policy]\nresend_ms = 500"))
    async with running(site_file) as rig:
        rig.link.come_online()
        sends, inner = [0], rig.link.publish_order

        def publish(effect: object, digests: object) -> bool:
            sends[0] += 1
            if sends[0] == 1:
                raise ConnectionError("the cable is out")
            return inner(effect, digests)  # type: ignore[arg-type]

        rig.link.publish_order = publish  # type: ignore[method-assign]
        await announce(rig, "p1")
        await rig.until(lambda: rig.parcel_state("p1") == "delivered")
        assert any("the cable is out" in line for line in rig.lines)
        assert rig.site.performer.done["PublishOrder failed"] == 1


async def test_a_snapshot_that_is_not_what_it_was_is_not_believed(site_file: Path) -> None:
    async with running(site_file) as rig:
        await announce(rig, "p1")
        good = rig.site.state.parcels
    journal = Journal.open_existing(site_file.parent / "data")
    state = journal.latest_snapshot().state  # type: ignore[union-attr]
    changed = state.replace(b"stop-b", b"stop-a")
    assert changed != state
    journal._connection.execute("UPDATE snapshots SET state = ?", (pack(changed),))
    journal.close()
    async with running(site_file) as again:
        assert again.parts.restored.base is None
        assert again.site.state.parcels == good


async def test_a_journal_older_than_its_codes_is_not_continued(site_file: Path) -> None:
    data = site_file.parent / "data"
    async with running(site_file) as rig:
        await announce(rig, "p1")
    old = (data / "journal.sqlite").read_bytes()
    async with running(site_file) as rig:
        await announce(rig, "p2")
        await rig.until(lambda: not rig.site.state.notices)
    for path in data.glob("journal.sqlite*"):
        path.unlink()
    (data / "journal.sqlite").write_bytes(old)
    with pytest.raises(StartError, match=r"1 parcels that the journal does not know \(p2\)"):
        async with running(site_file):
            pass


async def test_a_file_of_the_user_in_the_data_dir_is_not_overwritten(tmp_path: Path) -> None:
    site_file = write_site(tmp_path, SITE.replace('data_dir = "data"', 'data_dir = "."'))
    mine = tmp_path / "campus.geojson"
    mine.write_text("another campus")
    with pytest.raises(StartError, match=r"campus\.geojson: is another file than"):
        async with running(site_file):
            pass
    assert mine.read_text() == "another campus"
