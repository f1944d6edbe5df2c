# SPDX-License-Identifier: Apache-2.0
"""What of a robot's stream of states is worth an event, robot by robot. Pure.

What must hold: everything a decision may rest on comes through, once, when it changes; the rest
(velocity, bends passed, fractions of a per cent) does not, since every event is journalled. The
latest whole state is kept beside it for displays: lossy, outside journal and core.
"""

from collections import Counter
from typing import Final

from msgspec.structs import replace

from dispatcher.core.events import ActionReport, ErrorReport, LoadReport, RobotReported
from dispatcher.service.translation import is_bend
from robot_agent.vda5050 import standing
from robot_agent.vda5050.header import MAX_UINT32
from robot_agent.vda5050.state import ActionState, AgvPosition, Error, Load, State

POSITION_EVERY_MS: Final = 30_000
"""Site time between two positions in the journal."""

MOVED_MM: Final = 1_000
"""An idle robot that moved less than this stands where it stood."""

FROM_ORIGIN_MAX_M: Final = 1_000_000
"""No campus is larger: a position beyond is nonsense."""

ACTIONS_MAX: Final = 1_000
ERRORS_MAX: Final = 32
LOADS_MAX: Final = 64
TEXT_CHARS_MAX: Final = 200

REORDER_WINDOW: Final = 64
"""A message this far back in the count came late; further back its robot started anew."""

IGNORED_IN_A_ROW_MAX: Final = 5
"""After so many late messages in a row they are not late: the robot counts anew."""

_TOLD: Final = {
    "RUNNING": "RUNNING",
    "PAUSED": "RUNNING",
    "FINISHED": "FINISHED",
    "FAILED": "FAILED",
}
"""The action statuses that matter, and as what."""


