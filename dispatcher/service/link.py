# SPDX-License-Identifier: Apache-2.0
"""The daemon's one MQTT client, driven by asyncio: robots' talk in, orders out.

What must hold: nothing that comes in can raise out of it; it reconnects for ever, with a growing
pause, and subscribes anew each time, by MQTT 5 or, where the broker does not know it, 3.1.1; orders
and instant actions go out at QoS 0, not retained, and are lost while the broker is gone (the core
sends again what a robot does not confirm).
"""

import asyncio
import re
import ssl
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import msgspec
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from dispatcher.core.effects import PublishInstant, PublishOrder
from dispatcher.core.events import Event
from dispatcher.core.site import RobotEntry
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

_V5: Final = MQTTProtocolVersion.MQTTv5
_V311: Final = MQTTProtocolVersion.MQTTv311
# Lines of mosquitto's log. They begin with the time, so that a client's name in another line cannot
# pass for one.
_LOGIN: Final = re.compile(
    rb"\d+: New client connected from (\S+):\d+ as .* \(p\d+, c\d+, k\d+, u'([^']+)'\)\."
)
_TAKEN_OVER: Final = re.compile(rb"\d+: Client (\S+) already connected, closing old connection\.")


class LoginEar(Protocol):
    """Who is told what the broker says of logins, by their names; it says so on `topics`."""

    topics: tuple[str, ...]

    def logged_in(self, username: str) -> None:
        """Somebody has come in."""

    def taken_over(self, username: str, address: str) -> None:
        """A second session under a login, from this address, has ended the first."""


class Broker(msgspec.Struct, frozen=True):
    """Where the broker is, and as whom to talk to it."""

    host: str
    port: int
    tls: bool = False
    username: str = ""
    password: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    def tls_context(self) -> ssl.SSLContext:
        """Whom to trust, and who we are. Raises OSError, ssl.SSLError for files of no use."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        if self.cert_file:
            context.load_cert_chain(self.cert_file, self.key_file)
        return context


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
        robots: Sequence[RobotEntry],
        *,
        site_ms: Callable[[], int],
        on_event: Callable[[Event], None],
        log: Callable[[str], None],
        logins: LoginEar | None = None,
    ) -> None:
        """`site_ms` is the site's clock; `on_event` must take an event at once; `log` a line.
        `logins` hears of logins, where the broker tells of them."""
        self._broker, self._interface, self._graph = broker, interface, graph
        self._site_ms, self._on_event, self._log = site_ms, on_event, log
        self._logins = logins
        self._robots = {entry.id: entry for entry in robots}
        self._inbound = Inbound(tuple(self._robots), _real_ms(), log)
        self._header_ids: Counter[tuple[str, TopicName]] = Counter()
        self._rates: deque[tuple[int, int]] = deque([(0, 0)], maxlen=RATE_OVER_S + 1)
        self._sent = 0
        self._up, self._down, self._answered = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._refusal = ""
        self._taken_over = b""
        self._connecting = False
        self._tasks: list[asyncio.Task[None]] = []
        self._protocol, self._wrong_protocol = _V5, False
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

    def register(self, robots: Sequence[RobotEntry]) -> None:
        """Others are registered now; for those that stay nothing changes."""
        self._robots = {entry.id: entry for entry in robots}
        self._inbound.register(tuple(self._robots), _real_ms())
        if self.connected:
            self._subscribe()

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
        entry = self._robots.get(robot)
        if not self.connected or entry is None:
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
            version=entry.version,
        )
        self._client.publish(
            topic(entry.interface or self._interface, manufacturer, serial, name),
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
            protocol=self._protocol,
            reconnect_on_failure=False,
        )
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls:
            client.tls_set_context(self._broker.tls_context())
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
            if self._wrong_protocol:
                # It may be a broker that does not know MQTT 5 (or that does, and restarted).
                self._protocol = _V311 if self._protocol == _V5 else _V5
                self._client = self._new_client()
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
        self._wrong_protocol = False
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

    def _subscribe(self) -> None:
        interfaces = {entry.interface or self._interface: 0 for entry in self._robots.values()}
        wanted = [
            (f"{interface}/{MAJOR}/+/+/{name}", qos_of(name))
            for interface in sorted({self._interface: 0, **interfaces})
            for name in HEARD
        ]
        if self._logins is not None:
            wanted += [(topic, 0) for topic in self._logins.topics]
        self._client.subscribe(wanted)

    def _on_connect(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._refusal = f"does not let us in: {reason}" if reason.is_failure else ""
        self._wrong_protocol = str(reason) == "Unsupported protocol version"
        if not reason.is_failure:
            self._subscribe()
            self._inbound.reconnected(_real_ms())
            self._up.set()
        self._answered.set()

    def _on_disconnect(
        self, _client: mqtt.Client, _data: Any, _flags: Any, _reason: Any, _properties: Any
    ) -> None:
        self._wrong_protocol |= not self._answered.is_set()
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
        if self._logins is not None and name in self._logins.topics:
            self._hear_of_login(self._logins, bytes(message.payload))
            return
        self._tell(self._inbound.take(name, bytes(message.payload), self._site_ms(), _real_ms()))

    def _hear_of_login(self, ear: LoginEar, line: bytes) -> None:
        """The line of a takeover tells no address; that of the login, which follows it, does."""
        if found := _TAKEN_OVER.fullmatch(line):
            self._taken_over = found[1]
        elif found := _LOGIN.fullmatch(line):
            address, username = (part.decode(errors="replace") for part in found.groups())
            if found[2] == self._taken_over:
                ear.taken_over(username, address)
            self._taken_over = b""
            ear.logged_in(username)

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
