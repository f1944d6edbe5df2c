# SPDX-License-Identifier: Apache-2.0
"""A body on a computer of its own: here a small server that speaks the lines."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from robot_agent.core.events import Hold, Leave, PartFailed, Passed, Posed
from robot_agent.drivers import lines
from robot_agent.drivers.lines import Lines
from robot_agent.drivers.lines_messages import Hello
from tests.robot_agent.drivers.bodies import Heard, path, until

WITHIN_S = 10


class Server:
    """A vendor's side: keeps what it hears, says what it is given."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.writer: asyncio.StreamWriter | None = None
        self.greeting: dict[str, Any] = {"type": "Hello", "name": "test body", "protocol": 1}
        self.beats = True
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()

    def hang_up(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    def say(self, **message: Any) -> None:
        assert self.writer is not None
        self.writer.write(json.dumps(message).encode() + b"\n")

    async def hears(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(WITHIN_S):
            while True:
                message = await self.heard.get()
                if message["type"] == kind:
                    return message

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.say(**self.greeting)
        beat = asyncio.create_task(self._beat())
        try:
            while line := await reader.readline():
                self.heard.put_nowait(json.loads(line))
        except ConnectionError:
            pass
        finally:
            beat.cancel()
            writer.close()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(0.3)
            if self.beats and self.writer is not None:
                self.say(type="Heartbeat")


class Pair:
    def __init__(self, server: Server, driver: Lines, heard: Heard) -> None:
        self.server = server
        self.driver = driver
        self.heard = heard

    async def until(self, event: object) -> None:
        await until(lambda: event in self.heard.events)

    async def until_fault(self, words: str) -> None:
        await until(lambda: any(words in one.text for one in self.heard.of(PartFailed)))


@pytest.fixture
async def pair(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    monkeypatch.setattr(lines, "SILENCE_S", 0.8)
    server = Server()
    await server.start()
    driver, heard = Lines("127.0.0.1", server.port, Hello("acme/R1", compartments=("S1",))), Heard()
    task = asyncio.create_task(driver.run(heard))
    yield Pair(server, driver, heard)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await server.stop()


async def test_the_agent_says_who_it_is_and_hears_the_body(pair: Pair) -> None:
    hello = await pair.server.hears("Hello")
    assert (hello["name"], hello["protocol"], hello["compartments"]) == ("acme/R1", 1, ["S1"])
    await pair.until(PartFailed("body", ""))
    pair.server.say(type="Posed", x_mm=10, y_mm=20, heading_mrad=30)
    await pair.until(Posed(10, 20, 30))
    assert pair.driver.look() == (Posed(10, 20, 30),)


async def test_a_body_that_was_restarted_is_told_what_it_was_doing(pair: Pair) -> None:
    await pair.until(PartFailed("body", ""))
    pair.driver.perform(path(((0, 0), (10, 0)), ((10, 0), (20, 0))))
    pair.driver.perform(Hold())
    await pair.server.hears("Hold")
    pair.server.say(type="Passed", path_id=7, stretch=0)
    await pair.until(Passed(7, 0))
    pair.server.hang_up()
    await pair.until_fault("closed the connection")
    assert await pair.server.hears("Behind") == {"type": "Behind", "path_id": 7, "stretches": 1}
    assert len((await pair.server.hears("Follow"))["stretches"]) == 2
    await pair.server.hears("Hold")
    pair.driver.perform(Leave())
    await pair.server.hears("Leave")
    pair.server.hang_up()
    await pair.server.hears("Leave")


async def test_a_silent_body_is_a_fault_until_it_speaks_again(pair: Pair) -> None:
    await pair.until(PartFailed("body", ""))
    pair.server.beats = False
    await pair.until_fault("silent")
    pair.server.beats = True
    pair.heard.events.clear()
    await pair.until(PartFailed("body", ""))


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"type": "Fly"}, "a line is not one of its messages"),
        ({"type": "CodeEntered", "code": 4711}, "a line is not one of its messages"),
        ({"type": "Posed", "x_mm": "here"}, "a line is not one of its messages"),
    ],
)
async def test_a_bad_line_ends_the_connection_and_is_said_without_its_content(
    pair: Pair, said: dict[str, Any], fault: str
) -> None:
    await pair.until(PartFailed("body", ""))
    pair.server.say(**said)
    await pair.until_fault(fault)
    assert not any("4711" in one.text for one in pair.heard.of(PartFailed))


async def test_another_protocol_is_refused_in_one_sentence(pair: Pair) -> None:
    pair.server.greeting = {"type": "Hello", "name": "newer", "protocol": 2}
    pair.server.hang_up()
    await pair.until_fault("it speaks protocol 2, the agent 1")


async def test_progress_is_made_while_the_body_is_gone(pair: Pair) -> None:
    await pair.server.stop()
    (before,) = pair.driver.progress
    await until(lambda: pair.driver.progress[0] >= before + 2)
    await pair.until_fault("no body at")
    await pair.server.start()
