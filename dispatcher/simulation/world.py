# SPDX-License-Identifier: Apache-2.0
"""One site in virtual time: the dispatcher's core, what a daemon does around it, and the world.

What must hold: every event is recorded exactly as the daemon records it, before its effects are
performed; nothing in here depends on anything but scenario, campus, seed and the journal's head.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Final

import msgspec

from dispatcher.core.dispatcher import Dispatcher
from dispatcher.core.effects import (
    Alarm,
    Answer,
    AskPlanner,
    Effect,
    Notify,
    PublishInstant,
    PublishOrder,
    WakeAt,
)
from dispatcher.core.events import (
    Event,
    NoticeSent,
    ParcelAnnounced,
    ParcelDeclared,
    PlanReceived,
    SiteConfigured,
    Size,
    TimePassed,
)
from dispatcher.core.record import HASH_EVERY, Record, make_record
from dispatcher.core.site import SiteSpec
from dispatcher.parcel_file import ParcelRow
from dispatcher.planner.budget import Budget
from dispatcher.planner.params import Params
from dispatcher.planner.problem import BadProblem, matrices_of
from dispatcher.planner.solution import Solution
from dispatcher.planner.solve import BadPlan, solve
from dispatcher.roads.graph import RoadGraph
from dispatcher.service.inbound import Inbound
from dispatcher.service.translation import digests_of, to_instant_actions, to_order
from dispatcher.simulation.demand import demo_parcels
from dispatcher.simulation.desk import Desk
from dispatcher.simulation.fleet import FleetRobot, demo_fleet, spec_of
from dispatcher.simulation.ledger import Ledger
from dispatcher.simulation.robots import Codes, SimulatedRobot
from dispatcher.simulation.scenario import Scenario
from dispatcher.simulation.virtual_time import VirtualTime
from robot_agent.vda5050.codec import encode
from robot_agent.vda5050.header import Message, stamped
from robot_agent.vda5050.timestamps import to_timestamp
from robot_agent.vda5050.topics import TopicName

WATCH_EVERY_MS: Final = 10_000
NOTICE_TAKES_MS: Final = 1_000
REFUSED: Final = 400
"""An answer of this status or above says no, as in HTTP."""

_SIZES: Final[dict[str, Size]] = {"S": "S", "M": "M", "L": "L"}


class CoreRaised(RuntimeError):
    """The core could not take an event; the journal's last record says so."""


