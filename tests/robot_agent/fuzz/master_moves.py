# SPDX-License-Identifier: Apache-2.0
"""A master, people and mishaps, move by move, against one robot core on a bench.

The machine draws moves, sensible and not, and a `Witness` looks on after each. What the robot may
do is known from what was given to it, never from its own reasoning.
"""

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
    MotionStopped,
    PartFailed,
    Posed,
    SafetyChanged,
)
from robot_agent.core.memory import Kept
from robot_agent.vda5050.order import Node, NodePosition, Order
from robot_agent.vda5050.standing import needs_somebody
from tests.robot_agent.conformance.bench_robot import SPEC, Bench
from tests.robot_agent.conformance.orders import MAP_ID, action
from tests.robot_agent.fuzz.order_maker import CODES, COMPARTMENTS, OrderMaker
from tests.robot_agent.fuzz.witness import Witness

SEEDS = st.integers(0, 2**32 - 1)
PASSES_MS = (1, 400, 1_000, 3_000, 9_000, 9_000, 31_000, 130_000)
INSTANT_KINDS = (
    *("cancelOrder", "cancelOrder", "startPause", "stopPause", "stopPause", "stateRequest"),
    *("factsheetRequest", "startCharging", "stopCharging", "logReport", "fly"),
)
FAULTS = ("stale", "round", "gap", "elsewhere", "map", "unknown")
HABITS = ("used", "used", "used", "ignored", "jammed", "left")
MODES: tuple[Any, ...] = ("AUTOMATIC", "AUTOMATIC", "SEMIAUTOMATIC", "MANUAL", "SERVICE")
MISHAPS = ("lost", "found", "found", "flat", "charged", "charged", "broken", "healed", "healed")

CAUSES = ("none", "none", "new_session", "brown_out", "bumper", "of a later board")


