# SPDX-License-Identifier: Apache-2.0
"""The daemon's one MQTT client, driven by asyncio: robots' talk in, orders out.

What must hold: nothing that comes in can raise out of it; it reconnects for ever, with a growing
pause, and subscribes anew each time; orders and instant actions go out at QoS 0, not retained, and
are lost while the broker is gone (the core sends again what a robot does not confirm).
"""

import asyncio
import ssl
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from dispatcher.core.effects import PublishInstant, PublishOrder
from dispatcher.core.events import Event
from dispatcher.roads.graph import RoadGraph
from dispatcher.service.inbound import HEARD, Inbound, Stranger
from dispatcher.service.translation import to_instant_actions, to_order
from robot_agent.vda5050.codec import encode
from robot_agent.vda5050.header import Message, stamped
from robot_agent.vda5050.state import State
from robot_agent.vda5050.timestamps import to_timestamp
from robot_agent.vda5050.topics import MAJOR, TopicName, is_retained, qos_of, topic

KEEPALIVE_S: Final = 15
CONNECT_WITHIN_S: Final = 10
LEAVE_WITHIN_S: Final = 1
PAUSE_MIN_S: Final = 0.25
PAUSE_MAX_S: Final = 30.0
RATE_OVER_S: Final = 10
PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class Broker(msgspec.Struct, frozen=True):
    """Where the broker is, and as whom to talk to it."""

    host: str
    port: int
    tls: bool = False
    username: str = ""
    password: str = ""


