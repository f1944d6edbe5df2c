# SPDX-License-Identifier: Apache-2.0
"""The connection message (VDA 5050 2.1.0, section 6.14): retained, QoS 1, also the last will."""

from typing import Literal

from robot_agent.vda5050.header import Message

ConnectionState = Literal["ONLINE", "OFFLINE", "CONNECTIONBROKEN"]


class Connection(Message, frozen=True, kw_only=True):
    """Says whether the robot is on the broker, not whether it is well."""

    connection_state: ConnectionState
