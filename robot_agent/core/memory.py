# SPDX-License-Identifier: Apache-2.0
"""All that a robot remembers: `Kept` goes to its disk, `Memory` adds what it can see again.

What must hold: `nodes` and `edges` are what of the order lies ahead, base before horizon; an action
id in `pending`, `active`, `edge_active`, `open`, `line` or `served` is a key of `runs`; whatever
changes `kept` calls `keep()`, whatever a state would tell calls `tell()`.
"""

from typing import Literal

import msgspec

from robot_agent.core.events import DoorState, EStop, Ground, Points
from robot_agent.vda5050.order import Action, Edge, Node
from robot_agent.vda5050.standing import NOTHING
from robot_agent.vda5050.state import ActionStatus, Error, ErrorLevel, Load, OperatingMode

DoorPhase = Literal["", "unlocked", "open", "locking"]


class Run(msgspec.Struct):
    """An action and how far it is. `due_ms`: when it ends or fails by time alone, if it does.
    `compartment`: the one it works on, once that is known. `gates`: the waits for somebody on its
    node without which it opens no door; `in_street`: it works away from all docks."""

    action: Action
    instant: bool = False
    status: ActionStatus = "WAITING"
    result: str | None = None
    due_ms: int | None = None
    compartment: str = ""
    gates: list[str] = []
    in_street: bool = False

    @property
    def is_final(self) -> bool:
        return self.status in ("FINISHED", "FAILED")


class KeptMap(msgspec.Struct):
    """A map on the robot's disk."""

    ground: Ground
    enabled: bool


class Keypad(msgspec.Struct):
    """Wrong codes in a row; `locks` doubles each next lock-out. `locked_ms`: what is left of the
    present one as it was when last written down, for a robot whose clock starts anew. `wrong_ms`:
    when the last wrong code was entered."""

    wrong_codes: int = 0
    locks: int = 0
    locked_until_ms: int = 0
    locked_ms: int = 0
    wrong_ms: int = 0


class Stop(msgspec.Struct):
    """The handovers that are open together where the robot stands, and its one door at a time.

    `open`: action ids that wait for their person; `line`: those let in (their code was right) and
    the actions of a dock, in the order of their coming. `phase` is that of the first in line: its
    door is unlocked, seen open, or told to lock again; empty: nobody is served. `door_since_ms`:
    since when a door is not known shut. `openings`: how often the door of an action was seen open.
    `extended_ms`: what the master and the people served have added to the wait so far.
    `wrong`: handovers into which another parcel than theirs was put. `left_open`: a door has not
    been shut for too long. `cancelled`: the order was cancelled while somebody was served, who is
    let finish.
    """

    open: list[str] = []
    line: list[str] = []
    wait_until_ms: int = 0
    door_since_ms: int = 0
    extended_ms: int = 0
    openings: dict[str, int] = {}
    wrong: list[str] = []
    phase: DoorPhase = ""
    left_open: bool = False
    cancelled: bool = False


class Kept(msgspec.Struct, kw_only=True):
    """What must outlive a power cut. `epoch` is the highest journal epoch and order number taken
    from the own site's master; `past_orders` are the last orders of any master, oldest first.

    `open_doors`: compartments whose door was unlocked and not yet seen shut: after a restart nobody
    knows what happened at them. `forced_doors`: those that were open though nobody was let in,
    until a person has switched the robot to SERVICE and back: what is behind them nobody knows.
    `lost`: why what was kept could not be read, if so.

    `on_node`: it has not left its last node, which lies at `last_place` (None: nobody said where).
    `past_instants`: the last instant actions, so that one sent again is never done again.
    `told_mm`: how far in all its position was moved by a master's word since a person was there.
    `incidents`: how often its motors have come to be off until somebody sees to it: the number of
    the last such stop.
    `map_id`: the map it stands on; `configured_map`: id and version of the map of its spec.
    """

    order_id: str = ""
    order_update_id: int = 0
    last_node_id: str = ""
    last_sequence_id: int = 0
    last_place: tuple[int, int] | None = None
    on_node: bool = False
    nodes: list[Node] = []
    edges: list[Edge] = []
    cancelled: bool = False
    cancels: list[str] = []
    runs: dict[str, Run] = {}
    pending: list[str] = []
    active: list[str] = []
    edge_active: list[str] = []
    stop: Stop = msgspec.field(default_factory=Stop)
    keypad: Keypad = msgspec.field(default_factory=Keypad)
    loads: dict[str, Load] = {}
    open_doors: list[str] = []
    forced_doors: list[str] = []
    epoch: tuple[int, int] = (0, 0)
    past_orders: list[str] = []
    past_instants: list[str] = []
    maps: list[KeptMap] = []
    told_mm: int = 0
    incidents: int = 0
    map_id: str = ""
    configured_map: tuple[str, str] = ("", "")
    errors: list[Error] = []
    paused: bool = False
    lost: str = ""
    identity_taken: bool = False


