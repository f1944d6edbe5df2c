# SPDX-License-Identifier: Apache-2.0
"""The link over real brokers: versions of MQTT, TLS, and two robots with one name."""

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from robot_agent.service import link as link_module
from robot_agent.service.link import Broker, Link, Listener, Login, tick
from robot_agent.vda5050.codec import encode
from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from tests.robot_agent.service.brokers import free_port, mosquitto
from tests.tools import require_tool

WITHIN_S = 20


class Ear:
    """What a link brings."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.messages: list[Message] = []

    def listener(self) -> Listener:
        return Listener(
            on_up=lambda: self.words.append("up"),
            on_down=lambda: self.words.append("down"),
            on_message=self.messages.append,
            on_refused=lambda name, reason: self.words.append(f"refused {name}"),
            on_trouble=self.words.append,
            on_taken=lambda: self.words.append("taken"),
        )


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not holds():  # noqa: ASYNC110 - what is waited for does not know of us
            await asyncio.sleep(0.01)


@asynccontextmanager
async def linked(
    broker: Broker, now_ms: int = 1_700_000_000_000
) -> AsyncIterator[tuple[Link, Ear]]:
    """A link that says ONLINE when it is up, as a robot does."""
    ear = Ear()
    link = Link(broker, "acme", "R1", lambda: now_ms, ear.listener())

    def up() -> None:
        ear.words.append("up")
        link.publish("connection", Connection(connection_state="ONLINE"))

    link._listener = msgspec.structs.replace(ear.listener(), on_up=up)
    tasks = [asyncio.create_task(link.run()), asyncio.create_task(tick([link]))]
    try:
        yield link, ear
    finally:
        await link.say_goodbye()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_robot_whose_name_is_taken_hears_of_it(tmp_path: Path) -> None:
    """mosquitto 2.0 throws the first one out without a word: the clone gives itself away."""
    with mosquitto(tmp_path) as port:
        broker = Broker("127.0.0.1", port, "uagv")
        async with linked(broker) as (_, first):
            await until(lambda: "up" in first.words)
            async with linked(broker, now_ms=1_700_000_099_999):
                await until(lambda: "taken" in first.words)


async def test_a_reason_that_the_broker_gives_is_heard() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1_000)
        writer.write(b"\x20\x03\x00\x00\x00")
        await reader.readuntil(b"ONLINE")
        writer.write(b"\xe0\x01\x8e")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, linked(Broker("127.0.0.1", port, "uagv")) as (link, ear):
        await until(lambda: "taken" in ear.words)
        assert ear.words[:3] == ["up", "taken", "down"]
        link.is_up = False


def said_by_the_clone(number: int) -> bytes:
    """An MQTT 5 PUBLISH, QoS 0."""
    said = Connection(
        connection_state="ONLINE",
        header_id=number,
        timestamp="2026-01-01T00:00:00.00Z",
        version="2.1.0",
        manufacturer="acme",
        serial_number="R1",
    )
    where = b"uagv/v2/acme/R1/connection"
    body = len(where).to_bytes(2, "big") + where + b"\0" + encode(said)
    return bytes((0x30, len(body) % 128 | 128, len(body) // 128)) + body


@pytest.mark.parametrize("answers_with_reason", [True, False])
async def test_who_is_thrown_out_again_and_again_does_not_come_back_each_moment(
    monkeypatch: pytest.MonkeyPatch, answers_with_reason: bool
) -> None:
    """With a reason (MQTT 5), or as mosquitto 2.0 does it: without, but the clone is heard."""
    monkeypatch.setattr(link_module, "FIRST_RETRY_S", 0.05)
    logins = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal logins
        logins += 1
        await reader.read(1_000)
        writer.write(b"\x20\x03\x00\x00\x00")
        await reader.readuntil(b"ONLINE")
        if answers_with_reason:
            writer.write(b"\xe0\x01\x8e")
            await reader.read()
        else:
            writer.write(said_by_the_clone(logins))
            await asyncio.sleep(0.2)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, linked(Broker("127.0.0.1", port, "uagv")) as (link, ear):
        await until(lambda: ear.words.count("taken") == 2)
        seen = logins
        await asyncio.sleep(1)
        assert logins == seen
        link.is_up = False


async def test_a_broker_that_ends_is_no_stolen_name(tmp_path: Path) -> None:
    port = free_port()
    async with linked(Broker("127.0.0.1", port, "uagv")) as (_, ear):
        with mosquitto(tmp_path, port=port):
            await until(lambda: "up" in ear.words)
        with mosquitto(tmp_path, port=port):
            await until(lambda: ear.words.count("up") == 2)
            await asyncio.sleep(0.3)
            assert "taken" not in ear.words


@pytest.mark.parametrize("answer", [b"\x20\x02\x00\x01", b""], ids=["refusal", "silence"])
async def test_a_broker_that_knows_only_3_1_1_is_spoken_to_in_it(answer: bytes) -> None:
    versions: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connect = await reader.read(1_000)
        # Fixed header, remaining length, "MQTT" with its length, then the version.
        versions.append(connect[connect.index(b"MQTT") + 4])
        old = versions[-1] == 4
        writer.write(b"\x20\x02\x00\x00" if old else answer)
        if old:
            with contextlib.suppress(ConnectionError):
                await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, linked(Broker("127.0.0.1", port, "uagv")) as (link, ear):
        await until(lambda: "up" in ear.words)
        assert versions == [5, 4]
        link._client.disconnect()
        link.is_up = False


async def test_headers_say_the_version_that_a_master_wants(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as port:
        old = Broker("127.0.0.1", port, "uagv", version="2.0.0")
        async with linked(old) as (link, ear):
            await until(lambda: "up" in ear.words)
            stamped = link._stamped("connection", Connection(connection_state="ONLINE"))
            assert stamped.version == "2.0.0"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ca.pem, and server and robot certificates of it."""
    openssl = require_tool("openssl")
    folder = tmp_path_factory.mktemp("certificates")

    def call(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    call(
        "req", "-x509", *ec, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test ca",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    for name in ("server", "robot"):
        call("req", *ec, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        call(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", f"{name}.pem", "-extfile", "san", "-days", "2",
        )  # fmt: skip
    return folder


def tls_lines(folder: Path) -> tuple[str, ...]:
    return (
        f"cafile {folder / 'ca.pem'}",
        f"certfile {folder / 'server.pem'}",
        f"keyfile {folder / 'server.key'}",
        "require_certificate true",
        "use_identity_as_username true",
        "allow_anonymous false",
    )


def context(folder: Path, with_certificate: bool = True) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    if with_certificate:
        made.load_cert_chain(str(folder / "robot.pem"), str(folder / "robot.key"))
    return made


async def test_orders_come_over_tls_with_a_client_certificate(
    tmp_path: Path, certificates: Path
) -> None:
    with mosquitto(tmp_path, *tls_lines(certificates)) as port:
        login = Login(tls=lambda: context(certificates))
        async with linked(Broker("127.0.0.1", port, "uagv", login=login)) as (link, ear):
            await until(lambda: "up" in ear.words)
            # The broker sends a robot's own words back to it: many, larger than a TLS record.
            payload = InstantActions(actions=())
            link._names[link._topics["state"]] = "instantActions"
            link._client.subscribe(link._topics["state"])
            for _ in range(200):
                link.publish("state", payload)
            await until(lambda: len(ear.messages) == 200)


async def test_a_robot_without_its_certificate_is_not_let_in(
    tmp_path: Path, certificates: Path
) -> None:
    with mosquitto(tmp_path, *tls_lines(certificates)) as port:
        login = Login(tls=lambda: context(certificates, with_certificate=False))
        async with linked(Broker("127.0.0.1", port, "uagv", login=login)) as (link, ear):
            await asyncio.sleep(1)
            assert not link.is_up
            assert "up" not in ear.words
