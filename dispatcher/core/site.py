# SPDX-License-Identifier: Apache-2.0
"""What a site is told about itself: its robots and its policy. A value, journalled as an event.

What must hold: everything here is an int or an id, so that the same site file gives the same
decisions. Times are site time in ms: a service that runs faster than real time multiplies its real
transport time-outs before it writes them here.
"""

import msgspec


class RobotEntry(msgspec.Struct, frozen=True):
    """One registered robot. Compartment ids begin with their size, as in `S1`, `M2`, `L1`.

    `version` is the protocol version it is written to in, `interface` the first level of its topics
    (empty: the site's). `resends_actions` false: it would run the actions of a decision point again
    when an update begins with them, so they are left out there. `bundle` counts the bundles of
    credentials made for it: one that was revoked comes back with a later bundle only.
    """

    id: str
    compartments: tuple[str, ...]
    mass_limit_g: int = 200_000
    battery_mwh: int = 1_500_000
    drive_mwh_per_km: int = 30_000
    version: str = "2.1.0"
    interface: str = ""
    resends_actions: bool = True
    bundle: int = 0


class Policy(msgspec.Struct, frozen=True):
    """The numbers that decisions depend on."""

    speed_mm_s: int = 3_000
    attempts_max: int = 2
    retry_after_ms: int = 15 * 60_000
    retry_slot_ms: int = 60 * 60_000
    plan_interval_ms: int = 60_000
    plan_timeout_ms: int = 600_000
    resend_ms: int = 5_000
    handover_wait_ms: int = 180_000
    dock_ms: int = 5_000
    person_ms: int = 25_000
    stop_ms: int = 45_000
    station_ms: int = 30_000
    charge_below_pct: int = 25
    charge_idle_below_pct: int = 80
    charge_enough_pct: int = 60
    charge_until_pct: int = 90
    charge_pct_per_h: int = 60
    reserve_pct: int = 10
    park_after_ms: int = 120_000
    remember_ended_ms: int = 3 * 86_400_000
    late_cost_per_s: int = 30
    slot_slack_ms: int = 300_000
    skip_cost: int = 100_000
    closed_wait_ms: int = 600_000


class SiteSpec(msgspec.Struct, frozen=True):
    """One site: its id, its journal's epoch, its registered robots and its policy.

    `epoch` grows when a journal is created, restored or leased anew; it is part of every order id.
    `timezone` is the IANA name that hours are in, empty: what the map says.
    """

    id: str
    robots: tuple[RobotEntry, ...]
    epoch: int = 1
    policy: Policy = Policy()
    timezone: str = ""