class Memory(msgspec.Struct, kw_only=True):
    """`kept` and what is known only while running. `speed_mm_s` 0: it stands. `resuming`: it was
    restarted with an order and has not yet both published a state and found its place again.

    The path is the last `Follow`: `path_nodes` of its stretches lie ahead after `path_done`; 0:
    there is none. `stale`: it is not what a new one would be. `moving`: until the body said that
    it stands. `holding`: it was told to stand, for `reasons`. `way`: the way from the last node to
    the next. `changes` counts what a state would tell.
    `wall_ahead_ms`: how far the wall clock is ahead of `now_ms`, if it was told. `relock_ms`: when
    doors at which nobody is served are locked again.
    """

    kept: Kept
    now_ms: int
    x_mm: int = 0
    y_mm: int = 0
    heading_mrad: int = 0
    speed_mm_s: int = 0
    posed: bool = False
    localized: bool = False
    deviation_mm: int | None = None
    blocked: str = ""
    charge_permille: int = 0
    charging: bool = False
    voltage_mv: int | None = None
    battery_known: bool = False
    unplugging: bool = False
    doors: dict[str, DoorState] = {}
    contents: dict[str, tuple[bool, str | None]] = {}
    e_stop: EStop = "NONE"
    stopped_for: str = NOTHING
    stopped_resets: int = 0
    field_violation: bool = False
    mode: OperatingMode = "AUTOMATIC"
    part_faults: dict[str, tuple[ErrorLevel, str]] = {}
    clock_trusted: bool = True
    wall_ahead_ms: int | None = None
    relock_ms: int | None = None
    linked: bool = False
    resuming: bool = False
    told_since_restart: bool = False
    off_way: bool = False
    path_id: int = 0
    path_nodes: int = 0
    path_done: int = 0
    stale: bool = False
    moving: bool = False
    holding: bool = False
    reasons: tuple[str, ...] = ()
    way: Points | None = None
    fence_clear: tuple[int, int, int] | None = None
    instants: list[str] = []
    changes: int = 0
    dirty: bool = True
    unsaved: bool = True
    state_sent_ms: int | None = None
    shown_ms: int | None = None

    def tell(self) -> None:
        """Something changed that a state must tell at once."""
        self.changes += 1
        self.dirty = True

    def keep(self) -> None:
        """Something changed that must be on the disk before anybody hears of it."""
        self.unsaved = True
        self.tell()

    @property
    def is_busy(self) -> bool:
        """Still executing its order: something lies ahead (horizon counts) or an action runs."""
        return bool(self.kept.nodes) or any(
            not run.is_final for run in self.kept.runs.values() if not run.instant
        )

    @property
    def base_end(self) -> tuple[str, int]:
        """The decision point: node id and sequence id of the last node it may drive to."""
        end = (self.kept.last_node_id, self.kept.last_sequence_id)
        for node in self.kept.nodes:
            if not node.released:
                break
            end = (node.node_id, node.sequence_id)
        return end
