# SPDX-License-Identifier: Apache-2.0
"""Who restarts a robot that stands: the one table that board, agent, dispatcher go by.

`agent`: by itself, after its self-check. `check`: when it has told its state and found
its place again. `operator`: from the desk. `person`: who has seen to it at the robot.

Generated from firmware_stubs/protocol by its generate.py: change that, not this.
"""

from typing import Literal, NamedTuple

Who = Literal["agent", "check", "operator", "person"]


class Restart(NamedTuple):
    """Of one cause: who, and the cause in words."""

    who: Who
    text: str


RESTARTS: dict[str, Restart] = {
    "none": Restart("agent", "it may move"),
    "command_timeout": Restart("agent", "no valid, fresh drive command came in time"),
    "stopped_by_agent": Restart("agent", "the agent stopped it"),
    "battery_refused": Restart("agent", "the battery holds too little to set off"),
    "new_session": Restart("check", "the agent has started again"),
    "power_on": Restart("operator", "the board was switched on, or lost its power"),
    "brown_out": Restart("operator", "the supply broke down"),
    "watchdog": Restart("operator", "the board hung and was reset"),
    "reset": Restart("operator", "the board was reset"),
    "motor_fault": Restart("operator", "a motor or its encoder failed"),
    "e_stop": Restart("person", "the emergency stop was pressed"),
    "bumper": Restart("person", "the bumper was hit"),
    "tilt": Restart("person", "it was tilted or lifted"),
    "door_open": Restart("person", "a door was open while it was armed"),
    "version": Restart("person", "board and agent do not speak the same version"),
    "memory_lost": Restart("person", "the board has lost what it kept"),
}
