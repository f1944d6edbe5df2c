# SPDX-License-Identifier: Apache-2.0
"""Orders by chance, along a road of five places: mostly sensible, every id used once."""

from itertools import count
from random import Random
from typing import Any

from msgspec.structs import replace

from robot_agent.vda5050.order import Action, Edge, Node, NodePosition, Order
from tests.robot_agent.conformance.bench_robot import SPEC
from tests.robot_agent.conformance.orders import MAP_ID, STEP_M, action, drop, handover, pick

CODES = ("1111", "2222", "3333")
COMPARTMENTS = SPEC.compartments
NODE_KINDS = ("pick", "pick", "drop", "out", "out", "in", "wait", "charge", "fine", "signal")


class OrderMaker:
    """`codes`: of each handover made, by its action id."""

    def __init__(self) -> None:
        self.numbers = count(1)
        self.codes: dict[str, str] = {}

    def node(self, name: str, sequence: int, x_m: int) -> Node:
        """Released, on the road."""
        position = NodePosition(x=x_m, y=0, map_id=MAP_ID)
        return Node(
            node_id=name,
            sequence_id=sequence,
            released=True,
            actions=(),
            node_position=position,
        )

    def edge(self, order_id: str, start: Node, end: Node, released: bool) -> Edge:
        """Under an id that no other edge has."""
        number = start.sequence_id + 1
        return Edge(
            edge_id=f"{order_id}/{next(self.numbers)}",
            sequence_id=number,
            released=released,
            start_node_id=start.node_id,
            end_node_id=end.node_id,
            actions=(),
        )

    def order(
        self, random: Random, order_id: str, update: int, first: Node, loads: dict[str, str]
    ) -> Order:
        """Mostly what can be done, by a robot that carries `loads`, and picks more on its way."""
        count_ahead = random.choice((0, 1, 1, 2, 2, 3))
        base = random.randint(0, count_ahead)
        nodes, edges = [first], []
        if update == 0:
            nodes[0] = replace(first, actions=self._actions(random, loads))
        for index in range(count_ahead):
            before, place = nodes[-1], random.randint(0, 4)
            node = self.node(f"n{place}", before.sequence_id + 2, place * STEP_M)
            actions = self._actions(random, loads)
            node = replace(node, released=index < base, actions=actions)
            edge = self.edge(order_id, before, node, index < base)
            if random.random() < 0.2:
                lights = action("signal", f"a{next(self.numbers)}", "NONE", kind="light")
                edge = replace(edge, actions=(lights,))
            nodes.append(node)
            edges.append(edge)
        return Order(
            order_id=order_id, order_update_id=update, nodes=tuple(nodes), edges=tuple(edges)
        )

    def _actions(self, random: Random, loads: dict[str, str]) -> tuple[Action, ...]:
        kinds = random.choices(NODE_KINDS, k=random.choice((0, 0, 1, 2, 3)))
        return tuple(self._action(random, kind, loads) for kind in kinds)

    def _action(self, random: Random, kind: str, loads: dict[str, str]) -> Action:
        number = next(self.numbers)
        action_id = f"a{number}"
        compartment = self._compartment(random, kind, loads)
        blocking: Any = random.choice(("SOFT", "HARD"))
        match kind:
            case "pick":
                made = pick(f"p{number}", compartment, action_id)
                loads.setdefault(compartment, f"p{number}")
            case "drop":
                made = drop(loads.pop(compartment, f"p{number}"), compartment, action_id)
            case "out" | "in":
                made = self._handover(random, kind, compartment, number, loads)
            case "signal":
                return action("signal", action_id, "NONE", kind="horn")
            case _:
                kinds = {"wait": "waitForTrigger", "charge": "startCharging"}
                made = action(kinds.get(kind, "finePositioning"), action_id)
        return replace(made, blocking_type=blocking)

    def _compartment(self, random: Random, kind: str, loads: dict[str, str]) -> str:
        fills = kind in ("pick", "in")
        fitting = [one for one in COMPARTMENTS if (one in loads) != fills]
        return random.choice(fitting if fitting and random.random() < 0.9 else COMPARTMENTS)

    def _handover(
        self, random: Random, direction: str, compartment: str, number: int, loads: dict[str, str]
    ) -> Action:
        code = random.choice(CODES)
        self.codes[f"a{number}"] = code
        parcel = f"p{number}" if direction == "in" else loads.pop(compartment, f"p{number}")
        made = handover(parcel, compartment, direction, code, wait_ms=30_000)
        return replace(made, action_id=f"a{number}")
