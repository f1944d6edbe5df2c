# SPDX-License-Identifier: Apache-2.0
"""The rules that the judge of plans knows, and how it says that one is broken.

What must hold: a fault has one of these names; a test breaks each of them.
"""

from typing import Final

import msgspec

RULES: Final = {
    "robots": "the plan has the problem's robots, in its order",
    "frozen": "a robot's plan begins with its frozen trips, as they are",
    "trip": "a trip has a visit",
    "trips": "no more trips than the robot may make",
    "known parcel": "every parcel is one of the problem",
    "once": "every parcel is in one trip, or unserved, and that once",
    "overlap": "a trip starts when the robot is free",
    "way": "there is a way from visit to visit",
    "travel": "driving takes as long as it takes",
    "start": "work starts after the arrival",
    "service": "work takes as long as it takes",
    "horizon": "nothing starts after the horizon",
    "shift": "the last trip ends within the shift",
    "range": "all trips together are within the range",
    "end": "a trip ends at a station, the last one at the robot's end",
    "closed": "work starts while the place is open",
    "tasks": "a parcel gets the tasks it asks for, where it asks for them",
    "order": "a parcel goes in before it goes out",
    "station": "loading is at the first visit of a trip, unloading at the last",
    "aboard": "what is aboard goes with its robot, on the first trip that carries anything",
    "ready": "a parcel is taken when it is there",
    "window": "work starts in one of the parcel's windows, or after the last",
    "late": "work is not later than the parcel allows",
    "compartment": "a parcel is in a compartment that the robot has, or where it is already",
    "size": "a compartment is as large as its parcel",
    "taken": "one parcel in a compartment, for the whole trip",
    "mass": "what is aboard is not too heavy",
    "battery": "the charge stays above the reserve",
    "battery said": "the plan says the charge that there is",
    "charge": "a robot charges at a charger, carries nothing for it, takes what it can",
    "charge time": "charging takes as long as it takes",
    "overcharged": "a battery holds its capacity at most",
    "charger places": "a charger has as many robots at once as it has places",
    "bay": "who loads where places are counted has one of them for itself",
    "bays": "no more robots load at once than a station has places",
    "cost": "the plan says what it costs",
}
"""What each rule asks for, by the name that a `Violation` has for it."""


class Violation(msgspec.Struct, frozen=True):
    """One rule broken: by which robot, where (a node, compartment or parcel), when."""

    rule: str
    robot: str
    where: str
    at_ms: int
    text: str


class Findings(list[Violation]):
    """The violations found, in the order in which they were."""

    def say(self, rule: str, robot: str, where: str, at_ms: int, text: str) -> None:
        """One more. Raises AssertionError for a rule that is not in `RULES`."""
        assert rule in RULES, rule
        self.append(Violation(rule, robot, where, at_ms, text))
