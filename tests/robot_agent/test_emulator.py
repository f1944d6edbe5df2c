# SPDX-License-Identifier: Apache-2.0
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from robot_agent.campus import read_campus
from robot_agent.cli import main
from robot_agent.emulated_fleet import starting_places
from robot_agent.vda5050.actions import handover_digest
from robot_agent.vda5050.codec import decode, encode
from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.factsheet import Factsheet
from robot_agent.vda5050.header import Message, stamped
from robot_agent.vda5050.order import Action, Order
from robot_agent.vda5050.rules import message_faults
from robot_agent.vda5050.state import State
from robot_agent.vda5050.timestamps import to_timestamp
from robot_agent.vda5050.topics import parse_topic, topic
from tests.robot_agent.core.small_world import action, road
from tests.tools import require_tool

ROOT = Path(__file__).parents[2]
MAP = ROOT / "maps/lindenhof/campus.geojson"
WITHIN_S = 20.0
ROBOT = "ACME/R1"
KEY = "00ff"
M = TypeVar("M", bound=Message)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_broker(port: int) -> subprocess.Popen[bytes]:
    program = require_tool("mosquitto")
    return subprocess.Popen([str(program), "-p", str(port)], stderr=subprocess.DEVNULL)


@pytest.fixture
def port() -> Iterator[int]:
    chosen = free_port()
    broker = start_broker(chosen)
    yield chosen
    broker.terminate()
    broker.wait(10)


class Master:
    """Hears all robots and keeps what they said, each message judged by the rules."""

    def __init__(self, port: int) -> None:
        self.heard: queue.Queue[tuple[str, Message]] = queue.Queue()
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = lambda _, __, message: self._hear(message.topic, message.payload)
        self.client.on_connect = lambda client, *_: client.subscribe("uagv/v2/#", 1)
        deadline = time.monotonic() + WITHIN_S
        while True:
            try:
                self.client.connect("127.0.0.1", port)
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        self.client.loop_start()

    def _hear(self, name: str, payload: bytes) -> None:
        parsed = parse_topic(name)
        if parsed.name not in ("order", "instantActions"):
            self.heard.put((parsed.robot_id, decode(parsed.name, payload)))

    def wait(self, kind: type[M], wish: Callable[[M], bool] = lambda _: True) -> M:
        deadline = time.monotonic() + WITHIN_S
        while True:
            robot, message = self.heard.get(timeout=max(0.01, deadline - time.monotonic()))
            assert message_faults(message) == []
            if robot == ROBOT and isinstance(message, kind) and wish(message):
                return message

    def send(self, message: Message) -> None:
        whole = stamped(
            message,
            header_id=0,
            timestamp=to_timestamp(0),
            manufacturer="ACME",
            serial_number="R1",
        )
        self.client.publish(topic("uagv", "ACME", "R1", "order"), encode(whole))


@pytest.fixture
def master(port: int) -> Iterator[Master]:
    made = Master(port)
    yield made
    made.client.disconnect()
    made.client.loop_stop()


def start_emulator(port: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "robot_agent.cli", "emulate", "--map", str(MAP)]
    command += ["--broker", f"mqtt://127.0.0.1:{port}", "--count", "2", "--manufacturer", "ACME"]
    command += ["--speed", "60", "--no-show-pct", "0", "--late-pct", "0", *more]
    return subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )


