# SPDX-License-Identifier: Apache-2.0
"""A master, people and mishaps, move by move, against one robot core on a bench.

The machine draws moves, sensible and not, and a `Witness` looks on after each. What the robot may
do is known from what was given to it, never from its own reasoning.
"""

from itertools import count
from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from robot_agent.core.events import (
    BatteryRead,
    MessageRefused,
    ModeChanged,
    PartFailed,
    Posed,
    SafetyChanged,
)
from robot_agent.core.memory import Kept
from robot_agent.vda5050.order import Action, Edge, Node, NodePosition, Order
from tests.robot_agent.conformance.bench_robot import SPEC, Bench
from tests.robot_agent.conformance.orders import MAP_ID, STEP_M, action, drop, handover, pick
from tests.robot_agent.fuzz.witness import Witness

CODES = ("1111", "2222", "3333")
COMPARTMENTS = SPEC.compartments
SEEDS = st.integers(0, 2**32 - 1)
PASSES_MS = (1, 400, 1_000, 3_000, 9_000, 9_000, 31_000, 130_000)
NODE_KINDS = ("pick", "pick", "drop", "out", "out", "in", "wait", "charge", "fine", "signal")
INSTANT_KINDS = (
    *("cancelOrder", "cancelOrder", "startPause", "stopPause", "stopPause", "stateRequest"),
    *("factsheetRequest", "startCharging", "stopCharging", "logReport", "fly"),
)
FAULTS = ("stale", "gap", "elsewhere", "map", "unknown")
HABITS = ("used", "used", "used", "ignored", "jammed", "left")
MODES: tuple[Any, ...] = ("AUTOMATIC", "AUTOMATIC", "SEMIAUTOMATIC", "MANUAL", "SERVICE")
MISHAPS = ("lost", "found", "found", "flat", "charged", "charged", "broken", "healed", "healed")


