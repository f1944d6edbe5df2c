# SPDX-License-Identifier: Apache-2.0
"""Codes entered on a recipient's page or by staff: judged here, never told.

What must hold: five wrong codes for one parcel shut its desk for 60 s, each further five for twice
as long; while it is shut nothing is judged. What is compared takes the same time wherever it
differs. An unknown page, an ended parcel and a wrong code are one answer.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from dispatcher.core.state import Parcel
from dispatcher.service.contacts import Contacts

WRONG_MAX: Final = 5
LOCK_MS: Final = 60_000
LOCK_MS_MAX: Final = 24 * 3_600_000
KNOWN_MAX: Final = 20_000  # as many parcels can be open
UNKNOWN_MAX: Final = 1_000


class Verdict(msgspec.Struct, frozen=True):
    """Whether a code was right; `wait_ms` over 0: it was not looked at, try again then."""

    right: bool
    wait_ms: int = 0


class _Tries(msgspec.Struct):
    wrong: int = 0
    locks: int = 0
    until_ms: int = 0


class CodeDesk:
    """Of one site. `real_ms` is any monotonic clock in real time."""

    def __init__(self, contacts: Contacts, real_ms: Callable[[], int]) -> None:
        self._contacts, self._real_ms = contacts, real_ms
        # Apart: guesses at pages that are not there must not push out a parcel's lock.
        self._known: OrderedDict[str, _Tries] = OrderedDict()
        self._unknown: OrderedDict[str, _Tries] = OrderedDict()

    def judge(self, parcel: Parcel | None, page: str, given: str) -> Verdict:
        """A code given for a parcel; None: no parcel has that `page`."""
        is_open = parcel is not None and not parcel.ended_ms
        tries = self._tries_of(parcel.id if parcel is not None and is_open else "", page)
        now_ms = self._real_ms()
        if now_ms < tries.until_ms:
            return Verdict(False, tries.until_ms - now_ms)
        wanted = secrets.token_hex(3)
        if parcel is not None and is_open:
            wanted = self._contacts.code_of(parcel.id, parcel.version, parcel.recipient)
        same = secrets.compare_digest(wanted.encode(), given.encode(errors="replace"))
        if same and parcel is not None and is_open:
            del self._known[parcel.id]
            return Verdict(True)
        tries.wrong += 1
        if tries.wrong >= WRONG_MAX:
            tries.wrong = 0
            tries.until_ms = now_ms + min(LOCK_MS << tries.locks, LOCK_MS_MAX)
            tries.locks = min(tries.locks + 1, 20)
        return Verdict(False)

    def _tries_of(self, parcel: str, page: str) -> _Tries:
        table, name, most = (
            (self._known, parcel, KNOWN_MAX) if parcel else (self._unknown, page, UNKNOWN_MAX)
        )
        tries = table.setdefault(name, _Tries())
        table.move_to_end(name)
        if len(table) > most:
            table.popitem(last=False)
        return tries
