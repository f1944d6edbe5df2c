# SPDX-License-Identifier: Apache-2.0
"""The state of one site: all that the core remembers.

What must hold: state is made of these structs alone, so that a snapshot is their encoding and the
state hash is its digest; dictionaries are only walked in insertion order or sorted; nothing in here
is secret or personal. Everybody outside the core may read it and nobody may change it.
"""

from typing import Final

import msgspec

from dispatcher.core.effects import PublishInstant, PublishOrder
from dispatcher.core.events import ErrorReport, LoadReport, RobotDescribed
from dispatcher.core.site import SiteSpec
from dispatcher.planner.solution import Trip
from dispatcher.roads.closing.closures import Closure

STATE_FORMAT: Final = 5
"""The number of this layout; a snapshot of another one is not read."""


class Parcel(msgspec.Struct):
    """One accepted parcel. `origin` and `destination` are place ids.

    `station` is where it was unloaded, if it was: there it waits to be offered again. `version`
    counts the codes it has had (a new one each time it is offered). `cancel_wanted`: it is aboard
    and ends `cancelled` when it is unloaded. `custody_known` false: nobody may touch it
    until a person or a sensor says where it is. `presumed`: the robot handed it over or took it in
    without seeing that. `late_ms` is against the slot agreed last.
    """

    id: str
    kind: str
    origin: str
    destination: str
    size: str
    mass_g: int
    recipient: str
    slot_from_ms: int
    slot_until_ms: int
    announced_ms: int
    state: str = "announced"
    robot: str = ""
    compartment: str = ""
    station: str = ""
    attempts: int = 0
    version: int = 1
    cancel_wanted: bool = False
    custody_known: bool = True
    presumed: bool = False
    reason: str = ""
    at_ms: int = 0
    ended_ms: int = 0
    late_ms: int = 0


class JobTask(msgspec.Struct):
    """One thing a robot does at a visit: `load`, `unload`, `out`, `in` or `charge`.

    `action` is the order action's id once published; `result` its end, in one word. The task of a
    parcel that is not on the robot any more keeps its action and loses its `parcel`. A handover is
    `plain` where the robot was told to pick or drop instead; `gate` is then the action in which it
    waits for our word before that, if it can, and `let_in` whether that word was given.
    """

    kind: str
    parcel: str = ""
    compartment: str = ""
    action: str = ""
    result: str = ""
    plain: bool = False
    gate: str = ""
    let_in: bool = False


class JobVisit(msgspec.Struct):
    """A place where a robot stands. It is released when its way is in the base of the order.

    `not_before_ms` is when its slot opens; `sequence` the VDA 5050 number of its node, or -1;
    `length_mm` the way to it as it was released. Where no way has led to it since
    `closed_since_ms`, `opens_ms` is when one will (0: not soon), as found for `closed_key`. A robot
    in a `shadow` is not heard. `until_ms` is when the gates here are given up (0: there are none);
    `overdue`: it is over, but somebody was let in and is not done.
    """

    node: str
    tasks: list[JobTask]
    not_before_ms: int = 0
    sequence: int = -1
    reached: bool = False
    length_mm: int = 0
    closed_since_ms: int = 0
    closed_key: str = ""
    opens_ms: int = 0
    shadow: bool = False
    until_ms: int = 0
    overdue: bool = False


class Job(msgspec.Struct):
    """One trip (or a way to a charger or a parking place) as given to a robot.

    `at` is the index of the visit it is on or driving to; `released` how many are in the base;
    `start_node` is where its order begins, `place` the charger or parking place, `end_ms` the
    predicted end.
    """

    id: str
    kind: str
    visits: list[JobVisit]
    given_ms: int
    end_ms: int
    start_node: str
    place: str = ""
    state: str = "given"
    at: int = 0
    released: int = 0
    actions_count: int = 0


