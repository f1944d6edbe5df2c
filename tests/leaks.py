# SPDX-License-Identifier: Apache-2.0
"""Searching all that a run says and keeps for what must not be in it."""

import re
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from dispatcher.core.record import unpack
from dispatcher.service.journal import Journal

WITHIN_S = 60


class Ear:
    """Somebody who hears everything that goes over a broker, as soon as `find` knows its host and
    port; it comes back when the broker does."""

    def __init__(self, find: Callable[[], tuple[str, int]]) -> None:
        self.heard: list[bytes] = []
        self._find = find
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("#")
        self._client.on_message = lambda _c, _d, one: self.heard.append(
            one.topic.encode() + b" " + one.payload
        )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        end = time.monotonic() + WITHIN_S
        while time.monotonic() < end:
            with suppress(OSError, KeyError, ValueError):
                self._client.connect(*self._find())
                self._client.loop_forever(retry_first_connection=False)
                return
            time.sleep(0.02)

    def stop(self) -> None:
        self._client.disconnect()
        self._thread.join(WITHIN_S)


def journal_of(folder: Path) -> bytes:
    """Events and effects of a journal in plain text: on the disk they are deflated."""
    journal = Journal.open_existing(folder)
    try:
        records = list(journal.records_after(-1))
        assert len(records) > 20
        return b"\n".join(
            unpack(one) for record in records for one in (record.event, record.effects)
        )
    finally:
        journal.close()


def files_in(folder: Path, but: Iterable[str]) -> list[bytes]:
    """The contents of all files but those of these names."""
    left_out = set(but)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.read_bytes() for path in files if path.name not in left_out]


def leaked(secrets: Iterable[str], texts: list[bytes]) -> list[str]:
    """The secrets that stand in one of the texts. Six digits may well be part of a longer number,
    so they count where nothing of the kind is beside them."""
    found = []
    for secret in sorted(secrets):
        assert secret, "a secret is never empty"
        word = rb"(?<![0-9A-Za-z.-])" + re.escape(secret.encode()) + rb"(?![0-9A-Za-z])"
        if any(re.search(word, text) for text in texts):
            found.append(secret)
    return found
