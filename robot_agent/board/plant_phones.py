# SPDX-License-Identifier: Apache-2.0
"""What people know: what they were told on their phones, and their own errands.

Whoever notifies recipients appends each message to a file (the daemon's outbox). Where somebody
waits for which parcel, and whether they bring or fetch it, they have known before: a file of
errands says so. What must hold: nobody knows more.
"""

from pathlib import Path

import msgspec

from robot_agent.service.followed_file import FollowedFile

ARRIVED = "arrived"
"""The notice that the robot has come."""
OVER = ("delivered", "returned", "cancelled", "given_up")
"""Notices after which nobody waits any more."""


class PhoneMessage(msgspec.Struct, frozen=True):
    """One line of the outbox."""

    parcel: str
    version: int
    notice: str
    code: str = ""
    recipient: str = ""


class Errand(msgspec.Struct, frozen=True):
    """Somebody is at `place` of the map for this parcel; `brings`: they put it in."""

    parcel: str
    place: str
    brings: bool = False


class People:
    """Both files, read on; a `path` of None: nobody is told anything."""

    def __init__(self, codes: Path | None, errands: Path | None) -> None:
        self._codes = None if codes is None else FollowedFile(codes, PhoneMessage)
        self._file = None if errands is None else FollowedFile(errands, Errand)
        self._errands: dict[str, Errand] = {}

    def new_messages(self) -> list[PhoneMessage]:
        """What reached phones since the last time."""
        return [] if self._codes is None else self._codes.new_lines()

    def errand(self, parcel: str) -> Errand | None:
        """Of whoever waits for a parcel; None: nobody does."""
        if parcel not in self._errands and self._file is not None:
            self._errands.update((one.parcel, one) for one in self._file.new_lines())
        return self._errands.get(parcel)
