# SPDX-License-Identifier: Apache-2.0
"""A real mosquitto in a folder that `broker init` would make, and clients with certificates."""

import json
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from dispatcher.core.site import RobotEntry
from dispatcher.provisioning.broker import CLIENT_FOLDER, CONFIG_FILE, BrokerFolder
from dispatcher.provisioning.bundle import Bundle
from dispatcher.provisioning.fleet import Fleet, SiteFacts
from tests.tools import require_tool

FACTS = SiteFacts("toy", "uagv", "mqtt://elsewhere:1883", None)
WITHIN_S = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class TlsBroker:
    """The broker, its fleet, and the bundles that were made."""

    def __init__(self, folder: Path) -> None:
        self.folder = BrokerFolder.create(
            folder / "broker", ["localhost", "127.0.0.1"], free_port(), "uagv"
        )
        self.fleet = Fleet(folder / "robots.json", self.folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return self.folder.about.port

    def start(self) -> None:
        command = [require_tool("mosquitto"), "-c", self.folder.path / CONFIG_FILE]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda: (self.folder.path / "mosquitto.pid").exists() and self._answers())

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(WITHIN_S)

    def add(self, robot: str, interface: str = "") -> Bundle:
        made: list[Bundle] = []
        entry = RobotEntry(robot, ("S1",), interface=interface)
        self.fleet.add(entry, FACTS, 1_000, made.append)
        return made[0]

    def rotate(self, robot: str, until_ms: int = 9_000) -> Bundle:
        made: list[Bundle] = []
        self.fleet.rotate(robot, FACTS, 2_000, until_ms, made.append)
        return made[0]

    @property
    def resident_bytes(self) -> int:
        """Of the broker's process."""
        number = (self.folder.path / "mosquitto.pid").read_text().strip()
        pages = int(Path(f"/proc/{number}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def dispatcher_bundle(self) -> Bundle:
        own = self.folder.path / CLIENT_FOLDER
        return Bundle(
            robot="dispatcher",
            broker=self.folder.url,
            interface="uagv",
            site="toy",
            ca_pem=self.folder.ca_pem,
            cert_pem=(own / "client.pem").read_text(),
            key_pem=(own / "client.key").read_text(),
            username=self.folder.about.client.username,
            password=(own / "password").read_text().strip(),
            robot_keys=(),
            map=None,
            made_ms=0,
        )

    def _answers(self) -> bool:
        """Shakes hands: a port that is open already says nothing. SIGHUP would end a mosquitto that
        has not come as far as its loop."""
        context = ssl.create_default_context(cadata=self.folder.ca_pem)
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)) as plain:
            plain.settimeout(WITHIN_S)
            with context.wrap_socket(plain, server_hostname="localhost"):
                return True
        return False


class Client:
    """Somebody who connects with what a bundle holds."""

    def __init__(
        self,
        port: int,
        bundle: Bundle,
        *,
        with_certificate: bool = True,
        password: str = "",
        client_id: str = "any",
    ) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.refusal = ""
        self.is_up, self.is_down = threading.Event(), threading.Event()
        self._may_read = threading.Event()
        self._may_read.set()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        with tempfile.TemporaryDirectory() as folder:
            files = {"ca": bundle.ca_pem, "cert": bundle.cert_pem, "key": bundle.key_pem}
            for name, text in files.items():
                (Path(folder) / name).write_text(text)
            own = (f"{folder}/cert", f"{folder}/key") if with_certificate else (None, None)
            self._client.tls_set(f"{folder}/ca", *own)
        self._client.username_pw_set(bundle.username, password or bundle.password)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = lambda *_: self.is_down.set()
        self._client.on_message = self._on_message
        self._client.connect("localhost", port)
        self._client.loop_start()
        until(lambda: self.is_up.is_set() or self.is_down.is_set())

    @property
    def is_in(self) -> bool:
        return self.is_up.is_set() and not self.is_down.is_set()

    def say(self, topic: str, text: str) -> None:
        self._said = self._client.publish(topic, text, qos=1)

    def wait_until_said(self) -> None:
        """Until the broker has the last of it."""
        self._said.wait_for_publish(WITHIN_S)

    def pause(self) -> None:
        """Read nothing more."""
        self._may_read.clear()

    def resume(self) -> None:
        """Read on."""
        self._may_read.set()

    def listen(self, *topics: str) -> None:
        heard = threading.Event()
        self._client.on_subscribe = lambda *_: heard.set()
        self._client.subscribe([(topic, 1) for topic in topics])
        assert heard.wait(WITHIN_S)

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _c: object, _d: object, one: mqtt.MQTTMessage) -> None:
        self._may_read.wait(WITHIN_S)
        self.got.append((one.topic, one.payload))

    def _on_connect(self, _c: object, _d: object, _f: object, reason: object, _p: object) -> None:
        if getattr(reason, "is_failure", True):
            self.refusal = str(reason)
            self.is_down.set()
        else:
            self.is_up.set()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.005)


@contextmanager
def tls_broker(folder: Path) -> Iterator[TlsBroker]:
    broker = TlsBroker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def site_text(broker: TlsBroker) -> str:
    """A site file of this broker and its register."""
    at = broker.folder.path
    own = at / CLIENT_FOLDER
    return f"""\
[site]
id = "toy"
map = "map.geojson"
data_dir = "data"
[mqtt]
url = "mqtts://localhost:{broker.port}"
ca_file = {json.dumps(str(at / "ca.pem"))}
cert_file = {json.dumps(str(own / "client.pem"))}
key_file = {json.dumps(str(own / "client.key"))}
username = "dispatcher"
password_file = {json.dumps(str(own / "password"))}
[api]
port = 0
[planner]
engine = "quick"
[fleet]
registry = {json.dumps(str(broker.fleet.path))}
broker = {json.dumps(str(at))}
"""
