# SPDX-License-Identifier: Apache-2.0
"""The visualization message (VDA 5050 2.1.0, section 6.13): position and velocity, more often."""

from robot_agent.vda5050.header import Message
from robot_agent.vda5050.state import AgvPosition, Velocity


class Visualization(Message, frozen=True, kw_only=True):
    """For displays only: nothing may be decided on it."""

    agv_position: AgvPosition | None = None
    velocity: Velocity | None = None
