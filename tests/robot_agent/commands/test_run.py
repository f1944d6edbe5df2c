# SPDX-License-Identifier: Apache-2.0
"""The whole agent as a process of its own, over a real broker, with a master of the test's."""

import contextlib
import json
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from robot_agent.campus import read_campus
from robot_agent.cli import main
from robot_agent.vda5050.actions import handover_digest
from tests.project.source_tree import ROOT
from tests.robot_agent.service.brokers import mosquitto

MAP = ROOT / "maps" / "lindenhof" / "campus.geojson"
KEY = "ab" * 32
CODE = "739164"
WITHIN_S = 60
TOPIC = "uagv/v2/acme/R1/"


class Master:
    """Sends orders and hears what the robot says."""

    def __init__(self, port: int) -> None:
        self.said: dict[str, dict[str, Any]] = {}
        self.everything: list[bytes] = []
        self._heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda _, __, message: self._heard.put(message)
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(TOPIC + "#")
        self._client.loop_start()

    def end(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, name: str, **message: Any) -> None:
        head = {"headerId": 1, "timestamp": "2026-01-01T00:00:00.00Z", "version": "2.1.0"}
        who = {"manufacturer": "acme", "serialNumber": "R1"}
        self._client.publish(TOPIC + name, json.dumps(head | who | message))

    def until(self, holds: Callable[[dict[str, dict[str, Any]]], bool]) -> None:
        deadline = time.monotonic() + WITHIN_S
        while not holds(self.said):
            left_s = deadline - time.monotonic()
            assert left_s > 0, self.said.get("state")
            try:
                message = self._heard.get(timeout=left_s)
            except queue.Empty:
                continue
            self.everything.append(message.payload)
            self.said[message.topic.rpartition("/")[2]] = json.loads(message.payload)

    def results(self) -> dict[str, str]:
        states = self.said.get("state", {}).get("actionStates", [])
        return {one["actionId"]: one.get("resultDescription", "") for one in states}


