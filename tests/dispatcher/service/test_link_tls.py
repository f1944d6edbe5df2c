# SPDX-License-Identifier: Apache-2.0
"""The daemon's link and register over a real mosquitto with TLS."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from dispatcher.config import load_config
from dispatcher.core.effects import OrderAction, OrderNode, PublishOrder
from dispatcher.core.events import Event, RobotRevoked, SiteConfigured
from dispatcher.core.site import RobotEntry
from dispatcher.provisioning.broker import LOG_TOPICS
from dispatcher.service.link import Broker, MqttLink
from dispatcher.service.roll import Roll, RollError
from dispatcher.service.roll_keeper import RollKeeper
from tests.dispatcher.provisioning.tls_broker import Client, TlsBroker, site_text, tls_broker
from tests.dispatcher.service.crooked_campus import crooked_graph
from tests.dispatcher.service.rig import KEY, ROBOT, SITE, running, write_site

R1 = RobotEntry("acme/R1", ("S1",), version="2.0.0")
ORDER = PublishOrder("x", "acme/R1", "o1", 0, (OrderNode("st", 0), OrderNode("a", 2)))


def broker_of(broker: TlsBroker) -> Broker:
    at, own = broker.folder.path, broker.folder.path / "dispatcher"
    return Broker(
        "localhost",
        broker.port,
        tls=True,
        username="dispatcher",
        password=(own / "password").read_text().strip(),
        ca_file=str(at / "ca.pem"),
        cert_file=str(own / "client.pem"),
        key_file=str(own / "client.key"),
    )


class Ear:
    """Writes down what the broker tells of logins."""

    topics: tuple[str, ...] = LOG_TOPICS

    def __init__(self) -> None:
        self.logins: list[str] = []
        self.takeovers: list[str] = []

    def logged_in(self, username: str) -> None:
        self.logins.append(username)

    def taken_over(self, username: str, address: str) -> None:
        self.takeovers.append(f"{username} {address}")


@asynccontextmanager
async def linked(
    broker: Broker, robots: tuple[RobotEntry, ...] = (R1,)
) -> AsyncIterator[tuple[MqttLink, list[str], Ear]]:
    """A link, its log, and what it was told of logins."""
    lines: list[str] = []
    ear = Ear()
    link = MqttLink(
        broker,
        "uagv",
        crooked_graph(),
        robots,
        site_ms=lambda: 0,
        on_event=lambda event: None,
        log=lines.append,
        logins=ear,
    )
    link.start()
    yield link, lines, ear
    await link.stop()


async def until(condition: object) -> None:
    async with asyncio.timeout(20):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_orders_go_out_by_tls_in_the_robots_version_and_logins_are_heard(
    tmp_path: Path,
) -> None:
    with tls_broker(tmp_path) as broker:
        bundle = await asyncio.to_thread(broker.add, "acme/R1")
        async with linked(broker_of(broker)) as (link, _, ear):
            await until(lambda: link.connected)
            robot = await asyncio.to_thread(Client, broker.port, bundle)
            await asyncio.to_thread(robot.listen, "uagv/v2/acme/R1/order")
            await until(lambda: link.publish_order(ORDER, {}) and robot.got)
            assert msgspec.json.decode(robot.got[0][1])["version"] == "2.0.0"
            await until(lambda: ear.logins)
            assert ear.logins == [bundle.username]
            clone = await asyncio.to_thread(Client, broker.port, bundle)
            await until(lambda: ear.takeovers)
            assert ear.takeovers == [f"{bundle.username} 127.0.0.1"]
            await asyncio.to_thread(clone.leave)
            await asyncio.to_thread(robot.leave)


async def test_a_robot_with_another_interface_name_is_written_to_and_heard_there(
    tmp_path: Path,
) -> None:
    with tls_broker(tmp_path) as broker:
        bundle = await asyncio.to_thread(broker.add, "acme/R1", "oldfleet")
        async with linked(broker_of(broker), ()) as (link, _, _ear):
            await until(lambda: link.connected)
            link.register((RobotEntry("acme/R1", ("S1",), interface="oldfleet"),))
            robot = await asyncio.to_thread(Client, broker.port, bundle)
            await asyncio.to_thread(robot.listen, "oldfleet/v2/acme/R1/order")
            await until(lambda: link.publish_order(ORDER, {}) and robot.got)
            robot.say("oldfleet/v2/acme/R1/state", "garbage")
            await until(lambda: link.counts.get("garbled"))
            await asyncio.to_thread(robot.leave)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho's socket
async def test_a_broker_of_another_authority_is_refused_in_one_line(tmp_path: Path) -> None:
    with tls_broker(tmp_path) as broker:
        other = TlsBroker(tmp_path / "other")
        wrong = msgspec.structs.replace(
            broker_of(broker), ca_file=str(other.folder.path / "ca.pem")
        )
        async with linked(wrong) as (link, lines, _):
            await until(lambda: lines)
            assert "certificate verify failed" in lines[0]
            assert not link.connected
    del link
    gc.collect()


async def test_a_broker_that_knows_no_mqtt_5_is_spoken_to_in_3_1_1() -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        packet = await reader.read(1024)
        level = packet[8]
        heard.append(packet[8:9])
        # CONNACK: 1 is "unacceptable protocol version", 0 is welcome.
        writer.write(bytes([0x20, 2, 0, 1 if level == 5 else 0]))
        await writer.drain()
        if level == 5:
            writer.close()
        else:
            await reader.read(1024)
            await reader.read(1024)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, family=socket.AF_INET)
    port = server.sockets[0].getsockname()[1]
    async with linked(Broker("127.0.0.1", port)) as (link, _, _ear):
        await until(lambda: link.connected)
        assert heard == [b"\x05", b"\x04"]
    server.close()


async def test_a_robot_added_while_the_daemon_runs_is_taken_up_and_one_revoked_is_told_of(
    tmp_path: Path,
) -> None:
    broker = TlsBroker(tmp_path)
    text = SITE + f'[fleet]\nregistry = "{broker.fleet.path}"\nbroker = "{broker.folder.path}"\n'
    async with running(write_site(tmp_path, text)) as rig:
        offered: list[Event] = []
        inner = rig.site.runner.offer

        def offer(event: Event) -> None:
            offered.append(event)
            if not isinstance(event, RobotRevoked):
                inner(event)

        rig.site.runner.offer = offer  # type: ignore[method-assign]
        registered: list[list[str]] = []
        link = type(
            "L", (), {"register": lambda _, robots: registered.append([r.id for r in robots])}
        )()
        keeper = RollKeeper(rig.config, rig.parts.roll, 1, rig.site.runner, rig.lines.append)
        keeper.look(link)
        assert registered == []
        bundle = await asyncio.to_thread(broker.add, "acme/R1")
        keeper.look(link)
        assert registered == [[ROBOT, "acme/R1"]]
        await rig.until(lambda: "acme/R1" in rig.site.state.robots)
        assert rig.site.state.robots["acme/R1"].registered
        assert rig.parts.roll.keys["acme/R1"] == (bytes.fromhex(bundle.robot_keys[0]),)
        fresh = await asyncio.to_thread(broker.rotate, "acme/R1", 1 << 52)
        keeper.look(link)
        assert len(rig.parts.roll.keys["acme/R1"]) == 2
        keeper.logged_in(bundle.username)
        keeper.logged_in(fresh.username)
        await rig.until(lambda: rig.parts.roll.is_stale)
        keeper.look(link)
        assert rig.parts.roll.keys["acme/R1"] == (bytes.fromhex(fresh.robot_keys[0]),)
        offered.clear()
        await asyncio.to_thread(broker.fleet.revoke, "acme/R1", 5_000)
        keeper.look(link)
        assert "acme/R1" not in rig.parts.roll.keys
        assert registered[-1] == [ROBOT]
        assert [type(event) for event in offered] == [RobotRevoked, SiteConfigured]


async def test_two_that_take_a_login_from_each_other_are_noticed_and_the_robot_held(
    tmp_path: Path,
) -> None:
    async with running(write_site(tmp_path)) as rig:
        keeper = RollKeeper(rig.config, rig.parts.roll, 1, rig.site.runner, rig.lines.append)
        keeper.taken_over("dispatcher", "10.0.0.5")
        keeper.taken_over("toy/unknown~1", "10.0.0.5")
        assert rig.lines == []
        keeper.taken_over(f"{ROBOT}~1", "10.0.0.5")
        assert f"robot {ROBOT}: its login came a second time, from 10.0.0.5" in rig.lines[0]
        keeper.taken_over(f"{ROBOT}~1", "10.0.0.6")
        await asyncio.sleep(0.05)
        assert rig.site.state.robots[ROBOT].held == "", "one that was cut off is no two"
        keeper.taken_over(f"{ROBOT}~1", "10.0.0.5")
        await rig.until(lambda: rig.site.state.robots[ROBOT].held != "")
        held = rig.site.state.robots[ROBOT].held
        assert held.endswith("two use its login in turns, at 10.0.0.6 and at 10.0.0.5")


async def test_a_robot_that_roams_is_not_held_unless_it_is_cut_off_very_often(
    tmp_path: Path,
) -> None:
    async with running(write_site(tmp_path)) as rig:
        keeper = RollKeeper(rig.config, rig.parts.roll, 1, rig.site.runner, rig.lines.append)
        for address in ("10.0.0.5", "10.0.0.5", "10.0.1.7"):
            keeper.taken_over(f"{ROBOT}~1", address)
        await asyncio.sleep(0.05)
        assert rig.site.state.robots[ROBOT].held == ""
        keeper.taken_over(f"{ROBOT}~1", "10.0.1.7")
        await rig.until(lambda: "4 times within 120 s" in rig.site.state.robots[ROBOT].held)


async def test_while_keys_are_exchanged_a_handover_opens_under_either(tmp_path: Path) -> None:
    async with running(write_site(tmp_path)) as rig:
        rig.parts.roll.keys[ROBOT] = (bytes([7] * 32), bytes.fromhex(KEY))
        action = OrderAction("a1", "out", parcel="p1", compartment="S1", version=1)
        order = PublishOrder("e", ROBOT, "o", 0, (OrderNode("st", 0, actions=(action,)),))
        rig.link.deaf = True
        rig.site.performer.perform([order], {})
        new, _, old = rig.link.orders[0][1]["a1"].partition(" ")
        rig.parts.roll.keys[ROBOT] = (bytes.fromhex(KEY),)
        rig.site.performer.perform([order], {})
        assert rig.link.orders[1][1]["a1"] == old
        assert len(new) == len(old) == 64


def test_a_robot_in_both_the_site_file_and_the_register_is_refused(tmp_path: Path) -> None:
    broker = TlsBroker(tmp_path)
    broker.add(ROBOT)
    text = SITE + f'[fleet]\nregistry = "{broker.fleet.path}"\n'
    config = load_config(write_site(tmp_path, text))
    with pytest.raises(RollError, match=f"robot {ROBOT} is in the site file already"):
        Roll(config)


def test_a_site_file_of_the_brokers_folder_can_be_used(tmp_path: Path) -> None:
    broker = TlsBroker(tmp_path)
    broker.add("acme/R1")
    roll = Roll(load_config(write_site(tmp_path, site_text(broker))))
    assert [entry.id for entry in roll.entries] == ["acme/R1"]


async def test_a_daemon_that_starts_makes_the_brokers_files_fit_the_register(
    tmp_path: Path,
) -> None:
    broker = TlsBroker(tmp_path)
    broker.add("acme/R1")
    logins = broker.folder.path / "logins"
    text = SITE + f'[fleet]\nregistry = "{broker.fleet.path}"\nbroker = "{broker.folder.path}"\n'
    async with running(write_site(tmp_path, text)) as rig:
        stale = logins.read_bytes()
        await asyncio.to_thread(broker.fleet.revoke, "acme/R1", 5_000)
        logins.write_bytes(stale)
        RollKeeper(rig.config, rig.parts.roll, 1, rig.site.runner, rig.lines.append).mend_broker()
        await rig.until(lambda: any("did not fit the register" in line for line in rig.lines))
        assert "acme/R1" not in logins.read_text()
