# SPDX-License-Identifier: Apache-2.0
"""The world's own books: where each parcel really is, whatever the dispatcher believes.

What must hold: it is fed by what happens in the world alone (who brings a parcel, what lies in a
robot, who takes it out), never by the dispatcher; a parcel is in one place, and taken once.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from dispatcher.core.state import Parcel, State

SENDER: Final = "sender"
STATION: Final = "station"
PERSON: Final = "recipient"

REPORT_LAG_MS: Final = 5_000
"""How long a robot may take to tell what has happened at its doors."""


class Ledger:
    """`faults` are sentences about what can not be, in the order found."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._where: dict[str, str] = {}
        self._taken_ms: dict[str, int] = {}
        self._handovers: dict[str, tuple[str, str]] = {}

    def sent(self, parcel: str) -> None:
        """Somebody has a parcel to send."""
        self._where[parcel] = SENDER

    def brought(self, parcel: str) -> None:
        """A parcel lies at the station now."""
        self._where[parcel] = STATION

    def opened(self, action: str, parcel: str, direction: str) -> None:
        """A robot waits for somebody to take (`out`) or give (`in`) a parcel."""
        self._handovers[action] = (parcel, direction)

    def closed(self, robot: str, action: str, result: str, now_ms: int) -> None:
        """A handover is over; with `collected` somebody has taken the parcel out."""
        parcel, _ = self._handovers.pop(action)
        if result != "collected":
            return
        if self._where.get(parcel) != robot:
            self._fault(parcel, f"was taken out of {robot}")
        self._where[parcel] = PERSON
        self._taken_ms[parcel] = now_ms

    def carries(self, robot: str, parcels: Iterable[str]) -> None:
        """All that lies in a robot now."""
        aboard = sorted(parcels)
        for parcel in aboard:
            if self._where.get(parcel) not in (STATION, SENDER, robot):
                self._fault(parcel, f"lies in {robot}")
            self._where[parcel] = robot
        for parcel in [key for key, where in self._where.items() if where == robot]:
            if parcel not in aboard:
                self._where[parcel] = STATION  # A dock took it out: nobody did, see `closed`.

    def compare(self, state: State, now_ms: int) -> list[str]:
        """Where the dispatcher's books say otherwise, and what could not be all along."""
        books: list[Mapping[str, Parcel]] = [state.parcels, state.ended]
        believed = {parcel.id: parcel for book in books for parcel in book.values()}
        found = list(self.faults)
        for parcel_id in sorted({*believed, *self._where}):
            parcel, where = believed.get(parcel_id), self._where.get(parcel_id, "nowhere")
            if parcel is None:
                found.append(f"parcel {parcel_id} is with the {where}, in nobody's books")
            elif where not in _places(parcel) and not self._is_news(parcel, now_ms):
                found.append(f"parcel {parcel_id} is booked as {parcel.state}, it is in: {where}")
        return found

    def _is_news(self, parcel: Parcel, now_ms: int) -> bool:
        """Taken a moment ago: the robot's state is still on its way."""
        taken_ms = self._taken_ms.get(parcel.id)
        return (
            parcel.state == "at_stop"
            and taken_ms is not None
            and now_ms - taken_ms <= REPORT_LAG_MS
        )

    def _fault(self, parcel: str, what: str) -> None:
        where = self._where.get(parcel, "nowhere")
        self.faults.append(f"parcel {parcel} {what}, but it was in: {where}")


def _places(parcel: Parcel) -> tuple[str, ...]:
    """Where a parcel can be, going by the books."""
    match parcel.state:
        case "delivered":
            return (STATION if parcel.kind == "return" else PERSON,)
        case "returned" | "cancelled" | "at_station" | "given_up":
            return (STATION, SENDER)
        case "announced":
            return (SENDER, STATION)
        case "assigned":
            # Between the robot's doing and its telling, a parcel may be in either.
            return (STATION, SENDER, parcel.robot)
        case _:
            return (parcel.robot,)
