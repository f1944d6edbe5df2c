# SPDX-License-Identifier: Apache-2.0
"""A board's session on a real serial line, kept open for as long as the agent runs.

What must hold: nothing here ever waits for the board; what does not fit into the line's buffer is
dropped (whatever must arrive is said again); a line that is gone is tried again and again; the
device belongs to one process at a time.
"""

import asyncio
import errno
import os
import secrets
import select
from collections.abc import Callable
from typing import TYPE_CHECKING

from robot_agent.board.session import BoardSession

if TYPE_CHECKING:
    from serial import Serial

BAUD = 115_200
STEP_S = 0.05
COALESCE_S = 0.003
"""Bytes come one by one: whoever wakes for each has no time for anything else."""
READ_BYTES = 4_096
FIRST_RETRY_S = 0.2
LAST_RETRY_S = 3.0


def draw_nonce() -> int:
    """For a session."""
    return secrets.randbits(32)


class BoardLine:
    """`device`: a serial port or pseudo terminal; `step`: called each 50 ms with the time, before
    the session's own; `last_words`: before the line is closed."""

    def __init__(
        self,
        device: str,
        session: BoardSession,
        now_ms: Callable[[], int],
        step: Callable[[int], None],
        last_words: Callable[[], None] = lambda: None,
    ) -> None:
        self.device = device
        self._session = session
        self._now_ms = now_ms
        self._step = step
        self._last_words = last_words
        self.steps = 0
        self._handle: int | None = None
        self._rest = b""
        self._gone = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; then the line is closed."""
        pause_s = FIRST_RETRY_S
        while True:
            try:
                port = open_port(self.device)
            except OSError as error:
                self._session.unplugged(trouble_of(error))
                await self._tick_for(pause_s)
                pause_s = min(2 * pause_s, LAST_RETRY_S)
                continue
            try:
                await self._converse(port)
                pause_s = FIRST_RETRY_S
            finally:
                port.close()
            self._session.unplugged("the line is gone: see to its cable and its power")

    def flush(self) -> None:
        """Writes what is to go out, as far as there is room."""
        if self._handle is None:
            return
        wire = b"".join(self._session.take())
        if not self._rest and not wire:
            return
        # A frame that is half out goes on first; behind it nothing new waits.
        out = self._rest or wire
        try:
            sent = os.write(self._handle, out)
        except BlockingIOError:
            return
        except OSError:
            self._gone.set()
            return
        self._rest = out[sent:]

    async def _converse(self, port: "Serial") -> None:
        handle = self._handle = port.fileno()
        loop = asyncio.get_running_loop()
        self._gone.clear()
        self._rest = b""
        waiting = select.poll()
        waiting.register(handle, select.POLLIN)
        self._session.plugged(self._now_ms())

        def readable() -> None:
            loop.remove_reader(handle)
            loop.call_later(COALESCE_S, read)

        def read() -> None:
            if self._gone.is_set() or not port.is_open:
                return
            try:
                # Of a line without a byte nothing is read, as of one that is gone.
                received = os.read(handle, READ_BYTES) if waiting.poll(0) else None
            except BlockingIOError:
                received = None
            except OSError:
                received = b""
            if received == b"":
                self._gone.set()
                return
            if received:
                self._session.receive(received, self._now_ms())
                self.flush()
            loop.add_reader(handle, readable)

        loop.add_reader(handle, readable)
        try:
            while not self._gone.is_set():
                # First: whoever was held up itself must not take the board for silent.
                read()
                self._tick()
                self.flush()
                await self._tick_pause()
        finally:
            loop.remove_reader(handle)
            self._last_words()
            self.flush()
            self._handle = None
            self._gone.set()

    def _tick(self) -> None:
        self.steps += 1
        now_ms = self._now_ms()
        self._step(now_ms)
        self._session.step(now_ms)

    async def _tick_pause(self) -> None:
        await asyncio.sleep(STEP_S)

    async def _tick_for(self, pause_s: float) -> None:
        for _ in range(round(pause_s / STEP_S)):
            self._tick()
            await self._tick_pause()


def open_port(device: str) -> "Serial":
    """For this process alone, and never waiting. Raises OSError."""
    from serial import Serial

    # Not TIOCEXCL: it outlives a killed agent where the other end of a pseudo terminal stays open.
    return Serial(device, BAUD, timeout=0, write_timeout=0, exclusive=True)


def trouble_of(error: OSError) -> str:
    """Why it cannot be opened, and what to do, in half a sentence."""
    if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK, errno.EBUSY):
        return "another program has it open: stop that first"
    reason = os.strerror(error.errno) if error.errno else "it is no serial line"
    return f"{reason}: see to its cable and its power"
