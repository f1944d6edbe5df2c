# SPDX-License-Identifier: Apache-2.0
"""When the agent switches the motors on: the agent's end of the table "who restarts what".

What must hold: they are on only while it drives, and never while somebody works on the robot; each
cause is released on the word of who it asks for and of nobody else: the agent's own after a look at
itself; `check` when the robot's core has sent it off since; an operator's after a release from the
desk for this very cause in this very session; never a person's.
"""

from robot_agent.board.drive_messages import Arm, DriveStateReport
from robot_agent.board.words import Authority, DriveInputs, DriveState, StopCause
from robot_agent.vda5050.standing import restart_of

SAFE_INPUTS = (
    DriveInputs.E_STOP_CLEAR | DriveInputs.BUMPER_CLEAR | DriveInputs.LEVEL | DriveInputs.DOORS_SHUT
)
STANDING_MM_S = 20


def word_of(cause: int) -> str:
    """A stop cause in the table's words; one that a later board has is none of them."""
    known = cause in StopCause.__members__.values()
    return StopCause(cause).name.lower() if known else f"cause_{cause}"


class Arming:
    """Who has said what since the present cause."""

    def __init__(self) -> None:
        self._sent_off = False
        self._released = ""
        """The cause that an operator lets it go on from."""

    @property
    def is_sent_off(self) -> bool:
        """Whether the core has said so."""
        return self._sent_off

    def sent_off(self) -> None:
        """The core says that it may go: it has told its state and knows where it is."""
        self._sent_off = True

    def release(self, cause: str) -> None:
        """An operator says so, of the cause that it stands for now."""
        self._released = cause

    def is_released(self, cause: str) -> bool:
        """Whether an operator has, and it was not used yet."""
        return self._released == cause

    def void_release(self) -> None:
        """It was used, or is for something that is no more."""
        self._released = ""

    def forget(self) -> None:
        """Another session, maybe after a reset: what was said before is void."""
        self._sent_off = False
        self._released = ""

    def stopped_for(self, cause: str) -> None:
        """The cause is another one."""
        if restart_of(cause).who == "check":
            self._sent_off = False
        if cause != self._released:
            self._released = ""

    def attempt(self, report: DriveStateReport, *, is_alone: bool) -> Arm | str:
        """How to arm now that it wants to move, or why not. `is_alone`: the service key is off."""
        cause = word_of(report.stop_cause)
        who = restart_of(cause).who
        released = self.is_released(cause)
        if not is_alone:
            return "the service key is turned, or not read yet"
        states = [DriveState.DISARMED] + ([DriveState.FAULT] if released else [])
        if report.drive_state not in states or abs(report.speed_mm_s) > STANDING_MM_S:
            return "it does not stand yet, or is latched"
        if report.inputs & SAFE_INPUTS != SAFE_INPUTS:
            lacking = SAFE_INPUTS & ~DriveInputs(report.inputs)
            names = ", ".join(
                one.name.lower() for one in DriveInputs if one in lacking and one.name
            )
            return f"not as they must be: {names}"
        if who == "agent":
            return Arm(Authority.AGENT, report.stop_cause)
        if who == "check" and self._sent_off:
            return Arm(Authority.POSITION_CHECKED, report.stop_cause)
        if who == "operator" and released:
            return Arm(Authority.OPERATOR, report.stop_cause)
        waits = {
            "check": "its place must be found first",
            "operator": "an operator must release it",
        }
        return waits.get(who, "a person at the robot must release it")
