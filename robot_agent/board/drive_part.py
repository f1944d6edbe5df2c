# SPDX-License-Identifier: Apache-2.0
"""The drive board as parts of a body: wheels, battery, safety circuit and obstacle source.

What must hold: the motors are on only while somebody wants it to move (a locker's doors open only
when they are off); a drive command names the newest report that was heard, so that the board can
tell a stale one; where it is, is known no better than the wheels say.
"""

from collections.abc import Callable
from pathlib import Path

from robot_agent.board.arming import STANDING_MM_S, Arming, word_of
from robot_agent.board.battery import BoardBattery
from robot_agent.board.clock import BoardClock
from robot_agent.board.drive_messages import (
    Arm,
    BatteryReport,
    Disarm,
    DriveCommand,
    DriveFacts,
    DriveStateReport,
    SetSignals,
)
from robot_agent.board.layout import Message
from robot_agent.board.line import BoardLine, draw_nonce
from robot_agent.board.link_fault import LinkFault
from robot_agent.board.link_messages import Event, Hello
from robot_agent.board.pose import PoseKeeper
from robot_agent.board.service_key import ServiceKey
from robot_agent.board.session import BoardSession, nothing
from robot_agent.board.teller import Teller
from robot_agent.board.words import (
    BoardKind,
    DriveInputs,
    DriveState,
    EventKind,
    MotorFault,
    Result,
    StopCause,
)
from robot_agent.core.events import BatteryRead, MotionStopped, SafetyChanged, SetPosition
from robot_agent.drivers.base import DriveBase, Odometry, Power, Safety, Tell
from robot_agent.drivers.obstacle_guard import ObstacleGuard
from robot_agent.service.notices import say, say_now_and_then
from robot_agent.vda5050.standing import NOTHING, restart_of

PART = "drive board"
MOTORS = "motors"
POSE_FILE = "board-pose.json"
WANTED_MS = 200
"""A wish to move is as old as the last command that moves; they come 20 times a second."""
IDLE_MS = 500
"""So long after the last wish the motors stay on."""
FRESH_MS = 250
TTL_MS = (20, 250)
MAX_COMMAND = 3_000
ASK_EACH_MS = 200
FACTS_WITHIN_MS = 500
REFUSED_MS = 2_000
UNSENT_MS = 1_000
NOTHING_IN_SIGHT_MM = 65_535
LIFTED_MS = 150
"""A wheel that drops off a kerb is level again sooner."""
COUNTS_WELL = (MotorFault.OVER_CURRENT, MotorFault.STALLED, MotorFault.OVER_TEMPERATURE)
"""What leaves the encoders as good as they were."""
WAITS = (Result.INTERLOCK, Result.BATTERY, Result.BUSY)
"""Answers that are no refusal of who has released it."""
TIMEOUTS_SAID = (1, 10, 100, 1_000, 10_000)


