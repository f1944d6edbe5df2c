# SPDX-License-Identifier: Apache-2.0
"""The one table of configuration keys: a struct a section, a field a key.

What must hold: type, limit, default and help of a key stand here once; the validation and
`--print-config` are both made from it. The unit is the end of the key's name.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from dispatcher.core.site import Policy, RobotEntry
from dispatcher.planner.params import ENGINES, Engine

_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z"  # `$` would let a line break follow
_DAY_MS: Final = 86_400_000
_ENTRY: Final = RobotEntry("", ())

Id = Annotated[str, Meta(pattern=_ID, extra={"allowed": "1 to 64 letters, digits, '.', '_', '-'"})]
FilePath = Annotated[str, Meta(max_length=4096, extra={"path": True})]
Port = Annotated[int, Meta(ge=0, le=65_535)]


class SiteSection(msgspec.Struct, frozen=True):
    """[site]"""

    id: Annotated[Id, Meta(description="name of the site; the journal belongs to it")]
    map: Annotated[FilePath, Meta(min_length=1, description="campus GeoJSON file")]
    data_dir: Annotated[
        FilePath, Meta(min_length=1, description="folder of journal, contacts and logs")
    ]
    timezone: Annotated[str, Meta(max_length=64, description="IANA name; empty: the map's")] = ""


class KeysSection(msgspec.Struct, frozen=True):
    """[keys]"""

    file: Annotated[
        FilePath, Meta(description="JSON {robot id: hex key} of the [[robots]]; empty: none")
    ] = ""


class FleetSection(msgspec.Struct, frozen=True):
    """[fleet]"""

    registry: Annotated[
        FilePath, Meta(description="file of the robots that `robot add` makes; empty: none")
    ] = ""
    broker: Annotated[
        FilePath, Meta(description="folder that `broker init` made; empty: somebody else's broker")
    ] = ""


class MqttSection(msgspec.Struct, frozen=True):
    """[mqtt]"""

    url: Annotated[
        str,
        Meta(
            pattern=r"^mqtts?://[^/@\s]+/?\Z",
            description="broker",
            extra={"allowed": "mqtt://HOST:PORT or mqtts://HOST:PORT, no password in it"},
        ),
    ] = "mqtt://127.0.0.1:1883"
    interface: Annotated[Id, Meta(description="first level of every VDA 5050 topic")] = "uagv"
    username: Annotated[str, Meta(max_length=256, description="empty: no login")] = ""
    password_file: Annotated[FilePath, Meta(description="file that holds the password")] = ""
    ca_file: Annotated[
        FilePath, Meta(description="PEM, whom to trust with mqtts; empty: the system's")
    ] = ""
    cert_file: Annotated[FilePath, Meta(description="PEM, our certificate; empty: none")] = ""
    key_file: Annotated[FilePath, Meta(description="PEM, its private key")] = ""


class ApiSection(msgspec.Struct, frozen=True):
    """[api]"""

    host: Annotated[str, Meta(min_length=1, max_length=255, description="address to bind")] = (
        "127.0.0.1"
    )
    port: Annotated[Port, Meta(description="0: any free port, named in the log")] = 8080
    token_file: Annotated[
        FilePath, Meta(description="bearer token; empty: none, and loopback only")
    ] = ""
    body_max_bytes: Annotated[
        int, Meta(ge=1_024, le=10_000_000, description="longest request body")
    ] = 65_536
    answer_timeout_ms: Annotated[
        int, Meta(ge=100, le=600_000, description="real time until a request is given up with 503")
    ] = 30_000
    default_slot_ms: Annotated[
        int, Meta(ge=60_000, le=_DAY_MS, description="slot of a parcel that names none, from now")
    ] = 3_600_000


class ClockSection(msgspec.Struct, frozen=True):
    """[clock]"""

    speed: Annotated[float, Meta(ge=0.1, le=1_000, description="site time per real time")] = 1.0
    start_wall_ms: Annotated[
        int, Meta(ge=0, le=1 << 52, description="wall time at which start_site_ms was; 0: now")
    ] = 0
    start_site_ms: Annotated[
        int, Meta(ge=0, le=1 << 52, description="site time at start_wall_ms; 0: the wall time")
    ] = 0


class PlannerSection(msgspec.Struct, frozen=True):
    """[planner]"""

    workers: Annotated[int, Meta(ge=1, le=256, description="worker processes")] = 1
    engine: Annotated[
        Engine,
        Meta(
            description="kernel: all steps; ortools: without the compiled search; quick: insertion",
            extra={"allowed": " ".join(ENGINES)},
        ),
    ] = "kernel"
    budget_ms: Annotated[int, Meta(ge=10, le=600_000, description="real time for one plan")] = 1_000
    deadline_ms: Annotated[
        int, Meta(ge=1_000, le=3_600_000, description="real time until a worker is killed")
    ] = 30_000
    tasks_per_worker: Annotated[
        int, Meta(ge=1, le=100_000, description="plans until a worker is renewed")
    ] = 50
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1, description="of the solver")] = 1


class LimitsSection(msgspec.Struct, frozen=True):
    """[limits]"""

    events_queued: Annotated[
        int, Meta(ge=10, le=1_000_000, description="above it the API answers 503")
    ] = 10_000
    steps_uncommitted: Annotated[
        int, Meta(ge=1, le=100_000, description="events decided ahead of the journal's disk")
    ] = 1_000
    records_per_commit: Annotated[
        int, Meta(ge=1, le=10_000, description="journal records in one commit")
    ] = 500
    snapshot_every_records: Annotated[
        int, Meta(ge=10, le=1_000_000, description="a restart replays at most as many")
    ] = 2_000
    snapshots_kept: Annotated[int, Meta(ge=1, le=1_000, description="older ones are deleted")] = 3
    alarms_kept: Annotated[int, Meta(ge=1, le=10_000, description="alarms the API shows")] = 200
    parcels_listed: Annotated[
        int, Meta(ge=1, le=100_000, description="parcels in one API answer")
    ] = 1_000


class NotifySection(msgspec.Struct, frozen=True):
    """[notify]"""

    outbox: Annotated[
        FilePath, Meta(description="JSON lines for the gateway; holds codes; empty: data_dir's")
    ] = ""


class LogSection(msgspec.Struct, frozen=True):
    """[log]"""

    file: Annotated[FilePath, Meta(description="JSON lines; empty: only standard error")] = ""
    level: Annotated[
        str,
        Meta(
            pattern="^(debug|info|warning|error)$",
            description="the least that is logged",
            extra={"allowed": "debug info warning error"},
        ),
    ] = "info"


class RobotSection(msgspec.Struct, frozen=True):
    """[[robots]]"""

    manufacturer: Annotated[Id, Meta(description="as in its topics")]
    serial: Annotated[Id, Meta(description="serial number, as in its topics")]
    compartments: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[SML][A-Za-z0-9_-]{1,15}\Z")], ...],
        Meta(
            min_length=1,
            max_length=200,
            description="what it carries parcels in",
            extra={"allowed": "1 to 200 ids that begin with their size: S1 M2 L1"},
        ),
    ]
    mass_limit_g: Annotated[
        int, Meta(ge=1, le=100_000_000, description="of all parcels aboard together")
    ] = _ENTRY.mass_limit_g
    battery_mwh: Annotated[int, Meta(ge=1, le=1_000_000_000, description="full battery")] = (
        _ENTRY.battery_mwh
    )
    drive_mwh_per_km: Annotated[
        int, Meta(ge=1, le=100_000_000, description="what driving takes")
    ] = _ENTRY.drive_mwh_per_km

    version: Annotated[
        str,
        Meta(
            pattern=r"^2\.\d{1,4}\.\d{1,4}\Z",
            description="protocol version it is written to in",
            extra={"allowed": "a version of VDA 5050 such as 2.1.0 or 2.0.0"},
        ),
    ] = _ENTRY.version
    interface: Annotated[
        str,
        Meta(
            pattern=rf"{_ID}|^\Z",
            description="first level of its topics; empty: the site's",
            extra={"allowed": "1 to 64 letters, digits, '.', '_', '-', or nothing"},
        ),
    ] = _ENTRY.interface
    resends_actions: Annotated[
        bool,
        Meta(
            description="false: it would run an action twice that an update repeats",
            extra={"allowed": "true or false"},
        ),
    ] = _ENTRY.resends_actions

    @property
    def robot_id(self) -> str:
        """`MANUFACTURER/SERIAL`, the robot's name everywhere."""
        return f"{self.manufacturer}/{self.serial}"


