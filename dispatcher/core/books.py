# SPDX-License-Identifier: Apache-2.0
"""The books of a site: how many parcels are where, and how many were handed over in their slot.

What must hold: the totals are counters, so they stay right when ended parcels are forgotten; what
is forgotten has ended long ago, oldest first.
"""

from collections import Counter

from dispatcher.core.life_cycles import ENDED
from dispatcher.core.state import State

ON_TIME = "delivered_on_time"
"""The counter of parcels delivered before their slot ended."""


def totals(state: State) -> dict[str, int]:
    """Parcels accepted, and the four numbers that must add up to it."""
    ended = {end: state.counters.get(end, 0) for end in ENDED}
    return {"accepted": state.counters.get("accepted", 0), **ended, "open": len(state.parcels)}


def by_state(state: State) -> dict[str, int]:
    """How many parcels are in each state of their life, by the state's name."""
    counts = Counter(parcel.state for parcel in state.parcels.values())
    counts.update({end: state.counters.get(end, 0) for end in ENDED})
    return {name: count for name, count in sorted(counts.items()) if count}


def on_time_share(state: State) -> float | None:
    """The share of the delivered that came in time (0 to 1, four digits); None before the first."""
    delivered = state.counters.get("delivered", 0)
    return round(state.counters.get(ON_TIME, 0) / delivered, 4) if delivered else None


def promises_broken(state: State, now_ms: int) -> int:
    """Parcels delivered after the slot agreed last, and those that it ran out for while they were
    not even at the stop. Where nobody came to the door the promise was kept."""
    late = state.counters.get("delivered", 0) - state.counters.get(ON_TIME, 0)
    waiting = [one for one in state.parcels.values() if one.state not in ("at_stop", "given_up")]
    return late + sum(parcel.slot_until_ms < now_ms for parcel in waiting)


def forget_ended(state: State, before_ms: int) -> None:
    """Drop parcels that ended before a time; the totals keep them."""
    for parcel in list(state.ended.values()):
        if parcel.ended_ms >= before_ms:
            return
        del state.ended[parcel.id]
        state.count("forgotten")
