# SPDX-License-Identifier: Apache-2.0
"""The people around the robots of a plant: staff at stations, recipients and senders at stops.

Pure but for the luck of `emulation.people`, which is drawn from a seed. What must hold: people see
where robots truly stand and which doors are unlocked, and know what reached their phones; they know
nothing of what any robot or desk thinks. Whoever types a code types one that they were sent.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from robot_agent.board.plant import Plant
from robot_agent.board.plant_hands import Hands, Moved
from robot_agent.board.plant_ledger import ChangedHands
from robot_agent.board.plant_phones import ARRIVED, OVER, Errand, PhoneMessage
from robot_agent.emulation.people import PeopleParams, visit

DOCK_MM = 3_000
STOP_MM = 12_000
"""So far around their stop people look for the robot."""
DOCK_MS = 3_000
LOOK_AGAIN_MS = 3_000
"""Nobody types while another does, or while no robot is there."""
UNLOCKS_WITHIN_MS = 8_000
"""So long after a code, or after a door was shut, somebody waits for a door to unlock."""
MAX_LOOKS = 2_000
AGAIN_AFTER_MS = 20_000
"""After so long somebody who was served, or not let in, tries again, unless a message says that it
is over."""

ENTER = "#"

Spot = tuple[int, int]
Wrote = Callable[[ChangedHands], None]


class StreetParams(msgspec.Struct, frozen=True, kw_only=True):
    """`stations` and `stops`: by id, the points of the map where robots stand for them."""

    seed: int
    people: PeopleParams
    stations: dict[str, tuple[Spot, ...]]
    stops: dict[str, tuple[Spot, ...]]


@dataclass(slots=True)
class _Visitor:
    """Somebody who waits at `place`; `codes` by parcel. On the way until `due_ms`, or at a robot,
    with hands, until `leaves_ms`; `vain`: robots that did not let them in."""

    place: str
    due_ms: int
    service_ms: int
    codes: dict[str, str] = field(default_factory=dict)
    brings: set[str] = field(default_factory=set)
    robot: str = ""
    hands: Hands | None = None
    leaves_ms: int = 0
    looks_left: int = MAX_LOOKS
    vain: list[str] = field(default_factory=list)


class Street:
    """Everybody."""

    def __init__(self, params: StreetParams, plants: Mapping[str, Plant], wrote: Wrote) -> None:
        self._params = params
        self._plants = plants
        self._wrote = wrote
        self._staff: dict[str, Hands] = {}
        self._visitors: dict[tuple[str, str], _Visitor] = {}
        self._now_ms = self._wall_ms = 0

    @property
    def waiting(self) -> int:
        """How many people are on their way or at a robot."""
        return len(self._visitors)

    def hear(self, message: PhoneMessage, errand: Errand | None, now_ms: int) -> None:
        """A message reached somebody's phone; `errand`: theirs for that parcel."""
        if message.notice in OVER:
            self._is_over(message.parcel)
        if message.notice != ARRIVED or errand is None or errand.place not in self._params.stops:
            return
        person = (message.recipient or message.parcel, errand.place)
        visitor = self._visitors.get(person)
        if visitor is None:
            params = self._params
            luck = visit(params.seed, message.parcel, message.version, params.people)
            if luck.come_after_ms is None:
                return
            visitor = _Visitor(errand.place, now_ms + luck.come_after_ms, luck.service_ms)
            self._visitors[person] = visitor
        visitor.codes[message.parcel] = message.code
        if errand.brings:
            visitor.brings.add(message.parcel)

    def advance(self, now_ms: int, wall_ms: int) -> None:
        """Everybody does what is due; `wall_ms` is for the ledger."""
        self._now_ms, self._wall_ms = now_ms, wall_ms
        busy = {one.robot for one in self._visitors.values() if one.robot}
        for name, plant in self._plants.items():
            if name not in busy:
                self._staff_at(name, plant)
        for person, visitor in list(self._visitors.items()):
            if visitor.hands is not None:
                self._at_robot(visitor, visitor.hands)
            elif not visitor.codes or not visitor.looks_left:
                del self._visitors[person]
            elif visitor.due_ms <= now_ms:
                self._look_for_robot(visitor)

    def _is_over(self, parcel: str) -> None:
        for visitor in self._visitors.values():
            visitor.codes.pop(parcel, None)

    def _staff_at(self, name: str, plant: Plant) -> None:
        hands = self._staff.get(name)
        if hands is None:
            place = self._station_of(plant) if _is_unlocked(plant) else None
            if place is None:
                return
            hands = Hands(plant, DOCK_MS, self._note(name, place))
            self._staff[name] = hands
        hands.act(self._now_ms)
        if hands.is_idle:
            del self._staff[name]

    def _station_of(self, plant: Plant) -> str | None:
        if plant.stands:
            for place, spots in self._params.stations.items():
                if plant.is_near(spots, DOCK_MM):
                    return place
        return None

    def _look_for_robot(self, visitor: _Visitor) -> None:
        visitor.due_ms = self._now_ms + LOOK_AGAIN_MS
        visitor.looks_left -= 1
        name = next(self._robots_at(visitor), None)
        if name is None:
            visitor.vain.clear()
            return
        plant, code = self._plants[name], next(iter(visitor.codes.values()))
        parcels = tuple(sorted(one for one, its in visitor.codes.items() if its == code))
        brings = sum(one in visitor.brings for one in parcels)
        note = self._note(name, visitor.place, parcels)
        visitor.hands = Hands(plant, visitor.service_ms, note, brings)
        visitor.robot = name
        visitor.leaves_ms = plant.locker.type(code + ENTER, self._now_ms) + UNLOCKS_WITHIN_MS

    def _robots_at(self, visitor: _Visitor) -> Iterator[str]:
        """Robots that stand near the stop with nobody at them, the nearest first, but for those
        that were tried in vain."""
        spots = self._params.stops[visitor.place]
        busy = {one.robot for one in self._visitors.values() if one.robot}
        found = sorted(
            (min(math.dist(spot, (one.chassis.x_mm, one.chassis.y_mm)) for spot in spots), name)
            for name, one in self._plants.items()
            if one.stands and name not in busy and name not in visitor.vain
        )
        yield from (name for distance_mm, name in found if distance_mm <= STOP_MM)

    def _at_robot(self, visitor: _Visitor, hands: Hands) -> None:
        hands.act(self._now_ms)
        if not hands.is_idle:
            visitor.leaves_ms = self._now_ms + UNLOCKS_WITHIN_MS
        if self._now_ms < visitor.leaves_ms:
            return
        if hands.doors_served:
            visitor.looks_left = MAX_LOOKS
        else:
            visitor.vain.append(visitor.robot)
        visitor.robot, visitor.hands = "", None
        visitor.due_ms = self._now_ms + AGAIN_AFTER_MS

    def _note(self, robot: str, place: str, parcels: tuple[str, ...] = ()) -> Moved:
        """Writes down what hands move: staff's, or of whoever typed the code of these parcels."""

        def note(compartment: str, thing: str, put_in: bool) -> None:
            self._wrote(
                ChangedHands(
                    at_ms=self._wall_ms,
                    robot=robot,
                    compartment=compartment,
                    put_in=put_in,
                    thing=thing,
                    by="person" if parcels else "staff",
                    place=place,
                    parcels=parcels,
                )
            )

        return note


def _is_unlocked(plant: Plant) -> bool:
    return any(door.closed and not door.bolted for door in plant.locker.doors)
