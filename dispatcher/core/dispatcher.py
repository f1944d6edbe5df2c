# SPDX-License-Identifier: Apache-2.0
"""The dispatcher of one site: `handle(event, now_ms) -> effects`, a pure state machine.

Theory of operation. The outside turns whatever happens into events and feeds them one at a time,
each with the site's time. `handle` books the event, then settles: it gives free robots work, asks
the planner where a better plan is wanted, sends again what was not confirmed, and says when it
wants to be woken. The same events at the same times give the same state and the same effects, byte
for byte; that is what the journal, the crash recovery and the replay rest on.

What must hold: the only inputs are the arguments; time never runs backwards; the invariants hold
after each event. If `handle` raises, the state is half changed and must be thrown away: the caller
rebuilds it from the journal (see `snapshot`, `restore`) and freezes the site.
"""

import hashlib
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from dispatcher.core import (
    books,
    closures,
    intake,
    jobs,
    orders,
    planning,
    progress,
    robots,
    routing_problems,
    standing,
    waits,
)
from dispatcher.core import events as ev
from dispatcher.core.effects import AskPlanner, Effect, Notify, WakeAt
from dispatcher.core.invariants import check_state
from dispatcher.core.roads_ahead import RoadsAhead
from dispatcher.core.site import SiteSpec
from dispatcher.core.state import STATE_FORMAT, State
from dispatcher.core.step import Step
from dispatcher.planner.problem import Problem
from dispatcher.planner.solution import Solution
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.times.road_times import RoadTimes
from dispatcher.roads.times.travel import TravelTimes

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(State)


class SnapshotError(ValueError):
    """A snapshot cannot be read: it is damaged, or of another format."""


class Dispatcher:
    """One site. Read `state` as you like; change it only through `handle`."""

    def __init__(self, graph: RoadGraph) -> None:
        """An empty site on these roads; the first event must be `SiteConfigured`."""
        self.graph = graph
        self.state = State()
        self.roads, self._asked = RoadTimes(graph, 1), (1, "")

    def handle(self, event: ev.Event, now_ms: int) -> list[Effect]:
        """Book one event and decide. Raises AssertionError where we are at fault."""
        state = self.state
        assert now_ms >= state.now_ms, f"time runs backwards: {state.now_ms} -> {now_ms}"
        state.now_ms = now_ms
        if isinstance(event, ev.SiteConfigured):
            self._use(event.site)
        step = self._step(now_ms)
        _HANDLERS[type(event)](step, event)
        _settle(step)
        check_state(state)
        state.events += 1
        return step.effects

    def outstanding(self, now_ms: int) -> list[Effect]:
        """What is owed to the outside, from the state alone: after a restart, do these again."""
        state = self.state
        owed: list[Effect] = []
        for robot in state.robots.values():
            session = robot.session
            if session.state == "sent" and session.message and orders.may_send(robot):
                owed.append(session.message)
            owed.extend(session.instants)
        for notice_id, (parcel, recipient, notice, version) in state.notices.items():
            owed.append(
                Notify(
                    id=notice_id,
                    parcel=parcel,
                    recipient=recipient,
                    notice=notice,
                    version=version,
                )
            )
        if state.request is not None:
            request = state.request
            owed.append(AskPlanner(id=request.id, seq=request.seq, reason=request.reason))
        if state.wake_ms:
            owed.append(WakeAt(at_ms=max(now_ms, state.wake_ms)))
        return owed

    @property
    def travel(self) -> TravelTimes:
        """How long every way takes, by the roads as they were at the last event."""
        return self.roads.at(self.state.now_ms, tuple(self.state.closures.values()))

    @property
    def roads_ahead(self) -> RoadsAhead:
        """How long every way takes from the last event on."""
        return self._step(self.state.now_ms).ahead

    def problem(self) -> Problem:
        """The routing problem of this moment, for an `AskPlanner` that has just come out."""
        return routing_problems.problem_of(self._step(self.state.now_ms))

    def live_plan(self, problem: Problem) -> Solution:
        """The plan in force, for the robots of a problem of this moment."""
        return planning.live_plan(self._step(self.state.now_ms), problem)

    def snapshot(self) -> bytes:
        """The whole state, encoded."""
        return _encoder.encode(self.state)

    @classmethod
    def restore(cls, graph: RoadGraph, data: bytes) -> "Dispatcher":
        """The dispatcher whose `snapshot` this is. Raises SnapshotError."""
        dispatcher = cls(graph)
        try:
            dispatcher.state = _decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise SnapshotError(f"the snapshot cannot be read: {error}") from error
        if dispatcher.state.format != STATE_FORMAT:
            raise SnapshotError(f"the snapshot has format {dispatcher.state.format}")
        if dispatcher.state.site is not None:
            dispatcher._use(dispatcher.state.site)
        return dispatcher

    def state_hash(self) -> str:
        """A digest of the whole state: equal states, equal hashes."""
        return hashlib.sha256(self.snapshot()).hexdigest()[:32]

    def summary(self) -> dict[str, int]:
        """Parcels accepted, and where they are in the books: the four that must add up."""
        return books.totals(self.state)

    def _step(self, now_ms: int) -> Step:
        return Step(self.state, self.graph, self.roads, now_ms)

    def _use(self, site: SiteSpec) -> None:
        """Times for what the site says of itself; the tables stay where that has not changed."""
        asked = (site.policy.speed_mm_s, site.timezone)
        if self._asked != asked:
            zone = ZoneInfo(site.timezone) if site.timezone else None
            self.roads, self._asked = RoadTimes(self.graph, asked[0], zone), asked


