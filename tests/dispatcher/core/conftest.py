# SPDX-License-Identifier: Apache-2.0
"""A tiny campus and a fleet of scripted robots, in the core's own words (no wire)."""

from collections.abc import Callable

import msgspec
import pytest

from dispatcher.core import events as ev
from dispatcher.core.dispatcher import Dispatcher
from dispatcher.core.effects import (
    Answer,
    AskPlanner,
    Effect,
    OrderAction,
    PublishInstant,
    PublishOrder,
)
from dispatcher.core.record import Record, effects_of, head_link, make_record
from dispatcher.core.site import Policy, RobotEntry, SiteSpec
from dispatcher.planner import quick
from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import parse_campus

START_MS = 1_700_000_000_000
HOUR_MS = 3_600_000

CAMPUS = {
    "type": "FeatureCollection",
    "features": [
        ("Point", [10.0, 50.0], {"kind": "site", "id": "toy", "format": "campus-map/1"}),
        ("LineString", [[10.0, 50.0], [10.004, 50.0]], {"id": "e1", "from": "a", "to": "b"}),
        ("LineString", [[10.004, 50.0], [10.004, 50.003]], {"id": "e2", "from": "b", "to": "c"}),
        ("LineString", [[10.004, 50.003], [10.0, 50.0]], {"id": "e3", "from": "c", "to": "a"}),
        ("Point", [10.0, 50.0], {"kind": "station", "id": "st", "node": "a", "slots": 4}),
        ("Point", [10.0, 50.0], {"kind": "parking", "id": "pk", "node": "a", "slots": 4}),
        ("Point", [10.004, 50.0], {"kind": "stop", "id": "s1", "node": "b", "slots": 2}),
        ("Point", [10.004, 50.003], {"kind": "stop", "id": "s2", "node": "c", "slots": 2}),
        ("Point", [10.002, 50.0], {"kind": "charger", "id": "ch", "edge": "e1", "offset_m": 100}),
    ],
}


def _feature(shape: str, coordinates: object, properties: dict[str, object]) -> dict[str, object]:
    properties = {"kind": "edge", "class": "road", **properties}
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def document() -> dict[str, object]:
    """The toy campus as GeoJSON."""
    return {**CAMPUS, "features": [_feature(*entry) for entry in CAMPUS["features"]]}


@pytest.fixture(scope="session")
def graph() -> RoadGraph:
    """A triangle of roads: station `st`, stops `s1` and `s2`, a charger between."""
    return RoadGraph.from_campus(parse_campus(msgspec.json.encode(document()), "toy"))


@pytest.fixture(scope="session")
def stationless() -> RoadGraph:
    """The same without its station."""
    whole = document()
    rest = [entry for entry in CAMPUS["features"] if entry[2]["id"] != "st"]
    features = [_feature(*entry) for entry in rest]
    body = msgspec.json.encode({**whole, "features": features})
    return RoadGraph.from_campus(parse_campus(body, "toy"))


@pytest.fixture(scope="session")
def stationed_stop() -> RoadGraph:
    """The same with a second station, at the node of the stop `s1`."""
    second = ("Point", [10.004, 50.0], {"kind": "station", "id": "su", "node": "b", "slots": 4})
    features = [_feature(*entry) for entry in (*CAMPUS["features"], second)]
    body = msgspec.json.encode({**document(), "features": features})
    return RoadGraph.from_campus(parse_campus(body, "toy"))


def idle_report(robot: str, battery_pct: int) -> ev.RobotReported:
    """The first state of a robot that stands at a with nothing to do."""
    return ev.RobotReported(
        robot,
        order="",
        update=0,
        last_node="a",
        last_sequence=0,
        nodes_left=0,
        errors=(),
        mode="AUTOMATIC",
        battery_pct=battery_pct,
        charging=False,
        e_stop="NONE",
    )