@pytest.fixture
def emulator(port: int, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    keys = tmp_path / "keys.toml"
    keys.write_text(f'"ACME/R1" = "{KEY}"\n"ACME/R2" = "01"\n')
    process = start_emulator(port, "--keys", str(keys), "--codes", str(tmp_path / "codes"))
    yield process
    process.kill()
    process.communicate(timeout=10)


def clock() -> list[str]:
    return ["--clock-start-wall-ms", str(time.time_ns() // 1_000_000), "--clock-start-site-ms", "0"]


def order_from_start(*last_actions: Action, first_actions: tuple[Action, ...] = ()) -> Order:
    """30 m eastwards from where R1 stands: an order needs no map."""
    campus = read_campus(MAP)
    start = campus.nodes[starting_places(campus, 1)[0].node]
    order = json.loads(encode(road(2, actions={0: first_actions, 1: last_actions})))
    order["nodes"][0]["nodeId"] = order["edges"][0]["startNodeId"] = start.id
    for k, node in enumerate(order["nodes"]):
        node["nodePosition"] = {
            "x": start.x_mm / 1000 + 30 * k,
            "y": start.y_mm / 1000,
            "mapId": campus.site.id,
        }
    header = {"headerId": 0, "timestamp": "x", "version": "2.1.0"}
    order |= header | {"manufacturer": "ACME", "serialNumber": "R1"}
    decoded = decode("order", json.dumps(order).encode())
    assert isinstance(decoded, Order)
    return decoded


def test_a_robot_drives_an_order_and_hands_over_to_who_has_the_code(
    master: Master, emulator: subprocess.Popen[str], tmp_path: Path
) -> None:
    connection = master.wait(Connection)
    assert connection.connection_state == "ONLINE"
    master.wait(Factsheet)
    master.wait(State)
    with (tmp_path / "codes").open("a") as codes:
        codes.write('garbage\n{"parcel": "p", "version": 1, "code": "4711"}\n')
    digest = handover_digest(bytes.fromhex(KEY), ROBOT, "p", "S1", 1, "4711")
    pick = action("pick", "pick", loadId="p", loadType="S", lhd="S1", durationMs=1_000)
    hand = action(
        "handover",
        "hand",
        "SOFT",
        direction="out",
        compartment="S1",
        parcel="p",
        codeVersion=1,
        waitMs=600_000,
        digest=digest,
    )
    master.send(order_from_start(hand, first_actions=(pick,)))
    master.wait(State, lambda state: state.order_id == "o1")
    done = master.wait(
        State,
        lambda state: (
            not state.node_states
            and any(one.result_description == "collected presumed" for one in state.action_states)
        ),
    )
    assert done.loads == ()
    assert done.last_node_id == "n1"


def test_killed_it_is_broken_and_stopped_it_is_offline(
    master: Master, emulator: subprocess.Popen[str], port: int
) -> None:
    master.wait(Connection, lambda one: one.connection_state == "ONLINE")
    emulator.kill()
    master.wait(Connection, lambda one: one.connection_state == "CONNECTIONBROKEN")
    again = start_emulator(port)
    master.wait(Connection, lambda one: one.connection_state == "ONLINE")
    again.send_signal(signal.SIGTERM)
    master.wait(Connection, lambda one: one.connection_state == "OFFLINE")
    _, said = again.communicate(timeout=20)
    assert again.returncode == 0
    assert said == ("robot-agent: without --keys nobody can open a handover that wants a code\n")
    late = Master(port)
    assert late.wait(Connection).connection_state == "OFFLINE", "it is retained"
    late.client.disconnect()
    late.client.loop_stop()


def test_garbage_on_its_topics_is_reported_and_it_goes_on(
    master: Master, emulator: subprocess.Popen[str]
) -> None:
    master.wait(State)
    for name in ("order", "instantActions"):
        master.client.publish(f"uagv/v2/ACME/R1/{name}", b"\xff no JSON")
    master.wait(State, lambda state: len(state.errors) == 2)
    master.send(order_from_start())
    master.wait(State, lambda state: state.order_id == "o1" and not state.errors)
    emulator.terminate()
    _, said = emulator.communicate(timeout=20)
    assert said.count("robot-agent: ACME/R1: order: JSON is malformed") == 1


def says(word: str, message: Connection) -> bool:
    return message.connection_state == word


def test_in_a_radio_shadow_the_broker_misses_it_and_it_comes_back(
    master: Master, port: int
) -> None:
    emulator = start_emulator(port, "--faults", "shadow=60/h", "--speed", "600")
    try:
        for expected in ("ONLINE", "CONNECTIONBROKEN", "ONLINE"):
            master.wait(Connection, partial(says, expected))
        master.wait(State)
    finally:
        emulator.terminate()
        emulator.communicate(timeout=20)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.05)


def test_it_waits_for_a_broker_and_comes_back_to_a_restarted_one(tmp_path: Path) -> None:
    require_tool("mosquitto")
    port = free_port()
    memory = tmp_path / "memory"
    emulator = start_emulator(port, *clock(), "--state-dir", str(memory))
    try:
        assert emulator.stderr is not None
        emulator.stderr.readline()
        assert f"no broker at 127.0.0.1:{port}" in emulator.stderr.readline()
        for _ in range(2):
            broker = start_broker(port)
            try:
                master = Master(port)
                master.wait(Connection, lambda one: one.connection_state == "ONLINE")
                master.wait(State)
                wait_for(memory / "R2.json")  # it need not be as quick as R1
                master.client.disconnect()
                master.client.loop_stop()
            finally:
                broker.terminate()
                broker.wait(10)
        assert sorted(path.name for path in memory.glob("*.json")) == ["R1.json", "R2.json"]
    finally:
        emulator.terminate()
        emulator.communicate(timeout=20)
    assert emulator.returncode == 0


def test_killed_and_started_again_a_robot_remembers_where_it_is_and_what_it_carries(
    master: Master, port: int, tmp_path: Path
) -> None:
    options = [*clock(), "--state-dir", str(tmp_path / "memory")]
    pick = action("pick", "pick", loadId="p", loadType="S", lhd="S1", durationMs=1_000)
    emulator = start_emulator(port, *options)
    try:
        master.wait(State)
        master.send(order_from_start(first_actions=(pick,)))
        master.wait(State, lambda state: state.last_node_id == "n1")
    finally:
        emulator.kill()
        emulator.communicate(timeout=20)
    again = start_emulator(port, *options)
    try:
        master.wait(Connection, lambda one: one.connection_state == "ONLINE")
        state = master.wait(State)
        assert (state.order_id, state.last_node_id) == ("o1", "n1")
        assert [load.load_id for load in state.loads or ()] == ["p"]
    finally:
        again.terminate()
        again.communicate(timeout=20)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--map", "nowhere.geojson"], "nowhere.geojson: cannot be read: No such file"),
        (["--broker", "http://x"], "--broker 'http://x' is not mqtt://HOST:PORT"),
        (["--broker", "mqtt://x:99999"], "--broker 'mqtt://x:99999' is not mqtt://HOST:PORT"),
        (["--state-dir", "x", "--speed", "2"], "--state-dir with --speed wants"),
        (["--count", "0"], "--count 0 is not between 1 and 10000"),
        (["--speed", "0"], "--speed 0.0 is not between 0.1 and 1000"),
        (["--compartments", "X1"], "--compartments: 'X1' does not begin with S, M or L"),
        (["--faults", "jam=1%,gnus=2/h"], "--faults: 'gnus=2/h': no such fault"),
        (["--faults", "shadow=stop:moon"], "--faults: the map has no place 'stop:moon'"),
        (["--state-period-ms", "1"], "--state-period-ms 1 is not between 100 and 600000"),
        (["--serial-prefix", "a/b"], "serial number 'a/b1' may only hold"),
        (["--keys", "nowhere.toml"], "nowhere.toml: cannot be read: No such file"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    more: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["emulate", "--map", str(MAP), "--broker", "mqtt://localhost:1", *more]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"robot-agent: {sentence}")
    assert said.count("\n") == 1


def test_a_broken_key_file_is_named_without_its_contents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys.json"
    for content in ('{"drover/R1": "secret"}', '{"other": "00"}', "secret", '["secret"]'):
        keys.write_text(content)
        asked = ["emulate", "--map", str(MAP), "--broker", "mqtt://localhost:1"]
        assert main([*asked, "--keys", str(keys)]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"robot-agent: {keys}: ")
        assert "secret" not in said


def test_robots_start_spread_over_slots_stations_first() -> None:
    campus = read_campus(MAP)
    places = starting_places(campus, 12)
    assert places[0].role == "station"
    for place in places:
        assert places.count(place) <= place.slots
    assert len(starting_places(campus, 500)) == 500


def test_headers_say_the_protocol_version_asked_for(port: int, master: Master) -> None:
    process = start_emulator(port, "--protocol-version", "2.0.0")
    try:
        assert {master.wait(kind).version for kind in (Connection, Factsheet, State)} == {"2.0.0"}
    finally:
        process.kill()
        process.communicate(timeout=10)
