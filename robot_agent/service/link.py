# SPDX-License-Identifier: Apache-2.0
"""A robot's link to the broker: one paho client driven by asyncio, as long as it runs.

What must hold (VDA 5050 2.1.0, section 6.14): the will says CONNECTIONBROKEN, an orderly end says
OFFLINE and waits for the broker's answer; header ids count per topic. Nothing is queued while the
broker is away: the robot publishes its state anew when it is back. That another has logged in under
its name a robot hears from the broker (MQTT 5, 0x8E), or sees by words on its own connection topic
that it never said: some brokers throw the first one out without a reason.
"""

import asyncio
import contextlib
import random
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from robot_agent.service.contest import Contest
from robot_agent.vda5050.codec import WireError, decode, encode
from robot_agent.vda5050.connection import Connection, ConnectionState
from robot_agent.vda5050.header import VERSION, Message, stamped
from robot_agent.vda5050.timestamps import to_timestamp
from robot_agent.vda5050.topics import FROM_MASTER, NAMES, TopicName, is_retained, qos_of, topic

if TYPE_CHECKING:
    import ssl

    from paho.mqtt.client import SocketLike

KEEPALIVE_S = 15
CONNECT_TIMEOUT_S = 5.0
FIRST_RETRY_S = 0.5
LAST_RETRY_S = 15.0
GOODBYE_S = 2.0
MISC_PERIOD_S = 1.0
MAX_OWN_WORDS = 16
UNSUPPORTED_PROTOCOL = 0x84
SESSION_TAKEN_OVER = 0x8E
_FIRST_PROTOCOL = {
    "auto": MQTTProtocolVersion.MQTTv5,
    "5": MQTTProtocolVersion.MQTTv5,
    "3.1.1": MQTTProtocolVersion.MQTTv311,
}


MqttVersion = Literal["auto", "5", "3.1.1"]


class Login(msgspec.Struct, frozen=True):
    """How a robot shows the broker who it is. `tls`: what makes the context, if it is encrypted."""

    username: str = ""
    password: str = ""
    tls: "Callable[[], ssl.SSLContext] | None" = None


class Broker(msgspec.Struct, frozen=True):
    """Where the broker listens, the first level of the topics there, and how to speak to it.

    `version` is what headers say; `mqtt` `auto`: 5, and 3.1.1 where the broker refuses that.
    """

    host: str
    port: int
    interface: str
    version: str = VERSION
    mqtt: MqttVersion = "auto"
    login: Login = Login()


class Listener(msgspec.Struct, frozen=True):
    """Who is told what the link brings; called on the event loop only."""

    on_up: Callable[[], None]
    on_down: Callable[[], None]
    on_message: Callable[[Message], None]
    on_refused: Callable[[TopicName, str], None]
    on_trouble: Callable[[str], None]
    on_taken: Callable[[], None] = lambda: None