class Config(msgspec.Struct, frozen=True):
    """A whole site file. `source` is its path; every path in it is absolute."""

    source: str
    site: SiteSection
    keys: KeysSection = KeysSection()
    fleet: FleetSection = FleetSection()
    policy: Policy = Policy()
    robots: tuple[RobotSection, ...] = ()
    mqtt: MqttSection = MqttSection()
    api: ApiSection = ApiSection()
    clock: ClockSection = ClockSection()
    planner: PlannerSection = PlannerSection()
    limits: LimitsSection = LimitsSection()
    notify: NotifySection = NotifySection()
    log: LogSection = LogSection()


_POLICY_MEANING: Final = {
    "speed_mm_s": "how fast robots drive, where the map allows it",
    "attempts_max": "failed handovers after which nobody is sent again",
    "retry_after_ms": "from a failed handover to the next slot",
    "retry_slot_ms": "length of that slot",
    "plan_interval_ms": "from one question to the planner to the next, at least",
    "plan_timeout_ms": "real time until a question is given up and asked anew",
    "resend_ms": "real time until an order the robot has not shown is sent again",
    "handover_wait_ms": "how long a robot waits for a person",
    "dock_ms": "loading or unloading one parcel at a station",
    "person_ms": "handing over to one person, as plans reckon",
    "stop_ms": "what a visit of a stop takes besides, as plans reckon",
    "station_ms": "what a visit of a station takes besides, as plans reckon",
    "charge_below_pct": "below it a robot with no trip to start charges at once",
    "charge_idle_below_pct": "below it an idle robot goes to charge rather than to park",
    "charge_enough_pct": "from here on it leaves the charger for work",
    "charge_until_pct": "here it stops charging, work or not",
    "charge_pct_per_h": "how fast it charges, as plans reckon",
    "reserve_pct": "what no trip may touch",
    "park_after_ms": "idle time until a robot drives to a parking place",
    "remember_ended_ms": "how long ended parcels are listed",
    "late_cost_per_s": "what a plan pays for each second past a slot",
    "slot_slack_ms": "plans aim at so long before the end of a slot",
    "skip_cost": "what a plan pays for a parcel it leaves out, at least",
    "closed_wait_ms": "how long a robot waits at most where the way to its next stop is closed",
}
_POLICY_LIMITS: Final = {
    "attempts_max": (1, 20),
    "speed_mm_s": (100, 20_000),
    "charge_pct_per_h": (1, 10_000),
    "plan_interval_ms": (1_000, _DAY_MS),
    "resend_ms": (500, _DAY_MS),
}
_UNIT_LIMITS: Final = {"ms": (0, 7 * _DAY_MS), "pct": (0, 100), "cost": (0, 1_000_000_000)}
_UNITS: Final = ("mwh_per_km", "mm_s", "pct_per_h", "per_s", "ms", "s", "pct", "mwh", "g", "bytes")