class StateFilter:
    """Of one robot. `latest` is its last state; `ignored` counts what was not taken, by reason."""

    def __init__(self, robot: str) -> None:
        self.robot = robot
        self.latest: State | None = None
        self.ignored: Counter[str] = Counter()
        self._header_id = -1
        self._ignored_in_a_row = 0
        self._order = ("", 0)
        self._at: tuple[str, int, int] = ("", 0, 0)
        self._actions: dict[str, tuple[str, str]] = {}
        self._errors: tuple[ErrorReport, ...] = ()
        self._flags: tuple[str, bool, bool, str] = ("", False, False, "")
        self._battery_pct = -1
        self._loads: tuple[LoadReport, ...] = ()
        self._position = (0, 0)
        self._position_ms: int | None = None

    def restarted(self) -> None:
        """The robot came (back) online: it may count its messages from any number, and its next
        state is told in full, as it may have forgotten everything."""
        self._header_id = -1
        self.latest = None
        self._actions = {}

    def take(self, state: State, now_ms: int) -> RobotReported | None:
        """What changed and matters since the last state taken, None if nothing. The first state
        gives a full report. A state that is a duplicate, late or another robot's is ignored."""
        if not self._is_news(state):
            return None
        first = self.latest is None
        self.latest = state
        order = self._order_change(state, first)
        at = self._way_change(state, first)
        actions = self._action_changes(state.action_states[:ACTIONS_MAX])
        errors = self._error_change(state.errors[:ERRORS_MAX], first)
        flags = self._flag_changes(state, first)
        battery_pct = self._battery_change(state.battery_state.battery_charge)
        loads = self._load_changes(state.loads, first)
        changes = (errors, battery_pct, *flags)
        changed = bool(order or at or actions or loads) or any(one is not None for one in changes)
        position = self._position_change(state, now_ms, first or at is not None, changed)
        if not changed and position is None:
            return None
        return RobotReported(
            robot=self.robot,
            order=order[0] if order else None,
            update=order[1] if order else None,
            last_node=at[0] if at else None,
            last_sequence=at[1] if at else None,
            nodes_left=at[2] if at else None,
            actions=actions,
            errors=errors,
            mode=flags[0],
            battery_pct=battery_pct,
            charging=flags[1],
            paused=flags[2],
            e_stop=flags[3],
            x_mm=position[0] if position else None,
            y_mm=position[1] if position else None,
            loads=loads,
            all_loads=first and state.loads is not None,
        )

    def _is_news(self, state: State) -> bool:
        reason = ""
        back = (self._header_id - state.header_id) & MAX_UINT32
        if f"{state.manufacturer}/{state.serial_number}" != self.robot:
            self.ignored["wrong_sender"] += 1
            return False
        if self._header_id >= 0 and back == 0:
            reason = "duplicate"
        elif self._header_id >= 0 and back <= REORDER_WINDOW:
            reason = "late"
        if reason and self._ignored_in_a_row < IGNORED_IN_A_ROW_MAX:
            self.ignored[reason] += 1
            self._ignored_in_a_row += 1
            return False
        self._header_id = state.header_id
        self._ignored_in_a_row = 0
        return True

    def _order_change(self, state: State, first: bool) -> tuple[str, int] | None:
        order = (state.order_id, state.order_update_id)
        if order == self._order and not first:
            return None
        self._order = order
        return order

    def _way_change(self, state: State, first: bool) -> tuple[str, int, int] | None:
        """Bends neither count as nodes passed nor as nodes left."""
        left = sum(not is_bend(node.node_id) for node in state.node_states)
        node, sequence, _ = self._at
        if not is_bend(state.last_node_id):
            node, sequence = state.last_node_id, state.last_node_sequence_id
        at = (node, sequence, left)
        if at == self._at and not first:
            return None
        self._at = at
        return at

    def _action_changes(self, states: tuple[ActionState, ...]) -> tuple[ActionReport, ...]:
        known = {
            one.action_id: (
                _TOLD[one.action_status],
                (one.result_description or "")[:TEXT_CHARS_MAX],
            )
            for one in states
            if one.action_status in _TOLD
        }
        changes = tuple(
            ActionReport(action, *now)
            for action, now in known.items()
            if self._actions.get(action) != now
        )
        self._actions = known
        return changes

    def _error_change(
        self, errors: tuple[Error, ...], first: bool
    ) -> tuple[ErrorReport, ...] | None:
        reports = tuple(_error_report(error) for error in errors)
        if reports == self._errors and not first:
            return None
        self._errors = reports
        return reports

    def _flag_changes(
        self, state: State, first: bool
    ) -> tuple[str | None, bool | None, bool | None, str | None]:
        """Operating mode, charging, paused, emergency stop: each None if as before."""
        now = (
            state.operating_mode,
            state.battery_state.charging,
            bool(state.paused),
            state.safety_state.e_stop,
        )
        before, self._flags = self._flags, now
        return (
            now[0] if first or now[0] != before[0] else None,
            now[1] if first or now[1] != before[1] else None,
            now[2] if first or now[2] != before[2] else None,
            now[3] if first or now[3] != before[3] else None,
        )

    def _load_changes(self, loads: tuple[Load, ...] | None, first: bool) -> tuple[LoadReport, ...]:
        """What came and what went, in the first state all there is; a robot that leaves its loads
        out says nothing about them."""
        if loads is None:
            return ()
        before = () if first else self._loads
        now = self._loads = tuple(_load_report(load) for load in loads[:LOADS_MAX])
        came = [one for one in now if one not in before]
        went = [replace(one, gone=True) for one in before if one not in now]
        return (*came, *went)

    def _battery_change(self, charge_pct: float) -> int | None:
        """Whole per cent, rounded down; half a per cent late upwards, or a value that trembles
        about a whole number would be a stream of events."""
        known = self._battery_pct
        if known >= 0 and known <= charge_pct < min(known + 1.5, 100):
            return None
        if int(charge_pct) == known:
            return None
        self._battery_pct = int(charge_pct)
        return self._battery_pct

    def _position_change(
        self, state: State, now_ms: int, way_changed: bool, changed: bool
    ) -> tuple[int, int] | None:
        """The position, if it is time for one and it comes for nothing (another change is
        reported anyway) or an idle robot has been moved. A robot at the end of its way tells it
        at once: its next order begins there."""
        position = state.agv_position
        if position is None or not position.position_initialized or not _is_sane(position):
            return None
        since = self._position_ms
        here = _millimetres(position)
        if way_changed and (not state.node_states or since is None):
            self._position, self._position_ms = here, now_ms
            return here
        if since is not None and now_ms - since < POSITION_EVERY_MS:
            return None
        gaps = [abs(a - b) for a, b in zip(here, self._position, strict=True)]
        moved = since is None or max(gaps) >= MOVED_MM
        if not moved or not (changed or not state.node_states):
            return None
        self._position, self._position_ms = here, now_ms
        return here


def _is_sane(position: AgvPosition) -> bool:
    return max(abs(position.x), abs(position.y)) < FROM_ORIGIN_MAX_M


def _millimetres(position: AgvPosition) -> tuple[int, int]:
    return round(position.x * 1000), round(position.y * 1000)


def _load_report(load: Load) -> LoadReport:
    return LoadReport(
        load=(load.load_id or "")[:TEXT_CHARS_MAX],
        position=(load.load_position or "")[:TEXT_CHARS_MAX],
    )


def _error_report(error: Error) -> ErrorReport:
    refers = {one.reference_key: one.reference_value for one in error.error_references}
    is_stop = error.error_type == standing.MOTION_STOPPED
    cause = refers.get(standing.CAUSE, "")[:TEXT_CHARS_MAX] if is_stop else ""
    restart = standing.restart_of(cause) if cause else None
    text = restart.text if restart is not None else error.error_description or ""
    return ErrorReport(
        type=error.error_type[:TEXT_CHARS_MAX],
        level=error.error_level,
        text=text[:TEXT_CHARS_MAX],
        order=refers.get("orderId", "")[:TEXT_CHARS_MAX],
        update=_number(refers.get("orderUpdateId", ""), -1),
        action=refers.get("actionId", "")[:TEXT_CHARS_MAX],
        compartment=refers.get("compartment", "")[:TEXT_CHARS_MAX],
        cause=cause,
        who=restart.who if restart is not None else "",
        incident=_number(refers.get(standing.INCIDENT, ""), 0) if cause else 0,
    )


def _number(text: str, otherwise: int) -> int:
    """A uint32 or the like."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else otherwise
