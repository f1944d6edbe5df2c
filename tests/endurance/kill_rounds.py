# SPDX-License-Identifier: Apache-2.0
"""A site whose agents, daemon and broker are killed at drawn moments, and what came of it.

What must hold: the moments are drawn from the seed; whoever puts things right knows only what staff
can see: the list of parcels in doubt, and the parcels themselves.
"""

import random
import time
from collections import Counter
from typing import Any

import msgspec

from dispatcher.core.state import State
from dispatcher.demo.broker import listens
from dispatcher.demo.child import Child, wait_until
from dispatcher.service.journal import Journal
from dispatcher.simulation.ledger import PERSON, SENDER, STATION, Ledger
from tests.endurance import street
from tests.endurance.live_site import MANUFACTURER, UP_S, LiveSite, answers

KINDS = ("delivery", "delivery", "delivery", "return", "transfer")
OPEN_WANTED = 12
ENDED = ("delivered", "returned", "cancelled")


class KillRound:
    """One site from its first parcel to its last. `counts`: kills by what was going on."""

    def __init__(self, site: LiveSite, seed: int) -> None:
        self.site, self.seed = site, seed
        self.luck = random.Random(seed)
        self.state_dir = site.folder / "robots"
        self.agent = site.agents(self.state_dir, seed)
        self.counts: Counter[str] = Counter()
        self.kinds: dict[str, str] = {}
        self.doubted: dict[str, str] = {}
        self.stops = site.places("stop")

    def announce(self, kind: str) -> None:
        """One parcel more."""
        number = len(self.kinds) + 1
        first, second = self.luck.sample(self.stops, 2)
        ends: dict[str, Any] = {
            "delivery": {"destination": first, "at_station": True},
            "return": {"origin": first},
            "transfer": {"origin": first, "destination": second},
        }[kind]
        parcel = f"s{self.seed}-{number:03}"
        self.site.announce(kind=kind, parcel=parcel, recipient=f"person-{number}", **ends)
        self.kinds[parcel] = kind

    def keep_busy(self) -> None:
        """Parcels enough that the robots have something to do."""
        while len(self.open_parcels()) < OPEN_WANTED:
            self.announce(KINDS[len(self.kinds) % len(KINDS)])

    def open_parcels(self) -> list[dict[str, Any]]:
        """Those not ended and not given up."""
        parcels = self.site.parcels()
        for one in parcels:
            if not one["custody_known"]:
                self.doubted.setdefault(one["parcel"], one["reason"])
        return [one for one in parcels if one["state"] not in (*ENDED, "given_up")]

    def kill_agent(self, moment: str, within_s: float = 20.0) -> None:
        """kill -9 at a drawn moment: `any`, or while a `door` is open; up again after a pause."""
        deadline = time.monotonic() + within_s
        if moment == "door":
            is_door_open = (street.any_door_of_a_person_open, street.any_door_open)[
                self.luck.random() < 0.3
            ]
            while not is_door_open(self.state_dir) and time.monotonic() < deadline:
                time.sleep(0.01)
            self._let_pass(0, 24_000)
        else:
            self._let_pass(6_000, 90_000)
        assert self.agent.process is not None
        assert self.agent.running, self.agent.last_words()
        self.agent.process.kill()
        self.agent.process.wait()
        self.counts["agent"] += 1
        self.counts["door open"] += street.any_door_open(self.state_dir)
        self.counts["person at the door"] += street.any_door_of_a_person_open(self.state_dir)
        self._let_pass(0, 60_000)
        self.agent.start()

    def kill_daemon(self) -> None:
        """kill -9 of the daemon, and up again."""
        self._kill_child(self.site.daemon, "daemon")
        assert wait_until(lambda: answers(self.site.api), self.site.daemon, UP_S)

    def kill_broker(self) -> None:
        """kill -9 of the broker, and up again: all that it had not passed on is lost."""
        self._kill_child(self.site.broker, "broker")
        assert wait_until(lambda: listens(self.site.mqtt_port), self.site.broker, UP_S)

    def _kill_child(self, child: Child, name: str) -> None:
        assert child.process is not None
        child.process.kill()
        child.process.wait()
        self.counts[name] += 1
        self._let_pass(0, 30_000)
        child.start()

    def _let_pass(self, least_ms: int, most_ms: int) -> None:
        """So much site time, drawn."""
        time.sleep(self.site.clock.real_s(self.luck.randint(least_ms, most_ms)))

    def put_right(self) -> None:
        """Staff look for each parcel in doubt that no robot is about to bring back, and say where
        it is; then the robots that were held may go on."""
        robots = {one["robot"]: one for one in self.robots()}
        for parcel in self.open_parcels():
            if parcel["custody_known"]:
                continue
            robot = robots.get(parcel["robot"])
            if robot is not None and robot.get("job") is not None and not robot["held"]:
                continue
            self._declare(parcel["parcel"])
        for name, robot in robots.items():
            if any("positionLost" in error for error in robot["errors"]):
                self._push_back(name.rpartition("/")[2])
            if robot["held"]:
                self.counts["released"] += (
                    self.site.post(f"/v1/robots/{name}/release", {}).status == 200
                )

    def robots(self) -> list[dict[str, Any]]:
        """As the daemon shows them."""
        shown: list[dict[str, Any]] = self.site.get("/v1/robots").body["robots"]
        return shown

    def ledger(self) -> Ledger:
        """The world's books."""
        return street.world_ledger(self.state_dir, MANUFACTURER, self.kinds)

    def _declare(self, parcel: str) -> None:
        where = self.ledger().where(parcel)
        if where not in (SENDER, STATION, PERSON):
            self._switch_off_and_take_out(parcel, where.rpartition("/")[2])
            where = self.ledger().where(parcel)
        word = {SENDER: "with_sender", PERSON: "delivered", STATION: "at_station"}[where]
        if where == STATION and self.kinds[parcel] == "return":
            word = "delivered"
        answer = self.site.post(f"/v1/parcels/{parcel}/declare", {"where": word, "by": "desk"})
        assert answer.status == 200, f"{parcel} is {word}: {answer.reason}"
        self.counts["declared"] += 1

    def _switch_off_and_take_out(self, parcel: str, serial: str) -> None:
        self.agent.stop()
        inside = street.contents(street.truths(self.state_dir)[serial])
        found = [name for name, one in inside.items() if one == parcel]
        for name in found:
            street.take_out(self.state_dir, serial, name)
        self.agent.start()
        self.counts["taken out by hand"] += len(found)

    def _push_back(self, serial: str) -> None:
        self.agent.stop()
        street.push_back(self.state_dir, serial)
        self.agent.start()
        self.counts["pushed back"] += 1

    def settle(self, site_s: float) -> None:
        """No more kills: until every parcel has ended or waits for a person to fetch it."""
        until_ms = self.site.clock.now_ms() + site_s * 1000
        while self.open_parcels() or any(
            (one["job"] or {}).get("kind") == "trip" for one in self.robots()
        ):
            assert self.site.clock.now_ms() < until_ms, f"{self.open_parcels()} {self.robots()}"
            self.put_right()
            time.sleep(0.3)

    def close(self) -> State:
        """All stop, the daemon last but the broker; what its books say."""
        self.agent.stop()
        self.site.daemon.stop()
        journal = Journal.open_existing(self.site.folder / "data")
        try:
            snapshot = journal.latest_snapshot()
            assert snapshot is not None
            return msgspec.msgpack.decode(snapshot.state, type=State)
        finally:
            journal.close()


def rightly_ended(run: KillRound) -> Counter[str]:
    """How the parcels ended. Raises AssertionError where the books, the robots' memories and the
    street do not say the same."""
    state = run.close()
    ledger = run.ledger()
    assert ledger.compare(state, state.now_ms) == []
    books = [*state.parcels.values(), *state.ended.values()]
    assert sorted(one.id for one in books) == sorted(run.kinds), "accepted is accepted"
    assert all(one.custody_known for one in books)
    ends = Counter(one.state for one in books)
    assert sum(ends.values()) == state.counters["accepted"]
    assert all(ends[end] == state.counters.get(end, 0) for end in ENDED)
    bodies, minds = street.truths(run.state_dir), street.minds(run.state_dir)
    for serial, body in bodies.items():
        remembered = {name: load.load_id for name, load in minds[serial].loads.items()}
        assert remembered == street.contents(body), f"what {serial} remembers is not in it"
    ends["doubts"] = state.counters.get("custody_unknown", 0)
    return ends