class World:
    """Runs from `start` on with every call of `step`."""

    def __init__(
        self,
        scenario: Scenario,
        graph: RoadGraph,
        seed: int,
        first_link: bytes,
        keep: Callable[[Record], None],
    ) -> None:
        """`keep` gets every record, the first hanging on `first_link`.

        Raises ValueError where the campus has no place for robots or no stop.
        """
        self.scenario, self.graph, self.seed = scenario, graph, seed
        self.time = VirtualTime(scenario.start_ms)
        self.dispatcher = Dispatcher(graph)
        self.ledger = Ledger()
        self.chain = first_link
        self.refused: list[str] = []
        self.alarms: list[str] = []
        self.complaints: list[str] = []
        self.wishes = demo_parcels(graph, seed, scenario.parcels.count, scenario.start_ms)
        self._keep = keep
        self._seq = 0
        self._phones: Codes = {}
        self._header_ids: Counter[tuple[str, TopicName]] = Counter()
        self._wakes = 0
        self._desk = Desk(seed, self.time, self.feed)
        self._fleet = demo_fleet(graph, scenario.robots.count, seed)
        self._keys = {robot.entry.id: robot.key for robot in self._fleet}
        self._inbound = Inbound(tuple(self._keys), scenario.start_ms, self.complaints.append)
        self._robots = {robot.entry.id: self._simulated(robot) for robot in self._fleet}

    def start(self) -> None:
        """Open the site, switch the robots on, and let the parcels come."""
        entries = (robot.entry for robot in self._fleet)
        spec = SiteSpec(
            id=self.graph.campus.site.id,
            robots=tuple(sorted(entries, key=lambda entry: entry.id)),
            epoch=self.scenario.start_ms // 1000,
            policy=self.scenario.policy,
        )
        self.feed(SiteConfigured(spec))
        for robot in self._robots.values():
            self.time.after(0, robot.switch_on)
        for wish in self.wishes:
            self.time.at(wish.announced_ms, partial(self._announce, wish))
        self.time.after(WATCH_EVERY_MS, self._watch)

    @property
    def records(self) -> int:
        """How many records there are."""
        return self._seq

    @property
    def done(self) -> bool:
        """Whether every parcel that was to come has come, and has ended or waits for a person."""
        state = self.dispatcher.state
        came = state.counters.get("accepted", 0) + len(self.refused)
        return came == len(self.wishes) and all(
            parcel.state == "given_up" for parcel in state.parcels.values()
        )

    def feed(self, event: Event) -> None:
        """What the daemon does with an event. Raises CoreRaised."""
        now_ms, core = self.time.now_ms, self.dispatcher
        try:
            effects = tuple(core.handle(event, now_ms))
        except Exception as error:
            text = f"{type(error).__name__}: {error}"[:500]
            self._record(event, (), raised=text)
            raise CoreRaised(f"event {self._seq - 1}: {text}") from error
        self._record(event, effects)
        for effect in effects:
            self._perform(effect)

    def _record(self, event: Event, effects: tuple[Effect, ...], raised: str = "") -> None:
        with_hash = self._seq % HASH_EVERY == 0 and not raised
        record = make_record(
            self._seq,
            self.time.now_ms,
            event,
            effects,
            self.chain,
            state_hash=self.dispatcher.state_hash() if with_hash else "",
            raised=raised,
        )
        self._seq += 1
        self.chain = record.chain
        self._keep(record)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case PublishOrder():
                self._post(effect.robot, "order", self._order(effect))
            case PublishInstant():
                self._post(effect.robot, "instantActions", to_instant_actions(effect))
            case AskPlanner():
                self._ask_planner(effect)
            case Notify():
                self.time.after(NOTICE_TAKES_MS, partial(self._notify, effect))
            case WakeAt():
                self._wakes += 1
                self.time.at(effect.at_ms, partial(self._wake, self._wakes))
            case Answer():
                if effect.status >= REFUSED:
                    self.refused.append(f"{effect.request}: {effect.status} {effect.text}")
            case Alarm():
                self.alarms.append(f"{effect.text} {effect.robot} {effect.parcel}".rstrip())

    def _announce(self, wish: ParcelRow) -> None:
        there = wish.at_station_ms <= self.time.now_ms
        self.ledger.sent(wish.parcel)
        if there:
            self.ledger.brought(wish.parcel)
        else:
            self.time.at(wish.at_station_ms, partial(self._bring, wish))
        stations = self.graph.places("station")
        self.feed(
            ParcelAnnounced(
                request=f"q-{wish.parcel}",
                parcel=wish.parcel,
                kind="delivery",
                origin=stations[0].id if stations else "",
                destination=wish.stop,
                size=_SIZES[wish.size],
                recipient=wish.recipient,
                slot_from_ms=wish.slot_from_ms,
                slot_until_ms=wish.slot_until_ms,
                mass_g=wish.mass_g,
                at_station=there,
                key=f"simulation-{wish.parcel}",
            )
        )

    def _bring(self, wish: ParcelRow) -> None:
        self.ledger.brought(wish.parcel)
        self.feed(ParcelDeclared(f"b-{wish.parcel}", wish.parcel, "at_station", by="simulation"))

    def _order(self, effect: PublishOrder) -> Message:
        """With a digest on every handover, as the service adds them."""
        digests = digests_of(effect, self._keys[effect.robot], self._code)
        return to_order(effect, self.graph, digests)

    def _code(self, parcel: str, version: int) -> str:
        """Codes are secret in service; here they are drawn, or no two runs would be the same."""
        digest = sha256(f"{self.seed}|code|{parcel}|{version}".encode()).digest()
        return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06}"

    def _post(self, robot: str, name: TopicName, message: Message) -> None:
        manufacturer, _, serial = robot.partition("/")
        self._header_ids[robot, name] += 1
        whole = stamped(
            message,
            header_id=self._header_ids[robot, name],
            timestamp=to_timestamp(self.time.now_ms),
            manufacturer=manufacturer,
            serial_number=serial,
        )
        deliver = partial(self._robots[robot].deliver, name, encode(whole))
        self.time.after(self.scenario.link.delay_ms, deliver)

    def _ask_planner(self, effect: AskPlanner) -> None:
        """Solved here and now; the answer takes its time in virtual time."""
        core, planner = self.dispatcher, self.scenario.planner
        problem = core.problem()
        live = core.live_plan(problem)
        budget = Budget(iterations=planner.work)
        asked = msgspec.structs.replace(problem, matrices=matrices_of(problem, core.roads_ahead))
        params = Params(engine=planner.engine)
        try:
            plan = solve(asked, budget, self.seed, live, params)
            answer = PlanReceived(effect.id, _without_clock(plan), wall_ms=planner.latency_ms)
        except (BadPlan, BadProblem) as error:
            answer = PlanReceived(effect.id, error=str(error), wall_ms=planner.latency_ms)
        self.time.after(planner.latency_ms, partial(self.feed, answer))

    def _notify(self, effect: Notify) -> None:
        code = self._code(effect.parcel, effect.version)
        self._phones[effect.parcel, effect.version] = code
        self.feed(NoticeSent(effect.id))

    def _wake(self, number: int) -> None:
        if number == self._wakes:  # A later wish replaces an earlier one.
            self.feed(TimePassed())

    def _hear(self, where: str, payload: bytes) -> None:
        for event in self._inbound.take(where, payload, self.time.now_ms, self.time.now_ms):
            self.feed(event)

    def _watch(self) -> None:
        for event in self._inbound.silent(self.time.now_ms):
            self.feed(event)
        self._desk.look(self.dispatcher.state)
        self.time.after(WATCH_EVERY_MS, self._watch)

    def _simulated(self, robot: FleetRobot) -> SimulatedRobot:
        day = self.scenario
        interval_ms = day.robots.min_state_interval_ms
        spec = spec_of(robot, self.graph, day.policy, day.people, day.goes_wrong, interval_ms)
        return SimulatedRobot(
            spec, day.link.delay_ms, self.seed, self.time, self.ledger, self._phones, self._hear
        )


def _without_clock(plan: Solution) -> Solution:
    """The plan without what its steps took: a journal says nothing of the machine it is made on."""
    log = tuple(msgspec.structs.replace(step, cpu_ms=0) for step in plan.log)
    return msgspec.structs.replace(plan, log=log)