class Link:
    """One robot's connection. `now_ms` gives the time that is written into headers."""

    def __init__(
        self,
        broker: Broker,
        manufacturer: str,
        serial: str,
        now_ms: Callable[[], int],
        listener: Listener,
    ) -> None:
        self.is_up = False
        self._broker = broker
        self._robot = (manufacturer, serial)
        self._now_ms = now_ms
        self._listener = listener
        self._header_ids: Counter[TopicName] = Counter()
        self._topics = {name: topic(broker.interface, manufacturer, serial, name) for name in NAMES}
        self._names = {self._topics[name]: name for name in FROM_MASTER}
        self._is_connecting = self._is_reading = False
        self._gone = asyncio.Event()
        self._radio: asyncio.Event | None = None
        self._was_answered = self._was_taken = False
        self._times_up = 0
        self._contest: Contest | None = None
        self._own_words: list[tuple[int, str]] = []
        self._loop = asyncio.get_running_loop()
        self._protocol = _FIRST_PROTOCOL[broker.mqtt]
        self._client = self._new_client()

    async def run(self) -> None:
        """Connects, and again with growing pauses, until cancelled."""
        pause_s = FIRST_RETRY_S
        while True:
            while self._radio is not None:
                await self._radio.wait()
            self._gone.clear()
            self._was_answered = self._was_taken = False
            trouble = await self._connect()
            if trouble is None:
                await self._gone.wait()
            else:
                self._listener.on_trouble(trouble)
            was_up, self.is_up = self.is_up, False
            if was_up:
                self._listener.on_down()
                pause_s = FIRST_RETRY_S
            elif trouble is None and not self._was_answered:
                self._try_other_protocol()
            away_s = self._give_way() if self._was_taken else 0.0
            # Spread, so that a fleet does not come back to a restarted broker in one moment.
            await asyncio.sleep(away_s + pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, LAST_RETRY_S)

    def _give_way(self) -> float:
        """Two that throw each other out at once would be deaf both."""
        self._contest = self._contest or Contest()
        self._contest.taken(self._loop.time())
        return self._contest.pause_s

    def publish(self, name: TopicName, message: Message) -> None:
        """Stamps and sends; with the broker away the message is dropped."""
        if self.is_up:
            payload = encode(self._stamped(name, message))
            self._client.publish(self._topics[name], payload, qos_of(name), is_retained(name))
            self._flush()

    def misc(self) -> None:
        """Keepalive and time-outs; to be called about once a second."""
        if not self._is_connecting:
            self._client.loop_misc()
            self._flush()

    def set_radio(self, *, on: bool) -> None:
        """An emulated radio shadow: the connection is gone without a word, and none is made before
        it is over."""
        if on:
            if self._radio is not None:
                self._radio.set()
                self._radio = None
            return
        self._radio = self._radio or asyncio.Event()
        sock = self._client.socket()
        if isinstance(sock, socket.socket) and not self._is_connecting:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    async def say_goodbye(self) -> None:
        """Publishes OFFLINE, waits for the broker to have it, and disconnects (so: no will)."""
        if not self.is_up:
            return
        payload = encode(self._stamped("connection", _connection("OFFLINE")))
        info = self._client.publish(self._topics["connection"], payload, qos=1, retain=True)
        for _ in range(round(GOODBYE_S * 100)):
            if info.is_published() or not self.is_up:
                break
            await asyncio.sleep(0.01)
        self.is_up = False
        self._client.disconnect()

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id="/".join(self._robot),
            protocol=self._protocol,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        login = self._broker.login
        if login.username:
            client.username_pw_set(login.username, login.password or None)
        if login.tls is not None:
            client.tls_set_context(login.tls())
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        return client

    async def _connect(self) -> str | None:
        """Why not, or None. The connect blocks, so it runs in a thread; all else on the loop."""
        will = encode(self._stamped("connection", _connection("CONNECTIONBROKEN")))
        self._client.will_set(self._topics["connection"], will, qos=1, retain=True)
        self._is_connecting = True
        try:
            await asyncio.to_thread(
                self._client.connect, self._broker.host, self._broker.port, KEEPALIVE_S
            )
        except OSError as error:
            return f"{error.strerror or error}"
        finally:
            self._is_connecting = False
        sock = self._client.socket()
        if sock is None:
            return "the connection was closed at once"
        self._loop.add_reader(sock, self._read)
        self._flush()
        return None

    def _read(self) -> None:
        """All there is: what TLS has decrypted already wakes no selector."""
        self._is_reading = True
        try:
            self._client.loop_read()
            while (sock := self._client.socket()) is not None and _pending(sock):
                self._client.loop_read()
        finally:
            self._is_reading = False
        self._flush()

    def _try_other_protocol(self) -> None:
        """The broker hung up instead of answering: an old one does so with MQTT 5."""
        if self._broker.mqtt == "auto":
            five = self._protocol == MQTTProtocolVersion.MQTTv5
            self._protocol = MQTTProtocolVersion.MQTTv311 if five else MQTTProtocolVersion.MQTTv5
            self._client = self._new_client()

    def _stamped(self, name: TopicName, message: Message) -> Message:
        header_id = self._header_ids[name]
        self._header_ids[name] += 1
        timestamp = to_timestamp(self._now_ms())
        if name == "connection":
            self._remember(header_id, timestamp)
        return stamped(
            message,
            header_id=header_id,
            timestamp=timestamp,
            manufacturer=self._robot[0],
            serial_number=self._robot[1],
            version=self._broker.version,
        )

    def _on_connect(
        self,
        client: Client,
        _: object,
        __: ConnectFlags,
        reason: ReasonCode,
        ___: Properties | None,
    ) -> None:
        if reason.is_failure and reason.value == UNSUPPORTED_PROTOCOL:
            return
        self._was_answered = True
        if reason.is_failure:
            self._listener.on_trouble(f"the broker refuses: {reason}")
            return
        client.subscribe([(name, 0) for name in self._names])
        client.subscribe(self._topics["connection"], 1)
        self._times_up += 1
        self.is_up = True
        self._listener.on_up()

    def _on_disconnect(
        self,
        _: Client,
        __: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        ____: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server and reason.value == SESSION_TAKEN_OVER:
            self._hear_taken()
        self._loop.call_soon_threadsafe(self._gone.set)

    def _on_message(self, _: Client, __: object, inbound: MQTTMessage) -> None:
        name = self._names.get(inbound.topic)
        if name is None:
            self._hear_own_name(inbound)
            return
        try:
            message = decode(name, bytes(inbound.payload))
        except WireError as error:
            self._listener.on_refused(name, str(error))
            return
        robot = (message.manufacturer, message.serial_number)
        if robot == self._robot:
            self._listener.on_message(message)
        else:
            self._listener.on_refused(name, f"{name}: it is addressed to {'/'.join(robot)[:80]}")

    def _hear_own_name(self, inbound: MQTTMessage) -> None:
        # What is found at the first login may be from before a restart.
        if self._times_up < 2 or inbound.topic != self._topics["connection"]:
            return
        try:
            said = decode("connection", bytes(inbound.payload))
        except WireError:
            return
        if (said.header_id, said.timestamp) not in self._own_words:
            self._remember(said.header_id, said.timestamp)
            self._hear_taken()

    def _hear_taken(self) -> None:
        self._was_taken = True
        self._listener.on_taken()

    def _remember(self, header_id: int, timestamp: str) -> None:
        # A deque would keep this short by itself, and take more than all else in here.
        self._own_words.append((header_id, timestamp))
        del self._own_words[:-MAX_OWN_WORDS]

    def _on_socket_open(self, _: Client, __: object, ___: "SocketLike") -> None:
        """The loop takes the socket over when the connect has returned from its thread."""

    def _on_socket_close(self, _: Client, __: object, sock: "SocketLike") -> None:
        if not self._is_connecting:
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)
            self._gone.set()

    def _flush(self) -> None:
        """Writes what waits. Paho writes at once by itself, but not from its own callbacks, nor
        what the socket had no room for: only for that the loop is asked to look out."""
        # A write that fails inside one of paho's callbacks would wait for itself for ever.
        if self._client.want_write() and not self._is_reading:
            self._client.loop_write()
            if self._client.want_write() and (sock := self._client.socket()) is not None:
                self._loop.add_writer(sock, self._write_on)

    def _write_on(self) -> None:
        sock = self._client.socket()
        self._client.loop_write()
        if sock is not None and not self._client.want_write():
            self._loop.remove_writer(sock)


async def tick(links: Sequence[Link]) -> None:
    """The one timer all links of a process share; runs until cancelled."""
    while True:
        await asyncio.sleep(MISC_PERIOD_S)
        for link in links:
            link.misc()


async def say_goodbye(links: Iterable[Link]) -> None:
    """All at once."""
    await asyncio.gather(*(link.say_goodbye() for link in links))


def _pending(sock: "SocketLike") -> int:
    """Bytes that are decrypted and not read."""
    pending = getattr(sock, "pending", None)
    return int(pending()) if pending is not None else 0


def _connection(state: ConnectionState) -> Connection:
    return Connection(connection_state=state)
