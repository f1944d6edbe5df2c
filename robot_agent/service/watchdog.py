# SPDX-License-Identifier: Apache-2.0
"""Tells systemd how the agent is (sd_notify(3)): one datagram each, no package needed.

What must hold: systemd's watchdog is fed only by the main loop itself, and only while each link to
the body has made progress since the last time: never by a mere timer.
"""

import asyncio
import os
import socket
from collections.abc import Callable

CHECK_S = 1.0


class Notifier:
    """Says nothing where systemd does not listen."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        given = dict(os.environ) if environment is None else environment
        self._address = given.get("NOTIFY_SOCKET", "")
        watchdog_us = given.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(watchdog_us) / 1e6 if watchdog_us.isdecimal() else None

    def ready(self) -> None:
        """It works."""
        self._send("READY=1")

    def stopping(self) -> None:
        """It takes its leave."""
        self._send("STOPPING=1")

    def status(self, sentence: str) -> None:
        """For `systemctl status`."""
        self._send(f"STATUS={sentence}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def _send(self, line: str) -> None:
        if not self._address:
            return
        # A leading @ names an abstract socket.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            try:
                sock.sendto(line.encode(), address)
            except OSError:
                return


async def watch(
    notifier: Notifier, progress: Callable[[], tuple[int, ...]], check_s: float = CHECK_S
) -> None:
    """Feeds the watchdog at half its time, for as long as all went on; until cancelled."""
    if notifier.watchdog_s is None:
        await asyncio.Event().wait()
        return
    period_s = min(check_s, notifier.watchdog_s / 2)
    before: tuple[int, ...] = ()
    while True:
        now = progress()
        if len(now) != len(before) or all(n > b for n, b in zip(now, before, strict=True)):
            notifier.alive()
            before = now
        await asyncio.sleep(period_s)