class MasterMoves(RuleBasedStateMachine):
    """Every rule is one thing that happens; invariants are the witness's."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = count(1)
        self.bench = Bench(by_schema=False)
        self.witness = Witness(self.bench)
        self.last_order: Order | None = None
        self.codes: dict[str, str] = {}

    @initialize(sensor=st.booleans())
    def begin(self, sensor: bool) -> None:
        self.bench = Bench(replace(SPEC, occupancy_sensor=sensor), by_schema=False)
        self.witness = Witness(self.bench)

    @property
    def kept(self) -> Kept:
        return msgspec.json.decode(self.bench.saved, type=Kept)

    # Orders.

    @rule(seed=SEEDS)
    def new_order(self, seed: int) -> None:
        self._send_new(Random(seed))

    @rule(seed=SEEDS)
    def another_order(self, seed: int) -> None:
        self.bench.run(9_000)
        self._send_new(Random(seed))

    @rule(seed=SEEDS)
    def update(self, seed: int) -> None:
        random, kept = Random(seed), self.kept
        base = [one for one in kept.nodes if one.released]
        if not (base or kept.last_node_id):
            return
        stitch = base[-1] if base else self._node(kept.last_node_id, kept.last_sequence_id, 0)
        if not base:
            stitch = replace(stitch, node_position=None)
        if random.random() < 0.5:
            stitch = replace(stitch, actions=())
        update = kept.order_update_id + random.choice((1, 1, 2))
        self._give(self._order(random, kept.order_id, update, stitch))

    @rule()
    def duplicate(self) -> None:
        if self.last_order is not None:
            before = self.bench.saved
            is_held = self._is_held(self.last_order)
            self.bench.order(self.last_order)
            if is_held:
                self.witness.nothing_changed(before, "a duplicate")

    @rule(seed=SEEDS)
    def bad_order(self, seed: int) -> None:
        random, kept = Random(seed), self.kept
        order = self._order(random, f"bad{next(self.numbers)}", 0, self._here())
        first = order.nodes[0]
        match random.choice(FAULTS):
            case "stale" if kept.order_update_id:
                order = replace(order, order_id=kept.order_id, order_update_id=0)
            case "stale" | "gap":
                order = replace(order, nodes=(*order.nodes, first))
            case "elsewhere":
                order = replace(order, nodes=(self._node("far", 0, 900),), edges=())
            case "map":
                cellar = NodePosition(x=0, y=0, map_id="cellar")
                order = replace(order, nodes=(replace(first, node_position=cellar),), edges=())
            case _:
                fly = action("fly", f"a{next(self.numbers)}")
                order = replace(order, nodes=(replace(first, actions=(fly,)),), edges=())
        before = self.bench.saved
        self.bench.order(order)
        self.witness.rejected(before, order)

    @rule()
    def garbage(self) -> None:
        before = self.bench.saved
        self.bench.feed(MessageRefused("order", "order: Input data was truncated"))
        self.witness.nothing_changed(before, "garbage")

    # Instant actions.

    @rule(seed=SEEDS)
    def instant(self, seed: int) -> None:
        self.bench.instant(Random(seed).choice(INSTANT_KINDS), f"i{next(self.numbers)}")

    @rule(seed=SEEDS)
    def set_up(self, seed: int) -> None:
        random, number = Random(seed), next(self.numbers)
        kind = random.choice(("initPosition", "downloadMap", "enableMap", "deleteMap"))
        more: dict[str, Any] = {"mapId": MAP_ID, "mapVersion": random.choice("12")}
        if kind == "downloadMap":
            more |= {"mapDownloadLink": "https://maps.example/m", "mapHash": "0" * 64}
        elif kind == "initPosition":
            x_mm, y_mm = self.bench.place
            x = x_mm / 1000 + random.choice((0, 0, 3))
            more |= {"x": x, "y": y_mm / 1000, "theta": 0, "lastNodeId": "anew"}
        self.bench.instant(kind, f"i{number}", **more)

    @rule(seed=SEEDS)
    def desk(self, seed: int) -> None:
        random = Random(seed)
        running = [key for key, run in self.kept.runs.items() if run.status == "RUNNING"]
        target = random.choice([*running, *running, "nobody"])
        if random.random() < 0.7:
            self.witness.let_in.add(target)
            self.bench.instant("trigger", f"i{next(self.numbers)}", actionId=target)
        else:
            self.bench.instant("extendWait", f"i{next(self.numbers)}", waitMs=60_000)

    # People.

    @rule(seed=SEEDS)
    def code(self, seed: int) -> None:
        self._enter(Random(seed))

    @rule(seed=SEEDS)
    def another_code(self, seed: int) -> None:
        self._enter(Random(seed))
        self.bench.run(6_000)

    @rule(seed=SEEDS)
    def habit(self, seed: int) -> None:
        random = Random(seed)
        self.bench.doors[random.choice(COMPARTMENTS)] = random.choice(HABITS)

    @rule()
    def shut_doors(self) -> None:
        for compartment in self.bench.open_doors:
            self.bench.shut(compartment)

    @rule(seed=SEEDS)
    def mode(self, seed: int) -> None:
        self.bench.feed(ModeChanged(Random(seed).choice(MODES)))

    # Time and mishaps.

    @rule(seed=SEEDS)
    def time_passes(self, seed: int) -> None:
        self.bench.run(Random(seed).choice(PASSES_MS))

    @rule(seed=SEEDS)
    def more_time_passes(self, seed: int) -> None:
        self.bench.run(Random(seed).choice(PASSES_MS))

    @rule()
    def link(self) -> None:
        if self.bench.linked:
            self.bench.link_down()
        else:
            self.bench.link_up()

    @rule(linked=st.booleans())
    def restart(self, linked: bool) -> None:
        self.bench.restart()
        if linked:
            self.bench.link_up()

    @rule(seed=SEEDS)
    def safety(self, seed: int) -> None:
        random = Random(seed)
        e_stop: Any = random.choice(("NONE", "NONE", "AUTOACK", "MANUAL"))
        self.bench.feed(SafetyChanged(e_stop, random.random() < 0.3))

    @rule(seed=SEEDS)
    def mishap(self, seed: int) -> None:
        bench = self.bench
        match Random(seed).choice(MISHAPS):
            case "lost":
                bench.feed(Posed(*bench.place, 0, localized=False))
            case "found":
                bench.feed(Posed(*bench.place, 0))
            case "flat":
                self._charge(0)
            case "charged":
                self._charge(900)
            case "broken":
                bench.feed(PartFailed("motor", "too hot"))
            case _:
                bench.feed(PartFailed("motor", ""))

    @rule()
    def healed_it_can_be_sent_off_again(self) -> None:
        """Whatever happened: with a person beside it and its order cancelled."""
        bench = self.bench
        self._heal()
        bench.instant("stopPause", f"i{next(self.numbers)}")
        bench.instant("cancelOrder", f"i{next(self.numbers)}")
        self.witness.look()
        bench.run(2_400_000)
        self._heal()
        assert not bench.state.node_states
        bench.instant("stopCharging", f"i{next(self.numbers)}")
        bench.run(5_000)
        here, there = self._here(), self._node(f"end{next(self.numbers)}", 2, 20)
        order_id = f"end{next(self.numbers)}"
        edge = self._edge(order_id, here, there, True)
        self._give(Order(order_id=order_id, order_update_id=0, nodes=(here, there), edges=(edge,)))
        bench.run(200_000)
        assert bench.state.last_node_id == there.node_id, bench.state.errors

    def _heal(self) -> None:
        bench = self.bench
        self.shut_doors()
        if not bench.linked:
            bench.link_up()
        bench.charge_permille, bench.charges = 900, True
        bench.doors.clear()
        for healed in (
            SafetyChanged("NONE", False),
            PartFailed("motor", ""),
            BatteryRead(900, bench.charging),
            ModeChanged("SERVICE"),
            ModeChanged("AUTOMATIC"),
            Posed(*bench.place, 0),
        ):
            bench.feed(healed)

    @invariant()
    def all_is_well(self) -> None:
        self.witness.look()

    # How orders are made.

    def _here(self) -> Node:
        """The robot's last node if it is on it, or a temporary node where it stands."""
        kept = self.kept
        x_mm, y_mm = self.bench.place
        name = kept.last_node_id if kept.on_node else f"t{next(self.numbers)}"
        position = NodePosition(x=x_mm / 1000, y=y_mm / 1000, map_id=MAP_ID)
        return Node(node_id=name, sequence_id=0, released=True, actions=(), node_position=position)

    def _node(self, name: str, sequence: int, x_m: int) -> Node:
        position = NodePosition(x=x_m, y=0, map_id=MAP_ID)
        return Node(
            node_id=name,
            sequence_id=sequence,
            released=True,
            actions=(),
            node_position=position,
        )

    def _edge(self, order_id: str, start: Node, end: Node, released: bool) -> Edge:
        number = start.sequence_id + 1
        return Edge(
            edge_id=f"{order_id}/{next(self.numbers)}",
            sequence_id=number,
            released=released,
            start_node_id=start.node_id,
            end_node_id=end.node_id,
            actions=(),
        )

    def _order(self, random: Random, order_id: str, update: int, first: Node) -> Order:
        """Mostly what can be done: what is carried then is known from what was picked before."""
        loads = {key: load.load_id or "" for key, load in self.kept.loads.items()}
        count_ahead = random.choice((0, 1, 1, 2, 2, 3))
        base = random.randint(0, count_ahead)
        nodes, edges = [first], []
        if update == 0:
            nodes[0] = replace(first, actions=self._actions(random, loads))
        for index in range(count_ahead):
            before, place = nodes[-1], random.randint(0, 4)
            node = self._node(f"n{place}", before.sequence_id + 2, place * STEP_M)
            actions = self._actions(random, loads)
            node = replace(node, released=index < base, actions=actions)
            edge = self._edge(order_id, before, node, index < base)
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

    def _send_new(self, random: Random) -> None:
        number = next(self.numbers)
        order_id = f"{MAP_ID}-1-{number}" if random.random() < 0.5 else f"o{number}"
        self._give(self._order(random, order_id, 0, self._here()))

    def _enter(self, random: Random) -> None:
        kept = self.kept
        hoped = [self.codes[one] for one in kept.stop.open if one in self.codes]
        code = random.choice([*hoped, *hoped, random.choice(CODES), "0000"])
        refuse = random.random() < 0.2
        if not refuse and self.bench.now_ms >= kept.keypad.locked_until_ms:
            waiting = (*kept.stop.open, *kept.stop.line)
            self.witness.let_in |= {one for one in waiting if self.codes.get(one) == code}
        self.bench.code(code, refuse=refuse)

    def _charge(self, permille: int) -> None:
        self.bench.charge_permille = permille
        self.bench.feed(BatteryRead(permille, self.bench.charging))

    def _is_held(self, order: Order) -> bool:
        kept = self.kept
        return (kept.order_id, kept.order_update_id) == (order.order_id, order.order_update_id)

    def _give(self, order: Order) -> None:
        before = self.bench.saved
        was_held = self._is_held(order)
        self.bench.order(order)
        if not was_held and self._is_held(order):
            self.last_order = order
            self.witness.gave(self.kept, order)
        else:
            self.witness.rejected(before, order)
