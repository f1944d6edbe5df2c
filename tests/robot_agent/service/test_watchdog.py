# SPDX-License-Identifier: Apache-2.0
import asyncio
import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_agent.service.watchdog import Notifier, watch


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[tuple[socket.socket, Notifier]]:
    """What systemd hears, and a notifier that tells it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.setblocking(False)
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "40000"}
        yield heard, Notifier(environment)


def words(heard: socket.socket) -> list[str]:
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(heard.recv(1_000).decode())
    return found


async def watched(notifier: Notifier, *counts: list[int]) -> None:
    """Looks at counters that take these values, one after the other, and then stand."""
    looks = 0

    def progress() -> tuple[int, ...]:
        nonlocal looks
        looks += 1
        return tuple(count[min(looks, len(count)) - 1] for count in counts)

    task = asyncio.create_task(watch(notifier, progress, check_s=0.005))
    async with asyncio.timeout(10):
        while looks < 8:  # noqa: ASYNC110 - the loop under test has no word for us
            await asyncio.sleep(0.005)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_systemd_is_told_of_each_step(systemd: tuple[socket.socket, Notifier]) -> None:
    heard, notifier = systemd
    notifier.ready()
    notifier.status("on the broker")
    notifier.stopping()
    assert words(heard) == ["READY=1", "STATUS=on the broker", "STOPPING=1"]


async def test_the_watchdog_is_fed_while_everything_goes_on(
    systemd: tuple[socket.socket, Notifier],
) -> None:
    heard, notifier = systemd
    await watched(notifier, list(range(1, 100)), list(range(5, 105)))
    assert words(heard).count("WATCHDOG=1") >= 7


async def test_the_watchdog_starves_when_a_single_link_hangs(
    systemd: tuple[socket.socket, Notifier],
) -> None:
    heard, notifier = systemd
    await watched(notifier, list(range(1, 100)), [1, 2, 3])
    assert words(heard) == ["WATCHDOG=1"] * 3


async def test_without_systemd_nothing_is_said_and_nothing_breaks() -> None:
    notifier = Notifier({})
    notifier.ready()
    assert notifier.watchdog_s is None