class Fleet:
    """Drives a `Dispatcher` with robots that do what they are told, one step a second.

    `results` says how an action ends ("collected" unless told otherwise); everything fed and
    decided is kept as journal records.
    """

    def __init__(self, graph: RoadGraph, robots: int = 1, **policy: int) -> None:
        self.graph = graph
        self.core = Dispatcher(graph)
        self.now_ms = START_MS
        self.effects: list[Effect] = []
        self.records: list[Record] = []
        self.results: Callable[[OrderAction], str] = lambda action: ""
        self.deaf = False
        self.orders: dict[str, list[PublishOrder]] = {}
        self.charging: set[str] = set()
        entries = tuple(
            RobotEntry(f"toy/r{n}", compartments=("S1", "S2", "M1", "L1")) for n in range(robots)
        )
        numbers: dict[str, int] = {"plan_interval_ms": 10_000, **policy}
        self.feed(ev.SiteConfigured(SiteSpec("toy", entries, policy=Policy(**numbers))))
        for entry in entries:
            self.feed(ev.RobotDescribed(entry.id))
            self.feed(ev.RobotLinked(entry.id, "online"))
            self.feed(idle_report(entry.id, battery_pct=90))

    def feed(self, event: ev.Event) -> list[Effect]:
        """One event, now; its effects are performed by `run`."""
        effects = self.core.handle(event, self.now_ms)
        before = self.records[-1].chain if self.records else head_link(b"toy")
        self.records.append(
            make_record(
                len(self.records),
                self.now_ms,
                event,
                tuple(effects),
                before,
                state_hash=self.core.state_hash(),
            )
        )
        for effect in effects:
            if isinstance(effect, PublishOrder) and not self.deaf:
                known = self.orders.setdefault(effect.robot, [])
                if effect not in known:
                    known.append(effect)
        self.effects += effects
        return effects

    def announce(self, parcel: str, stop: str = "s1", **more: object) -> int:
        """Announce a delivery that is at the station; the answer's status."""
        given: dict[str, object] = {
            "request": "q",
            "parcel": parcel,
            "kind": "delivery",
            "origin": "st",
            "destination": stop,
            "size": "S",
            "recipient": f"who-{parcel}",
            "slot_from_ms": START_MS,
            "slot_until_ms": START_MS + HOUR_MS,
            "at_station": True,
        }
        effects = self.feed(ev.ParcelAnnounced(**{**given, **more}))  # type: ignore[arg-type]
        return next(effect.status for effect in effects if isinstance(effect, Answer))

    def run(self, seconds: int = 3_600, *, plans: bool = True) -> "Fleet":
        """Let time pass: robots carry out their orders, the planner answers with `quick`."""
        for _ in range(seconds):
            pending, self.effects = self.effects, []
            self.now_ms += 1_000
            for effect in pending:
                self._perform(effect, plans=plans)
            for robot in sorted(self.orders):
                if self.orders[robot]:
                    self._carry_out(self.orders[robot].pop(0))
            wake_ms = self.core.state.wake_ms
            if wake_ms and self.now_ms >= wake_ms:
                self.feed(ev.TimePassed())
        return self

    def _perform(self, effect: Effect, *, plans: bool) -> None:
        if isinstance(effect, AskPlanner):
            if not plans:
                self.feed(ev.PlanReceived(effect.id, error="no planner"))
                return
            problem = self.core.problem()
            ids = [parcel.id for parcel in problem.parcels]
            plan = quick.insert(problem, self.core.travel, quick.empty(problem), ids)
            self.feed(ev.PlanReceived(effect.id, plan))
        elif isinstance(effect, PublishInstant):
            done = ev.ActionReport(effect.id, "FINISHED")
            self.feed(ev.RobotReported(effect.robot, actions=(done,), charging=False))

    def _carry_out(self, order: PublishOrder) -> None:
        """Drive to the end of the base and do what is to be done there, in one report."""
        base = [node for node in order.nodes if node.released]
        last, actions = base[-1], []
        for action in last.actions:
            word = self.results(action)
            bad = word in ("no_show", "refused", "jammed", "wrong_parcel", "broken")
            good = {"out": "collected", "in": "received"}.get(action.kind, "")
            status = "FAILED" if bad else "FINISHED"
            actions.append(ev.ActionReport(action.id, status, word or good))
        charge = any(action.kind == "charge" for action in last.actions)
        self.feed(
            ev.RobotReported(
                order.robot,
                order=order.order,
                update=order.update,
                last_node=last.node,
                last_sequence=last.sequence,
                nodes_left=len(order.nodes) - len(base),
                actions=tuple(actions),
                charging=True if charge else None,
            )
        )

    def records_of(self, kind: type[Effect]) -> list[Effect]:
        """Every effect of a kind so far, in order."""
        found = (effect for record in self.records for effect in effects_of(record))
        return [effect for effect in found if isinstance(effect, kind)]

    def state_of(self, parcel: str) -> str:
        """Where a parcel is in its life."""
        found = self.core.state.find(parcel)
        assert found is not None, parcel
        return found.state


@pytest.fixture
def fleet(graph: RoadGraph) -> Fleet:
    """One robot on the toy campus."""
    return Fleet(graph)


@pytest.fixture
def make_fleet() -> type[Fleet]:
    """For tests that want more robots, or another policy."""
    return Fleet