class DriveBoard(DriveBase, Power, Safety):
    """`unique_id` (hex): the only board it drives with; empty: any drive board.

    `on_service` hears how the service key is turned, at each report, once that is known.
    """

    def __init__(
        self,
        device: str,
        guard: ObstacleGuard,
        now_ms: Callable[[], int],
        folder: Path,
        start: SetPosition | None = None,
        unique_id: str = "",
    ) -> None:
        self.session = BoardSession(BoardKind.DRIVE, self, draw_nonce, unique_id)
        self.line = BoardLine(device, self.session, now_ms, self.step, self.end)
        self.teller = Teller()
        self.pose = PoseKeeper(folder / POSE_FILE, start, say_now_and_then)
        self.report: DriveStateReport | None = None
        self.timeouts = 0
        self.on_service: Callable[[bool, int], None] = lambda _, __: None
        self._guard = guard
        self._now_ms = now_ms
        self._fault = LinkFault(PART, device, self.session, self.teller)
        self._battery = BoardBattery(self.session, self.teller)
        self._arming = Arming()
        self._key = ServiceKey()
        self._clock = BoardClock()
        self._facts: DriveFacts | None = None
        self._opened_ms = self._seen_ms = self._reported_ms = self._said_ms = 0
        self._resets = 0
        self._tilted_ms: int | None = None
        """Since when."""
        self._moving_ms: int | None = None
        """When it was last wanted to move, or last armed."""
        self._wanted_ms: int | None = None
        self._asked_ms = 0
        self._refused_since_ms: int | None = None
        self._unsent_since_ms: int | None = None
        self._signals = {"light": False, "horn": False}

    @property
    def progress(self) -> int:
        return self.line.steps

    @property
    def doors_shut(self) -> bool:
        """The wire from the locker board: all doors are locked and none was forced."""
        return self.report is not None and bool(self.report.inputs & DriveInputs.DOORS_SHUT)

    async def run(self, tell: Tell) -> None:
        self.teller.tell = tell
        try:
            await self.line.run()
        finally:
            self.teller.tell = lambda _: None

    def drive(self, speed_mm_s: int, turn_mrad_s: int) -> None:
        now_ms = self._now_ms()
        if speed_mm_s or turn_mrad_s:
            self._wanted_ms = self._moving_ms = now_ms
        hello = self.session.hello
        if not self._is_armed() or self._is_idle(now_ms) or hello is None:
            return
        command = DriveCommand(
            max(-MAX_COMMAND, min(MAX_COMMAND, speed_mm_s)),
            max(-MAX_COMMAND, min(MAX_COMMAND, turn_mrad_s)),
            max(TTL_MS[0], min(TTL_MS[1], hello.command_timeout_ms)),
            self._seen_ms,
        )
        self.session.send(command, now_ms)
        self.line.flush()

    def odometry(self) -> Odometry | None:
        if self.report is None or self._facts is None:
            return None
        here, speed_mm_s = self.pose.pose, float(self.report.speed_mm_s)
        return Odometry(here.x_mm, here.y_mm, here.heading_rad, speed_mm_s, self._said_ms)

    def charge(self, on: bool) -> None:
        self._battery.charge(on)

    def look(self) -> BatteryRead | None:
        return self._battery.read()

    def signal(self, kind: str, on: bool) -> None:
        if kind in self._signals:
            self._signals[kind] = on
            self._send_signals()

    def release(self, cause: str) -> None:
        """Taken for what it stands for now, until this session ends: then it may go, and stands
        where it says it does; the motors are switched on when it goes."""
        report = self.report
        is_meant = report is not None and word_of(report.stop_cause) == cause
        if report is not None and is_meant and restart_of(cause).who == "operator":
            self._arming.release(cause)
            self.pose.trust()
            self._tell_cause(report)

    def sent_off(self) -> None:
        """The core has sent the robot along its path, or on along it."""
        self._arming.sent_off()

    def end(self) -> None:
        """The agent ends: motors off in good order."""
        if self._is_armed():
            self.session.command(Disarm(), nothing, self._now_ms())

    def opened(self, hello: Hello) -> None:
        self._opened_ms = self._now_ms()
        self._facts = None
        self._clock.forget()
        self._key.forget()
        self._arming.forget()
        if self.pose.opened(hello.boot_count, hello.unique_id.hex()):
            self._note_reset()
        if any(self._signals.values()):
            self._send_signals()

    def closed(self) -> None:
        self.report = None
        # One under way is held by its core, which then sends it on again: see Arming.
        self._fault.look(False, self._now_ms(), at_once=self._arming.is_sent_off)
        self._arming.forget()
        self._key.forget()

    def heard(self, message: Message, t_ms: int, now_ms: int) -> None:
        match message:
            case DriveFacts():
                self._facts = message
            case DriveStateReport():
                self._said_ms = self._clock.heard(t_ms, now_ms)
                self._seen_ms, self._reported_ms = t_ms, now_ms
                self._hear_state(message)
            case BatteryReport():
                self._battery.heard(message, now_ms)
            case Event():
                if message.event_kind == EventKind.TILT:
                    # It may be level again, and released by the button, since.
                    self.pose.doubt()
                _say_event(message)

    def step(self, now_ms: int) -> None:
        """What is due by time."""
        self._fault.look(self.odometry() is not None, now_ms)
        report = self.report
        if not self.session.is_open:
            return
        if self._facts is None and now_ms - self._opened_ms > FACTS_WITHIN_MS:
            self.session.open_anew("it does not say what it is made of", now_ms)
        if report is None or self._facts is None:
            return
        self.pose.save(now_ms, abs(report.speed_mm_s) <= STANDING_MM_S)
        if self.session.is_waiting:
            return
        if not self._is_armed():
            self._arm(report, now_ms)
            self._battery.step(now_ms)
            return
        self._refuse("", now_ms)
        if self._is_idle(now_ms) and now_ms - self._asked_ms >= ASK_EACH_MS:
            self._asked_ms = now_ms
            self.session.command(Disarm(), nothing, now_ms)

    def _arm(self, report: DriveStateReport, now_ms: int) -> None:
        attempt: Arm | str = "its last report is old"
        if self._wanted_ms is None or now_ms - self._wanted_ms > WANTED_MS:
            attempt = ""
        elif now_ms - self._reported_ms <= FRESH_MS:
            attempt = self._arming.attempt(report, is_alone=self._key.is_off)
        if isinstance(attempt, str):
            # For whom else it waits the cause itself says.
            cause = word_of(report.stop_cause)
            who = restart_of(cause).who
            is_own = who == "agent" or self._arming.is_released(cause)
            self._refuse(attempt if is_own else "", now_ms)
            self._ask_to_be_sent(bool(attempt) and who == "check", now_ms)
        elif now_ms - self._asked_ms >= ASK_EACH_MS:
            self._asked_ms = now_ms
            self._ask(attempt, now_ms)

    def _ask_to_be_sent(self, is_waiting: bool, now_ms: int) -> None:
        """The core may have sent it on just before the stop was heard of here, and thinks that it
        goes: a fault, which the next turn heals, makes it look and send it on once more."""
        if not is_waiting or self._arming.is_sent_off or self._unsent_since_ms is None:
            self._unsent_since_ms = now_ms
        elif now_ms - self._unsent_since_ms >= UNSENT_MS:
            self._unsent_since_ms = now_ms
            self.teller.fault(PART, "it has stopped, and waits to be sent on")

    def _ask(self, arm: Arm, now_ms: int) -> None:
        def answered(result: Result | None) -> None:
            if result is Result.DONE:
                self._moving_ms = self._now_ms()
                self._arming.void_release()
            elif result is not None:
                self._refuse(f"the board answers {result.name.lower()}", self._now_ms())
                if result not in WAITS and self.report is not None:
                    self._arming.void_release()
                    self._tell_cause(self.report)

        self.session.command(arm, answered, now_ms)

    def _refuse(self, why: str, now_ms: int) -> None:
        """Says why it cannot move that should, where it is no matter of a moment."""
        if not why:
            self._refused_since_ms = None
            self.teller.fault(MOTORS, "", "WARNING")
            return
        if self._refused_since_ms is None:
            self._refused_since_ms = now_ms
        if now_ms - self._refused_since_ms >= REFUSED_MS:
            self.teller.fault(MOTORS, f"they cannot be switched on: {why}", "WARNING")

    def _hear_state(self, report: DriveStateReport) -> None:
        before, self.report = self.report, report
        self._key.heard(report.inputs, self._said_ms)
        self._count_wheels(report)
        if before is None or before.stop_cause != report.stop_cause:
            self._hear_cause(report, is_news=before is not None)
        self._tell_cause(report)
        is_latched = report.drive_state == DriveState.E_STOP_LATCHED
        is_pressed = is_latched and not report.inputs & DriveInputs.E_STOP_CLEAR
        is_stop = is_pressed or report.stop_cause == StopCause.E_STOP
        is_hit = report.stop_cause == StopCause.BUMPER
        self.teller.once("safety", SafetyChanged("MANUAL" if is_stop else "NONE", is_hit))
        if self._key.is_on is not None:
            self.on_service(self._key.is_on, self._reported_ms)
        if report.inputs & DriveInputs.OBSTACLE_SENSOR_OK:
            free_mm = report.free_ahead_mm
            in_sight = free_mm < NOTHING_IN_SIGHT_MM
            self._guard.heard(self._said_ms, float(free_mm) if in_sight else None)

    def _count_wheels(self, report: DriveStateReport) -> None:
        # Pins that nobody has read read 0 all together, and so do their counts.
        if self._facts is None or not report.inputs:
            return
        cause = word_of(report.stop_cause)
        if self.pose.reported(self._seen_ms, self._reported_ms, cause):
            self._note_reset()
        self.pose.moved(report.left_ticks, report.right_ticks, self._facts)
        if report.inputs & DriveInputs.LEVEL:
            self._tilted_ms = None
            return
        if self._tilted_ms is None:
            self._tilted_ms = self._said_ms
        if self._said_ms - self._tilted_ms >= LIFTED_MS:
            # An emergency stop hides the tilt: who presses it may carry the robot away.
            self.pose.doubt()

    def _note_reset(self) -> None:
        self._resets += 1
        say(f"{PART}: it was reset: an operator must say that the robot is where it was")

    def _hear_cause(self, report: DriveStateReport, *, is_news: bool) -> None:
        self._arming.stopped_for(word_of(report.stop_cause))
        is_off = (
            report.stop_cause == StopCause.MOTOR_FAULT and report.motor_fault not in COUNTS_WELL
        )
        if is_off or report.stop_cause == StopCause.TILT:
            self.pose.doubt()
        if report.stop_cause == StopCause.COMMAND_TIMEOUT and is_news:
            self.timeouts += 1
            if self.timeouts in TIMEOUTS_SAID:
                say(
                    f"{PART}: no drive command reached it in time, so it stopped,"
                    f" {self.timeouts} times so far; it goes on by itself"
                )

    def _tell_cause(self, report: DriveStateReport) -> None:
        """What was released is no cause any more, though the motors are still off."""
        cause, fault = word_of(report.stop_cause), ""
        if self._arming.is_released(cause):
            cause = NOTHING
        elif report.stop_cause == StopCause.MOTOR_FAULT:
            known = report.motor_fault in MotorFault.__members__.values()
            kind = MotorFault(report.motor_fault).name if known else "an unknown fault"
            fault = kind.lower().replace("_", " ")
        self.teller.fault("motor", fault)
        self.teller.once("cause", MotionStopped(cause, self._resets))

    def _send_signals(self) -> None:
        wanted = SetSignals(int(self._signals["light"]), int(self._signals["horn"]))
        self.session.command(wanted, nothing, self._now_ms())

    def _is_armed(self) -> bool:
        report = self.report
        return report is not None and report.drive_state in (DriveState.ARMED, DriveState.MOVING)

    def _is_idle(self, now_ms: int) -> bool:
        return self._moving_ms is None or now_ms - self._moving_ms > IDLE_MS


def _say_event(event: Event) -> None:
    known = event.event_kind in EventKind.__members__.values()
    kind = EventKind(event.event_kind).name if known else f"event {event.event_kind}"
    say(f"{PART}: {kind.lower().replace('_', ' ')}")
