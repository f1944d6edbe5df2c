# SPDX-License-Identifier: Apache-2.0
"""All that changes while a robot works, in one struct that can be written down and read back.

What must hold: `nodes` and `edges` are what of the order lies ahead, base before horizon; an action
id in `pending`, `active`, `doors`, `queue` or `serving` is a key of `runs`.
"""

import msgspec

from robot_agent.vda5050.order import Action, Edge, Node
from robot_agent.vda5050.state import ActionStatus, Error, Load

MS_PER_HOUR = 3_600_000


class Run(msgspec.Struct):
    """An action and how far it is. `due_ms`: when it will end, where that is known."""

    action: Action
    instant: bool = False
    status: ActionStatus = "WAITING"
    result: str | None = None
    due_ms: int | None = None

    @property
    def is_final(self) -> bool:
        return self.status in ("FINISHED", "FAILED")


class Leg(msgspec.Struct):
    """The way to the next node, being driven. `since_ms` None: standing still on it (paused).

    `done_mm` counts up to `since_ms`; `paid_mm` is how far the battery has been charged for.
    """

    points: tuple[tuple[int, int], ...]
    length_mm: int
    speed_mm_s: int
    done_mm: int = 0
    paid_mm: int = 0
    since_ms: int | None = None


class Door(msgspec.Struct):
    """An open handover: waits for its person until `deadline_ms`."""

    action_id: str
    deadline_ms: int
    wrong_codes: int = 0


class Guest(msgspec.Struct):
    """Somebody whose code was right; the compartment stays open `service_ms` for them."""

    action_id: str
    service_ms: int


class Memory(msgspec.Struct, kw_only=True):
    """Energy is held in mW x ms (an mWh is 3,600,000 of them) so that nothing is lost to rounding.

    `energy_ms` is until when consumption has been taken off, which is done before anything that
    changes it. `state_sent_ms` is None until a first state was published.
    """

    now_ms: int
    x_mm: int
    y_mm: int
    heading_mrad: int = 0
    energy_mwms: int
    energy_ms: int
    charging: bool = False
    paused: bool = False
    linked: bool = False

    order_id: str = ""
    order_update_id: int = 0
    last_node_id: str
    last_sequence_id: int = 0
    nodes: list[Node] = []
    edges: list[Edge] = []
    leg: Leg | None = None
    cancelled: bool = False
    cancels: list[str] = []

    runs: dict[str, Run] = {}
    pending: list[str] = []
    active: list[str] = []
    doors: list[Door] = []
    queue: list[Guest] = []
    serving: Guest | None = None
    serving_until_ms: int = 0
    loads: dict[str, Load] = {}

    errors: list[Error] = []
    dirty: bool = True
    state_sent_ms: int | None = None

    @property
    def is_busy(self) -> bool:
        """Still executing its order: something lies ahead (horizon counts) or an action runs."""
        return bool(self.nodes) or any(
            not run.is_final for run in self.runs.values() if not run.instant
        )

    @property
    def is_working(self) -> bool:
        """Node actions keep it where it is."""
        return bool(self.pending or self.active)

    @property
    def base_end(self) -> tuple[str, int]:
        """The decision point: node id and sequence id of the last node it may drive to."""
        end = (self.last_node_id, self.last_sequence_id)
        for node in self.nodes:
            if not node.released:
                break
            end = (node.node_id, node.sequence_id)
        return end