class Agent:
    """`robot-agent run`, to be started again and again on the same folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        (folder / "robot.keys").write_text(KEY + "\n")
        line = {"parcel": "p-1", "version": 1, "code": CODE}
        (folder / "codes.jsonl").write_text(json.dumps(line) + "\n")
        (folder / "agent.toml").write_text(
            f"""
            [robot]
            manufacturer = "acme"
            serial = "R1"
            keys_file = "{folder / "robot.keys"}"
            [broker]
            url = "mqtt://127.0.0.1:{port}"
            [driver]
            name = "emulated"
            [driver.options]
            codes = "{folder / "codes.jsonl"}"
            no_show_pct = 0
            late_pct = 0
            prompt_max_ms = 500
            service_max_ms = 1000
            [files]
            map = "{MAP}"
            state_dir = "{folder / "state"}"
            [clock]
            trust = "always"
            """
        )
        self.log = folder / "agent.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "robot_agent.cli", "run"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--config", str(self._folder / "agent.toml")], cwd=ROOT, stderr=log
            )

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(WITHIN_S)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with mosquitto(tmp_path) as port:
        yield port


@pytest.fixture
def master(port: int) -> Iterator[Master]:
    master = Master(port)
    yield master
    master.end()


@pytest.fixture
def agent(tmp_path: Path, port: int) -> Iterator[Agent]:
    agent = Agent(tmp_path, port)
    agent.start()
    yield agent
    if agent.process is not None and agent.process.poll() is None:
        agent.end(signal.SIGKILL)


def action(kind: str, blocking: str, **parameters: Any) -> dict[str, Any]:
    listed = [{"key": key, "value": value} for key, value in parameters.items()]
    return {
        "actionType": kind,
        "actionId": kind,
        "blockingType": blocking,
        "actionParameters": listed,
    }


def order(length_m: int = 6) -> dict[str, Any]:
    """Load a parcel at the station, drive along the road that begins there, hand it over."""
    campus = read_campus(MAP)
    station = next(place for place in campus.places.values() if place.role == "station")
    other = next(
        edge.to_node if edge.from_node == station.node else edge.from_node
        for edge in campus.edges.values()
        if station.node in (edge.from_node, edge.to_node)
    )
    way = (
        (campus.nodes[other].x_mm - station.x_mm) / 1000,
        (campus.nodes[other].y_mm - station.y_mm) / 1000,
    )
    far_m = (way[0] ** 2 + way[1] ** 2) ** 0.5
    start = (station.x_mm / 1000, station.y_mm / 1000)
    end = tuple(at + length_m * step / far_m for at, step in zip(start, way, strict=True))
    digest = handover_digest(bytes.fromhex(KEY), "acme/R1", "p-1", "S1", 1, CODE)
    pick = action("pick", "HARD", lhd="S1", loadId="p-1", durationMs=1_000)
    hand = action(
        "handover",
        "SOFT",
        direction="out",
        compartment="S1",
        parcel="p-1",
        codeVersion=1,
        digest=digest,
        waitMs=120_000,
    )
    edge = {
        "edgeId": "e",
        "sequenceId": 1,
        "released": True,
        "startNodeId": "dock",
        "endNodeId": "stop",
        "actions": [],
    }
    nodes = [
        {
            "nodeId": name,
            "sequenceId": sequence,
            "released": True,
            "actions": [what],
            "nodePosition": {"x": at[0], "y": at[1], "mapId": campus.site.id},
        }
        for name, sequence, at, what in (("dock", 0, start, pick), ("stop", 2, end, hand))
    ]
    return {"orderId": "by-hand", "orderUpdateId": 0, "nodes": nodes, "edges": [edge]}


def is_ready(said: dict[str, dict[str, Any]]) -> bool:
    return said.get("connection", {}).get("connectionState") == "ONLINE" and "agvPosition" in (
        said.get("state", {})
    )


def test_an_agent_delivers_a_parcel_and_takes_its_leave(
    agent: Agent, master: Master, tmp_path: Path
) -> None:
    master.until(is_ready)
    master.send("order", **order())
    master.until(lambda _: bool(master.results().get("handover")))
    assert master.results() == {"pick": "loaded", "handover": "collected presumed"}
    assert master.said["state"].get("loads", []) == []
    assert agent.end(signal.SIGTERM) == 0
    master.until(lambda said: said["connection"]["connectionState"] == "OFFLINE")
    # The code is on the phone and in the person's head, and nowhere else.
    written = b"".join(
        file.read_bytes() for file in (tmp_path / "state").rglob("*") if file.is_file()
    )
    for trace in (written, agent.log.read_bytes(), *master.everything):
        assert CODE.encode() not in trace
        assert KEY.encode() not in trace


def test_an_agent_that_was_killed_with_a_parcel_aboard_goes_on(
    agent: Agent, master: Master
) -> None:
    master.until(is_ready)
    master.send("order", **order(length_m=12))
    master.until(lambda said: bool(said["state"].get("loads")) and said["state"]["driving"])
    agent.end(signal.SIGKILL)
    master.until(lambda said: said["connection"]["connectionState"] == "CONNECTIONBROKEN")
    agent.start()
    master.until(lambda _: bool(master.results().get("handover")))
    assert master.results()["handover"] == "collected presumed"
    assert agent.end(signal.SIGTERM) == 0


def test_a_second_agent_on_the_same_memory_is_refused_in_one_line(
    agent: Agent, master: Master, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    master.until(is_ready)
    assert main(["run", "--config", str(tmp_path / "agent.toml")]) == 3
    said = capsys.readouterr().err
    assert "another agent is at work with this memory" in said
    assert said.count("\n") == 1
    master.send("instantActions", actions=[action("stateRequest", "NONE")])
    before = master.said["state"]["headerId"]
    master.until(lambda said: said["state"]["headerId"] > before)
    assert master.said["connection"]["connectionState"] == "ONLINE"


def test_a_damaged_memory_is_said_at_the_start_with_its_cure(
    agent: Agent, master: Master, tmp_path: Path
) -> None:
    master.until(is_ready)
    agent.end(signal.SIGKILL)
    max((tmp_path / "state").glob("memory-*")).write_bytes(b"noise")
    agent.start()
    master.until(
        lambda said: any(one["errorType"] == "stateLost" for one in said["state"]["errors"])
    )
    said = agent.log.read_text()
    assert "what the robot remembered is lost" in said
    assert "SERVICE and back" in said


def test_a_server_that_never_ends_its_answer_holds_up_neither_orders_nor_the_end(
    agent: Agent, master: Master
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        told = {"mapId": "m", "mapVersion": "1", "mapDownloadLink": url, "mapHash": "ab" * 32}
        many = [{**action("downloadMap", "NONE", **told), "actionId": f"d{n}"} for n in range(8)]
        master.until(is_ready)
        master.send("instantActions", actions=many)
        master.until(lambda _: "being fetched already" in master.results().get("d7", ""))
        master.send("order", **order())
        master.until(lambda said: said["state"]["orderId"] == "by-hand")
        assert agent.end(signal.SIGTERM) == 0


def test_the_shortest_command_line_works_on_an_ordinary_computer(
    master: Master, port: int, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "robot_agent.cli", "run"]
    command += ["--broker", f"mqtt://127.0.0.1:{port}", "--manufacturer", "acme", "--serial", "R1"]
    command += ["--map", str(MAP), "--driver", "emulated", "--state-dir", str(tmp_path / "state")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            master.until(is_ready)
            master.send("order", **order())
            master.until(lambda said: said["state"]["orderId"] == "by-hand")
        finally:
            process.terminate()
            said = process.communicate(timeout=WITHIN_S)[1]
    assert "no orders are taken" not in said


def test_a_body_that_talks_nonsense_is_said_once_a_minute(port: int, tmp_path: Path) -> None:
    ended = threading.Event()

    def talk(listening: socket.socket) -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError), listening.accept()[0] as connection:
                connection.sendall(b'{"type":"Hello","name":"b","protocol":1}\n{"type":"Hm"}\n')

    with socket.create_server(("127.0.0.1", 0)) as body:
        body.settimeout(0.1)
        thread = threading.Thread(target=talk, args=(body,))
        thread.start()
        command = [sys.executable, "-m", "robot_agent.cli", "run", "--broker"]
        command += [f"mqtt://127.0.0.1:{port}", "--manufacturer", "acme", "--serial", "R1"]
        command += ["--map", str(MAP), "--driver", f"lines://127.0.0.1:{body.getsockname()[1]}"]
        command += ["--state-dir", str(tmp_path), "--clock-trust", "always"]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
            time.sleep(3)
            process.terminate()
            said = process.communicate(timeout=WITHIN_S)[1]
        ended.set()
        thread.join()
    assert said.count("a line is not one of its messages") == 1


def test_the_settings_in_force_can_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    flags = ("--broker", "mqtt://b:1", "--manufacturer", "a", "--serial", "s", "--map", "m")
    assert main(["run", *flags, "--driver", "emulated", "--print-config"]) == 0
    assert 'url = "mqtt://b:1"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ((), "robot.manufacturer is missing"),
        (("--serial", "a b"), "--serial: robot.serial = 'a b' is not allowed"),
        (
            ("--manufacturer", "ac/me"),
            "robot.manufacturer = 'ac/me' is not allowed; allowed: 1 to 128 characters without /",
        ),
        (("--config", "nowhere.toml"), "nowhere.toml: cannot be read: No such file"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], words: str
) -> None:
    assert main(["run", *flags]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
