# SPDX-License-Identifier: Apache-2.0
"""Effects: what is to be done. The only way anything gets out of the core.

What must hold: an effect is a value with a stable id, its idempotency key outside; it is performed
only after the event that caused it is committed, and may be performed again after a crash. Orders
are in our own words: translation to VDA 5050 is a stateless function of the service. Codes are not
in here: a handover names parcel and code version, the service adds the digest.
"""

import msgspec


class _Effect(msgspec.Struct, frozen=True, tag_field="effect", omit_defaults=True):
    """The common form: a tagged value without unset fields."""


class OrderAction(msgspec.Struct, frozen=True, omit_defaults=True):
    """One action at a node: `pick`, `drop`, `out`, `in` (both handovers), `charge`, or `wait` (for
    a trigger).

    `duration_ms` is how long the dock takes (pick, drop); `wait_ms` how long a handover waits.
    """

    id: str
    kind: str
    parcel: str = ""
    compartment: str = ""
    size: str = ""
    version: int = 0
    wait_ms: int = 0
    duration_ms: int = 0


class OrderNode(msgspec.Struct, frozen=True, omit_defaults=True):
    """One road-graph node of an order. `sequence` is even, in VDA 5050's numbering; a gap of more
    than 2 to the node before leaves room for the bends between them as nodes of their own. With a
    `position_mm` it is a temporary node, where the robot stands. `deviation_mm` is how far from the
    node a robot may be when it is on it (0: as far as the robot itself allows)."""

    node: str
    sequence: int
    released: bool = True
    actions: tuple[OrderAction, ...] = ()
    position_mm: tuple[int, int] | None = None
    deviation_mm: int = 0


class PublishOrder(_Effect, frozen=True, tag="publish_order"):
    """Send a robot an order or its update. The first node of an update is its decision point.

    `left_out` are the optional fields and parameters that the robot does not use (as in
    `RobotDescribed`); `speed_mm_s` is the fastest it drives (0: not known).
    """

    id: str
    robot: str
    order: str
    update: int
    nodes: tuple[OrderNode, ...]
    left_out: tuple[str, ...] = ()
    speed_mm_s: int = 0


class PublishInstant(_Effect, frozen=True, tag="publish_instant"):
    """Send a robot an instant action (`stopCharging`, `cancelOrder`, ...); `id` is the action's,
    `parameters` its keys and values."""

    id: str
    robot: str
    kind: str
    parameters: tuple[tuple[str, str | int], ...] = ()


class AskPlanner(_Effect, frozen=True, tag="ask_planner"):
    """Ask for a plan of `Dispatcher.problem()` as it is now; `seq` is the event that asked."""

    id: str
    seq: int
    reason: str


class WakeAt(_Effect, frozen=True, tag="wake_at"):
    """Send `TimePassed` at this time; replaces every earlier wish."""

    at_ms: int


class Answer(_Effect, frozen=True, tag="answer"):
    """Answer the caller of a request, in HTTP's status numbers. `text` says why, if not 2xx."""

    request: str
    status: int
    parcel: str = ""
    text: str = ""


class Notify(_Effect, frozen=True, tag="notify"):
    """Tell a recipient something about a parcel: `accepted coming arrived delivered no_show
    given_up cancelled`. `version` names the code that opens the compartment, where one does."""

    id: str
    parcel: str
    recipient: str
    notice: str
    version: int = 0


class Alarm(_Effect, frozen=True, tag="alarm"):
    """Something a person should look at."""

    id: str
    text: str
    robot: str = ""
    parcel: str = ""


Effect = PublishOrder | PublishInstant | AskPlanner | WakeAt | Answer | Notify | Alarm
