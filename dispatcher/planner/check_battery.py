# SPDX-License-Identifier: Apache-2.0
"""The judge of batteries: what is in them at every point, and what charging adds.

What must hold: everything is counted in whole mWh, rounded up leg by leg and stand by stand. A leg
takes energy for its length and for its time, a stand for its time; charging and the time between
two trips take nothing.
"""

from dispatcher.planner.check_case import Case, Drive
from dispatcher.planner.check_load import Load
from dispatcher.planner.problem import Battery

_MS_PER_H = 3_600_000
_MM_PER_KM = 1_000_000


def judge_charges(case: Case, drive: Drive) -> None:
    """Whether a charge trip is one: at a charger, with nothing else to do, long enough."""
    robot, trip, say = drive.robot, drive.trip, case.found.say
    visit = trip.visits[0]
    charger = case.chargers.get(visit.node)
    plain = len(trip.visits) == 1 and not visit.tasks and trip.charge_mwh > 0
    if charger is None or not plain or robot.battery is None:
        text = "a charge is one visit, at a charger, of a robot with a battery, with no tasks"
        say("charge", robot.id, visit.node, visit.start_ms, text)
        return
    least_ms = charger.swap_ms
    if charger.power_mw > 0:
        least_ms = -(-trip.charge_mwh * _MS_PER_H // charger.power_mw)
    if visit.depart_ms - visit.start_ms < least_ms:
        text = f"{trip.charge_mwh} mWh take {least_ms} ms here"
        say("charge time", robot.id, visit.node, visit.depart_ms, text)


def judge_battery(case: Case, driven: list[Drive], loads: list[Load]) -> None:
    """All trips of one robot."""
    if not driven:
        return
    battery = driven[0].robot.battery
    if battery is None:
        for drive in driven:
            for visit in drive.trip.visits:
                if visit.battery_mwh != -1:
                    text = "says a charge, but the robot's battery is not part of the problem"
                    case.found.say(
                        "battery said", drive.robot.id, visit.node, visit.depart_ms, text
                    )
        return
    left_mwh = battery.charge_mwh
    for drive, load in zip(driven, loads, strict=True):
        left_mwh = _one_trip(case, drive, battery, load.mass_g, left_mwh)


def _idle_mwh(battery: Battery, ms: int) -> int:
    return -(-battery.idle_mw * max(0, ms) // _MS_PER_H)


def _one_trip(case: Case, drive: Drive, battery: Battery, mass_g: int, left_mwh: int) -> int:
    robot_id, trip, say = drive.robot.id, drive.trip, case.found.say
    at_ms = trip.depart_not_before_ms
    per_km_umwh = battery.per_km_mwh * 1000 + battery.per_kg_km_mwh * mass_g
    below = False
    for visit, length_mm in zip(trip.visits, drive.lengths_mm, strict=True):
        left_mwh -= -(-length_mm * per_km_umwh // (1000 * _MM_PER_KM))
        left_mwh -= _idle_mwh(battery, visit.arrive_ms - at_ms)
        if trip.charge_mwh:
            left_mwh -= _idle_mwh(battery, visit.start_ms - visit.arrive_ms)
        else:
            left_mwh -= _idle_mwh(battery, visit.depart_ms - visit.arrive_ms)
        if left_mwh < battery.reserve_mwh and not below and not drive.fixed:
            below = True
            text = f"{left_mwh} mWh left, the reserve is {battery.reserve_mwh} mWh"
            say("battery", robot_id, visit.node, visit.arrive_ms, text)
        left_mwh += _charged(case, drive, battery, left_mwh)
        if visit.battery_mwh != left_mwh and not drive.fixed:
            text = f"says {visit.battery_mwh} mWh, counted {left_mwh} mWh"
            say("battery said", robot_id, visit.node, visit.depart_ms, text)
        at_ms = visit.depart_ms
    return left_mwh


def _charged(case: Case, drive: Drive, battery: Battery, left_mwh: int) -> int:
    charge_mwh = drive.trip.charge_mwh
    if not charge_mwh:
        return 0
    visit = drive.trip.visits[0]
    room_mwh = battery.capacity_mwh - left_mwh
    charger = case.chargers.get(visit.node)
    if charge_mwh > room_mwh:
        text = f"{charge_mwh} mWh more, where {room_mwh} mWh are missing"
        case.found.say("overcharged", drive.robot.id, visit.node, visit.depart_ms, text)
    elif charger is not None and charger.power_mw == 0 and charge_mwh < room_mwh:
        text = f"a changed battery is full: {room_mwh} mWh more, not {charge_mwh} mWh"
        case.found.say("charge", drive.robot.id, visit.node, visit.depart_ms, text)
    return charge_mwh