def broker_at(url: str) -> Broker:
    """`mqtt://host[:port]`, or `mqtts`. Raises ValueError with one sentence."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("the broker's url is not mqtt://host:port or mqtts://host:port")
    port = parts.port or PORTS[parts.scheme]
    return Broker(parts.hostname, port, parts.scheme == "mqtts")


class MqttLink:
    """One site's robots over one broker. All of it lives on the loop that called `start`."""

    def __init__(
        self,
        broker: Broker,
        interface: str,
        graph: RoadGraph,
        robots: Sequence[str],
        *,
        site_ms: Callable[[], int],
        on_event: Callable[[Event], None],
        log: Callable[[str], None],
    ) -> None:
        """`site_ms` is the site's clock; `on_event` must take an event at once; `log` a line."""
        self._broker, self._interface, self._graph = broker, interface, graph
        self._site_ms, self._on_event, self._log = site_ms, on_event, log
        self._robots = tuple(robots)
        self._inbound = Inbound(self._robots, _real_ms(), log)
        self._header_ids: Counter[tuple[str, TopicName]] = Counter()
        self._rates: deque[tuple[int, int]] = deque([(0, 0)], maxlen=RATE_OVER_S + 1)
        self._sent = 0
        self._up, self._down, self._answered = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._refusal = ""
        self._connecting = False
        self._tasks: list[asyncio.Task[None]] = []
        self._client = self._new_client()

    @property
    def connected(self) -> bool:
        """Whether the broker has taken us."""
        return self._up.is_set()

    @property
    def strangers(self) -> tuple[Stranger, ...]:
        """Unregistered robots that were heard, the first hundred of them."""
        return tuple(self._inbound.strangers.values())

    @property
    def counts(self) -> dict[str, int]:
        """Messages by what became of them, since the start."""
        return {**self._inbound.counts, "sent": self._sent}

    @property
    def message_rates(self) -> dict[str, float]:
        """Messages a second, `in` and `out`, over the last ten seconds."""
        (first_in, first_out), (last_in, last_out) = self._rates[0], self._rates[-1]
        seconds = max(1, len(self._rates) - 1)
        return {"in": (last_in - first_in) / seconds, "out": (last_out - first_out) / seconds}

    @property
    def positions(self) -> dict[str, State]:
        """The last state of each robot that sent one: telemetry, for displays alone."""
        states = {robot: self._inbound.filter_of(robot).latest for robot in self._robots}
        return {robot: state for robot, state in states.items() if state is not None}

    def start(self) -> None:
        """Begin to connect, and go on for ever. Call it on the loop."""
        self._tasks = [
            asyncio.create_task(self._stay_connected()),
            asyncio.create_task(self._keep_time()),
        ]

    async def stop(self) -> None:
        """Leave the broker in order."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.connected:
            await self._leave()

    def publish_order(self, effect: PublishOrder, digests: Mapping[str, str]) -> bool:
        """Send an order; `digests` by action id. False while there is no broker. Raises
        TranslationError for an order that this map cannot carry."""
        return self._publish(effect.robot, "order", to_order(effect, self._graph, digests))

    def publish_instant(self, effect: PublishInstant) -> bool:
        """Send an instant action. False while there is no broker."""
        return self._publish(effect.robot, "instantActions", to_instant_actions(effect))

    def _publish(self, robot: str, name: TopicName, message: Message) -> bool:
        if not self.connected or robot not in self._robots:
            self._inbound.counts["unsent"] += 1
            return False
        manufacturer, _, serial = robot.partition("/")
        self._header_ids[robot, name] += 1
        whole = stamped(
            message,
            header_id=self._header_ids[robot, name],
            timestamp=to_timestamp(self._site_ms()),
            manufacturer=manufacturer,
            serial_number=serial,
        )
        self._client.publish(
            topic(self._interface, manufacturer, serial, name),
            encode(whole),
            qos=qos_of(name),
            retain=is_retained(name),
        )
        self._sent += 1
        return True

    def _new_client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"drover-{self._graph.campus.site.id}",
            reconnect_on_failure=False,
        )
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls:
            client.tls_set()
        client.connect_timeout = CONNECT_WITHIN_S
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_socket_register_write
        client.on_socket_unregister_write = self._on_socket_unregister_write
        return client

    async def _stay_connected(self) -> None:
        self._loop = asyncio.get_running_loop()
        pause_s = PAUSE_MIN_S
        told = False
        while True:
            trouble = await self._connect_once()
            if self.connected:
                told, pause_s = False, PAUSE_MIN_S
                await self._down.wait()
                trouble = "closed the connection"
            if not told:
                self._log(f"broker {self._broker.host}:{self._broker.port} {trouble}; trying on")
                told = True
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, PAUSE_MAX_S)

    async def _connect_once(self) -> str:
        """Why it could not connect, or nothing. Name look-up and connect run beside the loop."""
        self._answered.clear()
        self._down.clear()
        self._connecting = True
        try:
            await self._loop.run_in_executor(
                None, self._client.connect, self._broker.host, self._broker.port, KEEPALIVE_S
            )
        except (OSError, ValueError) as error:
            return f"cannot be reached: {error}"
        finally:
            self._connecting = False
        self._watch()
        try:
            await asyncio.wait_for(self._answered.wait(), CONNECT_WITHIN_S)
        except TimeoutError:
            await self._leave()
            return "does not answer"
        return self._refusal

    async def _leave(self) -> None:
        self._client.disconnect()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._down.wait(), LEAVE_WITHIN_S)

    async def _keep_time(self) -> None:
        """Paho's keepalive, the watch over silent robots, and the rates: once a second."""
        while True:
            await asyncio.sleep(1)
            if not self._connecting:
                self._client.loop_misc()
            if self.connected:
                self._tell(self._inbound.silent(_real_ms()))
            self._rates.append((self._inbound.counts["received"], self._sent))

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._refusal = f"does not let us in: {reason}" if reason.is_failure else ""
        if not reason.is_failure:
            root = f"{self._interface}/{MAJOR}/+/+"
            client.subscribe([(f"{root}/{name}", qos_of(name)) for name in HEARD])
            self._inbound.reconnected(_real_ms())
            self._up.set()
        self._answered.set()

    def _on_disconnect(
        self, _client: mqtt.Client, _data: Any, _flags: Any, _reason: Any, _properties: Any
    ) -> None:
        self._refusal = self._refusal or "closed the connection"
        self._up.clear()
        self._down.set()
        self._answered.set()

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            name = message.topic
        except UnicodeDecodeError:
            self._inbound.counts["foreign_topic"] += 1
            return
        self._tell(self._inbound.take(name, bytes(message.payload), self._site_ms(), _real_ms()))

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            self._on_event(event)

    def _watch(self) -> None:
        """Hand the new socket to the loop; what `connect` queued in its thread is still to go."""
        sock = self._client.socket()
        if sock is not None:
            self._loop.add_reader(sock, self._read)
            self._loop.add_writer(sock, self._client.loop_write)

    def _read(self) -> None:
        self._client.loop_read()
        # What TLS has decrypted already does not make the socket readable again.
        while isinstance(sock := self._client.socket(), ssl.SSLSocket) and sock.pending():
            self._client.loop_read()

    def _on_socket_close(self, _client: mqtt.Client, _data: Any, sock: Any) -> None:
        if not self._connecting:
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)

    def _on_socket_register_write(self, client: mqtt.Client, _data: Any, sock: Any) -> None:
        if not self._connecting:
            self._loop.add_writer(sock, client.loop_write)

    def _on_socket_unregister_write(self, _client: mqtt.Client, _data: Any, sock: Any) -> None:
        if not self._connecting:
            self._loop.remove_writer(sock)


def _real_ms() -> int:
    return time.monotonic_ns() // 1_000_000
