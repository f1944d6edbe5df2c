# SPDX-License-Identifier: Apache-2.0
"""A small client of the daemon's HTTP API: one kept connection, JSON both ways.

What must hold: a daemon that is not there, or goes away mid-answer, raises DaemonGone and nothing
else; the caller may then try again, with an idempotency key where it posts. One thread per client.
"""

import contextlib
import json
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from dispatcher.parcel_file import ParcelRow

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 64_000_000


class DaemonGone(Exception):
    """The daemon does not answer at this address."""


class Answer(NamedTuple):
    """An HTTP status and the decoded body (None where there is none)."""

    status: int
    body: Any

    @property
    def reason(self) -> str:
        """What a problem+json answer says, in one sentence."""
        if isinstance(self.body, dict):
            said = self.body.get("detail") or self.body.get("title")
            if said:
                return str(said)
        return f"HTTP status {self.status}"


class DaemonApi:
    """The API at one host and port."""

    def __init__(
        self, host: str, port: int, *, secure: bool = False, timeout_s: float = TIMEOUT_S
    ) -> None:
        kind = HTTPSConnection if secure else HTTPConnection
        self.connection = kind(host, port, timeout=timeout_s)
        self.address = f"{host}:{port}"

    @classmethod
    def at(cls, url: str) -> "DaemonApi":
        """The API at `url`. Raises ValueError for what is no http(s) URL."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no http:// or https:// address")
        secure = parts.scheme == "https"
        return cls(parts.hostname, parts.port or (443 if secure else 80), secure=secure)

    def get(self, path: str) -> Answer:
        """Raises DaemonGone."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: dict[str, Any], key: str = "") -> Answer:
        """Posts JSON, with an Idempotency-Key where given. Raises DaemonGone."""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return self._ask("POST", path, json.dumps(body).encode(), headers)

    def close(self) -> None:
        self.connection.close()

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        was_open = self.connection.sock is not None
        try:
            try:
                response, content = self._exchange(method, path, body, headers)
            except ConnectionError:
                # The daemon closes a kept connection after seconds without a request. What only
                # reads may be asked again; what was posted may have been done.
                if not was_open or method != "GET":
                    raise
                self.connection.close()
                response, content = self._exchange(method, path, body, headers)
        except (OSError, HTTPException) as error:
            self.connection.close()
            why = getattr(error, "strerror", None) or error
            raise DaemonGone(f"no daemon answers at {self.address}: {why}") from None
        decoded = None
        with contextlib.suppress(ValueError):
            decoded = json.loads(content)
        return Answer(response.status, decoded)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[HTTPResponse, bytes]:
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return response, response.read(MAX_ANSWER_BYTES)


def body_of(row: ParcelRow, *, at_station: bool = True) -> dict[str, Any]:
    """What is posted to announce the parcel of one row of a parcels file."""
    there = {"destination": row.stop} if row.kind == "delivery" else {"origin": row.stop}
    body: dict[str, Any] = {
        "parcel": row.parcel,
        "kind": row.kind,
        "size": row.size,
        "mass_g": row.mass_g,
        "recipient": row.recipient or row.parcel,
        "slot_from_ms": row.slot_from_ms,
        "slot_until_ms": row.slot_until_ms,
        **there,
    }
    if row.kind == "delivery":
        body["at_station"] = at_station
    return body


def listed(body: Any, name: str) -> list[dict[str, Any]]:
    """The list in an answer, whether it stands alone or under a name."""
    found = body.get(name, []) if isinstance(body, dict) else body
    return [entry for entry in found or [] if isinstance(entry, dict)]
