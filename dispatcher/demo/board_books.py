# SPDX-License-Identifier: Apache-2.0
"""The daemon's books against the plant's ledger: who really had what in their hands.

What must hold: the two know nothing of each other; what one says and the other does not is a fault.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dispatcher.demo.daemon_api import DaemonApi, listed
from dispatcher.demo.run_folder import LISTED_MAX
from robot_agent.board.plant_ledger import ChangedHands

READ_EACH_S = 1.0
OPEN = ("announced", "at_station", "assigned", "loaded", "riding", "at_stop", "given_up")


class Books:
    """What the daemon said of parcels so far: in which compartment one is, only while it is."""

    def __init__(self) -> None:
        self._aboard: dict[str, tuple[str, str]] = {}
        self._read_s = 0.0

    def read(self, api: DaemonApi, now_s: float) -> None:
        """Reads on, now and then. Raises DaemonGone."""
        if now_s < self._read_s + READ_EACH_S:
            return
        self._read_s = now_s
        found = api.get(f"/v1/parcels?state=open&limit={LISTED_MAX}")
        self.note(listed(found.body, "parcels"))

    def note(self, parcels: Iterable[Mapping[str, Any]]) -> None:
        """Which of these are aboard where."""
        for parcel in parcels:
            if parcel["compartment"]:
                robot = str(parcel["robot"]).rpartition("/")[2]
                self._aboard[parcel["parcel"]] = (robot, parcel["compartment"])

    def faults(
        self, parcels: Iterable[Mapping[str, Any]], ledger: Sequence[ChangedHands]
    ) -> list[str]:
        """One sentence each. A parcel is delivered when what staff put into its compartment was
        taken out of it, at its stop, by somebody who typed its code."""
        loaded = {one.thing: one for one in ledger if one.put_in and one.by == "staff"}
        taken = [one for one in ledger if not one.put_in and one.by == "person"]
        books = {str(parcel["parcel"]): parcel for parcel in parcels}
        faults = []
        for name, parcel in books.items():
            if parcel["state"] != "delivered":
                continue
            where = self._aboard.get(name)
            hands = next((one for one in taken if _is_of(one, parcel, where, loaded)), None)
            if hands is None:
                faults.append(f"{name} is delivered in the books, but nobody took it out")
            else:
                taken.remove(hands)
        faults += [
            f"{' or '.join(one.parcels)} was taken out of {one.robot} {one.compartment}, but is "
            f"not delivered in the books"
            for one in taken
            if not any(books.get(parcel, {}).get("state") in OPEN for parcel in one.parcels)
        ]
        return faults


def _is_of(
    hands: ChangedHands,
    parcel: Mapping[str, Any],
    where: tuple[str, str] | None,
    loaded: Mapping[str, ChangedHands],
) -> bool:
    """Whether this taking out is this parcel's, as the books have it."""
    put_in = loaded.get(hands.thing)
    return (
        parcel["parcel"] in hands.parcels
        and hands.place == parcel["destination"]
        and (hands.robot, hands.compartment) == where
        and put_in is not None
        and (put_in.robot, put_in.compartment) == where
        and put_in.place == parcel["origin"]
        and put_in.at_ms < hands.at_ms
    )
