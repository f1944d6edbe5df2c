# SPDX-License-Identifier: Apache-2.0
"""The people who announce parcels and bring them to the station, at their site time, over HTTP.

What must hold: every parcel is announced until the daemon has answered, with a key by which a
repeat after a lost answer never doubles it; what the daemon refuses is kept with its reason.
"""

import contextlib
import heapq
import threading
from collections.abc import Callable, Sequence
from http import HTTPStatus

from dispatcher.demo.clock import DemoClock
from dispatcher.demo.daemon_api import Answer, DaemonApi, DaemonGone, body_of
from dispatcher.parcel_file import ParcelRow

RETRY_S = 0.25
IDLE_S = 0.2
TRIES_MAX = 2_000
TRY_AGAIN = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)
ANNOUNCE, BRING = 0, 1


class Intake(threading.Thread):
    """Works through the parcels in order of site time. Read its counters from any thread."""

    def __init__(self, rows: Sequence[ParcelRow], api: DaemonApi, clock: DemoClock) -> None:
        super().__init__(name="intake", daemon=True)
        self.api = api
        self.clock = clock
        self.total = len(rows)
        self.last_due_ms = max((max(r.announced_ms, r.at_station_ms) for r in rows), default=0)
        self.accepted: dict[str, ParcelRow] = {}
        self.refused: dict[str, str] = {}
        self.stopped = threading.Event()
        self._due = [(row.announced_ms, ANNOUNCE, row.parcel, row) for row in rows]
        heapq.heapify(self._due)

    @property
    def finished(self) -> bool:
        """Whether every parcel has been announced (or refused) and brought."""
        return not self._due

    @property
    def announced(self) -> int:
        return len(self.accepted) + len(self.refused)

    def stop(self) -> None:
        """Ends the thread within a second or so."""
        self.stopped.set()
        if self.is_alive():
            self.join(15)
        self.api.close()

    def run(self) -> None:
        while self._due and not self.stopped.is_set():
            due_ms, what, _, row = self._due[0]
            wait_s = self.clock.real_s(due_ms - self.clock.now_ms())
            if wait_s > 0:
                self.stopped.wait(min(wait_s, IDLE_S))
                continue
            if what == ANNOUNCE:
                self._announce(row)
            else:
                self._bring(row)
            if self.stopped.is_set():
                return
            # Only now: `finished` must not be true while the last one is still on its way.
            heapq.heappop(self._due)

    def _announce(self, row: ParcelRow) -> None:
        there = row.at_station_ms <= self.clock.now_ms()
        body = body_of(row, at_station=there)
        key = f"demo-{row.parcel}"
        answer = self._until_answered(lambda: self.api.post("/v1/parcels", body, key))
        if answer is None:
            return
        if answer.status >= HTTPStatus.BAD_REQUEST:
            self.refused[row.parcel] = answer.reason
            return
        self.accepted[row.parcel] = row
        if not there and row.kind == "delivery":
            # Later than the entry at the head, which is this parcel's and is popped only then.
            due_ms = max(row.at_station_ms, row.announced_ms + 1)
            heapq.heappush(self._due, (due_ms, BRING, row.parcel, row))

    def _bring(self, row: ParcelRow) -> None:
        self._until_answered(lambda: self._declare_once(row.parcel))

    def _declare_once(self, parcel: str) -> Answer:
        """Declaring has no key, and by a repeat the parcel may long be aboard: so look first."""
        seen = self.api.get(f"/v1/parcels/{parcel}")
        if seen.status == HTTPStatus.OK and seen.body["state"] != "announced":
            return seen
        body = {"where": "at_station", "by": "demo station"}
        return self.api.post(f"/v1/parcels/{parcel}/declare", body)

    def _until_answered(self, ask: Callable[[], Answer]) -> Answer | None:
        for _ in range(TRIES_MAX):
            if self.stopped.is_set():
                return None
            with contextlib.suppress(DaemonGone):
                answer = ask()
                if answer.status not in TRY_AGAIN:
                    return answer
            self.stopped.wait(RETRY_S)
        return Answer(HTTPStatus.SERVICE_UNAVAILABLE, {"detail": "the daemon did not answer"})
