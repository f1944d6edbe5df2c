# SPDX-License-Identifier: Apache-2.0
"""The emulated hardware of one robot and the people around it, driven by events.

What must hold: it carries out what it is told and says what it sees, each thing at its exact ms;
nothing ticks while nothing happens; the same seed, commands and times give the same events.
"""

import msgspec

from robot_agent.core.events import (
    BatteryRead,
    Charge,
    DoorChanged,
    Follow,
    HandoverClosed,
    HandoverOpened,
    Hold,
    KeypadLocked,
    Leave,
    LockDoor,
    MotionStopped,
    OpenDoor,
    Posed,
    Release,
    Resume,
    RobotEffect,
    RobotEvent,
    SafetyChanged,
    SetPosition,
    Signal,
)
from robot_agent.emulation import battery, doors, driving, mishaps, stops, street
from robot_agent.emulation.street import Phones
from robot_agent.emulation.truth import BodyParams, Compartment, Happening, TimedEvent, Truth

CHARGER = "charger"
PLUG_IN_MS = 2_000
ADVANCE_MAX = 100_000
"""So many things in one `advance` are a fault in here, not a busy day."""


class Body:
    """One body. `phones` knows the codes that reached people; time never runs backwards."""

    def __init__(
        self,
        params: BodyParams,
        seed: int,
        now_ms: int,
        phones: Phones = lambda _, __: None,
        truth: Truth | None = None,
    ) -> None:
        self.params = params
        self._seed = seed
        self._phones = phones
        self._now: list[TimedEvent] = []
        if truth is None:
            truth = Truth(
                now_ms=now_ms,
                x_mm=params.x_mm,
                y_mm=params.y_mm,
                heading_mrad=params.heading_mrad,
                energy_mwms=battery.capacity(params) * params.charge_permille // 1_000,
                energy_ms=now_ms,
                told_permille=params.charge_permille,
                compartments={name: Compartment() for name in params.compartments},
            )
            mishaps.begin_all(seed, truth, params)
            mishaps.look_for_radio(truth, params, now_ms)
        self._truth = truth

    @classmethod
    def restore(
        cls,
        params: BodyParams,
        seed: int,
        snapshot: bytes,
        now_ms: int,
        phones: Phones = lambda _, __: None,
    ) -> "Body":
        """The body as it is after a while without its robot's mind: doors and people went on, and
        it stands on the stretch it was driving. Raises msgspec.DecodeError for foreign bytes."""
        truth = msgspec.json.decode(snapshot, type=Truth)
        body = cls(params, seed, now_ms, phones, truth)
        now_ms = max(now_ms, truth.now_ms)
        battery.settle(truth, params, now_ms)
        driving.abandon(truth, now_ms)
        mishaps.look_for_radio(truth, params, now_ms)  # Where there is none may be another place.
        while body.advance(now_ms):
            pass  # Nobody hears of it.
        return body

    @property
    def unsaved(self) -> bool:
        """Whether the truth changed since the last snapshot, other than by driving on."""
        return self._truth.unsaved

    def snapshot(self) -> bytes:
        """The physical truth; the same truth gives the same bytes."""
        self._truth.unsaved = False
        return msgspec.json.encode(self._truth)

    @property
    def due_ms(self) -> int | None:
        """When something happens next; None: never by itself."""
        if self._now:
            return self._truth.now_ms
        truth = self._truth
        dues = [driving.due_ms(truth), battery.due_ms(truth, self.params)]
        if truth.timers:
            dues.append(truth.timers[0].due_ms)
        return min((due for due in dues if due is not None), default=None)

    @property
    def is_moving(self) -> bool:
        """Whether its wheels turn."""
        return driving.is_moving(self._truth)

    @property
    def has_radio(self) -> bool:
        """Whether a broker can be reached from where it stands."""
        return not (self._truth.radio_cut or self._truth.in_shadow)

    @property
    def contents(self) -> dict[str, str]:
        """What really lies in which compartment."""
        return {
            name: compartment.parcel
            for name, compartment in self._truth.compartments.items()
            if compartment.parcel is not None
        }

    def take_happenings(self) -> list[Happening]:
        """Which parcels changed hands since the last call."""
        taken, self._truth.happenings = self._truth.happenings, []
        return taken

    def pose(self, now_ms: int) -> Posed:
        """Where its navigator believes to be."""
        return mishaps.posed(self._truth, max(now_ms, self._truth.now_ms))

    def where(self, now_ms: int) -> tuple[int, int]:
        """Where it really is, mm."""
        return driving.pose(self._truth, max(now_ms, self._truth.now_ms))[:2]

    def battery(self, now_ms: int) -> BatteryRead:
        """What the battery's meter says."""
        battery.settle(self._truth, self.params, max(now_ms, self._truth.now_ms))
        return battery.read(self._truth, self.params)

    def readings(self, now_ms: int) -> list[RobotEvent]:
        """All that its sensors say: what a mind that just woke up is told first."""
        truth = self._truth
        found: list[RobotEvent] = [
            SafetyChanged(truth.e_stop, field_violation=False),
            MotionStopped(truth.stopped_for),
        ]
        for name, compartment in truth.compartments.items():
            if compartment.door != "open":
                found += [event for _, event in doors.seen(name, compartment, self.params, now_ms)]
            found.append(DoorChanged(name, compartment.door))
        return [*found, self.battery(now_ms), self.pose(now_ms)]

    def command(self, effect: RobotEffect, now_ms: int) -> None:
        """Begins to do what a robot wants done; what is none of a body's business is left alone."""
        truth, params = self._truth, self.params
        now_ms = truth.now_ms = max(now_ms, truth.now_ms)
        match effect:
            case Follow() | Hold() | Resume() | Leave():
                self._drive(effect, now_ms)
            case OpenDoor():
                doors.unlock(effect, self._seed, truth, params, now_ms)
                street.is_served(effect.action_id, truth, now_ms)
            case LockDoor():
                self._now += doors.lock(effect, truth, now_ms)
            case HandoverOpened():
                street.expect(effect, self._seed, truth, params, now_ms)
            case HandoverClosed():
                street.send_away(effect.action_id, truth)
            case KeypadLocked(until_ms):
                truth.keypad_locked_until_ms = until_ms
                truth.changed()
            case Charge(on):
                truth.drop(CHARGER, "on")
                truth.drop(CHARGER, "off")
                truth.at(now_ms + PLUG_IN_MS, CHARGER, "on" if on else "off")
            case Release(cause):
                self._now += stops.release(cause, truth, now_ms)
            case SetPosition():
                self._now += mishaps.set_position(effect, truth, now_ms)
            case Signal(kind, on):
                truth.lit[kind] = on
                truth.changed()

    def advance(self, now_ms: int) -> list[TimedEvent]:
        """All that happens until `now_ms`, with its time, in order. Stops after the first thing
        that a robot hears of, so that it can answer before the next: call again."""
        for _ in range(ADVANCE_MAX):
            if self._now:
                events, self._now = self._now, []
                return events
            due_ms = self.due_ms
            if due_ms is None or due_ms > now_ms:
                self._truth.now_ms = max(self._truth.now_ms, now_ms)
                return []
            self._now = self._happen(max(due_ms, self._truth.now_ms))
        raise AssertionError(f"a body that is busy for ever at {self._truth.now_ms}")

    def _happen(self, now_ms: int) -> list[TimedEvent]:
        """One thing, at its time."""
        truth, params = self._truth, self.params
        truth.now_ms = now_ms
        battery.settle(truth, params, now_ms)
        if (reach_ms := driving.due_ms(truth)) is not None and reach_ms <= now_ms:
            events = driving.reach(truth, now_ms)
            if not driving.is_moving(truth):
                mishaps.look_for_radio(truth, params, now_ms)
            return [(now_ms, self.pose(now_ms)), *events]
        if truth.timers and truth.timers[0].due_ms <= now_ms:
            timer = truth.timers.pop(0)
            truth.changed()
            return self._ring(timer.kind, timer.key, now_ms)
        if battery.has_news(truth, params):
            return [(now_ms, battery.read(truth, params))]
        return []

    def _ring(self, kind: str, key: str, now_ms: int) -> list[TimedEvent]:
        truth, params = self._truth, self.params
        match kind:
            case doors.DOOR:
                return doors.go_on(key, self._seed, truth, params, now_ms)
            case street.PERSON:
                return street.come(key, truth, self._phones, now_ms)
            case mishaps.MISHAP:
                return mishaps.strike(key, self._seed, truth, params, now_ms)
            case mishaps.HEAL:
                return mishaps.heal(key, self._seed, truth, params, now_ms)
            case mishaps.DRIFT:
                return mishaps.drifts(truth, now_ms)
            case mishaps.RADIO:
                mishaps.look_for_radio(truth, params, now_ms)
                return []
            case _:
                truth.charging = key == "on" and not driving.is_moving(truth)
                return [(now_ms, battery.read(truth, params))]

    def _drive(self, effect: Follow | Hold | Resume | Leave, now_ms: int) -> None:
        truth, params = self._truth, self.params
        battery.settle(truth, params, now_ms)
        truth.held = isinstance(effect, Hold | Leave)
        match effect:
            case Follow():
                driving.follow(effect, truth, params, now_ms)
            case Resume():
                driving.resume(truth, params, now_ms)
            case Hold() | Leave():
                self._now += driving.brake(
                    truth,
                    params,
                    now_ms,
                    answers=True,
                    forget=isinstance(effect, Leave),
                    hard=False,
                )
        if driving.is_moving(truth):
            if params.shadows:
                mishaps.look_for_radio(truth, params, now_ms)
            if truth.charging:  # It has torn itself off the charger.
                truth.charging = False
                self._now.append((now_ms, battery.read(truth, params)))
