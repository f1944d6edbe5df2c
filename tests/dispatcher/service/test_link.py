# SPDX-License-Identifier: Apache-2.0
import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from dispatcher.core.effects import OrderNode, PublishInstant, PublishOrder
from dispatcher.core.events import Event, RobotLinked, RobotReported
from dispatcher.core.site import RobotEntry
from dispatcher.service.link import Broker, MqttLink, broker_at
from robot_agent.vda5050.codec import decode_instant_actions, decode_order, encode
from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.header import Message, stamped
from tests.dispatcher.service.crooked_campus import crooked_graph
from tests.robot_agent.vda5050.samples import STATE
from tests.tools import require_tool

ORDER = PublishOrder("x", "ACME/R7", "o1", 0, (OrderNode("st", 0), OrderNode("a", 2)))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A broker that can be stopped and started on one port."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.config = folder / "mosquitto.conf"
        self.config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self.program = require_tool("mosquitto")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [self.program, "-c", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(1000):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.01)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.stop()


class Site:
    """A link with what came out of it."""

    def __init__(self, port: int) -> None:
        self.events: list[Event] = []
        self.lines: list[str] = []
        self.link = MqttLink(
            Broker("127.0.0.1", port),
            "uagv",
            crooked_graph(),
            [RobotEntry("ACME/R7", ("S1",))],
            site_ms=lambda: 0,
            on_event=self.events.append,
            log=self.lines.append,
        )


class RobotOnMqtt:
    """A robot's client, as small as it gets."""

    def __init__(self, port: int) -> None:
        self.got: list[mqtt.MQTTMessage] = []
        self.count = 0
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe("uagv/v2/ACME/R7/#")
        self.client.on_message = lambda _c, _d, message: self.got.append(message)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def say(self, name: str, message: Message | bytes) -> None:
        if isinstance(message, Message):
            self.count += 1
            message = encode(
                stamped(
                    message,
                    header_id=self.count,
                    timestamp="2026-01-31T12:00:00.000Z",
                    manufacturer="ACME",
                    serial_number="R7",
                )
            )
        self.client.publish(f"uagv/v2/ACME/R7/{name}", message, qos=1)

    def received(self, name: str) -> list[mqtt.MQTTMessage]:
        return [one for one in self.got if one.topic.endswith(f"/{name}")]

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - anything may be waited for
            await asyncio.sleep(0.01)


@pytest.fixture
async def site(mosquitto: Mosquitto) -> AsyncIterator[Site]:
    made = Site(mosquitto.port)
    made.link.start()
    await until(lambda: made.link.connected)
    yield made
    await made.link.stop()


@pytest.fixture
async def robot(mosquitto: Mosquitto, site: Site) -> AsyncIterator[RobotOnMqtt]:
    made = RobotOnMqtt(mosquitto.port)
    await until(made.client.is_connected)
    yield made
    await asyncio.to_thread(made.stop)


async def test_a_robot_that_talks_becomes_events(site: Site, robot: RobotOnMqtt) -> None:
    robot.say("connection", Connection(connection_state="ONLINE"))
    robot.say("state", STATE)
    robot.say("visualization", b"ignored")
    await until(lambda: len(site.events) == 2)
    assert site.events[0] == RobotLinked("ACME/R7", "online")
    assert isinstance(site.events[1], RobotReported)
    assert site.link.positions["ACME/R7"].order_id == STATE.order_id


async def test_orders_and_instant_actions_arrive_and_are_not_kept(
    site: Site, robot: RobotOnMqtt
) -> None:
    await until(lambda: site.link.publish_order(ORDER, {}) and robot.received("order"))
    assert site.link.publish_instant(PublishInstant("i1", "ACME/R7", "stopCharging"))
    await until(lambda: robot.received("instantActions"))
    order = decode_order(robot.received("order")[0].payload)
    assert (order.order_id, order.manufacturer, order.serial_number) == ("o1", "ACME", "R7")
    instant = decode_instant_actions(robot.received("instantActions")[0].payload)
    assert instant.header_id == 1
    assert not any(message.retain for message in robot.got)


async def test_garbage_is_one_line_and_no_event(site: Site, robot: RobotOnMqtt) -> None:
    for name in ("state", "connection", "factsheet"):
        robot.say(name, b"\x00\xffgarbage")
    await until(lambda: site.link.counts.get("garbled") == 3)
    assert site.events == []
    assert len(site.lines) == 1


async def test_the_link_comes_back_with_the_broker(
    mosquitto: Mosquitto, site: Site, robot: RobotOnMqtt
) -> None:
    await asyncio.to_thread(mosquitto.stop)
    await until(lambda: not site.link.connected)
    assert not site.link.publish_order(ORDER, {})
    mosquitto.start()
    await until(lambda: site.link.connected)
    await until(robot.client.is_connected)
    await until(lambda: robot.say("state", STATE) or site.events)
    assert "closed the connection; trying on" in site.lines[0]


async def test_a_broker_that_is_gone_is_one_line() -> None:
    site = Site(free_port())
    site.link.start()
    await until(lambda: site.lines)
    await asyncio.sleep(0.6)
    await site.link.stop()
    assert len(site.lines) == 1
    assert "cannot be reached" in site.lines[0]


def test_the_brokers_url_is_read() -> None:
    assert broker_at("mqtt://127.0.0.1") == Broker("127.0.0.1", 1883)
    assert broker_at("mqtts://h:99") == Broker("h", 99, tls=True)
    for bad in ("http://x", "mqtt://", "mqtt://h:port"):
        with pytest.raises(ValueError, match=r"."):
            broker_at(bad)