class Key(msgspec.Struct, frozen=True):
    """One row of the table of keys."""

    section: str
    name: str
    type: Any
    default: Any
    about: str

    @property
    def unit(self) -> str:
        """The unit at the end of the key's name, or empty."""
        return next((unit for unit in _UNITS if self.name.endswith(f"_{unit}")), "")

    @property
    def required(self) -> bool:
        """Whether the file must name it."""
        return self.default is msgspec.NODEFAULT

    def meta(self, name: str) -> Any:
        """The innermost value of one property of the type's annotations."""
        for meta in get_args(self.type)[1:] if get_origin(self.type) is Annotated else ():
            value = (meta.extra or {}).get(name) or getattr(meta, name, None)
            if value is not None:
                return value
        return None

    def allowed(self) -> str:
        """What the key takes, in words."""
        if self.meta("allowed"):
            return str(self.meta("allowed"))
        base = get_args(self.type)[0] if get_origin(self.type) is Annotated else self.type
        if self.meta("ge") is not None:
            whole = "whole number" if base is int else "number"
            return f"a {whole} from {self.meta('ge')} to {self.meta('le')}"
        return f"a text of at most {self.meta('max_length') or 4096} characters"


def keys() -> Iterator[Key]:
    """Every key there is, section by section in the order of `Config`."""
    hints = get_type_hints(Config)
    for field in msgspec.structs.fields(Config):
        if field.name != "source":
            section = RobotSection if field.name == "robots" else hints[field.name]
            yield from _keys_of(field.name, section)


def _keys_of(section: str, struct: type) -> Iterator[Key]:
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        kind = hints[field.name]
        if struct is Policy:
            kind = _policy_type(field.name)
        about = str(Key(section, field.name, kind, None, "").meta("description") or "")
        yield Key(section, field.name, kind, field.default, about)


def _policy_type(name: str) -> Any:
    """The core's numbers carry no words and no limits of their own: these follow from the unit."""
    unit = next((one for one in _UNIT_LIMITS if one in name.split("_")), "ms")
    low, high = _POLICY_LIMITS.get(name, _UNIT_LIMITS[unit])
    return Annotated[int, Meta(ge=low, le=high, description=_POLICY_MEANING.get(name, ""))]