class MasterMoves(RuleBasedStateMachine):
    """Every rule is one thing that happens; invariants are the witness's."""

    def __init__(self) -> None:
        super().__init__()
        self.make = OrderMaker()
        self.bench = Bench(by_schema=False)
        self.witness = Witness(self.bench)
        self.last_order: Order | None = None
        self.by_hand = self.pressed = False
        self.cause = "none"

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
        stitch = base[-1] if base else self.make.node(kept.last_node_id, kept.last_sequence_id, 0)
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
                errors = msgspec.json.decode(before, type=Kept).errors
                assert self.witness.nothing_changed(before, "a duplicate").errors == errors

    @rule(seed=SEEDS)
    def bad_order(self, seed: int) -> None:
        random, kept = Random(seed), self.kept
        order = self._order(random, f"bad{next(self.make.numbers)}", 0, self._here())
        first = order.nodes[0]
        match random.choice(FAULTS):
            case "stale" if kept.order_update_id:
                order = replace(order, order_id=kept.order_id, order_update_id=0)
            case "round" if kept.order_id:
                stitch = self.make.node(kept.last_node_id, kept.last_sequence_id + 40, 0)
                update = kept.order_update_id + 1
                order = self._order(random, kept.order_id, update, stitch)
            case "stale" | "round" | "gap":
                order = replace(order, nodes=(*order.nodes, first))
            case "elsewhere":
                order = replace(order, nodes=(self.make.node("far", 0, 900),), edges=())
            case "map":
                cellar = NodePosition(x=0, y=0, map_id="cellar")
                order = replace(order, nodes=(replace(first, node_position=cellar),), edges=())
            case _:
                fly = action("fly", f"a{next(self.make.numbers)}")
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
        self.bench.instant(Random(seed).choice(INSTANT_KINDS), f"i{next(self.make.numbers)}")

    @rule(seed=SEEDS)
    def instant_again(self, seed: int) -> None:
        """As a master does that has not seen it in a state yet."""
        random, kept = Random(seed), self.kept
        known = [run.action for run in kept.runs.values() if run.instant]
        if known:
            before = self.bench.saved
            self.bench.instants(random.choice(known))
            self.witness.nothing_changed(before, "an instant action sent again")

    @rule(seed=SEEDS)
    def set_up(self, seed: int) -> None:
        random, number = Random(seed), next(self.make.numbers)
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
            self.bench.instant("trigger", f"i{next(self.make.numbers)}", actionId=target)
        else:
            self.bench.instant("extendWait", f"i{next(self.make.numbers)}", waitMs=60_000)

    # People.

    @rule(seed=SEEDS)
    def code(self, seed: int) -> None:
        self._enter(Random(seed))

    @rule(seed=SEEDS)
    def another_code(self, seed: int) -> None:
        self._enter(Random(seed))
        self.bench.run(6_000)

    @rule(seed=SEEDS)
    def guess(self, seed: int) -> None:
        for _ in range(5):
            self.bench.code("0000")
        self._enter(Random(seed))

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
        mode = Random(seed).choice(MODES)
        self.bench.feed(ModeChanged(mode))
        self.by_hand = mode in ("MANUAL", "SERVICE")
        self._note_stopped()

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
        self.bench.feed(MotionStopped(self.cause))
        if linked:
            self.bench.link_up()

    @rule(seed=SEEDS)
    def safety(self, seed: int) -> None:
        random = Random(seed)
        e_stop: Any = random.choice(("NONE", "NONE", "AUTOACK", "MANUAL"))
        field = random.random() < 0.3
        self.bench.feed(SafetyChanged(e_stop, field))
        self.pressed = e_stop != "NONE" or field
        self._note_stopped()

    @rule(seed=SEEDS)
    def motors(self, seed: int) -> None:
        self.cause = Random(seed).choice(CAUSES)
        self.bench.feed(MotionStopped(self.cause))
        self._note_stopped()

    @rule(seed=SEEDS)
    def release(self, seed: int) -> None:
        random = Random(seed)
        cause = random.choice(CAUSES)
        incident = self.kept.incidents - random.choice((0, 0, 0, 1))
        self.bench.instant(
            "releaseStop", f"i{next(self.make.numbers)}", cause=cause, incident=incident
        )

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
        bench.instant("stopPause", f"i{next(self.make.numbers)}")
        bench.instant("cancelOrder", f"i{next(self.make.numbers)}")
        self.witness.look()
        bench.run(2_400_000)
        self._heal()
        assert not bench.state.node_states
        bench.instant("stopCharging", f"i{next(self.make.numbers)}")
        bench.run(5_000)
        here, there = self._here(), self.make.node(f"end{next(self.make.numbers)}", 2, 20)
        order_id = f"end{next(self.make.numbers)}"
        edge = self.make.edge(order_id, here, there, True)
        self._give(Order(order_id=order_id, order_update_id=0, nodes=(here, there), edges=(edge,)))
        bench.run(200_000)
        assert bench.state.last_node_id == there.node_id, bench.state.errors

    def _heal(self) -> None:
        bench = self.bench
        self.by_hand = self.pressed = self.witness.stopped = False
        self.cause = "none"
        self.shut_doors()
        if not bench.linked:
            bench.link_up()
        bench.charge_permille, bench.charges = 900, True
        bench.doors.clear()
        for healed in (
            SafetyChanged("NONE", False),
            MotionStopped(self.cause),
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

    # How it is done.

    def _note_stopped(self) -> None:
        off = needs_somebody(self.cause)
        self.witness.stopped = self.by_hand or self.pressed or off

    def _here(self) -> Node:
        """The robot's last node if it is on it, or a temporary node where it stands."""
        kept = self.kept
        x_mm, y_mm = self.bench.place
        name = kept.last_node_id if kept.on_node else f"t{next(self.make.numbers)}"
        position = NodePosition(x=x_mm / 1000, y=y_mm / 1000, map_id=MAP_ID)
        return Node(node_id=name, sequence_id=0, released=True, actions=(), node_position=position)

    def _send_new(self, random: Random) -> None:
        number = next(self.make.numbers)
        order_id = f"{MAP_ID}-1-{number}" if random.random() < 0.5 else f"o{number}"
        self._give(self._order(random, order_id, 0, self._here()))

    def _enter(self, random: Random) -> None:
        kept = self.kept
        hoped = [self.make.codes[one] for one in kept.stop.open if one in self.make.codes]
        code = random.choice([*hoped, *hoped, random.choice(CODES), "0000"])
        refuse = random.random() < 0.2
        if not refuse and self.bench.now_ms >= kept.keypad.locked_until_ms:
            waiting = (*kept.stop.open, *kept.stop.line)
            self.witness.let_in |= {one for one in waiting if self.make.codes.get(one) == code}
        self.bench.code(code, refuse=refuse)

    def _charge(self, permille: int) -> None:
        self.bench.charge_permille = permille
        self.bench.feed(BatteryRead(permille, self.bench.charging))

    def _order(self, random: Random, order_id: str, update: int, first: Node) -> Order:
        loads = {key: load.load_id or "" for key, load in self.kept.loads.items()}
        return self.make.order(random, order_id, update, first, loads)

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
