# SPDX-License-Identifier: Apache-2.0
"""One step of the core: the state, the roads, the time, and the effects collected so far.

What must hold: a `Step` lives for one event only. The modules of the core take it as their first
argument, change the state through it and say through it what is to be done; none of them keeps it.
"""

from dispatcher.core.books import ON_TIME
from dispatcher.core.effects import Alarm, Answer, Effect, Notify
from dispatcher.core.life_cycles import ENDED, PARCEL, after
from dispatcher.core.roads_ahead import RoadsAhead
from dispatcher.core.site import Policy
from dispatcher.core.state import Parcel, Robot, State
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.times.road_times import RoadTimes


class Step:
    """State, roads, time and effects of one event.

    `travel` is by the roads as they are now, `roads` knows them at other times too; `ahead` is what
    plans are made by: the roads as they will be.
    """

    def __init__(self, state: State, graph: RoadGraph, roads: RoadTimes, now_ms: int) -> None:
        self.state = state
        self.graph = graph
        self.roads = roads
        self.now_ms = now_ms
        self.effects: list[Effect] = []
        self.look_at_roads()

    def look_at_roads(self) -> None:
        """Take the roads as they are now, with the closures that are known now."""
        self._closures = tuple(self.state.closures.values())
        self.travel = self.roads.at(self.now_ms, self._closures)
        self._ahead: RoadsAhead | None = None

    @property
    def ahead(self) -> RoadsAhead:
        """The roads from now on."""
        if self._ahead is None:
            self._ahead = RoadsAhead(self.roads, self._closures, self.now_ms)
        return self._ahead

    @property
    def policy(self) -> Policy:
        """The site's numbers."""
        return self.state.spec().policy

    def emit(self, effect: Effect) -> None:
        """Something is to be done."""
        self.effects.append(effect)

    def answer(self, request: str, status: int, parcel: str = "", text: str = "") -> None:
        """Answer a caller; nothing for an event that nobody waits for."""
        if request:
            self.emit(Answer(request=request, status=status, parcel=parcel, text=text))

    def alarm(self, text: str, robot: str = "", parcel: str = "") -> None:
        """Something a person should look at."""
        self.state.count("alarms")
        alarm_id = f"alarm-{self.state.next_number()}"
        self.emit(Alarm(id=alarm_id, text=text, robot=robot, parcel=parcel))

    def notify(self, parcel: Parcel, notice: str) -> None:
        """Tell the recipient; owed until a `NoticeSent` confirms it."""
        notice_id = f"{parcel.id}.{parcel.version}.{notice}"
        if notice_id in self.state.notices:
            return
        self.state.notices[notice_id] = (parcel.id, parcel.recipient, notice, parcel.version)
        self.emit(
            Notify(
                id=notice_id,
                parcel=parcel.id,
                recipient=parcel.recipient,
                notice=notice,
                version=parcel.version,
            )
        )

    def want_plan(self, reason: str) -> None:
        """The plan should be made anew; the first reason is kept."""
        if not self.state.plan_wanted:
            self.state.plan_wanted = reason

    def move(self, parcel: Parcel, trigger: str, reason: str = "") -> None:
        """Let a parcel go on in its life cycle; books it out of the open ones at its end."""
        assert parcel.id in self.state.parcels, f"parcel {parcel.id} has ended: {trigger}"
        parcel.state = after(PARCEL, trigger, parcel.state, f"parcel {parcel.id}")
        parcel.at_ms = self.now_ms
        parcel.reason = reason
        if parcel.state in ENDED:
            parcel.ended_ms = self.now_ms
            parcel.late_ms = max(0, self.now_ms - parcel.slot_until_ms)
            parcel.custody_known = True
            self.state.ended[parcel.id] = self.state.parcels.pop(parcel.id)
            self.state.count(parcel.state)
            if parcel.state == "delivered" and not parcel.late_ms:
                self.state.count(ON_TIME)

    def doubt(self, parcel: Parcel, why: str) -> None:
        """Nobody knows for certain where a parcel is: block it until a person says."""
        if parcel.custody_known:
            parcel.custody_known = False
            parcel.reason = f"custody unknown: {why}"
            parcel.at_ms = self.now_ms
            self.state.count("custody_unknown")
            self.alarm(f"custody unknown: {why}", parcel.robot, parcel.id)

    def hold(self, robot: Robot, why: str) -> None:
        """Take a robot out of dispatching until a person releases it."""
        if not robot.held:
            robot.held = why
            robot.commit += 1
            self.alarm(f"robot held: {why}", robot.id)
