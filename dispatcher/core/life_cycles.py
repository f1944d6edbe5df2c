# SPDX-License-Identifier: Apache-2.0
"""The life cycles of parcels, jobs and sessions, as tables.

Rules of this file: everything that says which state may follow which lives here and nowhere else.
A table is `trigger -> {state before: state after}`; a trigger that the table does not allow in a
state is our own mistake (an `IllegalMove`, which freezes the site), never a robot's: what robots do
wrong is judged before a trigger is pulled.

A parcel's path: `announced` (accepted), `at_station` (somebody has it there), `assigned` (in a job
that a robot was given), `loaded`, `riding`, `at_stop`, and one of the ends `delivered`, `returned`,
`cancelled`. A parcel that nobody collected rides back and is `at_station` again to be offered anew,
or `given_up`: it waits at the station for a person, still open. A return begins at a stop: it is
`announced` until a robot has received it, and ends `delivered` at the station.
"""

from collections.abc import Mapping
from typing import Final

ENDED: Final = ("delivered", "returned", "cancelled")
"""The states in which a parcel is no longer open."""

ABOARD: Final = ("loaded", "riding", "at_stop")
"""The states in which a parcel is in a robot's compartment."""

_NOT_ENDED: Final = (
    "announced",
    "at_station",
    "assigned",
    "loaded",
    "riding",
    "at_stop",
    "given_up",
)

Table = Mapping[str, Mapping[str, str]]

PARCEL: Final[Table] = {
    "scan": {"announced": "at_station"},
    "assign": {"announced": "assigned", "at_station": "assigned"},
    "back_to_station": {"assigned": "at_station"},
    "back_to_sender": {"assigned": "announced"},
    "load": {"assigned": "loaded"},
    "receive": {"assigned": "riding"},
    "depart": {"loaded": "riding", "at_stop": "riding"},
    "reach": {"loaded": "at_stop", "riding": "at_stop"},
    "collect": {"loaded": "delivered", "riding": "delivered", "at_stop": "delivered"},
    "hand_in": {"riding": "delivered"},
    "unload": {"loaded": "at_station", "riding": "at_station", "at_stop": "at_station"},
    "give_up": {"loaded": "given_up", "riding": "given_up", "at_stop": "given_up"},
    "cancel": {
        "announced": "cancelled",
        "at_station": "cancelled",
        "given_up": "cancelled",
        "loaded": "cancelled",
        "riding": "cancelled",
        "at_stop": "cancelled",
    },
    "declare_at_station": dict.fromkeys(_NOT_ENDED, "at_station"),
    "declare_delivered": dict.fromkeys(_NOT_ENDED, "delivered"),
    "declare_returned": dict.fromkeys(_NOT_ENDED, "returned"),
    "declare_with_sender": dict.fromkeys(_NOT_ENDED, "announced"),
}

JOB: Final[Table] = {
    "take": {"given": "running", "running": "running"},
    "finish": {"given": "ended", "running": "ended"},
    "break": {"given": "broken", "running": "broken"},
    "renew": {"given": "given", "running": "given"},
}

SESSION: Final[Table] = {
    "publish": {"quiet": "sent", "sent": "sent", "taken": "sent"},
    "lose": {"taken": "sent"},
    "acknowledge": {"sent": "taken", "taken": "taken"},
    "close": {"quiet": "quiet", "sent": "quiet", "taken": "quiet"},
}


class IllegalMove(AssertionError):
    """A trigger was pulled in a state that its table does not know: a fault of ours."""


def after(table: Table, trigger: str, state: str, who: str) -> str:
    """The state that follows. Raises IllegalMove, naming who, state and trigger."""
    follows = table[trigger].get(state)
    if follows is None:
        raise IllegalMove(f"{who}: '{trigger}' is not possible while {state}")
    return follows
