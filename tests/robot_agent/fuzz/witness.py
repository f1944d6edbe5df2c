# SPDX-License-Identifier: Apache-2.0
"""Looks on while a robot works and knows what must never be, from what was given to it."""

from collections import Counter

import msgspec

from robot_agent.core.events import Follow, OpenDoor, RobotEffect
from robot_agent.core.memory import Kept
from robot_agent.vda5050.actions import INTERRUPTED
from robot_agent.vda5050.order import Order
from robot_agent.vda5050.state import State
from tests.robot_agent.conformance.bench_robot import Bench

FINAL = ("FINISHED", "FAILED")
AT_DOCK = ("pick", "drop")
ORDER_ERRORS = {"validationError", "orderError", "orderUpdateError", "noRouteError"}


class Witness:
    """`let_in`: action ids for which a right code was entered or the desk said yes. `stopped`:
    the emergency stop is pressed, its motors are off, or a person is at the controls."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.let_in: set[str] = set()
        self.stopped = False
        self._doubtful: set[str] = set()
        self._released: set[str] = set()
        self._kinds: dict[str, str] = {}
        self._ended: dict[str, str] = {}
        self._told_final: dict[str, str] = {}
        self._base_end: tuple[str, int] = ("", -1)
        self._order_id = ""
        self._last_node_id = ""
        self._states = 0
        self._effects = 0

    def gave(self, kept: Kept, order: Order) -> None:
        """An order was taken: its released edges may be driven, its actions must be listed."""
        self._released |= {edge.edge_id for edge in order.edges if edge.released}
        sent = [one for item in (*order.nodes, *order.edges) for one in item.actions]
        for one in sent:
            assert one.action_id in kept.runs, f"{one.action_id} is not listed"
            self._kinds[one.action_id] = one.action_type
        if order.order_update_id == 0:
            now = {one.action_id for one in sent}
            for action_id, run in kept.runs.items():
                assert action_id in now or run.instant

    def rejected(self, before: bytes, order: Order) -> None:
        """Nothing but an error came of it."""
        after = self.nothing_changed(before, f"rejected order {order.order_id}")
        told = [one for one in after.errors if one.error_type in ORDER_ERRORS]
        named = {reference.reference_value for one in told for reference in one.error_references}
        assert order.order_id in named

    def nothing_changed(self, before: bytes, why: str) -> Kept:
        then, now = (_without_errors(one) for one in (before, self.bench.saved))
        assert then == now, f"{why} changed what is remembered"
        return msgspec.json.decode(self.bench.saved, type=Kept)

    def look(self) -> None:
        """After each step."""
        effects = self.bench.effects[self._effects :]
        self._effects = len(self.bench.effects)
        kept = msgspec.json.decode(self.bench.saved, type=Kept)
        self._saved_is_all_there_is()
        self._places(kept)
        self._truth(kept)
        self._stands(kept)
        self._endings(kept)
        self._progress(kept)
        for effect in effects:
            self._may(effect)
        for state in self.bench.states[self._states :]:
            self._told(state)
        self._states = len(self.bench.states)

    def _saved_is_all_there_is(self) -> None:
        """A power cut right now loses nothing."""
        assert _quiet(self.bench.robot.snapshot()) == _quiet(self.bench.saved)

    def _places(self, kept: Kept) -> None:
        """A parcel is in one compartment, a compartment holds one."""
        assert all(place == load.load_position for place, load in kept.loads.items())
        twice = Counter(load.load_id for load in kept.loads.values() if load.load_id)
        assert all(number == 1 for number in twice.values()), twice
        waiting = {*kept.pending, *kept.active, *kept.edge_active, *kept.stop.open, *kept.stop.line}
        assert waiting <= kept.runs.keys()
        for action_id in waiting:
            assert not kept.runs[action_id].is_final

    def _truth(self, kept: Kept) -> None:
        """What it says it carries is what is in it, but where nobody knows what happened."""
        for run in kept.runs.values():
            if run.result == INTERRUPTED and run.compartment:
                self._doubtful.add(run.compartment)
        self._doubtful |= {*kept.forced_doors}
        for compartment in self.bench.spec.compartments:
            if compartment in self._doubtful or compartment in kept.open_doors:
                continue
            load = kept.loads.get(compartment)
            told = load.load_id if load is not None else None
            assert told == self.bench.aboard.get(compartment), compartment

    def _stands(self, kept: Kept) -> None:
        """It moves only with every door shut, not paused, not stopped, by nobody's hand."""
        if self.bench.is_moving:
            assert not kept.paused
            assert not kept.open_doors
            assert not self.bench.open_doors
            assert not self.stopped

    def _endings(self, kept: Kept) -> None:
        """What has ended stays as it ended, as long as it is told at all."""
        for action_id, run in kept.runs.items():
            ended = self._ended.get(action_id)
            if ended is not None:
                assert run.status == ended, f"{action_id} was {ended}"
            elif run.is_final:
                self._ended[action_id] = run.status

    def _progress(self, kept: Kept) -> None:
        """Ids never go; the base never shrinks but by an end of the order."""
        assert kept.order_id or not self._order_id
        assert kept.last_node_id or not self._last_node_id
        self._last_node_id = kept.last_node_id
        released = [one.sequence_id for one in kept.nodes if one.released]
        end = released[-1] if released else kept.last_sequence_id
        if kept.order_id == self._order_id and not kept.cancelled and not kept.cancels:
            assert end >= self._base_end[1] or kept.last_node_id == "anew", "the base shrank"
        self._order_id, self._base_end = kept.order_id, (kept.last_node_id, end)

    def _may(self, effect: RobotEffect) -> None:
        match effect:
            case Follow(stretches=stretches):
                for one in stretches:
                    assert one.edge_id in self._released, f"{one.edge_id} was never released"
            case OpenDoor():
                if self._kinds[effect.action_id] not in AT_DOCK:
                    assert effect.action_id in self.let_in, "a door opened for nobody"

    def _told(self, state: State) -> None:
        """A cancel has ended only when all has; what was told final is told so ever after."""
        statuses = {one.action_id: one.action_status for one in state.action_states}
        for one in state.action_states:
            if one.action_id in self._told_final:
                assert one.action_status == self._told_final[one.action_id]
            elif one.action_status in FINAL:
                self._told_final[one.action_id] = one.action_status
            if one.action_type == "cancelOrder" and one.action_status == "FINISHED":
                assert not state.node_states, "cancelled, but nodes lie ahead"
                assert not state.edge_states, "cancelled, but edges lie ahead"
                assert not state.driving, "cancelled, but driving"
                running = [key for key in statuses if key in self._kinds]
                assert all(statuses[key] in FINAL for key in running), "cancelled, but acting"


def _without_errors(saved: bytes) -> Kept:
    kept = _quiet(saved)
    kept.errors = []
    return kept


def _quiet(saved: bytes) -> Kept:
    """Without what only counts down."""
    kept = msgspec.json.decode(saved, type=Kept)
    kept.keypad.locked_ms = 0
    return kept
