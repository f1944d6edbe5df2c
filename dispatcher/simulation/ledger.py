# SPDX-License-Identifier: Apache-2.0
"""The world's own books: where each parcel really is, whatever the dispatcher believes.

What must hold: it is fed by what happens in the world alone (who brings a parcel, who puts it into
a robot, who takes it out), never by dispatcher or robots; a parcel is in one place, taken once.
"""

from collections.abc import Mapping
from typing import Final

from dispatcher.core.state import Parcel, State
from robot_agent.emulation.truth import Happening

SENDER: Final = "sender"
STATION: Final = "station"
PERSON: Final = "recipient"

REPORT_LAG_MS: Final = 300_000
"""How long a robot may take to tell what has happened at a door: people leave them open."""


class Ledger:
    """`faults` are sentences about what can not be, in the order found."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._where: dict[str, str] = {}
        self._moved_ms: dict[str, int] = {}

    def sent(self, parcel: str) -> None:
        """Somebody has a parcel to send."""
        self._where[parcel] = SENDER

    def brought(self, parcel: str) -> None:
        """A parcel lies at the station now."""
        self._where[parcel] = STATION

    def changed_hands(self, robot: str, what: Happening) -> None:
        """A parcel was put into a robot or taken out. Of a thing that nobody announced (a sender's
        mistake) there is no book."""
        parcel = what.parcel
        if parcel not in self._where:
            return
        if what.put_in:
            if self._where[parcel] not in ((STATION,) if what.at_dock else (SENDER,)):
                self._fault(parcel, f"was put into {robot}")
            self._where[parcel] = robot
        else:
            if self._where[parcel] != robot:
                self._fault(parcel, f"was taken out of {robot}")
            if not what.at_dock and parcel != what.meant:
                self._fault(parcel, f"was taken by the person for {what.meant}")
            self._where[parcel] = STATION if what.at_dock else PERSON
        self._moved_ms[parcel] = what.at_ms

    def where(self, parcel: str) -> str:
        """The robot that a parcel is in, or whose hands it is in."""
        return self._where.get(parcel, "nowhere")

    def compare(self, state: State, now_ms: int) -> list[str]:
        """Where the dispatcher's books say otherwise, and what could not be all along. Books that
        say that nobody knows are right."""
        books: list[Mapping[str, Parcel]] = [state.parcels, state.ended]
        believed = {parcel.id: parcel for book in books for parcel in book.values()}
        found = list(self.faults)
        for parcel_id in sorted({*believed, *self._where}):
            parcel, where = believed.get(parcel_id), self.where(parcel_id)
            if parcel is None:
                found.append(f"parcel {parcel_id} is with the {where}, in nobody's books")
            elif where not in _places(parcel) and not self._is_news(parcel, now_ms):
                found.append(f"parcel {parcel_id} is booked as {parcel.state}, it is in: {where}")
        return found

    def _is_news(self, parcel: Parcel, now_ms: int) -> bool:
        """It changed hands a while ago: the door is open still, or the robot's state on its way."""
        moved_ms = self._moved_ms.get(parcel.id)
        return moved_ms is not None and now_ms - moved_ms <= REPORT_LAG_MS

    def _fault(self, parcel: str, what: str) -> None:
        self.faults.append(f"parcel {parcel} {what}, but it was in: {self.where(parcel)}")


def _places(parcel: Parcel) -> tuple[str, ...]:
    """Where a parcel can be, going by the books."""
    if not parcel.custody_known:
        return (SENDER, STATION, PERSON, parcel.robot)
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
