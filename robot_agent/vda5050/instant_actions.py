# SPDX-License-Identifier: Apache-2.0
"""The instantActions message (VDA 5050 2.1.0, section 6.9): actions to be done at once."""

from robot_agent.vda5050.header import Message
from robot_agent.vda5050.order import Action


class InstantActions(Message, frozen=True, kw_only=True):
    """Each action becomes an actionState at once, also when it is rejected."""

    actions: tuple[Action, ...]
