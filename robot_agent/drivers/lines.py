# SPDX-License-Identifier: Apache-2.0
"""A body on a computer of its own, in any language: JSON lines over TCP.

The body listens, the agent connects, again and again while it is gone. What must hold: after a new
connection the body is told what it was doing, so that either side may restart; a body that is gone
is a fault (PartFailed `body`), so the robot stands; a bad line ends the connection, for what comes
after it cannot be trusted.
"""

import asyncio
import contextlib
from collections.abc import Callable

from robot_agent.core.events import (
    BatteryRead,
    BodyEffect,
    BodyEvent,
    Follow,
    HandoverClosed,
    HandoverOpened,
    Hold,
    KeypadLocked,
    Leave,
    PartFailed,
    Passed,
    Posed,
    Resume,
)
from robot_agent.drivers.base import Setup, Tell, host_and_port
from robot_agent.drivers.lines_messages import (
    HEARTBEAT_S,
    MAX_LINE_BYTES,
    PROTOCOL,
    SILENCE_S,
    Behind,
    FromBody,
    Heartbeat,
    Hello,
    LineError,
    from_line,
    to_line,
)

FIRST_RETRY_S = 0.2
LAST_RETRY_S = 3.0
MAX_UNSENT_BYTES = 4 << 20
PART = "body"
KEYPAD = ""


class Lines:
    """The `Driver` of such a body."""

    def __init__(self, host: str, port: int, hello: Hello) -> None:
        self._where = f"{host}:{port}"
        self._host = host
        self._port = port
        self._hello = hello
        self._steps = 0
        self._writer: asyncio.StreamWriter | None = None
        self._path: Follow | None = None
        self._behind = 0
        self._held = False
        self._shown: dict[str, HandoverOpened | KeypadLocked] = {}
        self._pose: Posed | None = None
        self._battery: BatteryRead | None = None
        self._fault: str | None = None
        self._tell: Callable[[BodyEvent], None] = lambda _: None

    @property
    def progress(self) -> tuple[int, ...]:
        return (self._steps,)

    def perform(self, effect: BodyEffect) -> None:
        """Sent at once where the body is there; what it does after it comes back, see `run`."""
        match effect:
            case Follow():
                self._path, self._behind, self._held = effect, 0, False
            case Hold():
                self._held = True
            case Resume():
                self._held = False
            case Leave():
                self._path, self._held = None, False
            case HandoverOpened(action_id):
                self._shown[action_id] = effect
            case HandoverClosed(action_id):
                self._shown.pop(action_id, None)
            case KeypadLocked():
                self._shown[KEYPAD] = effect
        if self._writer is not None:
            self._send(effect)

    def look(self) -> tuple[BodyEvent, ...]:
        return tuple(one for one in (self._pose, self._battery) if one is not None)

    async def run(self, tell: Tell) -> None:
        self._tell = tell
        pause_s = FIRST_RETRY_S
        while True:
            began_s = asyncio.get_running_loop().time()
            try:
                await self._converse()
                fault = f"the body at {self._where} closed the connection"
            except LineError as error:
                fault = f"the body at {self._where}: {error}"
            except TimeoutError:
                fault = f"the body at {self._where} has been silent for {SILENCE_S:.0f} s"
            except OSError as error:
                fault = f"no body at {self._where}: {error.strerror or error}"
            finally:
                self._close()
            # One that says something wrong each time is not asked again at once each time.
            if self._fault == "" and asyncio.get_running_loop().time() - began_s > LAST_RETRY_S:
                pause_s = FIRST_RETRY_S
            self._say(fault)
            self._steps += 1
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LAST_RETRY_S)

    async def _converse(self) -> None:
        async with asyncio.timeout(SILENCE_S):
            reader, self._writer = await asyncio.open_connection(
                self._host, self._port, limit=MAX_LINE_BYTES
            )
            self._writer.write(to_line(self._hello))
            greeting = from_line(await _line(reader))
        if not isinstance(greeting, Hello):
            raise LineError("its first line is not a Hello")
        if greeting.protocol != PROTOCOL:
            raise LineError(f"it speaks protocol {greeting.protocol}, the agent {PROTOCOL}")
        self._say("")
        self._remind()
        beating = asyncio.create_task(self._beat())
        try:
            while True:
                async with asyncio.timeout(SILENCE_S):
                    line = await _line(reader)
                self._steps += 1
                self._hear(from_line(line))
        except _Ended:
            return
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating

    def _hear(self, message: FromBody) -> None:
        match message:
            case Hello() | Heartbeat():
                return
            case Posed():
                self._pose = message
            case BatteryRead():
                self._battery = message
            case Passed(path_id, stretch) if self._path and path_id == self._path.path_id:
                self._behind = max(self._behind, stretch + 1)
        self._tell(message)

    def _remind(self) -> None:
        """Either side may have been restarted: the body is told what it was doing."""
        for shown in self._shown.values():
            self._send(shown)
        if self._path is None or self._behind >= len(self._path.stretches):
            self._send(Leave())
            return
        self._send(Behind(self._path.path_id, self._behind))
        self._send(self._path)
        if self._held:
            self._send(Hold())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self._send(Heartbeat())

    def _send(self, message: BodyEffect | Heartbeat | Behind) -> None:
        writer = self._writer
        if writer is None or writer.is_closing():
            return
        if writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            # It hears nothing any more; `run` says so when it comes back.
            writer.transport.abort()
            return
        writer.write(to_line(message))

    def _say(self, fault: str) -> None:
        """Only what is new: the same fault twice would be two errors' worth of noise."""
        if fault != self._fault:
            self._fault = fault
            self._tell(PartFailed(PART, fault))

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


class _Ended(Exception):
    """The body closed the connection."""


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        line = await reader.readline()
    except ValueError:
        raise LineError(f"a line is longer than {MAX_LINE_BYTES} bytes") from None
    if not line.endswith(b"\n"):
        raise _Ended
    return line


def make(setup: Setup) -> Lines:
    """Of `lines://HOST:PORT`. Raises DriverError."""
    host, port = host_and_port(setup.address)
    hello = Hello(setup.spec.robot_id, compartments=setup.spec.compartments)
    return Lines(host, port, hello)
