# SPDX-License-Identifier: Apache-2.0
"""The battery on the drive board, and its contactor to the charger."""

from robot_agent.board.drive_messages import BatteryReport, SetCharging
from robot_agent.board.session import BoardSession, nothing
from robot_agent.board.teller import Teller
from robot_agent.board.words import BatteryFlags
from robot_agent.core.events import BatteryRead

TELL_EACH_MS = 60_000
ASK_EACH_MS = 1_000
PART = "battery"


class BoardBattery:
    """Asks for the contactor until the board says that current flows, or none."""

    def __init__(self, session: BoardSession, teller: Teller) -> None:
        self.report: BatteryReport | None = None
        self._session = session
        self._teller = teller
        self._wanted: bool | None = None
        self._asked_ms: int | None = None
        self._told_ms = 0

    def charge(self, on: bool) -> None:
        """From the next step on."""
        self._wanted, self._asked_ms = on, None

    def read(self) -> BatteryRead | None:
        """The freshest, None: none yet."""
        report = self.report
        if report is None:
            return None
        charging = bool(report.battery_flags & BatteryFlags.CHARGING)
        return BatteryRead(report.charge_permille, charging, report.voltage_mv)

    def heard(self, report: BatteryReport, now_ms: int) -> None:
        """Told when it is the first, each minute, and when charging begins or ends."""
        self.report = report
        is_faulty = bool(report.battery_flags & BatteryFlags.FAULT)
        self._teller.fault(PART, "it says that it has a fault" if is_faulty else "")
        read, told = self.read(), self._teller.told(PART)
        assert read is not None
        is_due = now_ms - self._told_ms >= TELL_EACH_MS
        if is_due or not isinstance(told, BatteryRead) or told.charging != read.charging:
            self._told_ms = now_ms
            self._teller.forget(PART)
            self._teller.once(PART, read)

    def step(self, now_ms: int) -> None:
        """To be called while the motors are off: before that no contactor closes."""
        read = self.read()
        if self._wanted is None or read is None or read.charging == self._wanted:
            return
        if self._asked_ms is None or now_ms - self._asked_ms >= ASK_EACH_MS:
            self._asked_ms = now_ms
            self._session.command(SetCharging(int(self._wanted)), nothing, now_ms)
