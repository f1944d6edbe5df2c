# SPDX-License-Identifier: Apache-2.0
"""The other end of the emulator's messages: hears all robots, and can send every one of them off.

What must hold: what is counted has come through the broker; the orders are what the dispatcher
would send, on roads that there are.
"""

import math
import time
from random import Random
from typing import TYPE_CHECKING

from dispatcher.bench.emulator_machine import BenchError
from robot_agent.vda5050.codec import WireError, decode_connection, decode_state, encode
from robot_agent.vda5050.header import stamped
from robot_agent.vda5050.state import State
from robot_agent.vda5050.timestamps import to_timestamp
from robot_agent.vda5050.topics import parse_topic, topic

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

    from dispatcher.roads.graph import RoadGraph

INTERFACE = "uagv"
HOPS = 12
"""About a kilometre: a trip's first leg."""
CONNECT_WITHIN_S = 20.0


class Master:
    """Subscribes to everything that robots say."""

    def __init__(self, host: str, port: int) -> None:
        """Raises BenchError where the broker does not answer."""
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.states = 0
        self.bytes = 0
        self.online: dict[str, None] = {}
        self.last_state: dict[str, bytes] = {}
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._hear
        self._client.on_connect = lambda client, *_: client.subscribe(f"{INTERFACE}/v2/#", 0)
        until_s = time.monotonic() + CONNECT_WITHIN_S
        while True:
            try:
                self._client.connect(host, port)
                break
            except OSError as error:
                if time.monotonic() > until_s:
                    raise BenchError(f"no broker at {host}:{port}: {error}") from None
                time.sleep(0.05)
        self._client.loop_start()

    def close(self) -> None:
        """Leaves the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def driving(self) -> int:
        """How many robots drove when they last said so."""
        return sum(decode_state(payload).driving for payload in list(self.last_state.values()))

    def send_off(self, graph: "RoadGraph", seed: int, number: int) -> int:
        """A way of many hops for every robot that stands on a node of the map; how many went."""
        from dispatcher.core.effects import OrderNode, PublishOrder
        from dispatcher.service.translation import to_order

        onward: dict[str, list[str]] = {}
        for arc in graph.arcs():
            onward.setdefault(arc.tail, []).append(arc.head)
        sent = 0
        for robot, payload in list(self.last_state.items()):
            at = _node_of(decode_state(payload), graph)
            if at not in onward:
                continue
            way = _way(at, onward, Random(f"{seed}|{number}|{robot}"))
            nodes = tuple(OrderNode(node, 2 * step) for step, node in enumerate(way))
            effect = PublishOrder(f"o-{number}", robot, f"bench-{number}", 0, nodes)
            manufacturer, _, serial = robot.partition("/")
            whole = stamped(
                to_order(effect, graph, {}),
                header_id=number,
                timestamp=to_timestamp(time.time_ns() // 1_000_000),
                manufacturer=manufacturer,
                serial_number=serial,
            )
            self._client.publish(topic(INTERFACE, manufacturer, serial, "order"), encode(whole))
            sent += 1
        return sent

    def _hear(self, _: "Client", __: object, message: "MQTTMessage") -> None:
        if message.topic.endswith("/state"):
            self.states += 1
            self.bytes += len(message.payload)
            self.last_state[parse_topic(message.topic).robot_id] = bytes(message.payload)
        elif message.topic.endswith("/connection"):
            robot = parse_topic(message.topic).robot_id
            try:
                is_online = decode_connection(bytes(message.payload)).connection_state == "ONLINE"
            except WireError:
                is_online = False
            if is_online:
                self.online[robot] = None
            else:
                self.online.pop(robot, None)


def _node_of(state: State, graph: "RoadGraph") -> str:
    """A robot that was just switched on knows a place, and no node."""
    place = state.agv_position
    if state.last_node_id or place is None:
        return state.last_node_id
    here = (1000 * place.x, 1000 * place.y)
    nodes = graph.nodes
    return min(nodes, key=lambda one: math.dist(here, (nodes[one].x_mm, nodes[one].y_mm)))


def _way(start: str, onward: dict[str, list[str]], luck: Random) -> list[str]:
    """Turns back only at a dead end."""
    way = [start]
    for _ in range(HOPS):
        ahead = onward.get(way[-1], [])
        choices = [node for node in ahead if node not in way[-2:]] or ahead
        if not choices:
            break
        way.append(luck.choice(choices))
    return way