class Session(msgspec.Struct):
    """What we have told a robot and what it has confirmed: the master's side of VDA 5050.

    `message` is the last order or update sent, kept for resending; `previous` the order it held
    before, which its state may still show for a while. `instants` have not ended; those whose ids
    are in `seen` have reached it. `again_ms` is when each kind of them may be sent anew.
    """

    state: str = "quiet"
    order: str = ""
    previous: str = ""
    update: int = 0
    message: PublishOrder | None = None
    resend_ms: int = 0
    tries: int = 0
    sent_ms: int = 0
    seen: list[str] = msgspec.field(default_factory=list)
    instants: list[PublishInstant] = msgspec.field(default_factory=list)
    instants_resend_ms: int = 0
    again_ms: dict[str, int] = msgspec.field(default_factory=dict)


class Robot(msgspec.Struct):
    """One registered robot: what it is, what it said last, what it does, what it is to do.

    `commit` changes whenever its frozen work does; a plan made for another one is not for it.
    `held` is the reason why it gets no jobs, or empty. `facts` is its factsheet; `node` is empty
    where nobody knows. `heard`: it has told its state since it or we came up, so what is known of
    its order is not from before. `placed`: it told its position when it told its node; `astray`: it
    stands beside the road, and `node` is the nearest on it. `lost` is the last job that it could
    not go on with; `revoked` the bundle of credentials that is void.
    """

    id: str
    compartments: tuple[str, ...]
    mass_limit_g: int
    battery_mwh: int
    drive_mwh_per_km: int
    resends_actions: bool = True
    link: str = "offline"
    heard: bool = False
    facts: RobotDescribed | None = None
    seen_order: str | None = None
    seen_update: int = 0
    node: str = ""
    sequence: int = 0
    nodes_left: int = 0
    mode: str = ""
    battery_pct: int = 100
    charging: bool = False
    e_stop: str = "NONE"
    errors: tuple[ErrorReport, ...] = ()
    x_mm: int = 0
    y_mm: int = 0
    placed: bool = False
    astray: bool = False
    loads: tuple[LoadReport, ...] = ()
    held: str = ""
    registered: bool = True
    revoked: int | None = None
    idle_since_ms: int = 0
    job: Job | None = None
    lost: Job | None = None
    session: Session = msgspec.field(default_factory=Session)
    trips: tuple[Trip, ...] = ()
    commit: int = 0
    driven_mm: int = 0
    energy_mwh: int = 0


class PlanRequest(msgspec.Struct):
    """The planner request in flight, and what each robot's frozen work was when it was asked."""

    id: str
    seq: int
    asked_ms: int
    reason: str
    commits: dict[str, int]


class KeyUse(msgspec.Struct):
    """What an idempotency key was used for; `slot_from_ms` as it was asked for then."""

    parcel: str
    content: str
    slot_from_ms: int


class State(msgspec.Struct):
    """Everything. `events` counts the events handled, so it is the seq of the next record.

    `roads_key` tells what holds on the roads now (equal keys, equal conditions); it is looked at
    anew when `roads_stale`, and at `roads_until_ms` (0: nothing changes by itself).
    """

    format: int = STATE_FORMAT
    site: SiteSpec | None = None
    events: int = 0
    now_ms: int = 0
    numbers: int = 0
    wake_ms: int = 0
    parcels: dict[str, Parcel] = msgspec.field(default_factory=dict)
    ended: dict[str, Parcel] = msgspec.field(default_factory=dict)
    robots: dict[str, Robot] = msgspec.field(default_factory=dict)
    keys: dict[str, KeyUse] = msgspec.field(default_factory=dict)
    closures: dict[str, Closure] = msgspec.field(default_factory=dict)
    roads_stale: bool = True
    roads_key: str = ""
    roads_until_ms: int = 0
    request: PlanRequest | None = None
    plan_wanted: str = ""
    planned_ms: int = 0
    answered_ms: int = 0
    notices: dict[str, tuple[str, str, str, int]] = msgspec.field(default_factory=dict)
    counters: dict[str, int] = msgspec.field(default_factory=dict)

    def spec(self) -> SiteSpec:
        """The site's description; the first event of every journal brings it."""
        assert self.site is not None, "the first event must be SiteConfigured"
        return self.site

    def find(self, parcel_id: str) -> Parcel | None:
        """An open or ended parcel."""
        return self.parcels.get(parcel_id) or self.ended.get(parcel_id)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        self.counters[name] = self.counters.get(name, 0) + by

    def next_number(self) -> int:
        """A number never used before at this site, for ids."""
        self.numbers += 1
        return self.numbers