def _settle(step: Step) -> None:
    """What follows from any event: work for free robots, a plan, resending, the next wake-up."""
    closures.follow(step)
    planning.release_unavailable(step)
    for robot in step.state.robots.values():
        progress.advance(step, robot)
        waits.expire(step, robot)
        standing.take_back(step, robot)
        orders.resend(step, robot)
    jobs.dispatch(step)
    planning.ask(step)
    books.forget_ended(step.state, step.now_ms - step.policy.remember_ended_ms)
    _wake(step)


def _wake(step: Step) -> None:
    """Ask to be woken at the next time at which something is due."""
    times = [planning.due_ms(step), step.state.roads_until_ms]
    for robot in step.state.robots.values():
        times += (jobs.leaves_ms(step, robot), robots.opens_ms(step, robot))
        times += (*orders.due_ms(robot), waits.due_ms(robot), standing.due_ms(step, robot))
    wake_ms = min((time for time in times if time > step.now_ms), default=0)
    state = step.state
    passed = state.wake_ms <= step.now_ms
    if wake_ms and (wake_ms != state.wake_ms or passed):
        step.emit(WakeAt(at_ms=wake_ms))
    state.wake_ms = wake_ms


def _notice_sent(step: Step, event: ev.NoticeSent) -> None:
    step.state.notices.pop(event.notice, None)


def _clock_stepped(step: Step, event: ev.ClockStepped) -> None:
    step.alarm(f"the wall clock stepped by {event.step_ms} ms")


def _time_passed(step: Step, event: ev.TimePassed) -> None:
    """Settling does what is due."""


_HANDLERS: dict[type, Callable[[Step, Any], None]] = {
    ev.SiteConfigured: robots.configure,
    ev.ParcelAnnounced: intake.announce,
    ev.ParcelCancelled: intake.cancel,
    ev.ParcelDeclared: intake.declare,
    ev.HandoverReleased: waits.release,
    ev.RobotLinked: robots.link,
    ev.RobotDescribed: robots.describe,
    ev.RobotReported: progress.report,
    ev.RobotHeld: robots.hold,
    ev.RobotReleased: robots.release,
    ev.RobotRevoked: robots.revoke,
    ev.WaitExtended: waits.extend,
    ev.AreaClosed: closures.close,
    ev.AreaReopened: closures.reopen,
    ev.PlanReceived: planning.take_in,
    ev.NoticeSent: _notice_sent,
    ev.ClockStepped: _clock_stepped,
    ev.TimePassed: _time_passed,
}
