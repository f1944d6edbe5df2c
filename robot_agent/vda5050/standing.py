# SPDX-License-Identifier: Apache-2.0
"""A robot that stands: how it says so, and who must see to it before it moves again.

What must hold: the table is `restarts.RESTARTS`; a cause that is not in there (a later board's) is
a person's matter.
"""

from robot_agent.vda5050.restarts import RESTARTS, Restart

MOTION_STOPPED = "motionStopped"
"""The error of a robot whose motors are off until an operator or a person has seen to it; its
references: `cause` says why, `incident` which of all its stops it is."""

CAUSE = "cause"
INCIDENT = "incident"
"""Counts a robot's stops that somebody must see to: a release names the one looked into."""
NOTHING = "none"
MAX_CAUSE = 100


def restart_of(cause: str) -> Restart:
    """Who restarts a robot that stands for this cause, and the cause in words."""
    known = RESTARTS.get(cause)
    return known or Restart("person", f"it stands for {cause[:MAX_CAUSE]!r}, whatever that is")


def needs_somebody(cause: str) -> bool:
    """Whether it stands until an operator or a person has seen to it."""
    return restart_of(cause).who in ("operator", "person")
