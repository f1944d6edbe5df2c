# SPDX-License-Identifier: Apache-2.0
"""Orders that must not be carried out again: an older journal's, or one that was given before.

Our site's order ids are `SITE-EPOCH-NUMBER`: the epoch grows when a journal is made, restored or
leased anew, the number with each order. What must hold: neither ever runs backwards on a robot.
Another master's ids say nothing, so the last ones are remembered.
"""

import re

from robot_agent.core.memory import Memory
from robot_agent.core.spec import RobotSpec

MAX_PAST_ORDERS = 100
_NUMBERS = re.compile(r"([0-9]{1,15})-([0-9]{1,15})")


def misfit(order_id: str, memory: Memory, spec: RobotSpec) -> str | None:
    """Why a new order of this id must not be taken, as a sentence."""
    kept = memory.kept
    given = _epoch_and_number(order_id, spec)
    if given is None:
        return f"order {order_id} was given before" if order_id in kept.past_orders else None
    if given[0] < kept.epoch[0]:
        return f"order {order_id} is of an older journal than epoch {kept.epoch[0]}"
    if given <= kept.epoch:
        return f"order {order_id} was given before"
    return None


def remember(order_id: str, memory: Memory, spec: RobotSpec) -> None:
    """The order was taken over."""
    kept = memory.kept
    given = _epoch_and_number(order_id, spec)
    if given is not None:
        kept.epoch = given
    else:
        kept.past_orders.append(order_id)
        del kept.past_orders[:-MAX_PAST_ORDERS]
    memory.keep()


def _epoch_and_number(order_id: str, spec: RobotSpec) -> tuple[int, int] | None:
    site = f"{spec.map_id}-"
    if not order_id.startswith(site):
        return None
    match = _NUMBERS.fullmatch(order_id[len(site) :])
    return (int(match[1]), int(match[2])) if match else None
