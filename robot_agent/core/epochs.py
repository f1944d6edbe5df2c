# SPDX-License-Identifier: Apache-2.0
"""Orders that must not be carried out again: an older journal's, or one that was given before.

Our site's order ids are `SITE-EPOCH-NUMBER`: the epoch grows when a journal is made, restored or
leased anew, the number with each order. What must hold: neither ever runs backwards on a robot, and
no single order of an epoch that cannot be yet makes it refuse all that come after. Epochs are the
Unix seconds of a journal's making, so the wall clock says which can be. Another master's ids say
nothing, so the last ones are remembered.
"""

import re

from robot_agent.core.memory import Memory
from robot_agent.core.spec import RobotSpec

MAX_PAST_ORDERS = 100
MAX_AHEAD_MS = 24 * 3_600_000
"""So far a dispatcher's clock may be ahead of the robot's."""
FIRST_SECONDS = 1_000_000_000
"""Lower epochs are counted, not read from a clock."""
EPOCH_DIGITS, NUMBER_DIGITS = 11, 15
_NUMBERS = re.compile(r"([0-9]+)-([0-9]+)")


def misfit(order_id: str, memory: Memory, spec: RobotSpec) -> str | None:
    """Why a new order of this id must not be taken, as a sentence."""
    kept = memory.kept
    match = _match(order_id, spec)
    if match is None:
        return f"order {order_id} was given before" if order_id in kept.past_orders else None
    if len(match[1]) > EPOCH_DIGITS or len(match[2]) > NUMBER_DIGITS:
        return f"order {order_id} is of no journal that can be"
    given = (int(match[1]), int(match[2]))
    if given[0] >= FIRST_SECONDS and _is_after_today(given[0] * 1000, memory):
        return f"order {order_id} is of a journal made after today"
    if given[0] < kept.epoch[0]:
        return f"order {order_id} is of an older journal than epoch {kept.epoch[0]}"
    if given <= kept.epoch:
        return f"order {order_id} was given before"
    return None


def remember(order_id: str, memory: Memory, spec: RobotSpec) -> None:
    """The order was taken over."""
    kept = memory.kept
    match = _match(order_id, spec)
    if match is not None:
        kept.epoch = (int(match[1]), int(match[2]))
    else:
        kept.past_orders.append(order_id)
        del kept.past_orders[:-MAX_PAST_ORDERS]
    memory.keep()


def _is_after_today(made_ms: int, memory: Memory) -> bool:
    """Nobody knows where the host does not tell what the wall clock says."""
    ahead_ms = memory.wall_ahead_ms
    return ahead_ms is not None and made_ms > memory.now_ms + ahead_ms + MAX_AHEAD_MS


def _match(order_id: str, spec: RobotSpec) -> re.Match[str] | None:
    site = f"{spec.site or spec.map_id}-"
    return _NUMBERS.fullmatch(order_id[len(site) :]) if order_id.startswith(site) else None
